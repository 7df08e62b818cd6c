//! One attempt: the live function, its turn, the call, and what becomes of the execution.

use std::sync::{Arc, atomic::AtomicBool};

use bytes::Bytes;
use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use nil_core::{AttemptRecord, ExecutionId, ExecutionStatus, FunctionRef, LogLine, Receipt, RetryPolicy, VersionId};
use nil_runtime::{Execution, Failure, FailureClass, FailureKind, Outcome, OutputMode};
use nil_store::{Claimed, Ended, Ending, ExecutionNews, ExecutionRecord, QueuedFacts};
use tokio::sync::OwnedSemaphorePermit;
use tracing::Instrument as _;

use super::{Queue, runner::RELEASED};
use crate::{
    app::App,
    events::{news_of_queued, news_of_record},
    execution::{LiveError, Work},
    trace::{continue_trace, execution_span, record_outcome},
};

/// The kind of failure of an attempt whose server was lost.
pub(super) const LOST: &str = "lost";

/// Runs an attempt and returns when its end is durable; the slot is free then.
pub(super) async fn run(app: App, claimed: Claimed, slot: OwnedSemaphorePermit) {
    let queue = app.queue().clone();
    let hold = claimed.hold;
    let ending = {
        let canceled = Interruptible::enter(&queue, hold.id);
        attempt(&app, &claimed, &canceled.flag).await
    };
    let news = news_of(&claimed, &ending);
    queue.inner.finish.hand_in(Ended { hold, ending }).await;
    if let Some(news) = news {
        app.events().execution(|| news);
    }
    drop(slot);
    queue.inner.wake.notify_one();
}

/// What there is to tell when an end is durable.
pub(super) fn news_of(claimed: &Claimed, ending: &Ending) -> Option<ExecutionNews> {
    match ending {
        Ending::Over(record) => Some(news_of_record(record)),
        Ending::Again { .. } => Some(news_of_queued(claimed, ExecutionStatus::Pending)),
        Ending::Released { .. } | Ending::Gone => None,
    }
}

/// An execution that can be interrupted while this exists.
struct Interruptible<'a> {
    queue: &'a Queue,
    id: ExecutionId,
    flag: Arc<AtomicBool>,
}

impl<'a> Interruptible<'a> {
    fn enter(queue: &'a Queue, id: ExecutionId) -> Self {
        let flag = Arc::default();
        queue.inner.running.lock().insert(id, Arc::clone(&flag));
        Self { queue, id, flag }
    }
}

impl Drop for Interruptible<'_> {
    fn drop(&mut self) {
        self.queue.inner.running.lock().remove(&self.id);
    }
}

async fn attempt(app: &App, claimed: &Claimed, canceled: &Arc<AtomicBool>) -> Ending {
    let function = FunctionRef::Id(claimed.function_id);
    let (entry, cold) = match app.live().get(&function).await {
        Ok(found) => found,
        Err(LiveError::NotFound) => return Ending::Gone,
        Err(error @ (LiveError::Load(_) | LiveError::Secret(_))) => {
            tracing::error!(%function, %error, "could not load a published function");
            return Over::before(claimed, "the function could not be loaded; the server's log has the cause").ending();
        }
        // It was ready when the execution was accepted, or the database is away: nothing was tried yet.
        Err(LiveError::NotReady(_) | LiveError::Store(_)) => return Ending::Released { pause: RELEASED },
    };
    let _turn = app.admission().enter_patiently(&entry.turns).await;
    let (version_id, version_number) = (entry.version_id, entry.version);
    let started_at = now();
    app.events().execution(|| ExecutionNews {
        version: version_number,
        ..news_of_queued(claimed, ExecutionStatus::Running)
    });
    let output_mode = if claimed.text_output { OutputMode::Text } else { OutputMode::Json };
    let work = Work { entry, input: claimed.input.clone(), output_mode, cold };
    let span = execution_span(&work.entry, claimed.mode.as_str());
    if let Some(parent) = claimed.trace {
        continue_trace(&span, parent);
    }
    let running = app.lanes().run_interruptible(work, canceled).instrument(span.clone());
    let Some(execution) = running.await else {
        return Ending::Released { pause: RELEASED };
    };
    app.metrics().executed(claimed.mode, &execution);
    record_outcome(&span, claimed.hold.id, &execution.outcome);
    let Execution { outcome, receipt, logs } = execution;
    Over { claimed, version_id, version_number, started_at, outcome, receipt, logs }.ending()
}

fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}

/// An attempt that is over.
struct Over<'a> {
    claimed: &'a Claimed,
    version_id: VersionId,
    version_number: i32,
    started_at: DateTime<Utc>,
    outcome: Outcome,
    receipt: Receipt,
    logs: Vec<LogLine>,
}

