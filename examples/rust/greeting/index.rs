//! Greets a person in the language they ask for.

use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(default)]
struct Person {
    name: String,
    language: String,
}

impl Default for Person {
    fn default() -> Self {
        Self { name: "world".into(), language: "en".into() }
    }
}

fn handle(person: Person) -> Value {
    let greeting = match person.language.as_str() {
        "de" => "Hallo",
        "fr" => "Bonjour",
        "es" => "Hola",
        _ => "Hello",
    };
    json!({ "message": format!("{greeting}, {}!", person.name) })
}
