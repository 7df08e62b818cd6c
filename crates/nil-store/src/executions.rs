//! Executions, read by id, by function or all together: those that wait and run as well as the record. `history`
//! writes the record, `queued` what comes before it.

use chrono::{DateTime, Utc};
use nil_core::{
    AttemptRecord, ExecutionId, ExecutionMode, ExecutionStatus, FunctionId, FunctionRef, LogLine, Receipt, TraceId,
};

use crate::{error::StoreError, functions::Page, history::Spilled, rows, store::Store};

/// An execution. Listings leave payloads, logs and attempts empty.
#[derive(Debug, Clone)]
pub struct ExecutionRow {
    /// Its id.
    pub id: ExecutionId,
    /// The function that ran.
    pub function_id: FunctionId,
    /// The version's number; of one that waits, the one that was live when it was accepted.
    pub version_number: i32,
    /// Its state.
    pub status: ExecutionStatus,
    /// What caused it.
    pub mode: ExecutionMode,
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
    /// Attempts begun and allowed; `None` unless it was queued.
    pub attempt: Option<(i32, i32)>,
    /// Attempts that are over.
    pub attempts: Vec<AttemptRecord>,
    /// When the next attempt may start.
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// When it was to run, if not at once.
    pub deliver_at: Option<DateTime<Utc>>,
    /// The schedule that caused it.
    pub schedule_name: Option<String>,
    /// Where its end is told.
    pub callback: Option<CallbackRow>,
    /// When it started.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub completed_at: Option<DateTime<Utc>>,
    /// When it was accepted.
    pub created_at: DateTime<Utc>,
    /// The trace it belongs to; listings leave it out.
    pub trace_id: Option<TraceId>,
}

/// How far the callback of an execution is.
#[derive(Debug, Clone)]
pub struct CallbackRow {
    /// Where to.
    pub url: String,
    /// `PENDING`, `DELIVERED` or `FAILED`.
    pub state: String,
    /// Tries made.
    pub attempts: i32,
    /// What the last one was answered.
    pub last_status: Option<i32>,
}

/// Which executions to list; `None` means any.
#[derive(Debug, Clone, Default)]
pub struct ExecutionFilter {
    /// Of this function.
    pub function: Option<FunctionId>,
    /// In this state.
    pub status: Option<ExecutionStatus>,
    /// Caused by this.
    pub mode: Option<ExecutionMode>,
    /// Of the version with this number.
    pub version: Option<i32>,
    /// Accepted at this time or later.
    pub since: Option<DateTime<Utc>>,
    /// Accepted before this time.
    pub until: Option<DateTime<Utc>>,
}

