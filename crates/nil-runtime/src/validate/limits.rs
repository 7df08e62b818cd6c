//! How large and how complex a module may be. Numbers only; the checks are in the sibling modules.

use nil_core::CompileLimits;

/// Bounds for one publication. A module beyond any of them is rejected with a diagnostic that names it.
///
/// The counts are several times what the largest real modules need (CPython built for WebAssembly: about
/// 12,000 functions, its largest 0.3 MB, 2,000 locals) and far below what makes Cranelift slow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublishLimits {
    /// The whole module, in bytes. Default 32 MiB.
    pub module_bytes: u64,
    /// Functions defined in the module. Default 100,000.
    pub functions: u32,
    /// The body of one function, in bytes. Default 1 MiB.
    pub function_bytes: u32,
    /// Locals of one function, without its parameters. Default 20,000.
    pub locals: u32,
    /// Targets of one `br_table`. Default 20,000.
    pub br_table_targets: u32,
    /// Data segments. Default 20,000 (a snapshot alone may have 10,000).
    pub data_segments: u32,
    /// Element segments. Default 10,000.
    pub element_segments: u32,
    /// Globals. Default 10,000.
    pub globals: u32,
    /// Types. Default 10,000.
    pub types: u32,
    /// Imports. Default 1,000.
    pub imports: u32,
    /// Exports. Default 10,000.
    pub exports: u32,
    /// The most linear memory the function will be given, in bytes; a larger declared minimum is rejected.
    /// Default 128 MiB.
    pub memory_bytes: u64,
    /// Wall-clock time for initialisers, in milliseconds. Default 5 s.
    pub initialize_timeout_ms: u64,
    /// Wall-clock time of one native compilation, in milliseconds. Default 60 s.
    pub compile_timeout_ms: u64,
    /// Address space of one native compilation, in bytes. Default 2 GiB.
    pub compile_memory_bytes: u64,
}

impl Default for PublishLimits {
    fn default() -> Self {
        Self {
            module_bytes: 32 << 20,
            functions: 100_000,
            function_bytes: 1 << 20,
            locals: 20_000,
            br_table_targets: 20_000,
            data_segments: 20_000,
            element_segments: 10_000,
            globals: 10_000,
            types: 10_000,
            imports: 1_000,
            exports: 10_000,
            memory_bytes: 128 << 20,
            initialize_timeout_ms: 5_000,
            compile_timeout_ms: 60_000,
            compile_memory_bytes: 2 << 30,
        }
    }
}

impl PublishLimits {
    /// The defaults with the sizes and times of `limits`, for a function that may use `memory_bytes`.
    #[must_use]
    pub fn new(limits: &CompileLimits, memory_bytes: u64) -> Self {
        Self {
            module_bytes: limits.module_bytes,
            compile_timeout_ms: limits.timeout_ms,
            compile_memory_bytes: limits.memory_bytes,
            memory_bytes,
            ..Self::default()
        }
    }
}
