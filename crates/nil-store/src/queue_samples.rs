//! How deep the queues were: a sample every ten seconds, taken by whichever server comes first, and read in steps.
//!
//! Decision 0020 says why it is done this way.

use std::time::Duration;

use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};

use crate::{
    dead_letters::{compilation_totals, parked_count},
    error::StoreError,
    queued::execution_backlog,
    stats::StatsWindow,
    store::Store,
};

/// How far samples are apart.
pub const QUEUE_SAMPLE_EVERY: Duration = Duration::from_secs(10);

/// The deepest the queues were in one step of a window, number by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueDepthRow {
    /// The step, from 0.
    pub bucket: i64,
    /// How often it was looked.
    pub samples: i64,
    /// Compilations nobody held.
    pub compilations_queued: i64,
    /// Compilations a compiler held.
    pub compilations_leased: i64,
    /// Compilations that were given up.
    pub compilations_dead: i64,
    /// Age of the oldest compilation, in milliseconds.
    pub compilations_oldest_ms: Option<i64>,
    /// Executions that could have started.
    pub executions_ready: i64,
    /// Executions that ran.
    pub executions_running: i64,
    /// Executions that waited for their time, or for another attempt.
    pub executions_delayed: i64,
    /// Executions that had failed for good.
    pub executions_dead: i64,
    /// For how long the oldest that could have started had been waiting, in milliseconds.
    pub executions_oldest_ms: Option<i64>,
}

impl Store {
    /// Takes the sample of these ten seconds; `false` when there is one, or another server is about to take it.
    ///
    /// # Errors
    /// When the database is unavailable; then nothing is taken.
    pub async fn sample_queues(&self, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let every = TimeDelta::from_std(QUEUE_SAMPLE_EVERY).unwrap_or(TimeDelta::MAX);
        let taken_at = now.duration_trunc(every).unwrap_or(now);
        let mut transaction = self.pool.begin().await?;
        // Counting is what costs: of servers that come at the same moment one counts, and the others go away.
        let ours = sqlx::query_scalar!(
            r#"SELECT CASE WHEN EXISTS (SELECT FROM queue_samples WHERE taken_at = $1) THEN false
                           ELSE pg_try_advisory_xact_lock(hashtext('nil queue samples')) END AS "ours!""#,
            taken_at,
        )
        .fetch_one(&mut *transaction)
        .await?;
        if !ours {
            transaction.rollback().await?;
            return Ok(false);
        }
        let compilations = compilation_totals(&mut *transaction).await?;
        let parked = parked_count(&mut *transaction).await?;
        let executions = execution_backlog(&mut *transaction).await?;
        // Who had the lock just before may have committed after the look above.
        let taken = sqlx::query!(
            "INSERT INTO queue_samples (taken_at, compilations_queued, compilations_leased, compilations_dead,
                 compilations_oldest_ms, executions_ready, executions_running, executions_delayed, executions_dead,
                 executions_oldest_ms)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
             ON CONFLICT (taken_at) DO NOTHING",
            taken_at,
            compilations.queued,
            compilations.leased,
            parked,
            compilations.oldest_ms,
            executions.ready,
            executions.running,
            executions.delayed,
            executions.dead,
            executions.oldest_ms,
        )
        .execute(&mut *transaction)
        .await?
        .rows_affected();
        transaction.commit().await?;
        Ok(taken == 1)
    }

    /// How deep the queues were in a window, oldest first; steps in which nobody looked are left out.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn queue_depths(&self, window: StatsWindow) -> Result<Vec<QueueDepthRow>, StoreError> {
        let rows = sqlx::query_as!(
            QueueDepthRow,
            r#"SELECT floor(extract(epoch FROM taken_at - $1::timestamptz) * 1000)::bigint / $3 AS "bucket!",
                      count(*) AS "samples!",
                      max(compilations_queued) AS "compilations_queued!",
                      max(compilations_leased) AS "compilations_leased!",
                      max(compilations_dead) AS "compilations_dead!",
                      max(compilations_oldest_ms) AS compilations_oldest_ms,
                      max(executions_ready) AS "executions_ready!",
                      max(executions_running) AS "executions_running!",
                      max(executions_delayed) AS "executions_delayed!",
                      max(executions_dead) AS "executions_dead!",
                      max(executions_oldest_ms) AS executions_oldest_ms
               FROM queue_samples WHERE taken_at >= $1 AND taken_at < $2 GROUP BY 1 ORDER BY 1"#,
            window.from,
            window.to,
            window.bucket_ms,
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows)
    }

    /// Forgets samples taken before `oldest_kept`.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn forget_queue_samples_before(&self, oldest_kept: DateTime<Utc>) -> Result<(), StoreError> {
        sqlx::query!("DELETE FROM queue_samples WHERE taken_at < $1", oldest_kept).execute(&self.pool).await?;
        Ok(())
    }
}
