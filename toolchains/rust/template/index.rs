//! {{name}}: takes JSON, returns JSON.
//!
//!   nil deploy {{name}}
//!   nil invoke {{name}} '{"name": "Ada"}'

use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
struct Input {
    #[serde(default = "world")]
    name: String,
}

#[derive(Serialize)]
struct Output {
    message: String,
}

/// Called with the input. May return a plain value or a `Result`, whose error fails the execution.
fn handle(input: Input) -> Result<Output, String> {
    if input.name.is_empty() {
        return Err("nobody has an empty name".into());
    }
    println!("greeting {}", input.name);
    Ok(Output { message: format!("Hello, {}!", input.name) })
}

fn world() -> String {
    "world".into()
}
