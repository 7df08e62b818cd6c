//! Accepting executions: whole batches in one statement, with one wake-up.

use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use nil_core::{ExecutionId, ExecutionMode, FunctionId, RetryPolicy, TraceParent, VersionId};
use sqlx::PgConnection;

use crate::{error::StoreError, store::Store};

/// An execution to queue.
#[derive(Debug, Clone)]
pub struct NewQueued {
    /// Its id; one that is queued already is left as it is.
    pub id: ExecutionId,
    /// The function to run.
    pub function_id: FunctionId,
    /// The version that is live now, or the one to run.
    pub version_id: VersionId,
    /// Its number.
    pub version_number: i32,
    /// Whether no other version may run.
    pub pinned: bool,
    /// What caused it.
    pub mode: ExecutionMode,
    /// Input, as it came.
    pub input: Bytes,
    /// Whether the output may be text that is no JSON.
    pub text_output: bool,
    /// Attempts and pauses.
    pub retry: RetryPolicy,
    /// How long it waits before it may run.
    pub delay: Duration,
    /// The schedule that caused it.
    pub schedule_name: Option<String>,
    /// Where its end is told.
    pub callback_url: Option<String>,
    /// When it was accepted.
    pub created_at: DateTime<Utc>,
    /// What it continues.
    pub trace: Option<TraceParent>,
}

impl NewQueued {
    /// When it is to run, if not at once.
    #[must_use]
    pub fn deliver_at(&self) -> Option<DateTime<Utc>> {
        let delay = TimeDelta::from_std(self.delay).ok().filter(|delay| !delay.is_zero())?;
        self.created_at.checked_add_signed(delay)
    }
}

/// A held connection for accepting executions.
#[derive(Debug)]
pub struct Enqueuer {
    connection: PgConnection,
}

impl Enqueuer {
    /// Queues executions in one commit. When this returns, they are durable.
    ///
    /// # Errors
    /// When the database is unavailable; then none was queued, or all were and the answer was lost. The connection
    /// must not be used again.
    pub async fn enqueue(&mut self, batch: &[NewQueued]) -> Result<(), StoreError> {
        insert(&mut self.connection, batch).await
    }
}

impl Store {
    /// A connection of its own for accepting executions.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn enqueuer(&self) -> Result<Enqueuer, StoreError> {
        Ok(Enqueuer { connection: self.held_connection().await? })
    }
}

/// Inserts a batch and wakes whoever runs them; belongs into the transaction that causes them.
pub(crate) async fn insert(connection: &mut PgConnection, batch: &[NewQueued]) -> Result<(), StoreError> {
    let ids: Vec<_> = batch.iter().map(|new| new.id.0).collect();
    let functions: Vec<_> = batch.iter().map(|new| new.function_id.0).collect();
    let versions: Vec<_> = batch.iter().map(|new| new.version_id.0).collect();
    let numbers: Vec<_> = batch.iter().map(|new| new.version_number).collect();
    let pinned: Vec<_> = batch.iter().map(|new| new.pinned).collect();
    let modes: Vec<_> = batch.iter().map(|new| new.mode.as_str().to_owned()).collect();
    let inputs: Vec<_> = batch.iter().map(|new| new.input.to_vec()).collect();
    let texts: Vec<_> = batch.iter().map(|new| new.text_output).collect();
    let most: Vec<_> = batch.iter().map(|new| i32::try_from(new.retry.max_attempts).unwrap_or(i32::MAX)).collect();
    let backoffs: Vec<_> = batch.iter().map(|new| i64::try_from(new.retry.backoff_ms).unwrap_or(i64::MAX)).collect();
    let delays: Vec<_> = batch.iter().map(|new| new.delay.as_secs_f64()).collect();
    let deliveries: Vec<_> = batch.iter().map(NewQueued::deliver_at).collect();
    let schedules: Vec<_> = batch.iter().map(|new| new.schedule_name.clone()).collect();
    let callbacks: Vec<_> = batch.iter().map(|new| new.callback_url.clone()).collect();
    let created: Vec<_> = batch.iter().map(|new| new.created_at).collect();
    let traces: Vec<_> = batch.iter().map(|new| new.trace.map(|trace| trace.to_string())).collect();
    sqlx::query!(
        "WITH added AS (
             INSERT INTO queued_executions (id, function_id, version_id, version_number, pinned, mode, state, input,
                 text_output, max_attempts, backoff_ms, due_at, deliver_at, schedule_name, callback_url, created_at,
                 trace_parent)
             SELECT id, function_id, version_id, number, pinned, mode::execution_mode,
                    CASE WHEN delay > 0 THEN 'DELAYED'::queue_state ELSE 'READY'::queue_state END, input, text_output,
                    most, backoff, now() + make_interval(secs => delay), deliver, schedule, callback, created,
                    trace
             FROM UNNEST($1::uuid[], $2::uuid[], $3::uuid[], $4::integer[], $5::boolean[], $6::text[], $7::bytea[],
                         $8::boolean[], $9::integer[], $10::bigint[], $11::float8[], $12::timestamptz[], $13::text[],
                         $14::text[], $15::timestamptz[], $16::text[])
                  AS new (id, function_id, version_id, number, pinned, mode, input, text_output, most, backoff, delay,
                          deliver, schedule, callback, created, trace)
             ON CONFLICT DO NOTHING)
         SELECT pg_notify('nil_queue', '')",
        &ids,
        &functions,
        &versions,
        &numbers,
        &pinned,
        &modes,
        &inputs,
        &texts,
        &most,
        &backoffs,
        &delays,
        &deliveries as &[Option<DateTime<Utc>>],
        &schedules as &[Option<String>],
        &callbacks as &[Option<String>],
        &created,
        &traces as &[Option<String>],
    )
    .fetch_one(connection)
    .await?;
    Ok(())
}
