//! Names of what belongs to functions: environments and schedules. The rules are those of functions' names.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::name::{FunctionName, InvalidName};

macro_rules! slug {
    ($(#[$doc:meta])* $name:ident, $example:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
        #[serde(transparent)]
        #[schema(value_type = String, example = $example)]
        pub struct $name(String);

        impl $name {
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

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidName;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse::<FunctionName>().map(|name| Self(name.as_str().to_owned()))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

slug! {
    /// An environment's name: a slug as functions have it. Case is kept but does not distinguish.
    EnvironmentName, "production"
}
slug! {
    /// A schedule's name, unique among those of its function: a slug as functions have it.
    ScheduleName, "nightly"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_functions() {
        assert_eq!("Prod".parse::<EnvironmentName>().map(|name| name.key()), Ok("prod".to_owned()));
        assert!("a b".parse::<ScheduleName>().is_err());
        assert!("new".parse::<EnvironmentName>().is_err());
    }
}
