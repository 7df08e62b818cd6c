//! How the host and a module exchange a call. Detection lives in the runtime; this only names the ABIs.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The calling convention of a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Abi {
    /// `handle(string): string` with AssemblyScript's runtime exports; UTF-16 strings on its heap.
    #[serde(rename = "assemblyscript")]
    AssemblyScript,
    /// One exported function over `i32`, `i64`, `f32`, `f64` only.
    Scalar,
    /// A script and the digest of the shared runtime that runs it: `handle(value)` over JSON values.
    #[serde(rename = "javascript")]
    JavaScript,
    /// Python's files and the digest of the shared runtime that runs them: `handle(value)` over JSON values.
    Python,
    /// `alloc(length) → pointer` and `handle(pointer, length) → pointer << 32 | length` over UTF-8.
    Buffer,
    /// A WASI preview 1 program: input on standard input, output on standard output.
    WasiCommand,
}

impl Abi {
    /// Whether its modules carry a script that a shared runtime runs.
    #[must_use]
    pub fn is_script(self) -> bool {
        matches!(self, Self::JavaScript | Self::Python)
    }

    /// The name used in the database, the API and the documents.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AssemblyScript => "assemblyscript",
            Self::Scalar => "scalar",
            Self::JavaScript => "javascript",
            Self::Python => "python",
            Self::Buffer => "buffer",
            Self::WasiCommand => "wasi-command",
        }
    }
}

impl fmt::Display for Abi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A name that is none of [`Abi`]'s.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error("unknown ABI `{0}`")]
pub struct UnknownAbi(pub String);

impl FromStr for Abi {
    type Err = UnknownAbi;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "assemblyscript" => Ok(Self::AssemblyScript),
            "scalar" => Ok(Self::Scalar),
            "javascript" => Ok(Self::JavaScript),
            "python" => Ok(Self::Python),
            "buffer" => Ok(Self::Buffer),
            "wasi-command" => Ok(Self::WasiCommand),
            other => Err(UnknownAbi(other.to_owned())),
        }
    }
}
