//! Callbacks: ends of executions that are told to somebody else's server, and what they are signed with.

use std::time::Duration;

use nil_core::{ExecutionId, FunctionId};

use crate::{environments::SealedSecret, error::StoreError, store::Store};

/// A callback to try now. Nobody else tries it until its lease is over.
#[derive(Debug, Clone)]
pub struct DueCallback {
    /// The execution that is over.
    pub execution_id: ExecutionId,
    /// Its function.
    pub function_id: FunctionId,
    /// Where its end is told.
    pub url: String,
    /// Which try this is, from 1.
    pub attempt: i32,
}

/// How a try ended.
#[derive(Debug, Clone)]
pub struct CallbackTried {
    /// What was answered, if anything was.
    pub status: Option<u16>,
    /// Why it does not count.
    pub error: Option<String>,
    /// What becomes of the callback.
    pub next: CallbackNext,
}

/// What becomes of a callback that was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallbackNext {
    /// Nothing: it was taken.
    Delivered,
    /// It is tried again after a pause.
    Again(Duration),
    /// It is given up.
    Failed,
}

impl Store {
    /// Takes callbacks that are due, those of each function in turn.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn claim_callbacks(&self, room: usize, lease: Duration) -> Result<Vec<DueCallback>, StoreError> {
        let rows = sqlx::query!(
            "UPDATE callbacks c SET attempts = attempts + 1, due_at = clock_timestamp() + make_interval(secs => $2)
             WHERE c.state = 'PENDING' AND c.due_at <= clock_timestamp() AND c.execution_id IN (
                 SELECT execution_id FROM (
                     SELECT execution_id, due_at, row_number() OVER (PARTITION BY function_id ORDER BY due_at) AS place
                     FROM callbacks WHERE state = 'PENDING' AND due_at <= clock_timestamp()) p
                 ORDER BY place, due_at LIMIT $1)
             RETURNING c.execution_id, c.function_id, c.url, c.attempts",
            i64::try_from(room).unwrap_or(i64::MAX),
            lease.as_secs_f64(),
        )
        .fetch_all(&self.pool)
        .await?;
        let due = rows.into_iter().map(|row| DueCallback {
            execution_id: ExecutionId(row.execution_id),
            function_id: FunctionId(row.function_id),
            url: row.url,
            attempt: row.attempts,
        });
        Ok(due.collect())
    }

    /// How long until the next callback is due; `None` when none is pending.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn until_next_callback(&self) -> Result<Option<Duration>, StoreError> {
        let seconds = sqlx::query_scalar!(
            "SELECT extract(epoch FROM min(due_at) - clock_timestamp())::float8 FROM callbacks WHERE state = 'PENDING'"
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(seconds.map(|seconds| Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX)))
    }

    /// Writes down how a try ended, unless somebody else has tried since.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn callback_tried(&self, callback: &DueCallback, tried: &CallbackTried) -> Result<(), StoreError> {
        let (state, pause) = match tried.next {
            CallbackNext::Delivered => ("DELIVERED", Duration::ZERO),
            CallbackNext::Again(pause) => ("PENDING", pause),
            CallbackNext::Failed => ("FAILED", Duration::ZERO),
        };
        sqlx::query!(
            "UPDATE callbacks SET state = ($3::text)::callback_state, last_status = $4, last_error = $5,
                 due_at = clock_timestamp() + make_interval(secs => $6)
             WHERE execution_id = $1 AND attempts = $2",
            callback.execution_id.0,
            callback.attempt,
            state,
            tried.status.map(i32::from),
            tried.error,
            pause.as_secs_f64(),
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Sets what a function's callbacks are signed with, in place of what they were. `false`: no such function.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn set_callback_secret(&self, function: FunctionId, secret: &SealedSecret) -> Result<bool, StoreError> {
        let set = sqlx::query!(
            "INSERT INTO callback_secrets (function_id, key_id, nonce, sealed)
             SELECT id, $2, $3, $4 FROM functions WHERE id = $1
             ON CONFLICT (function_id) DO UPDATE
             SET key_id = excluded.key_id, nonce = excluded.nonce, sealed = excluded.sealed, created_at = now()",
            function.0,
            secret.key_id,
            secret.nonce,
            secret.sealed,
        )
        .execute(&self.pool)
        .await?;
        Ok(set.rows_affected() == 1)
    }

    /// What a function's callbacks are signed with.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn callback_secret(&self, function: FunctionId) -> Result<Option<SealedSecret>, StoreError> {
        let row = sqlx::query!(
            "SELECT key_id, nonce, sealed FROM callback_secrets WHERE function_id = $1",
            function.0
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|row| SealedSecret { key_id: row.key_id, nonce: row.nonce, sealed: row.sealed }))
    }
}
