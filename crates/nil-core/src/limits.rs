//! What one execution or one compilation may use. Enforcement is the runtime's and the compiler's.

use serde::{Deserialize, Serialize};

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;

/// What one execution may use. The defaults are those of the design.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecutionLimits {
    /// Linear memory, in bytes. Default 128 MiB.
    pub memory_bytes: u64,
    /// Wall-clock time from call to return, in milliseconds. Default 10 s.
    pub timeout_ms: u64,
    /// Input as UTF-8, in bytes. Default 6 MiB.
    pub input_bytes: u64,
    /// Output as UTF-8, in bytes. Default 6 MiB.
    pub output_bytes: u64,
    /// Log text kept, in bytes. Default 256 KiB; the rest is counted, not kept.
    pub log_bytes: u64,
}

impl Default for ExecutionLimits {
    fn default() -> Self {
        Self {
            memory_bytes: 128 * MIB,
            timeout_ms: 10_000,
            input_bytes: 6 * MIB,
            output_bytes: 6 * MIB,
            log_bytes: 256 * KIB,
        }
    }
}

/// The most a function's own settings may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorMaxima {
    /// Linear memory, in bytes. Default 512 MiB.
    pub memory_bytes: u64,
    /// Wall-clock time, in milliseconds. Default 60 s.
    pub timeout_ms: u64,
    /// Output, in bytes. Default 32 MiB.
    pub output_bytes: u64,
    /// Logs, in bytes. Default 1 MiB.
    pub log_bytes: u64,
}

impl Default for OperatorMaxima {
    fn default() -> Self {
        Self { memory_bytes: 512 * MIB, timeout_ms: 60_000, output_bytes: 32 * MIB, log_bytes: MIB }
    }
}

/// What one compilation may use and yield.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompileLimits {
    /// Source as UTF-8, in bytes. Default 1 MiB.
    pub source_bytes: u64,
    /// WebAssembly module, in bytes. Default 32 MiB.
    pub module_bytes: u64,
    /// Wall-clock time of one compilation, in milliseconds. Default 60 s.
    pub timeout_ms: u64,
    /// Memory of the toolchain's processes, in bytes. Default 2 GiB.
    pub memory_bytes: u64,
    /// Diagnostics text kept, in bytes. Default 64 KiB.
    pub diagnostics_bytes: u64,
}

impl Default for CompileLimits {
    fn default() -> Self {
        Self {
            source_bytes: MIB,
            module_bytes: 32 * MIB,
            timeout_ms: 60_000,
            memory_bytes: 2 * 1024 * MIB,
            diagnostics_bytes: 64 * KIB,
        }
    }
}
