//! The lines exchanged with a worker. Described for worker authors in `toolchains/assemblyscript/README.md`.

use std::collections::BTreeMap;

use nil_core::{CompileLimits, Diagnostic, SourceFiles};
use serde::{Deserialize, Serialize};

/// A worker that has answered and will not answer again ends itself with this code.
pub(super) const EXIT_RETIRED: i32 = 70;

/// What a worker says once it is warm; anything before it is an error.
#[derive(Debug, Deserialize)]
pub(super) struct Ready {
    pub(super) ready: bool,
    /// Versions by part, for the log.
    #[serde(default)]
    pub(super) toolchain: BTreeMap<String, String>,
}

/// A greeting is short; this leaves room for many parts.
pub(super) const READY_LIMIT_BYTES: usize = 64 * 1024;

/// A source to compile.
#[derive(Debug, Serialize)]
pub(super) struct Request<'a> {
    pub(super) id: &'a str,
    pub(super) source: &'a str,
    /// The files beside it, text by path.
    #[serde(skip_serializing_if = "SourceFiles::is_empty")]
    pub(super) files: &'a SourceFiles,
    pub(super) options: RequestOptions,
}

/// How to compile it.
#[derive(Debug, Serialize)]
pub(super) struct RequestOptions {
    pub(super) optimize: bool,
}

/// What became of it. `ok` decides which of the other fields are there.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Reply {
    pub(super) id: String,
    pub(super) ok: bool,
    #[serde(default)]
    pub(super) wasm_base64: Option<String>,
    #[serde(default)]
    pub(super) diagnostics: Vec<Diagnostic>,
    #[serde(default)]
    pub(super) compile_error: Option<String>,
    #[serde(default)]
    pub(super) crash: Option<String>,
}

/// The longest reply a job may get: the module in base64, diagnostics and error text (each byte at most six
/// characters of JSON), and the frame around them.
pub(super) fn reply_limit_bytes(limits: &CompileLimits) -> usize {
    let module = limits.module_bytes.div_ceil(3) * 4;
    // A worker bounds its own text at 64 KiB each; a smaller limit of the job is applied to what arrives.
    let text = limits.diagnostics_bytes.max(64 * 1024) * 2 * 6;
    usize::try_from(module + text + 64 * 1024).unwrap_or(usize::MAX)
}
