//! Sums up the items of a large input.

use serde::Deserialize;
use serde_json::{Value, json};

/// Borrowed from the input: nothing is copied.
#[derive(Deserialize)]
struct Item<'a> {
    name: &'a str,
    value: i64,
}

#[derive(Deserialize)]
struct Input<'a> {
    #[serde(borrow)]
    items: Vec<Item<'a>>,
}

fn handle(Input { items }: Input<'_>) -> Value {
    let sum: i64 = items.iter().map(|item| item.value).sum();
    let letters: usize = items.iter().map(|item| item.name.len()).sum();
    json!({ "items": items.len(), "sum": sum, "letters": letters })
}
