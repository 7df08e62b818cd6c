//! Calling an execution off: at once while it waits, through its runner while it runs.

use chrono::Utc;
use nil_core::ExecutionId;
use sqlx::PgConnection;

use super::signals::announce_ended;
use crate::{
    error::StoreError,
    stats::{late_minutes, mark_late},
    store::Store,
};

/// What became of a request to call an execution off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Canceled {
    /// It had not started and never will.
    AtOnce,
    /// It runs; its runner was told to interrupt it.
    Requested,
    /// It is over already.
    Over,
    /// There is none.
    Unknown,
}

impl Store {
    /// Calls an execution off.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn cancel_execution(&self, id: ExecutionId) -> Result<Canceled, StoreError> {
        match self.try_cancel(id).await {
            // It was to run on a day that has no partition yet.
            Err(StoreError::NoPartition) => {
                self.ensure_partitions_of(&[id]).await?;
                self.try_cancel(id).await
            }
            result => result,
        }
    }

    async fn try_cancel(&self, id: ExecutionId) -> Result<Canceled, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let state = sqlx::query_scalar!(
            r#"SELECT state::text AS "state!" FROM queued_executions WHERE id = $1 AND state <> 'DEAD' FOR UPDATE"#,
            id.0
        )
        .fetch_optional(&mut *transaction)
        .await?;
        let canceled = match state.as_deref() {
            None if self.execution(id).await?.is_some() => Canceled::Over,
            None => Canceled::Unknown,
            Some("RUNNING") => {
                sqlx::query!("UPDATE queued_executions SET cancel_requested = true WHERE id = $1", id.0)
                    .execute(&mut *transaction)
                    .await?;
                sqlx::query!("SELECT pg_notify('nil_cancel', $1)", id.to_string()).fetch_one(&mut *transaction).await?;
                Canceled::Requested
            }
            Some(_) => {
                cancel_waiting(&mut transaction, id).await?;
                announce_ended(&mut transaction, &[id]).await?;
                Canceled::AtOnce
            }
        };
        transaction.commit().await?;
        Ok(canceled)
    }
}

/// Moves an execution that waits into the record as called off. `false`: it does not wait.
pub(super) async fn cancel_waiting(connection: &mut PgConnection, id: ExecutionId) -> Result<bool, StoreError> {
    let canceled = sqlx::query_scalar!(
        r#"WITH gone AS (
               DELETE FROM queued_executions WHERE id = $1 AND state IN ('DELAYED', 'READY') RETURNING *),
           called AS (
               INSERT INTO callbacks (execution_id, function_id, url)
               SELECT id, function_id, callback_url FROM gone WHERE callback_url IS NOT NULL
               ON CONFLICT (execution_id) DO UPDATE SET state = 'PENDING', attempts = 0, due_at = now())
           INSERT INTO executions (id, function_id, version_id, version_number, status, mode, input, duration_us,
               attempt, max_attempts, attempts, schedule_name, deliver_at, completed_at, created_at, trace_id)
           SELECT id, function_id, version_id, version_number, 'CANCELED', mode, input, 0, attempt, max_attempts,
                  convert_to(attempts::text, 'UTF8'), schedule_name, deliver_at, clock_timestamp(), created_at,
                  substr(trace_parent, 4, 32)::uuid
           FROM gone
           RETURNING id"#,
        id.0
    )
    .fetch_optional(&mut *connection)
    .await?;
    mark_late(connection, &late_minutes([id].into_iter(), Utc::now())).await?;
    Ok(canceled.is_some())
}
