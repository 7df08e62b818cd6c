//! The life of one execution, as the API shows it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// `PENDING → RUNNING → COMPLETED | FAILED`. A synchronous execution is recorded once, in its last state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum ExecutionStatus {
    /// Accepted, not started.
    Pending,
    /// Started.
    Running,
    /// The function returned an output.
    Completed,
    /// The function threw, trapped or hit a limit; `errorMessage` says which.
    Failed,
}

impl ExecutionStatus {
    /// The name in the database and on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Running => "RUNNING",
            Self::Completed => "COMPLETED",
            Self::Failed => "FAILED",
        }
    }
}

impl fmt::Display for ExecutionStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that is none of [`ExecutionStatus`].
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error("unknown execution status `{0}`; use PENDING, RUNNING, COMPLETED or FAILED")]
pub struct UnknownExecutionStatus(pub String);

impl FromStr for ExecutionStatus {
    type Err = UnknownExecutionStatus;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Pending, Self::Running, Self::Completed, Self::Failed]
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or_else(|| UnknownExecutionStatus(text.to_owned()))
    }
}
