//! What a call names: a function, and perhaps which of its versions (`greet`, `greet@3`, `greet:canary`).

use std::{fmt, str::FromStr};

use crate::{
    label::{AliasName, InvalidLabel},
    name::{FunctionRef, InvalidName},
};

/// A function and which of its versions is to run.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CallTarget {
    /// The function.
    pub function: FunctionRef,
    /// Which version.
    pub version: VersionChoice,
}

/// Which version of a function is to run.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum VersionChoice {
    /// The one that is live.
    Live,
    /// This one, whatever is live.
    Number(i32),
    /// One of those an alias points at, by their weights.
    Alias(AliasName),
}

/// Why a text names nothing that could be called.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum InvalidCallTarget {
    /// The function.
    #[error(transparent)]
    Function(#[from] InvalidName),
    /// What follows `@`.
    #[error("`{0}` is no version; use a number from 1 behind `@`, as in `greet@3`")]
    Version(String),
    /// What follows `:`.
    #[error(transparent)]
    Alias(#[from] InvalidLabel),
}

impl fmt::Display for CallTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.version {
            VersionChoice::Live => self.function.fmt(f),
            VersionChoice::Number(number) => write!(f, "{}@{number}", self.function),
            VersionChoice::Alias(alias) => write!(f, "{}:{alias}", self.function),
        }
    }
}

impl FromStr for CallTarget {
    type Err = InvalidCallTarget;

    fn from_str(text: &str) -> Result<Self, InvalidCallTarget> {
        // Neither an id nor a name holds one of the two.
        let Some(at) = text.bytes().position(|byte| matches!(byte, b'@' | b':')) else {
            return Ok(Self { function: text.parse()?, version: VersionChoice::Live });
        };
        let (function, rest) = (&text[..at], &text[at + 1..]);
        let version = if text.as_bytes()[at] == b'@' { number(rest)? } else { VersionChoice::Alias(rest.parse()?) };
        Ok(Self { function: function.parse()?, version })
    }
}

fn number(text: &str) -> Result<VersionChoice, InvalidCallTarget> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse::<i32>() {
        Ok(number) if digits && number > 0 => Ok(VersionChoice::Number(number)),
        _ => Err(InvalidCallTarget::Version(text.chars().take(80).collect())),
    }
}

impl From<FunctionRef> for CallTarget {
    fn from(function: FunctionRef) -> Self {
        Self { function, version: VersionChoice::Live }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_or_an_alias_may_follow_the_name() {
        for text in ["greet", "greet@3", "greet:canary", "01890a5d-ac96-774b-bcce-b302099a8057@12"] {
            assert_eq!(text.parse::<CallTarget>().map(|target| target.to_string()), Ok(text.to_owned()));
        }
        for text in [
            "greet@",
            "greet@0",
            "greet@-1",
            "greet@+1",
            "greet@99999999999",
            "greet@canary",
            "greet:3",
            "@3",
            ":x",
            "a@1@2",
            "a:b:c",
        ] {
            assert!(text.parse::<CallTarget>().is_err(), "{text}");
        }
    }
}
