//! Where an execution runs: on the thread that read the request, or on a worker of its own.
//!
//! A call of a few microseconds costs more to hand over than to run, so functions that have shown to be
//! short run inline. Everything else, and everything new, runs on the workers, where a loop holds up
//! nobody. A function's pace is judged by its own receipts, by its habit and not by one call. When a trusted
//! function is long all of a sudden, the thread gives its other work away at the first epoch tick (`reactor.rs`).

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicI32, Ordering},
};

use bytes::Bytes;
use nil_runtime::{Call, Execution, LiveFunction, OutputMode, Runtime};
use tokio::sync::oneshot;

use super::{live::LiveEntry, reactor, workers::Workers};

/// Below this a call is short: ten times the cost of handing it to another thread and back.
const SHORT_US: u64 = 200;

/// Short calls until a new function is trusted with the inline lane.
const TRUSTED_AFTER: i32 = 4;

/// Short calls until one that was long too often is trusted again.
const TRUSTED_AGAIN_AFTER: i32 = 64;

/// Short calls that make up for a long one.
const LONG_COSTS: i32 = 32;

/// The most that short calls earn: the third of three long ones close to each other ends the trust. Not a single one, for
/// a thread that the machine gives to somebody else for a moment makes the shortest call long.
const MOST_CREDIT: i32 = 2 * LONG_COSTS;

/// How a function has behaved.
#[derive(Debug)]
pub(crate) struct Pace {
    /// Trusted from nought on. Lost races between calls cost nothing but a call or two in the other lane.
    credit: AtomicI32,
}

impl Default for Pace {
    fn default() -> Self {
        Self { credit: AtomicI32::new(-TRUSTED_AFTER) }
    }
}

impl Pace {
    fn is_short(&self) -> bool {
        self.credit.load(Ordering::Relaxed) >= 0
    }

    fn note(&self, duration_us: u64) {
        let credit = self.credit.load(Ordering::Relaxed);
        let next = if duration_us <= SHORT_US {
            (credit + 1).min(MOST_CREDIT)
        } else if credit >= LONG_COSTS {
            credit - LONG_COSTS
        } else {
            -TRUSTED_AGAIN_AFTER
        };
        // Every call of a function that has earned all there is would otherwise write to the same place.
        if next != credit {
            self.credit.store(next, Ordering::Relaxed);
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
        // Boxed: what waits is large, and a call of the other lane would carry it about.
        Box::pin(self.run_on_worker(work, |runtime, function, call| runtime.execute(function, call), then)).await
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

    fn after(pace: &Pace, calls: i32, duration_us: u64) -> bool {
        (0..calls).for_each(|_| pace.note(duration_us));
        pace.is_short()
    }

    #[test]
    fn trust_is_earned_lost_and_harder_to_earn_again() {
        let pace = Pace::default();
        assert!(!pace.is_short());
        assert!(!after(&pace, TRUSTED_AFTER - 1, SHORT_US));
        assert!(after(&pace, 1, SHORT_US));
        assert!(!after(&pace, 1, SHORT_US + 1), "nothing was earned that makes up for a long call");
        assert!(!after(&pace, TRUSTED_AGAIN_AFTER - 1, SHORT_US));
        assert!(after(&pace, 1, SHORT_US));
    }

    #[test]
    fn a_long_call_now_and_then_is_the_machines() {
        let pace = Pace::default();
        (0..100).for_each(|_| {
            assert!(after(&pace, 2 * LONG_COSTS, SHORT_US));
            assert!(after(&pace, 1, 100 * SHORT_US));
        });
        assert!(after(&pace, MOST_CREDIT, SHORT_US));
        assert!(after(&pace, 2, 100 * SHORT_US));
        assert!(!after(&pace, 1, 100 * SHORT_US), "three at once are the function's");
    }

    #[test]
    fn a_function_that_is_long_every_tenth_time_runs_on_the_workers() {
        let pace = Pace::default();
        let inline = (0..1_000).filter(|call| {
            pace.note(if call % 10 == 0 { 10 * SHORT_US } else { SHORT_US });
            pace.is_short()
        });
        assert_eq!(inline.count(), 0);
    }
}
