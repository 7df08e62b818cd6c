//! Names of functions: ASCII slugs, so that no two names look alike and every name is safe in a URL.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::ids::FunctionId;

/// The longest name, in characters.
const MAX_LENGTH: usize = 64;

/// Names that would collide with a path segment of the API or console, now or later.
const RESERVED: &[&str] = &["new", "events", "health", "ready", "me", "self", "all", "search"];

/// A function's name: 1–64 of `A–Z a–z 0–9 - _`, first a letter or digit, not a UUID, not reserved.
///
/// Case is kept but does not distinguish: `Hello` and `hello` name the same function.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, utoipa::ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, example = "greeting")]
pub struct FunctionName(String);

/// Why a text is not a function name.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum InvalidName {
    /// Nothing was given.
    #[error("name is empty; use 1 to {MAX_LENGTH} letters, digits, `-` or `_`")]
    Empty,
    /// Longer than the limit.
    #[error("name has {length} characters; use at most {MAX_LENGTH}")]
    TooLong {
        /// Characters given.
        length: usize,
    },
    /// A character outside the slug alphabet, or `-`/`_` at the start.
    #[error(
        "name may not hold {character:?} at position {position}; use letters, digits, `-` or `_`, and start with a letter or digit"
    )]
    Character {
        /// The offending character.
        character: char,
        /// Its position, from 1.
        position: usize,
    },
    /// Would be read as an id.
    #[error("name looks like an id (a UUID); use a name people can say")]
    LooksLikeId,
    /// Taken by ProjectNIL itself.
    #[error("name `{0}` is reserved; use another")]
    Reserved(String),
}

impl FunctionName {
    /// The name as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form in which names are compared and looked up.
    #[must_use]
    pub fn key(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

impl fmt::Display for FunctionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for FunctionName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Err(InvalidName::Empty);
        }
        let allowed = |index: usize, c: char| c.is_ascii_alphanumeric() || (index > 0 && matches!(c, '-' | '_'));
        if let Some((index, character)) = text.chars().enumerate().find(|&(index, c)| !allowed(index, c)) {
            return Err(InvalidName::Character { character, position: index + 1 });
        }
        if text.len() > MAX_LENGTH {
            return Err(InvalidName::TooLong { length: text.len() });
        }
        if text.parse::<FunctionId>().is_ok() {
            return Err(InvalidName::LooksLikeId);
        }
        if RESERVED.contains(&text.to_ascii_lowercase().as_str()) {
            return Err(InvalidName::Reserved(text.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }
}

impl<'de> Deserialize<'de> for FunctionName {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// How a caller points at a function: its id or its name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum FunctionRef {
    /// By id.
    Id(FunctionId),
    /// By name.
    Name(FunctionName),
}

impl fmt::Display for FunctionRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Name(name) => name.fmt(f),
        }
    }
}

impl FromStr for FunctionRef {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse::<FunctionId>() {
            Ok(id) => Ok(Self::Id(id)),
            Err(_) => text.parse().map(Self::Name),
        }
    }
}

impl From<FunctionId> for FunctionRef {
    fn from(id: FunctionId) -> Self {
        Self::Id(id)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn slugs_are_names() {
        for text in ["a", "greeting", "order-pricing", "addTwo", "v2_final", "0day"] {
            assert_eq!(text.parse::<FunctionName>().map(|name| name.to_string()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn everything_else_is_refused_with_its_reason() {
        let refused = [
            ("", InvalidName::Empty),
            ("-a", InvalidName::Character { character: '-', position: 1 }),
            ("a b", InvalidName::Character { character: ' ', position: 2 }),
            ("pаypal", InvalidName::Character { character: 'а', position: 2 }),
            ("a\u{202e}b", InvalidName::Character { character: '\u{202e}', position: 2 }),
            ("01890a5d-ac96-774b-bcce-b302099a8057", InvalidName::LooksLikeId),
            ("Health", InvalidName::Reserved("Health".to_owned())),
        ];
        for (text, reason) in refused {
            assert_eq!(text.parse::<FunctionName>(), Err(reason), "{text}");
        }
        assert_eq!("a".repeat(65).parse::<FunctionName>(), Err(InvalidName::TooLong { length: 65 }));
    }

    proptest! {
        #[test]
        fn a_name_never_needs_escaping_in_a_url(text in "\\PC{0,80}") {
            if let Ok(name) = text.parse::<FunctionName>() {
                prop_assert!(name.as_str().bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
            }
        }
    }
}
