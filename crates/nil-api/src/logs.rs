//! Bodies about what functions wrote and what was said while they were built.

use chrono::{DateTime, Utc};
use nil_core::{BuildLogLine, ExecutionId, FunctionStatus, LogLevel, LogStream};
use serde::{Deserialize, Serialize};

/// A line of `GET /functions/{id}/logs`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LogEntry {
    /// The execution that wrote it.
    pub execution_id: ExecutionId,
    /// When.
    pub at: DateTime<Utc>,
    /// Where to.
    pub stream: LogStream,
    /// How loud it is meant.
    pub level: LogLevel,
    /// The text, without its line end.
    pub text: String,
    /// The number of the version that ran.
    pub version: i32,
}

/// Answer to `GET /functions/{id}/versions/{number}/build-log`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BuildLog {
    /// The version's number.
    pub version: i32,
    /// Its state.
    pub status: FunctionStatus,
    /// What was said, first to last.
    pub lines: Vec<BuildLogLine>,
}
