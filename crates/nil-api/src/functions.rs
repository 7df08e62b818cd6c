//! Bodies about functions.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use nil_core::{
    Abi, Diagnostic, FunctionId, FunctionName, FunctionSettings, FunctionStatus, GateReport, Language, SourceFiles,
    VersionId,
};
use serde::{Deserialize, Serialize};

use crate::{examples::ExampleBody, files::FileEntries};

/// `POST /functions`.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateFunction {
    /// A unique slug: 1–64 letters, digits, `-` or `_`.
    #[schema(value_type = String, example = "greeting")]
    pub name: String,
    /// What the function is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The source language, for example `assemblyscript`.
    #[schema(example = "assemblyscript")]
    pub language: String,
    /// The source text: the entry file. With `files` at most 1 MiB. Required unless the language is `wasm`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "export function add(a: i32, b: i32): i32 { return a + b; }")]
    pub source: Option<String>,
    /// A ready module in base64, at most 32 MiB of it, in place of `source`; the language is then `wasm`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = json!(null))]
    pub wasm_base64: Option<String>,
    /// Files beside the entry file, text by path relative to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files: Option<FileEntries>,
    /// Limits of the function's own, within the operator's maxima.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<FunctionSettings>,
    /// Examples by name, saved together with the function.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = json!(null))]
    pub examples: Option<BTreeMap<String, ExampleBody>>,
    /// Names of environments it is configured with, at most 16; of two that hold the same name the later counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = json!(null))]
    pub environments: Option<Vec<String>>,
}

/// `PUT /functions/{id}`. What is absent stays as it is.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateFunction {
    /// A new name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A new description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// A new language; makes a new version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// A new source; makes a new version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// A new module in base64, for functions in the language `wasm`; makes a new version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = json!(null))]
    pub wasm_base64: Option<String>,
    /// New files beside it, in place of all there are; make a new version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files: Option<FileEntries>,
    /// New settings; make a new version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<FunctionSettings>,
    /// New examples by name, in place of all there are; they make no version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = json!(null))]
    pub examples: Option<BTreeMap<String, ExampleBody>>,
    /// Names of environments in place of those it had, at most 16; they make no version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = json!(null))]
    pub environments: Option<Vec<String>>,
}

/// Answer to `POST /functions`.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FunctionCreated {
    /// The function's id.
    pub id: FunctionId,
    /// Its name.
    pub name: FunctionName,
    /// Always `PENDING`: the source is stored and queued.
    pub status: FunctionStatus,
    /// The number of the version that was made.
    pub version: i32,
    /// When it was stored.
    pub created_at: DateTime<Utc>,
}

/// An entry of `GET /functions`.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FunctionSummary {
    /// The function's id.
    pub id: FunctionId,
    /// Its name.
    pub name: FunctionName,
    /// The state of its newest version.
    pub status: FunctionStatus,
    /// The language of its newest version.
    pub language: Language,
    /// The number of its newest version.
    pub version: i32,
    /// The version that answers calls, if one is ready. A failed build leaves it as it was.
    pub live_version: Option<i32>,
    /// When the function was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// Answer to `GET /functions/{id}` and `PUT /functions/{id}`.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FunctionDetail {
    /// The function's id.
    pub id: FunctionId,
    /// Its name.
    pub name: FunctionName,
    /// What it is for.
    pub description: Option<String>,
    /// The language of its newest version.
    pub language: Language,
    /// The source of its newest version: the entry file. Empty for an uploaded module.
    pub source: String,
    /// The files beside it, text by path.
    #[serde(default)]
    pub files: SourceFiles,
    /// A digest of what its newest version is built from, in hexadecimal: equal where language, source and files are.
    #[serde(default)]
    pub source_digest: String,
    /// The state of its newest version.
    pub status: FunctionStatus,
    /// Why the newest version failed, as plain text.
    pub compile_error: Option<String>,
    /// The same, structured; warnings too.
    pub diagnostics: Vec<Diagnostic>,
    /// The newest version's own limits.
    pub settings: FunctionSettings,
    /// The number of its newest version.
    pub version: i32,
    /// The id of its newest version.
    pub version_id: VersionId,
    /// The version that answers calls, if one is ready.
    pub live_version: Option<i32>,
    /// The calling convention of the newest version, once it is ready.
    pub abi: Option<Abi>,
    /// The module's size in bytes, once it is ready.
    pub wasm_bytes: Option<i64>,
    /// From stored to ready or failed, in milliseconds.
    pub build_ms: Option<i64>,
    /// What became of the examples when the newest version was published; absent where it was not gated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<GateReport>,
    /// Its environments; of two that hold the same name the later counts.
    #[serde(default)]
    pub environments: Vec<String>,
    /// When the function was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}
