//! Counting minutes that are over. Any server does it; one at a time.

use std::time::Duration;

use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};
use sqlx::PgConnection;

use crate::{error::StoreError, store::Store};

/// How long a minute is over before it is counted: by then everything that is not late is recorded, even where the
/// clocks of servers differ by 20 s.
const SETTLED: Duration = Duration::from_secs(30);

/// Minutes counted in one transaction at the most.
const AT_ONCE: i32 = 240;

impl Store {
    /// Counts minutes that are over and not counted, and those that got late records; `true` when there may be more.
    /// While another server counts, nothing is done.
    ///
    /// # Errors
    /// When the database is unavailable; then nothing is counted.
    pub async fn count_executions(&self, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let ours =
            sqlx::query_scalar!(r#"SELECT pg_try_advisory_xact_lock(hashtext('nil executions by minute')) AS "ours!""#)
                .fetch_one(&mut *transaction)
                .await?;
        if !ours {
            return Ok(false);
        }
        let settled = (now - SETTLED).duration_trunc(TimeDelta::minutes(1)).unwrap_or(now);
        let from = counted_until(&mut transaction, settled).await?;
        let late = sqlx::query_scalar!(
            r#"WITH gone AS (
                   DELETE FROM execution_minutes_late WHERE minute IN (
                       SELECT DISTINCT minute FROM execution_minutes_late WHERE minute < $1 ORDER BY minute LIMIT $2)
                   RETURNING minute)
               SELECT DISTINCT minute AS "minute!" FROM gone"#,
            from,
            i64::from(AT_ONCE),
        )
        .fetch_all(&mut *transaction)
        .await?;
        if !late.is_empty() {
            sqlx::query!("DELETE FROM execution_minutes WHERE minute = ANY($1)", &late)
                .execute(&mut *transaction)
                .await?;
        }
        let fresh: Vec<DateTime<Utc>> = (0..AT_ONCE)
            .map(|minute| from + TimeDelta::minutes(minute.into()))
            .take_while(|at| *at < settled)
            .collect();
        let late_count = late.len();
        let until = fresh.last().map_or(from, |last| *last + TimeDelta::minutes(1));
        count(&mut transaction, &[late, fresh].concat()).await?;
        sqlx::query!(
            "INSERT INTO execution_minutes_state (counted_until) VALUES ($1)
             ON CONFLICT (is_only) DO UPDATE SET counted_until = $1",
            until,
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(until < settled || late_count == AT_ONCE.unsigned_abs() as usize)
    }

    /// Forgets the counts of minutes before `oldest_kept` and of functions that are gone.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn forget_counts_before(&self, oldest_kept: DateTime<Utc>) -> Result<(), StoreError> {
        sqlx::query!(
            "DELETE FROM execution_minutes m
             WHERE m.minute < $1 OR NOT EXISTS (SELECT FROM functions f WHERE f.id = m.function_id)",
            oldest_kept,
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}

/// Where the count stands; on a database that was never counted, at its first execution.
async fn counted_until(connection: &mut PgConnection, settled: DateTime<Utc>) -> Result<DateTime<Utc>, StoreError> {
    let stands = sqlx::query_scalar!("SELECT counted_until FROM execution_minutes_state")
        .fetch_optional(&mut *connection)
        .await?;
    if let Some(stands) = stands {
        return Ok(stands);
    }
    let first = sqlx::query_scalar!("SELECT minute_of(id) FROM executions ORDER BY id LIMIT 1")
        .fetch_optional(connection)
        .await?;
    Ok(first.flatten().unwrap_or(settled).min(settled))
}

async fn count(connection: &mut PgConnection, minutes: &[DateTime<Utc>]) -> Result<(), StoreError> {
    if minutes.is_empty() {
        return Ok(());
    }
    // By ranges of ids, minute by minute: nothing else is read, and no time is computed for each row.
    sqlx::query!(
        "INSERT INTO execution_minutes (function_id, minute, version_number, count, failed, canceled, cold, classes,
             class_counts)
         SELECT c.function_id, c.minute, c.version_number, sum(n)::bigint, sum(c.failed)::bigint, sum(c.canceled)::bigint,
                sum(c.cold)::bigint, array_agg(class ORDER BY class), array_agg(n ORDER BY class)
         FROM UNNEST($1::timestamptz[]) AS wanted (minute)
         CROSS JOIN LATERAL (
             SELECT wanted.minute, e.function_id, e.version_number, duration_class(e.duration_us) AS class,
                    count(*) AS n, count(*) FILTER (WHERE e.status = 'FAILED') AS failed,
                    count(*) FILTER (WHERE e.status = 'CANCELED') AS canceled, count(*) FILTER (WHERE e.cold) AS cold
             FROM executions e
             WHERE e.id >= least_id_of(wanted.minute) AND e.id < least_id_of(wanted.minute + interval '1 minute')
             GROUP BY 2, 3, 4) AS c
         GROUP BY 1, 2, 3",
        minutes,
    )
    .execute(connection)
    .await?;
    Ok(())
}
