//! What is waiting in the compilation queue, and what was given up.

use chrono::{DateTime, Utc};
use nil_core::{CompilationJob, CompileLimits, FunctionId, VersionId};
use sqlx::PgExecutor;

use crate::{
    compilation_jobs::{DeadLetterMessage, enqueue},
    error::StoreError,
    notify::announce,
    rows,
    store::Store,
};

/// The compilation queue in numbers.
#[derive(Debug, Clone)]
pub struct Backlog {
    /// Jobs nobody holds.
    pub queued: i64,
    /// Jobs a compiler holds.
    pub leased: i64,
    /// Age of the oldest job, in milliseconds.
    pub oldest_ms: Option<i64>,
    /// By function, most jobs first.
    pub functions: Vec<FunctionJobs>,
}

/// The jobs of one function.
#[derive(Debug, Clone)]
pub struct FunctionJobs {
    /// The function.
    pub function_id: FunctionId,
    /// Its name when the job was made.
    pub function_name: String,
    /// Jobs waiting or held.
    pub jobs: i64,
    /// The most tries any of them has had.
    pub attempts: i32,
}

/// A job that was given up.
#[derive(Debug, Clone)]
pub struct ParkedJob {
    /// Its number in the dead-letter queue.
    pub id: i64,
    /// The function.
    pub function_id: FunctionId,
    /// Its name when the job was made.
    pub function_name: String,
    /// The version that was to be built.
    pub version_id: VersionId,
    /// Tries made.
    pub attempts: u32,
    /// What the last try reported.
    pub last_error: String,
    /// When it was given up.
    pub parked_at: DateTime<Utc>,
}

/// What became of a request to try a dead letter again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requeued {
    /// It is queued again and its version is `PENDING`.
    Queued,
    /// Its version is gone or no longer failed; the dead letter was removed.
    Obsolete,
    /// No such dead letter.
    Unknown,
}

/// Entries shown at the most; the numbers above them count everything.
const SHOWN: i64 = 100;

impl Store {
    /// What waits for compilers.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn compilation_backlog(&self) -> Result<Backlog, StoreError> {
        let total = compilation_totals(&self.pool).await?;
        let functions = sqlx::query!(
            r#"SELECT (message ->> 'functionId')::uuid AS "function_id!", min(message ->> 'functionName') AS "name!",
                      count(*) AS "jobs!", max(read_ct) AS "attempts!"
               FROM pgmq.q_compilation_jobs WHERE message ?& ARRAY['functionId', 'functionName'] GROUP BY 1 ORDER BY 3 DESC, 1 LIMIT $1"#,
            SHOWN,
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(Backlog {
            queued: total.queued,
            leased: total.leased,
            oldest_ms: total.oldest_ms,
            functions: functions
                .into_iter()
                .map(|row| FunctionJobs {
                    function_id: FunctionId(row.function_id),
                    function_name: row.name,
                    jobs: row.jobs,
                    attempts: row.attempts,
                })
                .collect(),
        })
    }

    /// What was given up, oldest first.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn dead_letters(&self) -> Result<Vec<ParkedJob>, StoreError> {
        let rows = sqlx::query!(
            r#"SELECT msg_id, enqueued_at, (message #- '{job,source}' #- '{job,files}')::text AS "message!"
               FROM pgmq.q_compilation_dead_letters ORDER BY msg_id LIMIT $1"#,
            SHOWN,
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|row| {
                let message: ParkedMessage = rows::json("dead letter", &row.message)?;
                Ok(ParkedJob {
                    id: row.msg_id,
                    function_id: message.job.function_id,
                    function_name: message.job.function_name,
                    version_id: message.job.version_id,
                    attempts: message.reason.attempts,
                    last_error: message.reason.last_error,
                    parked_at: row.enqueued_at,
                })
            })
            .collect()
    }

    /// Tries a dead letter again: its version becomes `PENDING` and its job is queued, in one transaction.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn requeue_dead_letter(&self, id: i64, limits: &CompileLimits) -> Result<Requeued, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let Some(message) = sqlx::query_scalar!(
            r#"DELETE FROM pgmq.q_compilation_dead_letters WHERE msg_id = $1 RETURNING message::text AS "message!""#,
            id
        )
        .fetch_optional(&mut *transaction)
        .await?
        else {
            return Ok(Requeued::Unknown);
        };
        let job = rows::json::<DeadLetterMessage>("dead letter", &message)?.job;
        let reset = sqlx::query!(
            "UPDATE versions SET status = 'PENDING', compile_error = NULL, diagnostics = '[]', built_at = NULL
             WHERE id = $1 AND status = 'FAILED'",
            job.version_id.0,
        )
        .execute(&mut *transaction)
        .await?
        .rows_affected();
        if reset == 1 {
            announce(&mut transaction, job.function_id).await?;
            enqueue(&mut transaction, &CompilationJob { limits: *limits, ..job }).await?;
        }
        transaction.commit().await?;
        Ok(if reset == 1 { Requeued::Queued } else { Requeued::Obsolete })
    }

    /// Removes a dead letter. `false`: no such dead letter.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn discard_dead_letter(&self, id: i64) -> Result<bool, StoreError> {
        let removed = sqlx::query!("DELETE FROM pgmq.q_compilation_dead_letters WHERE msg_id = $1", id)
            .execute(&self.pool)
            .await?
            .rows_affected();
        Ok(removed == 1)
    }
}

/// The compilation queue as a whole.
pub(crate) struct CompilationTotals {
    pub(crate) queued: i64,
    pub(crate) leased: i64,
    pub(crate) oldest_ms: Option<i64>,
}

/// Counts what waits for compilers or is held by one.
pub(crate) async fn compilation_totals(executor: impl PgExecutor<'_>) -> Result<CompilationTotals, StoreError> {
    let totals = sqlx::query_as!(
        CompilationTotals,
        r#"SELECT count(*) FILTER (WHERE vt <= clock_timestamp()) AS "queued!",
                  count(*) FILTER (WHERE vt > clock_timestamp()) AS "leased!",
                  (extract(epoch FROM clock_timestamp() - min(enqueued_at)) * 1000)::bigint AS oldest_ms
           FROM pgmq.q_compilation_jobs"#
    )
    .fetch_one(executor)
    .await?;
    Ok(totals)
}

/// Counts what was given up.
pub(crate) async fn parked_count(executor: impl PgExecutor<'_>) -> Result<i64, StoreError> {
    let count = sqlx::query_scalar!(r#"SELECT count(*) AS "count!" FROM pgmq.q_compilation_dead_letters"#)
        .fetch_one(executor)
        .await?;
    Ok(count)
}

/// A dead letter read without its source, which may be a megabyte.
#[derive(serde::Deserialize)]
struct ParkedMessage {
    job: ParkedJobHead,
    reason: nil_core::DeadLetterReason,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct ParkedJobHead {
    version_id: VersionId,
    function_id: FunctionId,
    function_name: String,
}
