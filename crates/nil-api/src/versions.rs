//! Bodies about versions: listing, comparing, and moving what is live.

use chrono::{DateTime, Utc};
use nil_core::{
    ContentDiff, Diagnostic, FunctionSettings, FunctionStatus, GateReport, Language, SourceFiles, VersionId,
};
use serde::{Deserialize, Serialize};

/// An entry of `GET /functions/{id}/versions`, newest first.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VersionSummary {
    /// From 1, in the order in which they were made.
    pub number: i32,
    /// Its id.
    pub id: VersionId,
    /// Its state.
    pub status: FunctionStatus,
    /// Its language.
    pub language: Language,
    /// Whether it answers calls that name no version.
    pub live: bool,
    /// When it was stored.
    pub created_at: DateTime<Utc>,
    /// SHA-256 of its module in hexadecimal, once it is ready.
    pub digest: Option<String>,
    /// Its module's size in bytes, once it is ready.
    pub size_bytes: Option<i64>,
    /// Why it failed; lists have the beginning of it.
    pub compile_error: Option<String>,
    /// Whether the function's examples passed when it was published; absent where `settings.gate` is not set.
    pub gate_passed: Option<bool>,
}

/// Answer to `GET /functions/{id}/versions/{n}`.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VersionDetail {
    /// What lists show of it.
    #[serde(flatten)]
    pub summary: VersionSummary,
    /// A digest of what it is built from, in hexadecimal: equal where language, source and files are.
    pub source_digest: String,
    /// Its source: the entry file. Empty for an uploaded module.
    pub source: String,
    /// The files beside it, text by path.
    #[serde(default)]
    pub files: SourceFiles,
    /// Its settings.
    pub settings: FunctionSettings,
    /// What the compiler said.
    pub diagnostics: Vec<Diagnostic>,
    /// What became of the function's examples when it was published.
    pub gate: Option<GateReport>,
}

/// Answer to `GET /functions/{id}/versions/{n}/diff`.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VersionDiff {
    /// The version it is compared with; absent for the first one, all of which is new.
    pub from: Option<i32>,
    /// The version that was asked about.
    pub to: i32,
    /// Files and settings that differ.
    #[serde(flatten)]
    pub content: ContentDiff,
}

/// `POST /functions/{id}/rollback`.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rollback {
    /// The version that is to answer calls.
    #[schema(minimum = 1, example = 2)]
    pub to: i32,
}

/// `POST /functions/{id}/promote`.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Promote {
    /// The alias whose newest version is to answer calls.
    #[schema(example = "canary")]
    pub alias: String,
}

/// An entry of `GET /functions/{id}/aliases`.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Alias {
    /// What stands behind the colon in `greet:canary`.
    pub name: String,
    /// Where it points.
    pub targets: Vec<AliasTarget>,
    /// When it was set.
    pub updated_at: DateTime<Utc>,
}

/// `PUT /functions/{id}/aliases/{alias}`.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SetAlias {
    /// Where it is to point: 1 to 10 versions.
    pub targets: Vec<AliasTarget>,
}

/// A version and its share of the calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AliasTarget {
    /// The version's number.
    #[schema(minimum = 1, example = 4)]
    pub version: i32,
    /// Its share, against the other weights.
    #[serde(default = "one")]
    #[schema(minimum = 1, maximum = 1000, example = 10)]
    pub weight: i32,
}

fn one() -> i32 {
    1
}
