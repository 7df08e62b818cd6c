//! The life of one execution, as the API shows it.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// `PENDING → RUNNING → COMPLETED | FAILED | CANCELED`. A synchronous execution is recorded once, in its last state.
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
    /// Somebody called it off (`DELETE /executions/{id}`).
    Canceled,
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
            Self::Canceled => "CANCELED",
        }
    }

    /// Whether it is over.
    #[must_use]
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Canceled)
    }
}

impl fmt::Display for ExecutionStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that is none of [`ExecutionStatus`].
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error("unknown execution status `{0}`; use PENDING, RUNNING, COMPLETED, FAILED or CANCELED")]
pub struct UnknownExecutionStatus(pub String);

impl FromStr for ExecutionStatus {
    type Err = UnknownExecutionStatus;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Pending, Self::Running, Self::Completed, Self::Failed, Self::Canceled]
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or_else(|| UnknownExecutionStatus(text.to_owned()))
    }
}

/// What caused an execution, and so what its caller was promised.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ExecutionMode {
    /// `/execute`: answered when it was recorded.
    #[default]
    Sync,
    /// `/fn`: answered at once, recorded behind the answer.
    Fn,
    /// `Prefer: respond-async`: accepted, queued, run later, as often as it takes.
    Async,
    /// A tick of a schedule, queued like the above.
    Schedule,
}

impl ExecutionMode {
    /// The name in the database and on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sync => "sync",
            Self::Fn => "fn",
            Self::Async => "async",
            Self::Schedule => "schedule",
        }
    }
}

impl fmt::Display for ExecutionMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that is none of [`ExecutionMode`].
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error("unknown execution mode `{0}`; use sync, fn, async or schedule")]
pub struct UnknownExecutionMode(pub String);

impl FromStr for ExecutionMode {
    type Err = UnknownExecutionMode;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Sync, Self::Fn, Self::Async, Self::Schedule]
            .into_iter()
            .find(|mode| mode.as_str() == text)
            .ok_or_else(|| UnknownExecutionMode(text.to_owned()))
    }
}

/// One attempt of a queued execution that is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AttemptRecord {
    /// From 1.
    pub number: i32,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended; absent when the server that ran it was lost.
    pub completed_at: Option<DateTime<Utc>>,
    /// The kind of failure; absent when it went well.
    pub error_kind: Option<String>,
    /// Why it failed.
    pub error_message: Option<String>,
}
