//! Divides, and fails where that means nothing.

use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
struct Division {
    dividend: f64,
    divisor: f64,
}

#[derive(Serialize)]
struct Divided {
    quotient: f64,
}

fn handle(Division { dividend, divisor }: Division) -> Result<Divided, &'static str> {
    if divisor == 0.0 {
        return Err("cannot divide by zero");
    }
    Ok(Divided { quotient: dividend / divisor })
}
