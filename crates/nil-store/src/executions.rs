//! The record of executions, read by id or by function. `history` writes it.

use chrono::{DateTime, Utc};
use nil_core::{ExecutionId, ExecutionStatus, FunctionId, FunctionRef, LogLine, Receipt};

use crate::{error::StoreError, functions::Page, rows, store::Store};

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

impl Store {
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