/// An entry of a listing over all functions.
#[derive(Debug, Clone)]
pub struct ExecutionOverview {
    /// Its id.
    pub id: ExecutionId,
    /// The function that ran.
    pub function_id: FunctionId,
    /// Its name.
    pub function_name: String,
    /// The version's number.
    pub version_number: i32,
    /// Its state.
    pub status: ExecutionStatus,
    /// What caused it.
    pub mode: ExecutionMode,
    /// From start to end, in microseconds.
    pub duration_us: Option<i64>,
    /// Why it failed.
    pub error_message: Option<String>,
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
        loop {
            if let Some(row) = self.execution_row(id).await? {
                return Ok(Some(row));
            }
            // What was set aside in a rush moves into the record when somebody asks for it. Batches of several servers
            // overlap, so the first one need not be the right one.
            if self.expand_spilled(Spilled::With(id)).await? == 0 {
                return self.execution_row(id).await;
            }
        }
    }

    async fn execution_row(&self, id: ExecutionId) -> Result<Option<ExecutionRow>, StoreError> {
        let row = sqlx::query_as!(
            RawExecution,
            r#"SELECT e.id AS "id!", e.function_id AS "function_id!", e.version_number AS "version_number!",
                      e.status::text AS "status!", e.mode::text AS "mode!", e.input, e.output, e.error_kind,
                      e.error_message, e.logs, e.duration_us, e.cpu_us, e.peak_memory_bytes,
                      e.log_bytes_dropped AS "log_bytes_dropped!", e.cold AS "cold!", e.attempt, e.max_attempts,
                      e.attempts, e.next_attempt_at, e.deliver_at, e.schedule_name,
                      COALESCE(c.url, e.callback_url) AS callback_url, c.state::text AS callback_state,
                      c.attempts AS "callback_attempts?", c.last_status AS "callback_status?", e.started_at,
                      e.completed_at, e.created_at AS "created_at!", e.trace_id
               FROM all_executions e
               JOIN functions f ON f.id = e.function_id
               LEFT JOIN callbacks c ON c.execution_id = e.id AND e.callback_url IS NULL
               WHERE e.id = $1"#,
            id.0
        )
        .fetch_optional(&self.pool)
        .await?;
        row.map(RawExecution::read).transpose()
    }

    /// A function's executions, newest first, without payloads and logs; the filter's function does not count.
    /// `Ok(None)`: no such function.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn executions(
        &self,
        function: &FunctionRef,
        filter: &ExecutionFilter,
        page: Page<ExecutionId>,
    ) -> Result<Option<Vec<ExecutionRow>>, StoreError> {
        let Some(id) = self.function_id(function).await? else { return Ok(None) };
        self.expand_newest(page.after).await?;
        let rows = sqlx::query_as!(
            RawExecution,
            r#"SELECT id AS "id!", function_id AS "function_id!", version_number AS "version_number!",
                      status::text AS "status!", mode::text AS "mode!", NULL::bytea AS input, NULL::bytea AS output,
                      error_kind, error_message, NULL::bytea AS logs, duration_us, cpu_us, peak_memory_bytes,
                      log_bytes_dropped AS "log_bytes_dropped!", cold AS "cold!", attempt, max_attempts,
                      NULL::bytea AS attempts, next_attempt_at, deliver_at, schedule_name, NULL AS callback_url,
                      NULL AS callback_state, NULL::integer AS callback_attempts, NULL::integer AS callback_status,
                      started_at, completed_at, created_at AS "created_at!", NULL::uuid AS trace_id
               FROM all_executions
               WHERE function_id = $1 AND ($2::uuid IS NULL OR id < $2)
                 AND ($4::text IS NULL OR status = ($4::text)::execution_status)
                 AND ($5::text IS NULL OR mode = ($5::text)::execution_mode)
                 AND ($6::timestamptz IS NULL OR (created_at >= $6 AND id >= least_id_of($6)))
                 AND ($7::timestamptz IS NULL OR created_at < $7)
                 AND ($8::integer IS NULL OR version_number = $8)
               ORDER BY id DESC
               LIMIT $3"#,
            id.0,
            page.after.map(|id| id.0),
            page.limit,
            filter.status.map(ExecutionStatus::as_str),
            filter.mode.map(ExecutionMode::as_str),
            filter.since,
            filter.until,
            filter.version,
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(RawExecution::read).collect::<Result<_, _>>().map(Some)
    }

    /// Executions of all functions, newest first.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn all_executions(
        &self,
        filter: &ExecutionFilter,
        page: Page<ExecutionId>,
    ) -> Result<Vec<ExecutionOverview>, StoreError> {
        self.expand_newest(page.after).await?;
        // Times are compared with ids where that prunes partitions; what was delayed sorts by when it was due.
        let rows = sqlx::query!(
            r#"SELECT e.id AS "id!", e.function_id AS "function_id!", f.name, e.version_number AS "version_number!",
                      e.status::text AS "status!", e.mode::text AS "mode!", e.duration_us, e.error_message,
                      e.started_at, e.completed_at, e.created_at AS "created_at!"
               FROM all_executions e
               JOIN functions f ON f.id = e.function_id
               WHERE ($1::uuid IS NULL OR e.function_id = $1)
                 AND ($2::text IS NULL OR e.status = ($2::text)::execution_status)
                 AND ($3::text IS NULL OR e.mode = ($3::text)::execution_mode)
                 AND ($4::timestamptz IS NULL OR (e.created_at >= $4 AND e.id >= least_id_of($4)))
                 AND ($5::timestamptz IS NULL OR e.created_at < $5)
                 AND ($6::uuid IS NULL OR e.id < $6)
                 AND ($8::integer IS NULL OR e.version_number = $8)
               ORDER BY e.id DESC
               LIMIT $7"#,
            filter.function.map(|id| id.0),
            filter.status.map(ExecutionStatus::as_str),
            filter.mode.map(ExecutionMode::as_str),
            filter.since,
            filter.until,
            page.after.map(|id| id.0),
            page.limit,
            filter.version,
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(ExecutionOverview {
                    id: ExecutionId(row.id),
                    function_id: FunctionId(row.function_id),
                    function_name: row.name,
                    version_number: row.version_number,
                    status: rows::parse("execution status", &row.status)?,
                    mode: rows::parse("execution mode", &row.mode)?,
                    duration_us: row.duration_us,
                    error_message: row.error_message,
                    started_at: row.started_at,
                    completed_at: row.completed_at,
                    created_at: row.created_at,
                })
            })
            .collect()
    }

    /// A listing that begins with the newest does so with what was set aside last.
    async fn expand_newest(&self, after: Option<ExecutionId>) -> Result<(), StoreError> {
        if after.is_none() {
            self.expand_spilled(Spilled::Newest).await?;
        }
        Ok(())
    }

    /// The id of a function. `Ok(None)`: no such function.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn function_id(&self, function: &FunctionRef) -> Result<Option<FunctionId>, StoreError> {
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
    mode: String,
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
    attempt: Option<i32>,
    max_attempts: Option<i32>,
    attempts: Option<Vec<u8>>,
    next_attempt_at: Option<DateTime<Utc>>,
    deliver_at: Option<DateTime<Utc>>,
    schedule_name: Option<String>,
    callback_url: Option<String>,
    callback_state: Option<String>,
    callback_attempts: Option<i32>,
    callback_status: Option<i32>,
    started_at: Option<DateTime<Utc>>,
    completed_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    trace_id: Option<uuid::Uuid>,
}