impl<'a> Over<'a> {
    /// One that failed before the function was called.
    fn before(claimed: &'a Claimed, reason: &str) -> Self {
        let failure = Failure { kind: FailureKind::Host { reason: reason.to_owned() }, backtrace: Vec::new() };
        Self {
            claimed,
            version_id: claimed.version_id,
            version_number: claimed.version_number,
            started_at: now(),
            outcome: Outcome::Failed(failure),
            receipt: Receipt::default(),
            logs: Vec::new(),
        }
    }

    fn ending(self) -> Ending {
        let duration = i64::try_from(self.receipt.duration_us).unwrap_or(i64::MAX);
        // From the monotonic clock: a wall clock that is set back must not make it end before it began.
        let completed_at = self.started_at + TimeDelta::microseconds(duration);
        let (status, output, failure) = match self.outcome {
            Outcome::Completed { output } => (ExecutionStatus::Completed, Some(Bytes::from(output)), None),
            Outcome::Failed(Failure { kind: FailureKind::Canceled, .. }) => (ExecutionStatus::Canceled, None, None),
            Outcome::Failed(failure) => (ExecutionStatus::Failed, None, Some(failure)),
        };
        let error = failure.as_ref().map(|failure| (failure.code().to_owned(), failure.message()));
        let canceled = (status == ExecutionStatus::Canceled)
            .then(|| ("canceled".to_owned(), "called off while it ran".to_owned()));
        let attempts = with(self.claimed, self.started_at, Some(completed_at), error.clone().or(canceled));
        // The input will be no better next time.
        let hopeless = failure.is_some_and(|failure| failure.class() == FailureClass::Caller);
        if status == ExecutionStatus::Failed && !hopeless && may_try_again(self.claimed) {
            return again(self.claimed, attempts);
        }
        Ending::Over(Box::new(ExecutionRecord {
            version_id: self.version_id,
            version_number: self.version_number,
            output,
            error,
            logs: self.logs,
            receipt: self.receipt,
            started_at: self.started_at,
            completed_at,
            ..record(self.claimed, status, attempts)
        }))
    }
}

fn may_try_again(claimed: &Claimed) -> bool {
    claimed.hold.attempt < claimed.max_attempts
}

fn again(claimed: &Claimed, attempts: Vec<AttemptRecord>) -> Ending {
    let policy = RetryPolicy {
        max_attempts: claimed.max_attempts.unsigned_abs(),
        backoff_ms: claimed.backoff_ms.unsigned_abs(),
    };
    let pause = policy.pause(claimed.hold.attempt.unsigned_abs(), rand::random());
    Ending::Again { pause, attempts }
}

/// All attempts, this one too.
fn with(
    claimed: &Claimed,
    started_at: DateTime<Utc>,
    completed_at: Option<DateTime<Utc>>,
    error: Option<(String, String)>,
) -> Vec<AttemptRecord> {
    let (error_kind, error_message) = error.unzip();
    let mut attempts = claimed.attempts.clone();
    attempts.push(AttemptRecord { number: claimed.hold.attempt, started_at, completed_at, error_kind, error_message });
    attempts
}

/// What is known of an execution whatever happened in its last attempt.
fn record(claimed: &Claimed, status: ExecutionStatus, attempts: Vec<AttemptRecord>) -> ExecutionRecord {
    let now = now();
    ExecutionRecord {
        id: claimed.hold.id,
        function_id: claimed.function_id,
        version_id: claimed.version_id,
        version_number: claimed.version_number,
        status,
        mode: claimed.mode,
        input: claimed.input.clone(),
        output: None,
        error: None,
        logs: Vec::new(),
        receipt: Receipt::default(),
        created_at: claimed.created_at,
        trace_id: claimed.trace.map(|parent| parent.trace_id),
        started_at: now,
        completed_at: now,
        queued: Some(Box::new(QueuedFacts {
            attempt: claimed.hold.attempt,
            max_attempts: claimed.max_attempts,
            attempts,
            schedule_name: claimed.schedule_name.clone(),
            deliver_at: claimed.deliver_at,
        })),
    }
}

/// What becomes of an attempt whose server was lost: it counts, or a function that ends servers would be tried for
/// ever.
pub(super) fn lost(claimed: &Claimed, started_at: DateTime<Utc>, cancel_requested: bool) -> Ending {
    let error = (LOST.to_owned(), "the server that ran it was lost".to_owned());
    let attempts = with(claimed, started_at, None, Some(error.clone()));
    if cancel_requested {
        let record = record(claimed, ExecutionStatus::Canceled, attempts);
        return Ending::Over(Box::new(ExecutionRecord { started_at, ..record }));
    }
    if may_try_again(claimed) {
        return again(claimed, attempts);
    }
    let record = record(claimed, ExecutionStatus::Failed, attempts);
    Ending::Over(Box::new(ExecutionRecord { started_at, error: Some(error), ..record }))
}
