//! What a store holds beside the instance: one execution's limits, logs, timers and clock readings.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use rustix::time::{ClockId, clock_gettime};
use wasmtime::ModuleExport;

use super::{Limiter, ScriptHost, log_buffer::LogBuffer, wasi::Streams};
use crate::Variables;

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
    /// What to do when this call turns out not to be short; see [`crate::Runtime::execute_giving_way`].
    pub give_way: Option<GiveWay>,
    /// Set by somebody else when the execution is to end early; see [`crate::Runtime::execute_interruptible`].
    pub canceled: Option<Arc<AtomicBool>>,
    /// What the function was configured with; `None` while a snapshot is made, and for functions without.
    pub variables: Option<Arc<Variables>>,
    /// Whether an initialiser may ask for its environment, because its language looks again at each call.
    pub reads_environ_later: bool,
}

/// How long a sleeping guest may not notice that it was called off.
const NAP: Duration = Duration::from_millis(10);

/// Frees the calling thread's other work, so that a long call holds up nobody.
pub type GiveWay = fn();

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
            give_way: None,
            canceled: None,
            variables: None,
            reads_environ_later: false,
        }
    }

    /// Whether somebody called the execution off.
    pub(crate) fn is_canceled(&self) -> bool {
        self.canceled.as_ref().is_some_and(|canceled| canceled.load(Ordering::Relaxed))
    }

    /// Sleeps on the guest's thread, and wakes early when the execution is called off.
    pub(crate) fn sleep(&self, wanted: Duration) {
        if self.canceled.is_none() {
            return thread::sleep(wanted);
        }
        let end = Instant::now() + wanted;
        while !self.is_canceled() {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            thread::sleep(left.min(NAP));
        }
    }

    /// From here on the execution is not a short one, and time is not all processor time: called at an epoch tick and
    /// before a host function sleeps. Repeating it costs little where the thread's other work has left already.
    pub(crate) fn is_not_short(&mut self) {
        if let Some(give_way) = self.give_way {
            give_way();
        }
        if self.first_tick.is_none() {
            self.first_tick = Some((Instant::now(), thread_cpu_time()));
        }
    }
}

/// Processor time of the calling thread.
pub(crate) fn thread_cpu_time() -> Duration {
    clock_gettime(ClockId::ThreadCPUTime).try_into().unwrap_or_default()
}
