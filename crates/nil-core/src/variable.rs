//! Names and values of variables and secrets.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The longest name, in characters.
const MAX_NAME: usize = 128;

/// The longest value, in bytes.
pub const MAX_VARIABLE_BYTES: usize = 64 << 10;

/// The name of a variable or secret: a letter or `_`, then letters, digits and `_`, as shells have it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, example = "API_URL")]
pub struct VariableName(String);

/// Why something cannot be a variable.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum InvalidVariable {
    /// Not a name a shell could have.
    #[error("`{0}` is no name of a variable; use up to {MAX_NAME} letters, digits and `_`, not first a digit")]
    Name(String),
    /// The value is too long.
    #[error("the value of `{name}` has {bytes} bytes; use at most {MAX_VARIABLE_BYTES}")]
    TooLong {
        /// Which.
        name: VariableName,
        /// How long it is.
        bytes: usize,
    },
    /// An environment's text ends at a NUL.
    #[error("the value of `{0}` holds a NUL character; remove it")]
    Nul(VariableName),
}

impl VariableName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `value` can be this variable's. The value is never part of the error.
    ///
    /// # Errors
    /// See [`InvalidVariable`].
    pub fn check(&self, value: &str) -> Result<(), InvalidVariable> {
        if value.len() > MAX_VARIABLE_BYTES {
            return Err(InvalidVariable::TooLong { name: self.clone(), bytes: value.len() });
        }
        if value.contains('\0') { Err(InvalidVariable::Nul(self.clone())) } else { Ok(()) }
    }
}

impl fmt::Display for VariableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for VariableName {
    type Err = InvalidVariable;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fits = |(index, c): (usize, char)| c == '_' || c.is_ascii_alphabetic() || (index > 0 && c.is_ascii_digit());
        if text.is_empty() || text.len() > MAX_NAME || !text.chars().enumerate().all(fits) {
            return Err(InvalidVariable::Name(text.chars().take(80).collect()));
        }
        Ok(Self(text.to_owned()))
    }
}

impl<'de> Deserialize<'de> for VariableName {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_shells() {
        for name in ["A", "_", "API_URL", "a1"] {
            assert!(name.parse::<VariableName>().is_ok(), "{name}");
        }
        for name in ["", "1A", "A-B", "A=B", "ä", &"A".repeat(129)] {
            assert!(name.parse::<VariableName>().is_err(), "{name}");
        }
    }

    #[test]
    fn a_refused_value_is_not_shown() {
        let name: VariableName = "TOKEN".parse().expect("a name");
        let refused = name.check("hush\0").expect_err("a NUL");
        assert!(!refused.to_string().contains("hush"));
        assert!(name.check(&"x".repeat(MAX_VARIABLE_BYTES + 1)).is_err());
        assert!(name.check("").is_ok());
    }
}
