//! Writing the record of executions: batches that share a statement and a commit.
//!
//! A batch goes in by `COPY`: PostgreSQL then inserts a thousand rows at a time with one log record a page,
//! where `INSERT … SELECT … FROM UNNEST` costs it three times as much a row. What comes faster than that is set aside
//! (`spill.rs`).

use std::collections::HashSet;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use nil_core::{ExecutionId, ExecutionMode, ExecutionStatus, FunctionId, LogLine, Receipt, TraceId, VersionId};
use sqlx::{Connection as _, PgConnection};
use uuid::Uuid;

use crate::{
    error::StoreError,
    queued::QueuedFacts,
    rows::to_jsonb_text,
    stats::{late_minutes, mark_late},
    store::Store,
};

mod copy_format;
mod spill;

use copy_format::Rows;
pub use spill::Spilled;

/// An execution to record, when it is over.
#[derive(Debug, Clone)]
pub struct ExecutionRecord {
    /// Its id; its UUIDv7 time decides the partition.
    pub id: ExecutionId,
    /// The function that ran.
    pub function_id: FunctionId,
    /// The version that ran.
    pub version_id: VersionId,
    /// The version's number.
    pub version_number: i32,
    /// How it ended.
    pub status: ExecutionStatus,
    /// What caused it.
    pub mode: ExecutionMode,
    /// Input, as it came.
    pub input: Bytes,
    /// Output, as it went; `None` unless it completed.
    pub output: Option<Bytes>,
    /// Kind and message, when it failed.
    pub error: Option<(String, String)>,
    /// What it wrote.
    pub logs: Vec<LogLine>,
    /// What it cost.
    pub receipt: Receipt,
    /// When it was accepted.
    pub created_at: DateTime<Utc>,
    /// When it started.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub completed_at: DateTime<Utc>,
    /// The trace it belongs to.
    pub trace_id: Option<TraceId>,
    /// Its way through the queue, if it came from there.
    pub queued: Option<Box<QueuedFacts>>,
}

/// The columns [`write_row`] fills, in its order.
const COPY: &str = "COPY executions (id, function_id, version_id, version_number, status, input, output, error_kind,
     error_message, logs, duration_us, cpu_us, peak_memory_bytes, log_bytes_dropped, cold, started_at, completed_at,
     created_at, mode, attempt, max_attempts, attempts, schedule_name, deliver_at, trace_id) FROM STDIN (FORMAT BINARY)";

const COLUMNS: i16 = 25;

/// Bytes of a row besides its payloads: lengths, ids, numbers, times.
const ROW_OVERHEAD_BYTES: usize = 256;

fn write_row(rows: &mut Rows, record: &ExecutionRecord) -> Result<(), StoreError> {
    let (kind, message) =
        record.error.as_ref().map(|(kind, message)| (kind, message.replace('\0', "\u{fffd}"))).unzip();
    let logs = (!record.logs.is_empty()).then(|| serde_json::to_vec(&record.logs)).transpose();
    let logs = logs.map_err(|error| StoreError::Unreadable { what: "logs", reason: error.to_string() })?;
    rows.row(COLUMNS);
    rows.uuid(record.id.0);
    rows.uuid(record.function_id.0);
    rows.uuid(record.version_id.0);
    rows.int4(record.version_number);
    rows.bytes(record.status.as_str().as_bytes());
    rows.bytes(&record.input);
    rows.optional_bytes(record.output.as_deref());
    rows.optional_bytes(kind.map(String::as_bytes));
    rows.optional_bytes(message.as_deref().map(str::as_bytes));
    rows.optional_bytes(logs.as_deref());
    rows.int8(bigint(record.receipt.duration_us));
    rows.int8(bigint(record.receipt.cpu_us));
    rows.int8(bigint(record.receipt.peak_memory_bytes));
    rows.int8(bigint(record.receipt.log_bytes_dropped));
    rows.boolean(record.receipt.cold);
    rows.time(record.started_at);
    rows.time(record.completed_at);
    rows.time(record.created_at);
    rows.bytes(record.mode.as_str().as_bytes());
    write_queued(rows, record.queued.as_deref())?;
    rows.optional_bytes(record.trace_id.map(|id| id.0.to_be_bytes()).as_ref().map(<[u8; 16]>::as_slice));
    Ok(())
}

