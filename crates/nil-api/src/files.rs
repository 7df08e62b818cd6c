//! `files` of a function in requests: as they came, so that the server can say what is wrong with which path.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, Visitor},
};

/// Text by path, in the order it was sent and with repeated paths kept apart. Nothing is checked here.
#[derive(Debug, Clone, Default, PartialEq, Eq, utoipa::ToSchema)]
#[schema(value_type = std::collections::HashMap<String, String>, example = json!({"lib/totals.ts": "export function sum(a: i32, b: i32): i32 { return a + b; }"}))]
pub struct FileEntries(pub Vec<(String, String)>);

impl Serialize for FileEntries {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(path, text)| (path, text)))
    }
}

impl<'de> Deserialize<'de> for FileEntries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Entries)
    }
}

struct Entries;

impl<'de> Visitor<'de> for Entries {
    type Value = FileEntries;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of texts by path, such as {\"lib/totals.ts\": \"…\"}")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<FileEntries, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(FileEntries(entries))
    }
}

impl<P: Into<String>, T: Into<String>> FromIterator<(P, T)> for FileEntries {
    fn from_iter<I: IntoIterator<Item = (P, T)>>(entries: I) -> Self {
        Self(entries.into_iter().map(|(path, text)| (path.into(), text.into())).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_paths_are_not_lost() {
        let entries: FileEntries = serde_json::from_str(r#"{"b":"1","a":"2","b":"3"}"#).expect("an object");
        let pairs: Vec<_> = entries.0.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        assert_eq!(pairs, [("b", "1"), ("a", "2"), ("b", "3")]);
    }

    #[test]
    fn anything_but_texts_by_path_is_refused() {
        for text in ["[]", "\"a\"", r#"{"a":1}"#, r#"{"a":null}"#] {
            assert!(serde_json::from_str::<FileEntries>(text).is_err(), "{text}");
        }
    }
}
