//! A line a function wrote while it ran.

use serde::{Deserialize, Serialize};

/// Which console call or stream a line came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// `console.debug`, `trace`.
    Debug,
    /// `console.info`.
    Info,
    /// `console.log`, stdout.
    Log,
    /// `console.warn`.
    Warn,
    /// `console.error`, stderr.
    Error,
}

/// One line of output, as written; control characters are escaped where people read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LogLine {
    /// Microseconds since the execution started.
    pub at_us: u64,
    /// Where it came from.
    pub level: LogLevel,
    /// The text, without its line end.
    pub message: String,
}
