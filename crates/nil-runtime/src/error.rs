//! What can go wrong on our side: starting, loading, publishing. What a function does wrong is an outcome.

use std::{io, path::PathBuf};

use crate::Rejection;

/// Failed to start a runtime.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The machine cannot reserve address space for even one sandbox.
    #[error(
        "failed to reserve address space for one sandbox of {max_memory_bytes} bytes; raise `ulimit -v` or the \
         container's limit, or lower the operator's memory maximum"
    )]
    AddressSpace {
        /// The memory one sandbox may have.
        max_memory_bytes: u64,
        /// What the allocator said.
        source: wasmtime::Error,
    },
    /// Wasmtime does not accept this machine.
    #[error("failed to set up the WebAssembly engine: {source:#}")]
    Engine {
        /// Why.
        source: wasmtime::Error,
    },
    /// The ticker thread could not be started.
    #[error("failed to start the epoch thread")]
    Ticker(#[source] io::Error),
    /// The code cache's directory or key cannot be used.
    #[error(transparent)]
    CodeCache(#[from] CacheError),
}

/// Failed to use the local code cache.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// The directory cannot be created or listed.
    #[error("failed to open the code cache directory {dir}; make it writable or choose another")]
    Directory {
        /// Which.
        dir: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The key file cannot be read or created.
    #[error("failed to read or create the code cache key {file}; it must be 32 bytes, mode 0600, owned by this user")]
    Key {
        /// Which.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is no space left for an entry.
    #[error("failed to store native code: no space left in {dir}; free space or lower the cache's size")]
    Full {
        /// Which.
        dir: PathBuf,
    },
    /// An entry cannot be written.
    #[error("failed to store native code in {dir}")]
    Write {
        /// Which.
        dir: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Failed to compile to native code for a reason that is not the module's. Trying again may help.
#[derive(Debug, thiserror::Error)]
pub enum MachineError {
    /// The compiling child cannot be started.
    #[error("failed to start the native compiler {program}")]
    Spawn {
        /// The executable.
        program: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The compiling child broke off or answered nonsense.
    #[error("failed to talk to the native compiler: {reason}")]
    Protocol {
        /// What was seen.
        reason: String,
    },
    /// The engine refused code it should accept.
    #[error("failed to load freshly compiled code: {source:#}")]
    Engine {
        /// Why.
        source: wasmtime::Error,
    },
}

/// Failed to publish a module.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The module cannot become a function: the version is `FAILED` with these diagnostics.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// The machine's fault: try again later.
    #[error(transparent)]
    Machine(#[from] MachineError),
    /// The shared runtime it needs cannot be had right now: try again later.
    #[error("{0}")]
    Runtime(String),
}

/// Failed to load a published function.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The module could not be fetched.
    #[error("failed to fetch the module")]
    Fetch(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The fetched bytes are not those of the digest.
    #[error("failed to load the function: its module does not have the digest it was published under")]
    Digest,
    /// The stored module is no longer accepted, for example after limits were lowered.
    #[error("failed to load the function: {0}")]
    Rejected(#[source] Rejection),
    /// The machine's fault: try again later.
    #[error(transparent)]
    Machine(#[from] MachineError),
}