impl RawExecution {
    fn read(self) -> Result<ExecutionRow, StoreError> {
        let receipt = self.receipt();
        let list = |what, bytes: &Option<Vec<u8>>| match bytes {
            Some(bytes) => rows::json(what, &String::from_utf8_lossy(bytes)),
            None => Ok(Vec::new()),
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
            mode: rows::parse("execution mode", &self.mode)?,
            attempts: list("attempts", &self.attempts)?,
            input: self.input,
            output: self.output,
            error_kind: self.error_kind,
            error_message: self.error_message,
            logs,
            receipt,
            attempt: self.attempt.zip(self.max_attempts),
            next_attempt_at: self.next_attempt_at,
            deliver_at: self.deliver_at,
            schedule_name: self.schedule_name,
            callback: self.callback_url.map(|url| CallbackRow {
                url,
                state: self.callback_state.unwrap_or_else(|| "PENDING".to_owned()),
                attempts: self.callback_attempts.unwrap_or(0),
                last_status: self.callback_status,
            }),
            started_at: self.started_at,
            completed_at: self.completed_at,
            created_at: self.created_at,
            trace_id: self.trace_id.map(|id| TraceId(id.as_u128())),
        })
    }

    fn receipt(&self) -> Receipt {
        let unsigned = |value: Option<i64>| value.unwrap_or(0).unsigned_abs();
        let length = |payload: &Option<Vec<u8>>| payload.as_ref().map_or(0, |bytes| bytes.len() as u64);
        Receipt {
            duration_us: unsigned(self.duration_us),
            cpu_us: unsigned(self.cpu_us),
            peak_memory_bytes: unsigned(self.peak_memory_bytes),
            input_bytes: length(&self.input),
            output_bytes: length(&self.output),
            log_bytes_dropped: self.log_bytes_dropped.unsigned_abs(),
            cold: self.cold,
        }
    }
}
