//! Adds up the lines of an order, in cents.

use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
struct Line {
    cents: i64,
    quantity: i64,
}

#[derive(Deserialize)]
struct Order {
    #[serde(default)]
    lines: Vec<Line>,
}

#[derive(Serialize)]
struct Totals {
    lines: usize,
    total: i64,
}

fn handle(order: Order) -> Totals {
    Totals { lines: order.lines.len(), total: order.lines.iter().map(|line| line.cents * line.quantity).sum() }
}
