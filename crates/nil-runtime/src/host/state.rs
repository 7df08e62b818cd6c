//! What a store holds beside the instance: one execution's limits, logs, timers and clock readings.

use std::time::{Duration, Instant};

use wasmtime::ModuleExport;

use super::{Limiter, ScriptHost, log_buffer::LogBuffer, wasi::Streams};

/// The data of one `Store`, made for one execution and dropped with it.
pub(crate) struct HostState {
    /// Memory and table limits.
    pub limiter: Limiter,
    /// Console output.
    pub logs: LogBuffer,
    /// When the execution started.
    pub started: Instant,
    /// How long it may take.
    pub time_limit: Duration,
    /// The module's memory, for host functions; `None` while it is looked up by name.
    pub memory: Option<ModuleExport>,
    /// Running `console.time` timers.
    pub timers: Vec<(String, Duration)>,
    /// Standard streams.
    pub wasi: Streams,
    /// When and with how much CPU time used the first epoch tick found this execution; short ones see none.
    pub first_tick: Option<(Instant, Duration)>,
    /// What the host functions of a script need; `None` for every other function.
    pub script: Option<ScriptHost>,
}

impl HostState {
    /// The state of an execution that starts now.
    pub(crate) fn new(
        limiter: Limiter,
        log_limit_bytes: u64,
        time_limit: Duration,
        memory: Option<ModuleExport>,
    ) -> Self {
        Self {
            limiter,
            logs: LogBuffer::new(log_limit_bytes),
            started: Instant::now(),
            time_limit,
            memory,
            timers: Vec::new(),
            wasi: Streams::default(),
            first_tick: None,
            script: None,
        }
    }
}
