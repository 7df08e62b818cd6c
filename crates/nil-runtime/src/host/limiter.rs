//! Holds one execution to its memory and table limits and remembers what it denied.

use wasmtime::{ResourceLimiter, Result};

/// Why memory did not grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DeniedGrowth {
    /// Beyond the function's memory limit.
    Limit,
    /// Beyond the maximum the module declares for itself, in bytes.
    OwnMaximum(u64),
}

/// One execution's limits on what can grow. A denied growth answers -1 in the guest, as WebAssembly has it.
#[derive(Debug)]
pub(crate) struct Limiter {
    memory_limit_bytes: usize,
    table_limit_elements: usize,
    peak_memory_bytes: usize,
    denied: Option<DeniedGrowth>,
}

impl Limiter {
    /// Limits for one execution.
    pub(crate) fn new(memory_limit_bytes: u64, table_limit_elements: u32) -> Self {
        Self {
            memory_limit_bytes: usize::try_from(memory_limit_bytes).unwrap_or(usize::MAX),
            table_limit_elements: table_limit_elements as usize,
            peak_memory_bytes: 0,
            denied: None,
        }
    }

    /// The limit in force, in bytes.
    pub(crate) fn memory_limit_bytes(&self) -> u64 {
        self.memory_limit_bytes as u64
    }

    /// The largest size memory reached, in bytes.
    pub(crate) fn peak_memory_bytes(&self) -> u64 {
        self.peak_memory_bytes as u64
    }

    /// The growth that was denied last, unless memory grew after it.
    pub(crate) fn denied(&self) -> Option<DeniedGrowth> {
        self.denied
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(&mut self, _current: usize, desired: usize, maximum: Option<usize>) -> Result<bool> {
        if desired > self.memory_limit_bytes {
            self.denied = Some(DeniedGrowth::Limit);
            return Ok(false);
        }
        if let Some(maximum) = maximum.filter(|maximum| desired > *maximum) {
            self.denied = Some(DeniedGrowth::OwnMaximum(maximum as u64));
            return Ok(false);
        }
        // It got what it asked for after all: whatever stops it now is something else.
        self.denied = None;
        self.peak_memory_bytes = self.peak_memory_bytes.max(desired);
        Ok(true)
    }

    fn table_growing(&mut self, _current: usize, desired: usize, _maximum: Option<usize>) -> Result<bool> {
        Ok(desired <= self.table_limit_elements)
    }

    fn instances(&self) -> usize {
        1
    }

    fn tables(&self) -> usize {
        1
    }

    fn memories(&self) -> usize {
        1
    }
}
