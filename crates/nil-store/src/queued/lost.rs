//! Attempts whose runner was lost, and runners that leave in an orderly way.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use nil_core::{ExecutionId, FunctionId, RunnerId, VersionId};

use super::{Claimed, Hold};
use crate::{error::StoreError, rows, store::Store};

/// Lost attempts looked at in one go.
const LOST: i64 = 200;

/// An attempt nobody will end.
#[derive(Debug, Clone)]
pub struct LostAttempt {
    /// The attempt, with the lost runner's hold on it.
    pub claimed: Claimed,
    /// When it was taken.
    pub started_at: DateTime<Utc>,
    /// Whether it was to be interrupted.
    pub cancel_requested: bool,
}

impl Store {
    /// Attempts whose runner has not been heard of in time. Several servers may see the same; what they make of it is
    /// fenced.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn lost_attempts(&self) -> Result<Vec<LostAttempt>, StoreError> {
        let rows = sqlx::query!(
            r#"SELECT q.id, q.function_id, q.version_id, q.version_number, q.pinned, q.mode::text AS "mode!", q.input,
                      q.text_output, q.attempt, q.max_attempts, q.backoff_ms, q.attempts::text AS "attempts!",
                      q.schedule_name, q.deliver_at, q.created_at, q.trace_parent, q.owner AS "owner!",
                      q.started_at AS "started_at!", q.cancel_requested
               FROM queued_executions q
               WHERE q.state = 'RUNNING' AND q.owner IN (
                   SELECT DISTINCT r.owner FROM queued_executions r
                   WHERE r.state = 'RUNNING' AND NOT EXISTS (
                       SELECT FROM runners WHERE runners.id = r.owner AND runners.alive_until > clock_timestamp()))
               LIMIT $1"#,
            LOST,
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|row| {
                let hold = Hold { id: ExecutionId(row.id), attempt: row.attempt, owner: RunnerId(row.owner) };
                Ok(LostAttempt {
                    claimed: Claimed {
                        hold,
                        function_id: FunctionId(row.function_id),
                        version_id: VersionId(row.version_id),
                        version_number: row.version_number,
                        pinned: row.pinned,
                        mode: rows::parse("execution mode", &row.mode)?,
                        input: Bytes::from(row.input),
                        text_output: row.text_output,
                        max_attempts: row.max_attempts,
                        backoff_ms: row.backoff_ms,
                        attempts: rows::json("attempts", &row.attempts)?,
                        schedule_name: row.schedule_name,
                        deliver_at: row.deliver_at,
                        created_at: row.created_at,
                        trace: row.trace_parent.and_then(|text| text.parse().ok()),
                    },
                    started_at: row.started_at,
                    cancel_requested: row.cancel_requested,
                })
            })
            .collect()
    }

    /// Says that a runner ends: whatever it still holds is lost from now on.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn runner_leaves(&self, runner: RunnerId) -> Result<(), StoreError> {
        sqlx::query!("DELETE FROM runners WHERE id = $1", runner.0).execute(&self.pool).await?;
        Ok(())
    }

    /// Forgets runners that were lost an hour ago.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn forget_runners(&self) -> Result<(), StoreError> {
        sqlx::query!("DELETE FROM runners WHERE alive_until < clock_timestamp() - interval '1 hour'")
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}
