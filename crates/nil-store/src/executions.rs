//! The record of executions: written once, in batches that share a commit, and read by id or by function.

use chrono::{DateTime, Utc};
use nil_core::{ExecutionId, ExecutionStatus, FunctionId, FunctionRef, LogLine, Receipt, VersionId};
use sqlx::PgConnection;

use crate::{error::StoreError, functions::Page, rows, store::Store};

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
    /// Input, as it came.
    pub input: Vec<u8>,
    /// Output, as it went; `None` when it failed.
    pub output: Option<Vec<u8>>,
    /// Kind and message, when it failed.
    pub error: Option<(String, String)>,
    /// What it wrote.
    pub logs: Vec<LogLine>,
    /// What it cost.
    pub receipt: Receipt,
    /// When it was accepted and started.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub completed_at: DateTime<Utc>,
}

/// A recorded execution. Listings leave payloads and logs empty.
#[derive(Debug, Clone)]
pub struct ExecutionRow {
    /// Its id.
    pub id: ExecutionId,
    /// The function that ran.
    pub function_id: FunctionId,
    /// The version's number.
    pub version_number: i32,
    /// Its state.
    pub status: ExecutionStatus,
    /// Input, as it came.
    pub input: Option<Vec<u8>>,
    /// Output, as it went.
    pub output: Option<Vec<u8>>,
    /// Kind of failure.
    pub error_kind: Option<String>,
    /// Why it failed.
    pub error_message: Option<String>,
    /// What it wrote.
    pub logs: Vec<LogLine>,
    /// What it cost; byte counts of payloads come from the payloads.
    pub receipt: Receipt,
    /// When it started.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub completed_at: Option<DateTime<Utc>>,
    /// When it was accepted.
    pub created_at: DateTime<Utc>,
}

/// The history writer's own connection.
#[derive(Debug)]
pub struct HistoryConnection {
    connection: PgConnection,
}

/// One array per column, as `UNNEST` wants them.
#[derive(Default)]
struct Columns {
    id: Vec<uuid::Uuid>,
    function_id: Vec<uuid::Uuid>,
    version_id: Vec<uuid::Uuid>,
    version_number: Vec<i32>,
    status: Vec<String>,
    input: Vec<Vec<u8>>,
    output: Vec<Option<Vec<u8>>>,
    error_kind: Vec<Option<String>>,
    error_message: Vec<Option<String>>,
    logs: Vec<Option<Vec<u8>>>,
    duration_us: Vec<i64>,
    cpu_us: Vec<i64>,
    peak_memory_bytes: Vec<i64>,
    log_bytes_dropped: Vec<i64>,
    cold: Vec<bool>,
    started_at: Vec<DateTime<Utc>>,
    completed_at: Vec<DateTime<Utc>>,
}

fn bigint(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

impl Columns {
    fn push(&mut self, record: &ExecutionRecord) -> Result<(), StoreError> {
        let status = if record.error.is_some() { ExecutionStatus::Failed } else { ExecutionStatus::Completed };
        let (kind, message) = record.error.clone().unzip();
        let logs = if record.logs.is_empty() {
            None
        } else {
            Some(
                serde_json::to_vec(&record.logs)
                    .map_err(|error| StoreError::Unreadable { what: "logs", reason: error.to_string() })?,
            )
        };
        self.id.push(record.id.0);
        self.function_id.push(record.function_id.0);
        self.version_id.push(record.version_id.0);
        self.version_number.push(record.version_number);
        self.status.push(status.as_str().to_owned());
        self.input.push(record.input.clone());
        self.output.push(record.output.clone());
        self.error_kind.push(kind);
        self.error_message.push(message.map(|text| text.replace('\0', "\u{fffd}")));
        self.logs.push(logs);
        self.duration_us.push(bigint(record.receipt.duration_us));
        self.cpu_us.push(bigint(record.receipt.cpu_us));
        self.peak_memory_bytes.push(bigint(record.receipt.peak_memory_bytes));
        self.log_bytes_dropped.push(bigint(record.receipt.log_bytes_dropped));
        self.cold.push(record.receipt.cold);
        self.started_at.push(record.started_at);
        self.completed_at.push(record.completed_at);
        Ok(())
    }
}

impl HistoryConnection {
    /// Records executions in one statement and one commit. When this returns, they are durable. A record
    /// that is there already (the answer to an earlier commit was lost) is left as it is.
    ///
    /// # Errors
    /// When the database is unavailable; then none was recorded, or all were and the answer was lost.
    pub async fn record(&mut self, records: &[ExecutionRecord]) -> Result<(), StoreError> {
        let mut columns = Columns::default();
        for record in records {
            columns.push(record)?;
        }
        sqlx::query!(
            "INSERT INTO executions (id, function_id, version_id, version_number, status, input, output, error_kind,
                 error_message, logs, duration_us, cpu_us, peak_memory_bytes, log_bytes_dropped, cold, started_at,
                 completed_at, created_at)
             SELECT id, function_id, version_id, version_number, status::execution_status, input, output, error_kind,
                 error_message, logs, duration_us, cpu_us, peak_memory_bytes, log_bytes_dropped, cold, started_at,
                 completed_at, started_at
             FROM UNNEST($1::uuid[], $2::uuid[], $3::uuid[], $4::int[], $5::text[], $6::bytea[], $7::bytea[],
                 $8::text[], $9::text[], $10::bytea[], $11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[],
                 $15::bool[], $16::timestamptz[], $17::timestamptz[])
                 AS r(id, function_id, version_id, version_number, status, input, output, error_kind, error_message,
                      logs, duration_us, cpu_us, peak_memory_bytes, log_bytes_dropped, cold, started_at, completed_at)
             ON CONFLICT DO NOTHING",
            &columns.id,
            &columns.function_id,
            &columns.version_id,
            &columns.version_number,
            &columns.status,
            &columns.input,
            &columns.output as &[Option<Vec<u8>>],
            &columns.error_kind as &[Option<String>],
            &columns.error_message as &[Option<String>],
            &columns.logs as &[Option<Vec<u8>>],
            &columns.duration_us,
            &columns.cpu_us,
            &columns.peak_memory_bytes,
            &columns.log_bytes_dropped,
            &columns.cold,
            &columns.started_at,
            &columns.completed_at,
        )
        .execute(&mut self.connection)
        .await?;
        Ok(())
    }
}

