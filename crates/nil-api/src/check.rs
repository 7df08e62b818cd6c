//! Bodies of `POST /compile`.

use nil_core::{Abi, Diagnostic};
use serde::{Deserialize, Serialize};

use crate::files::FileEntries;

/// `POST /compile`.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CheckSource {
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
}

/// Answer to `POST /compile`: what a deployment of the same would come to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Checked {
    /// Whether it would become `READY`.
    pub ok: bool,
    /// Why not; warnings too.
    pub diagnostics: Vec<Diagnostic>,
    /// How it would be called.
    pub abi: Option<Abi>,
    /// The size its module would be stored with, in bytes.
    pub size_bytes: Option<u64>,
    /// From the request to the answer, in milliseconds.
    pub duration_ms: u64,
}
