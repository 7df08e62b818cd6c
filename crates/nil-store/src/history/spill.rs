//! Setting records aside when they come faster than PostgreSQL inserts rows: many in one row now, a row each later.
//!
//! What is set aside is the body of the `COPY` that inserts it, so nothing has to be understood again. A batch moves in
//! one transaction; whoever looks for an execution that may be in one moves that batch first.

use chrono::{NaiveDate, NaiveTime};
use nil_core::ExecutionId;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{COPY, ExecutionRecord, HistoryConnection, encode};
use crate::{error::StoreError, stats::mark_range_late, store::Store};

/// The columns of [`COPY`]. Whoever changes them raises this and keeps the old statement for what was set aside before.
const FORMAT: i32 = 2;

/// Rows that were set aside before traces were kept.
const COPY_1: &str = "COPY executions (id, function_id, version_id, version_number, status, input, output, error_kind,
     error_message, logs, duration_us, cpu_us, peak_memory_bytes, log_bytes_dropped, cold, started_at, completed_at,
     created_at, mode, attempt, max_attempts, attempts, schedule_name, deliver_at) FROM STDIN (FORMAT BINARY)";

/// Which batch to move.
#[derive(Debug, Clone, Copy)]
pub enum Spilled {
    /// The one that has waited longest.
    Oldest,
    /// The newest: what a listing begins with.
    Newest,
    /// One that may hold this execution.
    With(ExecutionId),
}

impl HistoryConnection {
    /// Sets records aside under an id of the caller's choice. When this returns, they are durable. Trying again with the
    /// same id is harmless.
    ///
    /// # Errors
    /// As for [`Self::record`].
    pub async fn spill(&mut self, id: Uuid, records: &[ExecutionRecord]) -> Result<(), StoreError> {
        let ids = || records.iter().map(|record| record.id.0);
        let (Some(first), Some(last)) = (ids().min(), ids().max()) else { return Ok(()) };
        sqlx::query!(
            "INSERT INTO spilled_executions (id, first_id, last_id, count, format, rows) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (id) DO NOTHING",
            id,
            first,
            last,
            i32::try_from(records.len()).unwrap_or(i32::MAX),
            FORMAT,
            encode(records.iter())?,
        )
        .execute(&mut self.connection)
        .await?;
        Ok(())
    }
}

impl Store {
    /// Moves a batch into the record, unless somebody else is at it; returns how many executions went.
    ///
    /// # Errors
    /// When the database is unavailable, or the batch was written by a newer release.
    pub async fn expand_spilled(&self, which: Spilled) -> Result<usize, StoreError> {
        match self.move_batch(which, Already::IsAnError).await {
            // A batch that was set aside twice (the first answer was lost) and has moved once.
            Err(error) if error.is_unique_violation() => self.move_batch(which, Already::StaysAsItIs).await,
            moved => moved,
        }
    }

    async fn move_batch(&self, which: Spilled, already: Already) -> Result<usize, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let Some(batch) = take(&mut transaction, which).await? else { return Ok(0) };
        let statement = match batch.format {
            FORMAT => COPY,
            1 => COPY_1,
            other => {
                return Err(StoreError::Unreadable {
                    what: "executions that were set aside",
                    reason: format!("their format is {other}, and this release reads up to {FORMAT}"),
                });
            }
        };
        match already {
            Already::IsAnError => copy_into(&mut transaction, statement, batch.rows).await?,
            Already::StaysAsItIs => {
                sqlx::raw_sql("CREATE TEMPORARY TABLE expanding (LIKE executions INCLUDING DEFAULTS) ON COMMIT DROP")
                    .execute(&mut *transaction)
                    .await?;
                copy_into(&mut transaction, &statement.replacen("executions", "expanding", 1), batch.rows).await?;
                sqlx::raw_sql("INSERT INTO executions SELECT * FROM expanding ON CONFLICT (id) DO NOTHING")
                    .execute(&mut *transaction)
                    .await?;
            }
        }
        mark_range_late(&mut transaction, batch.first_id, batch.last_id).await?;
        transaction.commit().await?;
        Ok(batch.count.unsigned_abs() as usize)
    }

    /// How many executions are set aside.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn spilled(&self) -> Result<u64, StoreError> {
        let count = sqlx::query_scalar!(r#"SELECT COALESCE(sum(count), 0) AS "count!" FROM spilled_executions"#)
            .fetch_one(&self.pool)
            .await?;
        Ok(count.unsigned_abs())
    }

    /// Forgets what was set aside before the day from which on executions are kept.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn forget_spilled_before(&self, oldest_kept: NaiveDate) -> Result<(), StoreError> {
        sqlx::query!(
            "DELETE FROM spilled_executions WHERE created_at < $1",
            oldest_kept.and_time(NaiveTime::MIN).and_utc()
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}

/// What becomes of an execution that is in the record already.
enum Already {
    IsAnError,
    StaysAsItIs,
}

struct Batch {
    first_id: Uuid,
    last_id: Uuid,
    count: i32,
    format: i32,
    rows: Vec<u8>,
}

/// Takes a batch that nobody else is moving; it is gone when the transaction commits.
async fn take(connection: &mut PgConnection, which: Spilled) -> Result<Option<Batch>, StoreError> {
    let (with, newest) = match which {
        Spilled::Oldest => (None, false),
        Spilled::Newest => (None, true),
        Spilled::With(id) => (Some(id.0), false),
    };
    // Whoever wants one execution waits for whoever moves it; whoever wants any takes another.
    let row = match with {
        Some(id) => {
            sqlx::query_as!(
                Batch,
                "DELETE FROM spilled_executions WHERE id = (
                 SELECT id FROM spilled_executions WHERE last_id >= $1 AND first_id <= $1
                 ORDER BY last_id LIMIT 1 FOR UPDATE)
             RETURNING first_id, last_id, count, format, rows",
                id
            )
            .fetch_optional(connection)
            .await?
        }
        None => {
            sqlx::query_as!(
                Batch,
                "DELETE FROM spilled_executions WHERE id = (
                 SELECT id FROM spilled_executions
                 ORDER BY CASE WHEN $1 THEN last_id END DESC, last_id LIMIT 1 FOR UPDATE SKIP LOCKED)
             RETURNING first_id, last_id, count, format, rows",
                newest
            )
            .fetch_optional(connection)
            .await?
        }
    };
    Ok(row)
}

async fn copy_into(connection: &mut PgConnection, statement: &str, rows: Vec<u8>) -> Result<(), StoreError> {
    let mut copy = connection.copy_in_raw(statement).await?;
    copy.send(rows).await?;
    copy.finish().await?;
    Ok(())
}
