//! What a [`Runtime`](crate::Runtime) is built from: plain settings, no threads, nothing opened yet.

use std::{ffi::OsString, path::PathBuf, sync::Arc};

use crate::{
    SharedRuntimeSource,
    host::{HostClock, HostRandom, SystemClock, SystemRandom},
};

/// Settings of one [`Runtime`](crate::Runtime). Every field has a default that suits a server.
#[derive(Clone)]
pub struct RuntimeConfig {
    /// Executions that can be in progress at once; each reserves 4 GiB of address space (not of memory).
    /// Default 1,000. A machine that cannot reserve that much gets fewer, see
    /// [`Capacity`](crate::Capacity).
    pub slots: u32,
    /// The most linear memory any function may be given, in bytes (the operator's maximum). Default 512 MiB.
    pub max_memory_bytes: u64,
    /// The most elements a function's table may have. Default 20,000.
    pub max_table_elements: u32,
    /// Where native code is kept between starts; `None` keeps none. Default `None`.
    pub code_cache: Option<CodeCacheConfig>,
    /// Where WebAssembly becomes native code. Default [`NativeCompiler::InProcess`]; servers use a child.
    pub native_compiler: NativeCompiler,
    /// The time functions see. Default the system's.
    pub clock: Arc<dyn HostClock>,
    /// The randomness functions see. Default a cryptographic generator per thread.
    pub random: Arc<dyn HostRandom>,
    /// Where the shared runtimes of interpreted languages come from; `None` knows those it is given. Default `None`.
    pub shared_runtimes: Option<Arc<dyn SharedRuntimeSource>>,
}

impl Default for RuntimeConfig {
    fn default() -> Self {
        Self {
            slots: 1_000,
            max_memory_bytes: 512 << 20,
            max_table_elements: 20_000,
            code_cache: None,
            native_compiler: NativeCompiler::InProcess,
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            shared_runtimes: None,
        }
    }
}

/// The local directory of native code.
#[derive(Debug, Clone)]
pub struct CodeCacheConfig {
    /// The directory; created with mode 0700.
    pub dir: PathBuf,
    /// The file with the 32-byte key that authenticates entries; created with mode 0600 on first use.
    /// Keep it outside the database, and share it between servers that share sealed entries.
    pub key_file: PathBuf,
    /// The most bytes of entries kept; the least recently used go first. Default 4 GiB.
    pub max_bytes: u64,
}

impl CodeCacheConfig {
    /// A cache in `dir` under the key in `key_file`, at most 4 GiB.
    #[must_use]
    pub fn new(dir: impl Into<PathBuf>, key_file: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into(), key_file: key_file.into(), max_bytes: 4 << 30 }
    }
}

/// Where Cranelift runs over a user's module.
#[derive(Debug, Clone)]
pub enum NativeCompiler {
    /// In this process, without bounds on time or memory: for tests and tools over trusted modules.
    InProcess,
    /// In a child process under limits: `program` is started with `args` for each compilation and must call
    /// [`native_compiler_main`](crate::native_compiler_main).
    ChildProcess {
        /// The executable: usually `/proc/self/exe`, which stays the running one while it is being upgraded.
        program: PathBuf,
        /// Arguments that lead it to [`native_compiler_main`](crate::native_compiler_main).
        args: Vec<OsString>,
    },
}