fn write_queued(rows: &mut Rows, queued: Option<&QueuedFacts>) -> Result<(), StoreError> {
    let Some(facts) = queued else {
        (0..5).for_each(|_| rows.optional_bytes(None));
        return Ok(());
    };
    rows.int4(facts.attempt);
    rows.int4(facts.max_attempts);
    // Without NUL, so that a requeue can read it as `jsonb`.
    rows.bytes(to_jsonb_text("attempts", &facts.attempts)?.as_bytes());
    rows.optional_bytes(facts.schedule_name.as_deref().map(str::as_bytes));
    match facts.deliver_at {
        Some(time) => rows.time(time),
        None => rows.optional_bytes(None),
    }
    Ok(())
}

fn bigint(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// The history writer's own connection.
#[derive(Debug)]
pub struct HistoryConnection {
    connection: PgConnection,
}

impl HistoryConnection {
    /// Records executions in one commit. When this returns, they are durable. None of them may be recorded
    /// already: see [`Self::record_again`].
    ///
    /// # Errors
    /// When the database is unavailable or refuses; then none was recorded, or all were and the answer was lost.
    /// The connection must not be used again.
    pub async fn record(&mut self, records: &[ExecutionRecord]) -> Result<(), StoreError> {
        self.copy(records.iter()).await
    }

    /// As [`Self::record`] for a batch whose first try failed: what is there already (the answer to an earlier
    /// commit was lost) is left as it is. While that commit is still under way this fails; try again then.
    ///
    /// # Errors
    /// As for [`Self::record`].
    pub async fn record_again(&mut self, records: &[ExecutionRecord]) -> Result<(), StoreError> {
        let ids: Vec<Uuid> = records.iter().map(|record| record.id.0).collect();
        let there = sqlx::query_scalar!("SELECT id FROM executions WHERE id = ANY($1)", &ids)
            .fetch_all(&mut self.connection)
            .await?;
        let there: HashSet<Uuid> = there.into_iter().collect();
        self.copy(records.iter().filter(|record| !there.contains(&record.id.0))).await
    }

    async fn copy(&mut self, records: impl Iterator<Item = &ExecutionRecord> + Clone) -> Result<(), StoreError> {
        if late_minutes(records.clone().map(|record| record.id), Utc::now()).is_empty() {
            return copy_records(&mut self.connection, records).await;
        }
        // Two statements, where one is the rule.
        let mut transaction = self.connection.begin().await?;
        copy_records(&mut transaction, records).await?;
        transaction.commit().await?;
        Ok(())
    }
}

/// Writes records in one statement, and where some come late names their minutes in another.
pub(crate) async fn copy_records(
    connection: &mut PgConnection,
    records: impl Iterator<Item = &ExecutionRecord> + Clone,
) -> Result<(), StoreError> {
    let late = late_minutes(records.clone().map(|record| record.id), Utc::now());
    let mut copy = connection.copy_in_raw(COPY).await?;
    copy.send(encode(records)?).await?;
    copy.finish().await?;
    mark_late(connection, &late).await
}

/// The body of a [`COPY`].
fn encode<'a>(records: impl Iterator<Item = &'a ExecutionRecord> + Clone) -> Result<Vec<u8>, StoreError> {
    let payload = |record: &ExecutionRecord| record.input.len() + record.output.as_ref().map_or(0, Bytes::len);
    let bytes = records.clone().map(|record| ROW_OVERHEAD_BYTES + payload(record)).sum();
    let mut rows = Rows::with_capacity(bytes);
    for record in records {
        write_row(&mut rows, record)?;
    }
    Ok(rows.finish())
}

impl Store {
    /// A connection of its own for the history writer.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn history_connection(&self) -> Result<HistoryConnection, StoreError> {
        Ok(HistoryConnection { connection: self.held_connection().await? })
    }
}
