//! One execution and its record, with the promise of either front door.
//!
//! `/execute`: the answer goes out when the record is durable. `/fn`: the record is handed over and the answer
//! does not wait. In both the record is made on the thread that ran the function, so it is kept even if the
//! client is gone.

use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use nil_core::{ExecutionId, ExecutionMode, ExecutionStatus, FunctionId, LogLine, Receipt, TraceId, VersionId};
use nil_runtime::{Execution, Failure, Outcome, OutputMode};
use nil_store::ExecutionRecord;
use tracing::Instrument as _;

use super::{history::NotRecorded, lanes::Work, live::LiveEntry};
use crate::{
    app::App,
    trace::{current_id, execution_span, record_outcome},
};

/// An execution that is over. Its record and its answer share the bytes of the output.
#[derive(Debug)]
pub(crate) struct RecordedExecution {
    pub(crate) id: ExecutionId,
    pub(crate) version: i32,
    pub(crate) outcome: Result<Bytes, Failure>,
    pub(crate) logs: Vec<LogLine>,
    pub(crate) receipt: Receipt,
    pub(crate) created_at: DateTime<Utc>,
    /// Whether it is, or will be, in the record.
    pub(crate) is_recorded: bool,
}

/// Runs a function and waits until its record is durable.
pub(crate) async fn execute_recorded(
    app: &App,
    entry: Arc<LiveEntry>,
    input: Bytes,
    cold: bool,
) -> Result<RecordedExecution, NotRecorded> {
    let call = CallIdentity::new(&entry, &input, ExecutionMode::Sync);
    let (history, metrics) = (app.history().clone(), app.metrics().clone());
    let span = execution_span(&entry, call.mode.as_str());
    let outcome_span = span.clone();
    let then = Box::new(move |execution: Execution| {
        metrics.executed(call.mode, &execution);
        record_outcome(&outcome_span, call.id, &execution.outcome);
        let recorded = call.recorded(execution);
        let pending = history.submit(call.record(&recorded, recorded.logs.clone()));
        (recorded, pending)
    });
    let work = Work { entry, input, output_mode: OutputMode::Json, cold };
    let (recorded, pending) = app.lanes().run(work, then).instrument(span).await.ok_or(NotRecorded)?;
    pending.durable().await?;
    Ok(recorded)
}

/// Runs a function; its record, if it gets one, is written behind the answer. `None`: the server is stopping.
pub(crate) async fn execute_buffered(
    app: &App,
    entry: Arc<LiveEntry>,
    input: Bytes,
    cold: bool,
) -> Option<RecordedExecution> {
    let call = CallIdentity::new(&entry, &input, ExecutionMode::Fn);
    let is_sampled = entry.sampling.takes();
    let (history, metrics) = (app.history().clone(), app.metrics().clone());
    let span = execution_span(&entry, call.mode.as_str());
    let outcome_span = span.clone();
    let then = Box::new(move |execution: Execution| {
        metrics.executed(call.mode, &execution);
        record_outcome(&outcome_span, call.id, &execution.outcome);
        let mut recorded = call.recorded(execution);
        recorded.is_recorded = recorded.outcome.is_err() || is_sampled;
        if recorded.is_recorded {
            history.submit_behind(|| {
                let logs = std::mem::take(&mut recorded.logs);
                call.record(&recorded, logs)
            });
        }
        recorded
    });
    let work = Work { entry, input, output_mode: OutputMode::Text, cold };
    app.lanes().run(work, then).instrument(span).await
}

/// PostgreSQL keeps microseconds; an answer must not show more than the record will.
fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}

/// What is known of an execution before it runs.
struct CallIdentity {
    id: ExecutionId,
    function_id: FunctionId,
    version_id: VersionId,
    version: i32,
    mode: ExecutionMode,
    input: Bytes,
    created_at: DateTime<Utc>,
    trace_id: Option<TraceId>,
}

impl CallIdentity {
    fn new(entry: &LiveEntry, input: &Bytes, mode: ExecutionMode) -> Self {
        Self {
            id: ExecutionId::generate(),
            function_id: entry.function_id,
            version_id: entry.version_id,
            version: entry.version,
            mode,
            input: input.clone(),
            created_at: now(),
            trace_id: current_id(),
        }
    }

    fn recorded(&self, execution: Execution) -> RecordedExecution {
        let outcome = match execution.outcome {
            Outcome::Completed { output } => Ok(Bytes::from(output)),
            Outcome::Failed(failure) => Err(failure),
        };
        RecordedExecution {
            id: self.id,
            version: self.version,
            outcome,
            logs: execution.logs,
            receipt: execution.receipt,
            created_at: self.created_at,
            is_recorded: true,
        }
    }

    fn record(&self, recorded: &RecordedExecution, logs: Vec<LogLine>) -> ExecutionRecord {
        let duration = i64::try_from(recorded.receipt.duration_us).unwrap_or(i64::MAX);
        ExecutionRecord {
            id: self.id,
            function_id: self.function_id,
            version_id: self.version_id,
            version_number: self.version,
            status: match recorded.outcome {
                Ok(_) => ExecutionStatus::Completed,
                Err(_) => ExecutionStatus::Failed,
            },
            mode: self.mode,
            input: self.input.clone(),
            output: recorded.outcome.as_ref().ok().cloned(),
            error: recorded.outcome.as_ref().err().map(|failure| (failure.code().to_owned(), failure.message())),
            logs,
            receipt: recorded.receipt,
            created_at: self.created_at,
            started_at: self.created_at,
            // From the monotonic clock: a wall clock that is set back must not make an execution end before it began.
            completed_at: self.created_at + TimeDelta::microseconds(duration),
            queued: None,
            trace_id: self.trace_id,
        }
    }
}
