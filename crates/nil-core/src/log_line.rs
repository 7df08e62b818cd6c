//! A line a function wrote while it ran.

use serde::{Deserialize, Serialize};

/// How loud a line is meant.
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

/// Where a line was written to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogStream {
    /// A call of the console.
    #[default]
    Console,
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// One line of output, as written; control characters are escaped where people read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LogLine {
    /// Microseconds since the execution started.
    pub at_us: u64,
    /// How loud it is meant; standard output counts as `log`, standard error as `error`.
    pub level: LogLevel,
    /// Where it was written to. Lines of before this was kept count as the console's.
    #[serde(default)]
    pub stream: LogStream,
    /// The text, without its line end.
    pub message: String,
}
