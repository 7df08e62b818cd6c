//! Reverses a text by code points and measures it.

use serde_json::{Value, json};

fn handle(input: Value) -> Result<Value, &'static str> {
    let text = input["text"].as_str().ok_or("there is no `text`")?;
    Ok(json!({
        "reversed": text.chars().rev().collect::<String>(),
        "characters": text.chars().count(),
        "bytes": text.len(),
    }))
}
