//! The time functions see. What limits and receipts measure is the real clock's and does not pass here.

use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use wasmtime::{Caller, Linker, Result};

use super::{HostState, catalog::MODULE};

/// A source of time for functions.
pub trait HostClock: Send + Sync {
    /// Milliseconds since 1970-01-01 UTC, as `Date.now()` answers.
    fn unix_ms(&self) -> f64;

    /// Time since an execution started at `started`: `performance.now()`, log lines and console timers.
    fn since(&self, started: Instant) -> Duration;
}

/// The machine's clocks.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl HostClock for SystemClock {
    fn unix_ms(&self) -> f64 {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        // Whole milliseconds, as JavaScript; exact in an f64 for the next 285,000 years.
        since_epoch.as_millis() as f64
    }

    fn since(&self, started: Instant) -> Duration {
        started.elapsed()
    }
}

/// Defines `Date.now` and `performance.now`.
pub(super) fn link(linker: &mut Linker<HostState>, clock: &Arc<dyn HostClock>) -> Result<()> {
    let wall = Arc::clone(clock);
    linker.func_wrap(MODULE, "Date.now", move || wall.unix_ms())?;
    let monotonic = Arc::clone(clock);
    linker.func_wrap(MODULE, "performance.now", move |caller: Caller<'_, HostState>| {
        monotonic.since(caller.data().started).as_secs_f64() * 1_000.0
    })?;
    Ok(())
}
