//! Where an execution runs: on the thread that read the request, or on a worker of its own.
//!
//! A call of a few microseconds costs more to hand over than to run, so functions that have shown to be
//! short run inline. Everything else, and everything new, runs on the workers, where a loop holds up
//! nobody. A function's pace is judged by its own receipts. When a trusted function is long all of a sudden, the
//! thread gives its other work away at the first epoch tick (`reactor.rs`).

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU32, Ordering},
};

use bytes::Bytes;
use nil_runtime::{Call, Execution, LiveFunction, OutputMode, Runtime};
use tokio::sync::oneshot;

use super::{live::LiveEntry, reactor, workers::Workers};

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
    /// Whether the reactor's threads can give their other work away; without it nothing runs inline.
    inline: bool,
}

impl Lanes {
    /// Starts `threads` workers; they stop when this is dropped. Call it on the reactor it will serve.
    ///
    /// # Errors
    /// When the machine refuses a thread.
    pub(crate) fn start(runtime: Runtime, threads: usize) -> std::io::Result<Self> {
        Ok(Self { runtime, workers: Workers::start(threads)?, inline: reactor::can_give_way() })
    }

    /// Runs a call in the lane that suits it and then `then`, on the same thread.
    pub(crate) async fn run<T: Send + 'static>(&self, work: Work, then: Then<T>) -> Option<T> {
        if self.inline && work.entry.pace.is_short() {
            let execution =
                call_of(&work, |function, call| self.runtime.execute_giving_way(function, call, reactor::give_way));
            return Some(then(execution));
        }
        self.run_on_worker(work, |runtime, function, call| runtime.execute(function, call), then).await
    }

    /// Runs a call that nobody waits for on the line, on a worker, until it ends or `canceled` is set.
    pub(crate) async fn run_interruptible(&self, work: Work, canceled: &Arc<AtomicBool>) -> Option<Execution> {
        let canceled = Arc::clone(canceled);
        let execute = move |runtime: &Runtime, function: &LiveFunction, call: &Call<'_>| {
            runtime.execute_interruptible(function, call, &canceled)
        };
        self.run_on_worker(work, execute, Box::new(|execution| execution)).await
    }

    async fn run_on_worker<T: Send + 'static>(
        &self,
        work: Work,
        execute: impl FnOnce(&Runtime, &LiveFunction, &Call<'_>) -> Execution + Send + 'static,
        then: Then<T>,
    ) -> Option<T> {
        let (send, receive) = oneshot::channel();
        let runtime = self.runtime.clone();
        let job = Box::new(move || {
            let execution = call_of(&work, |function, call| execute(&runtime, function, call));
            // Nobody waits any more: the client went away. `then` has done its part.
            let _ = send.send(then(execution));
        });
        self.workers.submit(job);
        receive.await.ok()
    }
}

fn call_of(work: &Work, execute: impl FnOnce(&LiveFunction, &Call<'_>) -> Execution) -> Execution {
    let input = std::str::from_utf8(&work.input).unwrap_or_default();
    let call = Call {
        input,
        limits: &work.entry.limits,
        output_mode: work.output_mode,
        cold: work.cold,
        variables: work.entry.variables.as_ref(),
    };
    let execution = execute(&work.entry.function, &call);
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
