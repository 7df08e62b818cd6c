//! The recorded API's promise: the answer goes out when the record is durable.

use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use nil_core::ExecutionId;
use nil_runtime::{Execution, Outcome, OutputMode};
use nil_store::ExecutionRecord;

use super::{
    history::{NotRecorded, Pending},
    lanes::Work,
    live::LiveEntry,
};
use crate::app::App;

/// An execution that is over and durable.
#[derive(Debug)]
pub(crate) struct RecordedExecution {
    pub(crate) id: ExecutionId,
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
    let id = ExecutionId::generate();
    let created_at = Utc::now();
    let history = app.history().clone();
    let recorded_input = input.clone();
    // The record is handed over on the thread that ran the function, so it is kept even if the client is gone.
    let then = Box::new(move |entry: &LiveEntry, execution: Execution| {
        let record = record_of(id, entry, &recorded_input, &execution, created_at);
        (execution, history.submit(record))
    });
    let work = Work { entry, input, output_mode: OutputMode::Json, cold };
    let (execution, pending): (Execution, Pending) = app.lanes().run(work, then).await.ok_or(NotRecorded)?;
    pending.durable().await?;
    Ok(RecordedExecution { id, execution, created_at })
}

fn record_of(
    id: ExecutionId,
    entry: &LiveEntry,
    input: &[u8],
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
