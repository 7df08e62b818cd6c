//! Where an execution runs: on the thread that read the request, or on a worker of its own.
//!
//! A call of a few microseconds costs more to hand over than to run, so functions that have shown to be
//! short run inline. Everything else, and everything new, runs on the workers, where a loop holds up
//! nobody. A function's pace is judged by its own receipts, and the watchdog closes the inline lane while
//! too many inline calls overrun.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use crossbeam_channel::Sender;
use nil_runtime::{Call, Execution, OutputMode, Runtime};
use tokio::sync::oneshot;

use super::{live::LiveEntry, watchdog::Watchdog};

/// Below this a call is short: ten times the cost of handing it to another thread and back.
const SHORT_US: u64 = 200;

/// Short calls in a row before a function is trusted with the inline lane.
const TRUSTED_AFTER: u32 = 4;

/// How a function has behaved: short calls in a row, back to zero on the first long one.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    short_in_a_row: AtomicU32,
}

impl Pace {
    fn is_short(&self) -> bool {
        self.short_in_a_row.load(Ordering::Relaxed) >= TRUSTED_AFTER
    }

    fn note(&self, duration_us: u64) {
        if duration_us > SHORT_US {
            self.short_in_a_row.store(0, Ordering::Relaxed);
        } else if !self.is_short() {
            self.short_in_a_row.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// A call to run: the input is a slice of the request's own bytes.
pub(crate) struct Work {
    pub(crate) entry: Arc<LiveEntry>,
    pub(crate) input: Bytes,
    pub(crate) output_mode: OutputMode,
    pub(crate) cold: bool,
}

/// What to do with the outcome, on the thread that has it: a caller that went away does not lose the record.
type Then<T> = Box<dyn FnOnce(&LiveEntry, Execution) -> T + Send>;

type Job = Box<dyn FnOnce() + Send>;

/// The two lanes.
pub(crate) struct Lanes {
    runtime: Runtime,
    workers: Sender<Job>,
    watchdog: Watchdog,
}

impl Lanes {
    /// Starts `threads` workers and the watchdog; they stop when this is dropped.
    ///
    /// # Errors
    /// When the machine refuses a thread.
    pub(crate) fn start(runtime: Runtime, threads: usize) -> std::io::Result<Self> {
        // Admission bounds what is under way, and so what can wait here.
        let (workers, jobs) = crossbeam_channel::unbounded::<Job>();
        for index in 0..threads {
            let jobs = jobs.clone();
            std::thread::Builder::new().name(format!("execute-{index}")).stack_size(4 << 20).spawn(move || {
                for job in jobs {
                    job();
                }
            })?;
        }
        Ok(Self { runtime, workers, watchdog: Watchdog::start()? })
    }

    /// Runs a call in the lane that suits it and then `then`, on the same thread.
    pub(crate) async fn run<T: Send + 'static>(&self, work: Work, then: Then<T>) -> Option<T> {
        if work.entry.pace.is_short()
            && let Some(_inline) = self.watchdog.enter()
        {
            let execution = execute(&self.runtime, &work);
            return Some(then(&work.entry, execution));
        }
        let (send, receive) = oneshot::channel();
        let runtime = self.runtime.clone();
        let job = Box::new(move || {
            let execution = execute(&runtime, &work);
            // Nobody waits any more: the client went away. `then` has done its part.
            let _ = send.send(then(&work.entry, execution));
        });
        self.workers.send(job).ok()?;
        receive.await.ok()
    }
}

fn execute(runtime: &Runtime, work: &Work) -> Execution {
    let input = std::str::from_utf8(&work.input).unwrap_or_default();
    let execution = runtime.execute(
        &work.entry.function,
        &Call { input, limits: &work.entry.limits, output_mode: work.output_mode, cold: work.cold },
    );
    work.entry.pace.note(execution.receipt.duration_us);
    execution
}

/// How long an inline call may take before it counts as overrunning.
pub(super) const OVERRUN: Duration = Duration::from_millis(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trust_is_earned_and_lost() {
        let pace = Pace::default();
        assert!(!pace.is_short());
        for _ in 0..TRUSTED_AFTER {
            pace.note(10);
        }
        assert!(pace.is_short());
        pace.note(SHORT_US + 1);
        assert!(!pace.is_short());
    }
}
