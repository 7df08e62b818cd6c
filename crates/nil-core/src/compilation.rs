//! The messages between server and compiler services: what `compilation_jobs` and `compilation_results` carry.

use serde::{Deserialize, Serialize};

use crate::{
    diagnostic::Diagnostic,
    ids::{FunctionId, VersionId},
    language::Language,
    limits::CompileLimits,
    source_files::SourceFiles,
};

/// One version to compile. Self-contained: a compiler reads nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CompilationJob {
    /// The version to build.
    pub version_id: VersionId,
    /// The function it belongs to, for logs and dead letters.
    pub function_id: FunctionId,
    /// The function's name, for logs and dead letters.
    pub function_name: String,
    /// The language of the source.
    pub language: Language,
    /// The source text of the entry file.
    pub source: String,
    /// The files beside it.
    #[serde(default, skip_serializing_if = "SourceFiles::is_empty")]
    pub files: SourceFiles,
    /// What the compilation may use.
    pub limits: CompileLimits,
}

/// One source to compile for somebody who waits for the answer: no version is made of it and nothing of it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckRequest {
    /// The language of the source.
    pub language: Language,
    /// The source text of the entry file.
    pub source: String,
    /// The files beside it.
    #[serde(default, skip_serializing_if = "SourceFiles::is_empty")]
    pub files: SourceFiles,
    /// What the compilation may use.
    pub limits: CompileLimits,
}

/// What there is to say about a version on its way, in the order it happens. A compiler service sends it, except for
/// what needs no compiler.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum CompilationReport {
    /// A compiler has leased the job and starts now.
    #[serde(rename_all = "camelCase")]
    Started {
        /// The version being built.
        version_id: VersionId,
        /// Which try this is, from 1.
        attempt: u32,
    },
    /// The job is over; sent in the transaction that removes it from the queue.
    #[serde(rename_all = "camelCase")]
    Finished {
        /// The version that was built.
        version_id: VersionId,
        /// Which try this was, from 1.
        attempt: u32,
        /// How it ended.
        verdict: CompilationVerdict,
    },
    /// A module that the functions of a language share; sent when a compiler of that language starts.
    Runtime(SharedRuntimeReport),
    /// The same source was built by the same toolchain before: that module is the version's too. Sent by a server.
    #[serde(rename_all = "camelCase")]
    Reusable {
        /// The version it is to become.
        version_id: VersionId,
        /// The version that was built.
        built_version_id: VersionId,
        /// What a compilation may use, should the built version be gone by then.
        limits: CompileLimits,
    },
    /// A module was uploaded: it is with the version already. Sent by a server.
    #[serde(rename_all = "camelCase")]
    Uploaded {
        /// The version it is to become.
        version_id: VersionId,
    },
}

/// A shared runtime on its way to the servers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SharedRuntimeReport {
    /// SHA-256 of the module, in hexadecimal.
    pub digest: String,
    /// What it is, for people, such as `quickjs-wasi 3.6.2`.
    pub version: String,
    /// The module, base64 because queue messages are JSON.
    pub wasm_base64: String,
}

impl CompilationReport {
    /// The version the report is about, if it is about one.
    #[must_use]
    pub fn version_id(&self) -> Option<VersionId> {
        match self {
            Self::Started { version_id, .. }
            | Self::Finished { version_id, .. }
            | Self::Reusable { version_id, .. }
            | Self::Uploaded { version_id } => Some(*version_id),
            Self::Runtime(_) => None,
        }
    }
}

/// How a compilation ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "verdict")]
pub enum CompilationVerdict {
    /// WebAssembly came out.
    Compiled(Artifact),
    /// The user's mistake: the source cannot be built as it is.
    #[serde(rename_all = "camelCase")]
    Failed {
        /// What a person reads.
        compile_error: String,
        /// The same, structured.
        diagnostics: Vec<Diagnostic>,
    },
    /// Ours: every try killed its worker; the job is parked as a dead letter.
    #[serde(rename_all = "camelCase")]
    DeadLettered {
        /// What a person reads.
        compile_error: String,
    },
}

/// What a compilation yields: WebAssembly only, never native code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Artifact {
    /// The module, base64 because queue messages are JSON.
    pub wasm_base64: String,
    /// Warnings, if any.
    pub diagnostics: Vec<Diagnostic>,
    /// Which toolchain made it.
    pub toolchain: ToolchainInfo,
    /// Time inside the toolchain, in milliseconds.
    pub compile_ms: u64,
}

/// A toolchain as it introduces itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ToolchainInfo {
    /// The language it compiles.
    pub language: Language,
    /// Versions of its parts, such as `assemblyscript 0.28.20, json-as 1.6.0`.
    pub version: String,
    /// Identifies it exactly: equal sources become equal modules where this is equal.
    #[serde(default)]
    pub digest: String,
}

/// Why a job was parked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeadLetterReason {
    /// Tries made.
    pub attempts: u32,
    /// What the last try reported, or that its worker vanished.
    pub last_error: String,
}
