//! A line of what happened while a version was built.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Who says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum BuildStream {
    /// The server: where the build stands.
    Nil,
    /// The compiler.
    Compiler,
}

impl BuildStream {
    /// The name in the database and on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Nil => "nil",
            Self::Compiler => "compiler",
        }
    }
}

/// One line, first to last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BuildLogLine {
    /// When it was said.
    pub at: DateTime<Utc>,
    /// Who says it.
    pub stream: BuildStream,
    /// The text, without its line end.
    pub text: String,
}
