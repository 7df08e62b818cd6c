//! What a schedule does about times it missed.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// What becomes of ticks that passed while no server ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum CatchUp {
    /// Nothing.
    #[default]
    Skip,
    /// One execution, for the last of them.
    Once,
    /// One execution for each, the last hundred at the most.
    All,
}

/// A word that is none of them.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is no way to catch up; use skip, once or all")]
pub struct UnknownCatchUp(pub String);

impl CatchUp {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Skip => "skip",
            Self::Once => "once",
            Self::All => "all",
        }
    }
}

impl fmt::Display for CatchUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for CatchUp {
    type Err = UnknownCatchUp;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Skip, Self::Once, Self::All]
            .into_iter()
            .find(|way| way.as_str() == text)
            .ok_or_else(|| UnknownCatchUp(text.to_owned()))
    }
}
