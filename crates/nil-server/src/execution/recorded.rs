//! One execution and its record, with the promise of either front door.
//!
//! `/execute`: the answer goes out when the record is durable. `/fn`: the record is handed over and the answer
//! does not wait. In both the record is made on the thread that ran the function, so it is kept even if the
//! client is gone.

use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use nil_core::ExecutionId;
use nil_runtime::{Execution, Outcome, OutputMode};
use nil_store::ExecutionRecord;

use super::{history::NotRecorded, lanes::Work, live::LiveEntry};
use crate::app::App;

/// An execution that is over.
#[derive(Debug)]
pub(crate) struct RecordedExecution {
    pub(crate) id: ExecutionId,
    pub(crate) version: i32,
    pub(crate) execution: Execution,
    pub(crate) created_at: DateTime<Utc>,
}

/// Runs a function and waits until its record is durable.
pub(crate) async fn execute_recorded(
    app: &App,
    entry: Arc<LiveEntry>,
    input: Bytes,
    cold: bool,
) -> Result<RecordedExecution, NotRecorded> {
    let (id, created_at, version) = (ExecutionId::generate(), now(), entry.version);
    let history = app.history().clone();
    let recorded_input = input.clone();
    let then = Box::new(move |entry: &LiveEntry, execution: Execution| {
        let record = record_of(id, entry, &recorded_input, &execution, created_at);
        (execution, history.submit(record))
    });
    let work = Work { entry, input, output_mode: OutputMode::Json, cold };
    let (execution, pending) = app.lanes().run(work, then).await.ok_or(NotRecorded)?;
    pending.durable().await?;
    Ok(RecordedExecution { id, version, execution, created_at })
}

/// Runs a function; its record is written behind the answer. `None`: the server is stopping.
pub(crate) async fn execute_buffered(
    app: &App,
    entry: Arc<LiveEntry>,
    input: Bytes,
    cold: bool,
) -> Option<RecordedExecution> {
    let (id, created_at, version) = (ExecutionId::generate(), now(), entry.version);
    let history = app.history().clone();
    let recorded_input = input.clone();
    let then = Box::new(move |entry: &LiveEntry, execution: Execution| {
        history.submit_behind(|| record_of(id, entry, &recorded_input, &execution, created_at));
        execution
    });
    let work = Work { entry, input, output_mode: OutputMode::Text, cold };
    let execution = app.lanes().run(work, then).await?;
    Some(RecordedExecution { id, version, execution, created_at })
}

/// PostgreSQL keeps microseconds; an answer must not show more than the record will.
fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}

fn record_of(
    id: ExecutionId,
    entry: &LiveEntry,
    input: &Bytes,
    execution: &Execution,
    started_at: DateTime<Utc>,
) -> ExecutionRecord {
    let (output, error) = match &execution.outcome {
        Outcome::Completed { output } => (Some(output.clone().into_bytes()), None),
        Outcome::Failed(failure) => (None, Some((failure.code().to_owned(), failure.message()))),
    };
    let duration = i64::try_from(execution.receipt.duration_us).unwrap_or(i64::MAX);
    ExecutionRecord {
        id,
        function_id: entry.function_id,
        version_id: entry.version_id,
        version_number: entry.version,
        input: input.to_vec(),
        output,
        error,
        logs: execution.logs.clone(),
        receipt: execution.receipt,
        started_at,
        // From the monotonic clock: a wall clock that is set back must not make an execution end before it began.
        completed_at: started_at + TimeDelta::microseconds(duration),
    }
}
