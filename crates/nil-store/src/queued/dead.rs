//! Dead letters of executions: those that failed for good, and what may be done with them. And the queue in numbers.

use chrono::{DateTime, NaiveDate, Utc};
use nil_core::{ExecutionId, FunctionId, FunctionRef, RetryPolicy};
use sqlx::PgExecutor;

use super::signals::announce_queued;
use crate::{
    error::StoreError,
    functions::Page,
    partitions::first_id_of,
    stats::{late_minutes, mark_late},
    store::Store,
};

/// An execution that failed for good.
#[derive(Debug, Clone)]
pub struct DeadExecution {
    /// The execution.
    pub id: ExecutionId,
    /// The function that ran.
    pub function_id: FunctionId,
    /// Its name.
    pub function_name: String,
    /// Attempts made.
    pub attempts: i32,
    /// Kind of the last failure.
    pub error_kind: Option<String>,
    /// Why it failed last.
    pub error_message: Option<String>,
    /// When it was given up.
    pub dead_at: DateTime<Utc>,
}

/// The queue of executions in numbers.
#[derive(Debug, Clone, Copy)]
pub struct QueueBacklog {
    /// May start now.
    pub ready: i64,
    /// Run now.
    pub running: i64,
    /// Wait for their time, or for another attempt.
    pub delayed: i64,
    /// For how long the oldest that may start has been waiting, in milliseconds.
    pub oldest_ms: Option<i64>,
    /// Failed for good.
    pub dead: i64,
}

impl Store {
    /// The queue in numbers.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn queue_backlog(&self) -> Result<QueueBacklog, StoreError> {
        execution_backlog(&self.pool).await
    }

    /// Executions that failed for good, newest first; of one function or of all. `Ok(None)`: no such function.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn dead_executions(
        &self,
        function: Option<&FunctionRef>,
        page: Page<ExecutionId>,
    ) -> Result<Option<Vec<DeadExecution>>, StoreError> {
        let id = match function {
            None => None,
            Some(function) => match self.function_id(function).await? {
                None => return Ok(None),
                id => id,
            },
        };
        let rows = sqlx::query!(
            r#"SELECT q.id, q.function_id, f.name, q.attempt, e.error_kind AS "error_kind?",
                      e.error_message AS "error_message?", q.due_at
               FROM queued_executions q
               JOIN functions f ON f.id = q.function_id
               LEFT JOIN executions e ON e.id = q.id
               WHERE q.state = 'DEAD' AND ($1::uuid IS NULL OR q.function_id = $1) AND ($2::uuid IS NULL OR q.id < $2)
               ORDER BY q.id DESC LIMIT $3"#,
            id.map(|id| id.0),
            page.after.map(|id| id.0),
            page.limit,
        )
        .fetch_all(&self.pool)
        .await?;
        let letters = rows.into_iter().map(|row| DeadExecution {
            id: ExecutionId(row.id),
            function_id: FunctionId(row.function_id),
            function_name: row.name,
            attempts: row.attempt,
            error_kind: row.error_kind,
            error_message: row.error_message,
            dead_at: row.due_at,
        });
        Ok(Some(letters.collect()))
    }

    /// Queues a dead execution again with as many attempts as its function has by now; its record is taken back until
    /// it is over once more. `false`: there is no such dead letter.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn requeue_execution(&self, id: ExecutionId) -> Result<bool, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let revived = sqlx::query!(
            "UPDATE queued_executions q
             SET state = 'READY', due_at = clock_timestamp(), started_at = NULL, cancel_requested = false,
                 max_attempts = q.attempt + COALESCE((
                     SELECT (v.settings ->> 'maxAttempts')::integer FROM functions f
                     JOIN versions v ON v.id = f.live_version_id WHERE f.id = q.function_id), $2),
                 attempts = COALESCE((SELECT convert_from(e.attempts, 'UTF8')::jsonb FROM executions e WHERE e.id = q.id),
                                     q.attempts)
             WHERE q.id = $1 AND q.state = 'DEAD'",
            id.0,
            i32::try_from(RetryPolicy::default().max_attempts).unwrap_or(1),
        )
        .execute(&mut *transaction)
        .await?
        .rows_affected();
        if revived == 0 {
            return Ok(false);
        }
        sqlx::query!("DELETE FROM executions WHERE id = $1", id.0).execute(&mut *transaction).await?;
        mark_late(&mut transaction, &late_minutes([id].into_iter(), Utc::now())).await?;
        sqlx::query!("DELETE FROM callbacks WHERE execution_id = $1", id.0).execute(&mut *transaction).await?;
        announce_queued(&mut transaction).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Forgets dead letters and callbacks of executions whose day is past retention.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn forget_queued_before(&self, oldest_kept: NaiveDate) -> Result<(), StoreError> {
        let first = first_id_of(oldest_kept);
        sqlx::query!("DELETE FROM queued_executions WHERE state = 'DEAD' AND id < $1", first)
            .execute(&self.pool)
            .await?;
        sqlx::query!("DELETE FROM callbacks WHERE state <> 'PENDING' AND execution_id < $1", first)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Forgets a dead letter; the execution's record stays. `false`: there is no such dead letter.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn discard_dead_execution(&self, id: ExecutionId) -> Result<bool, StoreError> {
        let discarded = sqlx::query!("DELETE FROM queued_executions WHERE id = $1 AND state = 'DEAD'", id.0)
            .execute(&self.pool)
            .await?
            .rows_affected();
        Ok(discarded == 1)
    }
}

/// The queue in numbers, on a connection that is held anyway.
pub(crate) async fn execution_backlog(executor: impl PgExecutor<'_>) -> Result<QueueBacklog, StoreError> {
    let backlog = sqlx::query_as!(
        QueueBacklog,
        r#"SELECT count(*) FILTER (WHERE state = 'READY') AS "ready!",
                  count(*) FILTER (WHERE state = 'RUNNING') AS "running!",
                  count(*) FILTER (WHERE state = 'DELAYED') AS "delayed!",
                  count(*) FILTER (WHERE state = 'DEAD') AS "dead!",
                  (extract(epoch FROM clock_timestamp() - min(due_at) FILTER (WHERE state = 'READY')) * 1000)::bigint
                      AS oldest_ms
           FROM queued_executions"#
    )
    .fetch_one(executor)
    .await?;
    Ok(backlog)
}
