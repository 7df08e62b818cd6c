//! Where an execution runs: on the thread that read the request, or on a worker of its own.
//!
//! A call of a few microseconds costs more to hand over than to run, so functions that have shown to be
//! short run inline. Everything else, and everything new, runs on the workers, where a loop holds up
//! nobody. A function's pace is judged by its own receipts. Whatever a trusted function does all of a sudden,
//! one reactor thread is never taken: inline calls at once are one fewer than those threads. A call that finds
//! no place waits for one rather than cross over: with fewer cores than threads, whoever has the place is as a
//! rule a short call whose thread is not running just now.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use nil_runtime::{Call, Execution, OutputMode, Runtime};
use tokio::{
    sync::{Semaphore, SemaphorePermit, TryAcquireError, oneshot},
    time::timeout,
};

use super::{live::LiveEntry, workers::Workers};

/// Below this a call is short: ten times the cost of handing it to another thread and back.
const SHORT_US: u64 = 200;

/// Short calls in a row before a function is trusted with the inline lane for the first time.
const TRUSTED_AFTER: u32 = 4;

/// A long call makes trust this much harder to earn again.
const DISTRUST: u32 = 8;

/// How a function has behaved.
#[derive(Debug)]
pub(crate) struct Pace {
    /// Short calls still missing until it is trusted.
    missing: AtomicU32,
    /// Short calls it takes after the next long one.
    penalty: AtomicU32,
}

impl Default for Pace {
    fn default() -> Self {
        Self { missing: AtomicU32::new(TRUSTED_AFTER), penalty: AtomicU32::new(TRUSTED_AFTER * DISTRUST) }
    }
}

impl Pace {
    fn is_short(&self) -> bool {
        self.missing.load(Ordering::Relaxed) == 0
    }

    fn note(&self, duration_us: u64) {
        if duration_us > SHORT_US {
            let penalty = self.penalty.load(Ordering::Relaxed);
            if self.missing.swap(penalty, Ordering::Relaxed) == 0 {
                self.penalty.store(penalty.saturating_mul(DISTRUST), Ordering::Relaxed);
            }
        } else {
            // Never below zero; a lost race only costs a call on the workers.
            let _ = self.missing.try_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        }
    }
}

/// How long a call waits for a place: as long as a few calls that are still short.
const PLACE_WITHIN: Duration = Duration::from_millis(1);

/// A call to run: the input is a slice of the request's own bytes.
pub(crate) struct Work {
    pub(crate) entry: Arc<LiveEntry>,
    pub(crate) input: Bytes,
    pub(crate) output_mode: OutputMode,
    pub(crate) cold: bool,
}

/// What to do with the outcome, on the thread that has it: a caller that went away does not lose the record.
type Then<T> = Box<dyn FnOnce(Execution) -> T + Send>;

/// The two lanes.
pub(crate) struct Lanes {
    runtime: Runtime,
    workers: Workers,
    /// Places for inline calls.
    inline: Semaphore,
}

impl Lanes {
    /// Starts `threads` workers; they stop when this is dropped. Call it on the reactor it will serve.
    ///
    /// # Errors
    /// When the machine refuses a thread.
    pub(crate) fn start(runtime: Runtime, threads: usize) -> std::io::Result<Self> {
        let workers = Workers::start(threads)?;
        let reactor_threads = tokio::runtime::Handle::current().metrics().num_workers();
        let inline = Semaphore::new(reactor_threads.saturating_sub(1));
        Ok(Self { runtime, workers, inline })
    }

    /// Runs a call in the lane that suits it and then `then`, on the same thread.
    pub(crate) async fn run<T: Send + 'static>(&self, work: Work, then: Then<T>) -> Option<T> {
        if work.entry.pace.is_short()
            && let Some(_place) = self.place().await
        {
            return Some(then(execute(&self.runtime, &work)));
        }
        let (send, receive) = oneshot::channel();
        let runtime = self.runtime.clone();
        let job = Box::new(move || {
            let execution = execute(&runtime, &work);
            // Nobody waits any more: the client went away. `then` has done its part.
            let _ = send.send(then(execution));
        });
        self.workers.submit(job);
        receive.await.ok()
    }

    /// A place for an inline call, if there is one soon.
    async fn place(&self) -> Option<SemaphorePermit<'_>> {
        match self.inline.try_acquire() {
            Ok(place) => Some(place),
            Err(TryAcquireError::NoPermits) => timeout(PLACE_WITHIN, self.inline.acquire()).await.ok()?.ok(),
            Err(TryAcquireError::Closed) => None,
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trust_is_earned_lost_and_harder_to_earn_again() {
        let pace = Pace::default();
        assert!(!pace.is_short());
        (0..TRUSTED_AFTER).for_each(|_| pace.note(10));
        assert!(pace.is_short());
        pace.note(SHORT_US + 1);
        (0..TRUSTED_AFTER).for_each(|_| pace.note(10));
        assert!(!pace.is_short());
        (0..TRUSTED_AFTER * DISTRUST).for_each(|_| pace.note(10));
        assert!(pace.is_short());
    }
}
