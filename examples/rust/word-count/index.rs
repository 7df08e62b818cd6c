//! Counts how often each word of a text occurs.

mod words;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
struct Input {
    #[serde(default)]
    text: String,
}

#[derive(Serialize, Default)]
struct Counts {
    words: BTreeMap<String, u32>,
}

fn handle(input: Input) -> Counts {
    let mut counts = Counts::default();
    for word in words::words(&input.text) {
        *counts.words.entry(word).or_default() += 1;
    }
    counts
}
