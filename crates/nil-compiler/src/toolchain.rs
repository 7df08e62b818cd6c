//! What every toolchain offers the job loop, whatever its language. How it compiles is its own matter.

use std::{fmt, future::Future, pin::Pin, sync::Arc};

use nil_core::{CompileLimits, Diagnostic, Language, SourceFiles, ToolchainInfo};
use sha2::{Digest as _, Sha256};

/// A future behind a pointer, so that toolchains of different languages can share a list.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Compiles one language. Dropping a [`Toolchain::compile`] future abandons the compilation and ends the
/// processes it used.
pub trait Toolchain: fmt::Debug + Send + Sync + 'static {
    /// The language it compiles.
    fn language(&self) -> Language;

    /// What it is made of, for artifacts and people.
    fn info(&self) -> ToolchainInfo;

    /// How many compilations it runs at the same time.
    fn workers(&self) -> usize;

    /// Waits until a compilation could start at once; returns how many could. Waits for as long as the
    /// toolchain cannot be started, so that a broken one takes no jobs.
    fn ready(&self) -> BoxFuture<'_, usize>;

    /// Compiles one source.
    fn compile(&self, request: CompileRequest) -> BoxFuture<'_, Result<Compiled, CompileFailure>>;

    /// The runtime its modules ask for, if they need one to run.
    fn runtime(&self) -> Option<&SharedRuntime> {
        None
    }

    /// Ends every process it started and returns when they are gone. Later compilations fail.
    fn stop(&self) -> BoxFuture<'_, ()>;
}

/// A module that functions of a language share: the server needs it once, beside the functions' own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedRuntime {
    /// SHA-256 of `wasm`, in hexadecimal; functions name it by this.
    pub digest: String,
    /// What it is, for people, such as `quickjs-wasi 3.6.2`.
    pub version: String,
    /// The module.
    pub wasm: Vec<u8>,
}

impl SharedRuntime {
    /// A runtime under its digest.
    pub(crate) fn new(version: String, wasm: Vec<u8>) -> Self {
        Self { digest: hex_digest(&wasm), version, wasm }
    }
}

/// SHA-256 in hexadecimal.
pub(crate) fn hex_digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// One source to compile.
#[derive(Debug, Clone)]
pub struct CompileRequest {
    /// The text of the entry file.
    pub source: Arc<str>,
    /// The files beside it.
    pub files: Arc<SourceFiles>,
    /// What the compilation may use and yield.
    pub limits: CompileLimits,
}

/// What came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compiled {
    /// The module; its header is checked, nothing else is.
    pub wasm: Vec<u8>,
    /// Warnings and remarks, within the limit on diagnostics.
    pub diagnostics: Vec<Diagnostic>,
    /// Time inside the toolchain, in milliseconds.
    pub compile_ms: u64,
}

/// Why nothing came out. The variants differ in what the job loop does next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompileFailure {
    /// The user's mistake: final.
    #[error("{compile_error}")]
    Rejected {
        /// What a person reads.
        compile_error: String,
        /// The same, structured.
        diagnostics: Vec<Diagnostic>,
    },
    /// The compilation used more than it may: final, because it would again.
    #[error("the compilation passed {0}")]
    LimitExceeded(Limit),
    /// The compiler broke on this source, also in a second process: final.
    #[error("the compiler crashed: {detail}")]
    Crashed {
        /// What is known about it, for a person.
        detail: String,
    },
    /// This machine cannot compile now: another try may work.
    #[error("{reason}")]
    Machine {
        /// What is wrong, for the operator.
        reason: String,
    },
}

/// A limit of a compilation. Displays as `the time limit of 60 s; …` with what to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Wall-clock time, in milliseconds.
    Time {
        /// The limit.
        timeout_ms: u64,
    },
    /// Memory of the toolchain's processes, in bytes.
    Memory {
        /// The limit.
        memory_bytes: u64,
    },
    /// What the compiler printed, in bytes.
    Output {
        /// The limit.
        output_bytes: u64,
    },
    /// Size of the module, in bytes.
    Module {
        /// The limit.
        module_bytes: u64,
    },
    /// Number of processes.
    Processes {
        /// The limit.
        processes: usize,
    },
    /// Temporary files, in bytes.
    Scratch {
        /// The limit.
        scratch_bytes: u64,
    },
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Time { timeout_ms } if timeout_ms % 1000 == 0 => {
                write!(f, "the time limit of {} s; make the source smaller or simpler", timeout_ms / 1000)
            }
            Self::Time { timeout_ms } => {
                write!(f, "the time limit of {timeout_ms} ms; make the source smaller or simpler")
            }
            Self::Memory { memory_bytes } => {
                write!(f, "the memory limit of {}; make the source smaller or simpler", Size(memory_bytes))
            }
            Self::Output { output_bytes } => {
                write!(f, "the limit of {} on what the compiler may print; reduce what it reports", Size(output_bytes))
            }
            Self::Module { module_bytes } => {
                write!(f, "the module size limit of {}; reduce static data and generated code", Size(module_bytes))
            }
            Self::Processes { processes } => write!(f, "the limit of {processes} processes; start fewer"),
            Self::Scratch { scratch_bytes } => {
                write!(f, "the limit of {} on temporary files; write less", Size(scratch_bytes))
            }
        }
    }
}

/// Bytes as a person reads them, exact where they are whole.
pub(crate) struct Size(pub(crate) u64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(u64, &str); 3] = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
        match UNITS.iter().find(|(unit, _)| self.0 >= *unit && self.0.is_multiple_of(*unit)) {
            Some((unit, name)) => write!(f, "{} {name}", self.0 / unit),
            None => write!(f, "{} bytes", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_read_as_people_write_them() {
        let message = |limit| CompileFailure::LimitExceeded(limit).to_string();
        assert_eq!(
            message(Limit::Time { timeout_ms: 60_000 }),
            "the compilation passed the time limit of 60 s; make the source smaller or simpler"
        );
        assert!(message(Limit::Memory { memory_bytes: 2 << 30 }).contains("memory limit of 2 GiB"));
        assert!(message(Limit::Module { module_bytes: 1_000_001 }).contains("1000001 bytes"));
    }
}