impl Store {
    /// A connection of its own for the history writer.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn history_connection(&self) -> Result<HistoryConnection, StoreError> {
        Ok(HistoryConnection { connection: self.held_connection().await? })
    }

    /// One execution with payloads and logs; `Ok(None)` also when its function was deleted.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn execution(&self, id: ExecutionId) -> Result<Option<ExecutionRow>, StoreError> {
        let row = sqlx::query_as!(
            RawExecution,
            r#"SELECT e.id, e.function_id, e.version_number, e.status::text AS "status!", e.input, e.output,
                      e.error_kind, e.error_message, e.logs, e.duration_us, e.cpu_us, e.peak_memory_bytes,
                      e.log_bytes_dropped, e.cold, e.started_at, e.completed_at, e.created_at
               FROM executions e JOIN functions f ON f.id = e.function_id
               WHERE e.id = $1"#,
            id.0
        )
        .fetch_optional(&self.pool)
        .await?;
        row.map(RawExecution::read).transpose()
    }

    /// A function's executions, newest first, without payloads and logs. `Ok(None)`: no such function.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn executions(
        &self,
        function: &FunctionRef,
        page: Page<ExecutionId>,
    ) -> Result<Option<Vec<ExecutionRow>>, StoreError> {
        let Some(id) = self.function_id(function).await? else { return Ok(None) };
        let rows = sqlx::query_as!(
            RawExecution,
            r#"SELECT id, function_id, version_number, status::text AS "status!", NULL::bytea AS input,
                      NULL::bytea AS output, error_kind, error_message, NULL::bytea AS logs, duration_us, cpu_us,
                      peak_memory_bytes, log_bytes_dropped, cold, started_at, completed_at, created_at
               FROM executions
               WHERE function_id = $1 AND ($2::uuid IS NULL OR id < $2)
               ORDER BY id DESC
               LIMIT $3"#,
            id.0,
            page.after.map(|id| id.0),
            page.limit,
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(RawExecution::read).collect::<Result<_, _>>().map(Some)
    }

    async fn function_id(&self, function: &FunctionRef) -> Result<Option<FunctionId>, StoreError> {
        let (id, key) = match function {
            FunctionRef::Id(id) => (Some(id.0), None),
            FunctionRef::Name(name) => (None, Some(name.key())),
        };
        Ok(sqlx::query_scalar!(
            "SELECT id FROM functions
             WHERE ($1::uuid IS NOT NULL AND id = $1) OR ($2::text IS NOT NULL AND name_key = $2)",
            id,
            key,
        )
        .fetch_optional(&self.pool)
        .await?
        .map(FunctionId))
    }
}

/// The columns of an execution as PostgreSQL hands them over.
struct RawExecution {
    id: uuid::Uuid,
    function_id: uuid::Uuid,
    version_number: i32,
    status: String,
    input: Option<Vec<u8>>,
    output: Option<Vec<u8>>,
    error_kind: Option<String>,
    error_message: Option<String>,
    logs: Option<Vec<u8>>,
    duration_us: Option<i64>,
    cpu_us: Option<i64>,
    peak_memory_bytes: Option<i64>,
    log_bytes_dropped: i64,
    cold: bool,
    started_at: Option<DateTime<Utc>>,
    completed_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
}

impl RawExecution {
    fn read(self) -> Result<ExecutionRow, StoreError> {
        let unsigned = |value: Option<i64>| value.unwrap_or(0).unsigned_abs();
        let length = |payload: &Option<Vec<u8>>| payload.as_ref().map_or(0, |bytes| bytes.len() as u64);
        let receipt = Receipt {
            duration_us: unsigned(self.duration_us),
            cpu_us: unsigned(self.cpu_us),
            peak_memory_bytes: unsigned(self.peak_memory_bytes),
            input_bytes: length(&self.input),
            output_bytes: length(&self.output),
            log_bytes_dropped: self.log_bytes_dropped.unsigned_abs(),
            cold: self.cold,
        };
        let logs = match &self.logs {
            Some(bytes) => rows::json("logs", &String::from_utf8_lossy(bytes))?,
            None => Vec::new(),
        };
        Ok(ExecutionRow {
            id: ExecutionId(self.id),
            function_id: FunctionId(self.function_id),
            version_number: self.version_number,
            status: rows::parse("execution status", &self.status)?,
            input: self.input,
            output: self.output,
            error_kind: self.error_kind,
            error_message: self.error_message,
            logs,
            receipt,
            started_at: self.started_at,
            completed_at: self.completed_at,
            created_at: self.created_at,
        })
    }
}
