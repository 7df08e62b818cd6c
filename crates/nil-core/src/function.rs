//! The life of a function's newest version, as the API shows it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// `PENDING → COMPILING → READY | FAILED`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum FunctionStatus {
    /// Stored and queued for a compiler.
    Pending,
    /// A compiler holds the job.
    Compiling,
    /// Compiled, validated and callable.
    Ready,
    /// Cannot be compiled or was rejected; `compileError` says why.
    Failed,
}

impl FunctionStatus {
    /// Whether nothing more will happen to the version by itself.
    #[must_use]
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Ready | Self::Failed)
    }

    /// The name in the database and on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Compiling => "COMPILING",
            Self::Ready => "READY",
            Self::Failed => "FAILED",
        }
    }
}

impl fmt::Display for FunctionStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that is none of [`FunctionStatus`].
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error("unknown function status `{0}`; use PENDING, COMPILING, READY or FAILED")]
pub struct UnknownFunctionStatus(pub String);

impl FromStr for FunctionStatus {
    type Err = UnknownFunctionStatus;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Pending, Self::Compiling, Self::Ready, Self::Failed]
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or_else(|| UnknownFunctionStatus(text.to_owned()))
    }
}
