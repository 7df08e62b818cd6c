//! Names of what belongs to a function: its aliases and its saved examples.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The longest label, in characters.
const MAX_LENGTH: usize = 64;

/// What an alias cannot be called: these words say which version is meant without any alias.
const RESERVED_ALIASES: &[&str] = &["live", "latest"];

/// Why a text is no label.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum InvalidLabel {
    /// Not of the alphabet, empty, or too long.
    #[error(
        "`{0}` cannot be the name of an alias or example; use 1 to {MAX_LENGTH} letters, digits, `-` or `_`, and start \
         with a letter or digit"
    )]
    Slug(String),
    /// An alias that would be read as a version's number or as a word of ours.
    #[error("`{0}` cannot be an alias: it is taken for a version; use a word such as `canary`")]
    Version(String),
}

fn slug(text: &str) -> Result<String, InvalidLabel> {
    let allowed = |(index, c): (usize, char)| c.is_ascii_alphanumeric() || (index > 0 && matches!(c, '-' | '_'));
    if text.is_empty() || text.len() > MAX_LENGTH || !text.chars().enumerate().all(allowed) {
        return Err(InvalidLabel::Slug(text.chars().take(80).collect()));
    }
    Ok(text.to_owned())
}

macro_rules! label {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
        #[serde(transparent)]
        #[schema(value_type = String)]
        pub struct $name(String);

        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

label! {
    /// An alias of a function's versions, such as `canary`. In lower case, whatever it was written in.
    AliasName
}
label! {
    /// The name of a saved example.
    ExampleName
}

impl FromStr for AliasName {
    type Err = InvalidLabel;

    fn from_str(text: &str) -> Result<Self, InvalidLabel> {
        let alias = slug(text)?.to_ascii_lowercase();
        if alias.bytes().all(|byte| byte.is_ascii_digit()) || RESERVED_ALIASES.contains(&alias.as_str()) {
            return Err(InvalidLabel::Version(alias));
        }
        Ok(Self(alias))
    }
}

impl FromStr for ExampleName {
    type Err = InvalidLabel;

    fn from_str(text: &str) -> Result<Self, InvalidLabel> {
        slug(text).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_is_never_a_version() {
        assert_eq!("Canary".parse::<AliasName>().map(|alias| alias.to_string()), Ok("canary".to_owned()));
        for text in ["3", "live", "LATEST", "", "-a", "a b", "a:b", "a/b"] {
            assert!(text.parse::<AliasName>().is_err(), "{text}");
        }
        assert!("3".parse::<ExampleName>().is_ok());
    }
}
