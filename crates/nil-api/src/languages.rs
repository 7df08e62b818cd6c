//! Bodies about languages.

use nil_core::Language;
use serde::{Deserialize, Serialize};

/// An entry of `GET /languages`.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LanguageInfo {
    /// The name to deploy with.
    pub language: Language,
    /// Whether functions in it can be deployed now.
    pub state: LanguageState,
    /// Versions of the toolchain's parts, where a compiler service told them.
    pub version: Option<String>,
    /// Identifies the toolchain exactly.
    pub digest: Option<String>,
    /// What to do about it, if it is not `installed`.
    pub hint: Option<String>,
    /// What the user writes.
    pub handler: String,
    /// The name under which diagnostics show `source`.
    pub entry_file: String,
    /// Extensions of its files.
    pub extensions: Vec<String>,
}

/// Whether functions in a language can be deployed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LanguageState {
    /// A compiler service serves it, or it needs none.
    Installed,
    /// Compiler services run, and none has its toolchain: deploys are refused.
    Absent,
    /// No compiler service that could serve it is running: deploys wait in the queue.
    Unserved,
}
