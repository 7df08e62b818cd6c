//! Turns a list of people into an index by city.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

#[derive(Deserialize, Default)]
struct Address {
    city: Option<String>,
}

#[derive(Deserialize)]
struct Person {
    name: String,
    #[serde(default)]
    address: Address,
}

#[derive(Deserialize)]
struct Input {
    people: Vec<Person>,
}

#[derive(Serialize, Default)]
struct Index {
    cities: BTreeMap<String, Vec<String>>,
}

fn handle(input: Input) -> Index {
    let mut index = Index::default();
    for person in input.people {
        let city = person.address.city.unwrap_or_else(|| "unknown".into());
        index.cities.entry(city).or_default().push(person.name);
    }
    index
}
