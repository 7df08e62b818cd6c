//! Day partitions of `executions`: made ahead of time, dropped whole when their time is over.

use std::collections::BTreeSet;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use nil_core::ExecutionId;
use uuid::Uuid;

use crate::{error::StoreError, store::Store};

/// Days made ahead: a server that cannot reach its maintenance loop for two weeks still records.
const DAYS_AHEAD: u64 = 14;

/// Rows purged per statement: short enough not to hold up anybody.
const PURGE_BATCH: i64 = 5_000;

impl Store {
    /// Makes the partitions from yesterday to two weeks ahead of `now`. Cheap when they exist.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn ensure_partitions(&self, now: DateTime<Utc>) -> Result<(), StoreError> {
        let yesterday = now.date_naive() - Days::new(1);
        for offset in 0..=DAYS_AHEAD + 1 {
            self.ensure_partition(yesterday + Days::new(offset)).await?;
        }
        Ok(())
    }

    /// Makes the partitions these executions belong to, however far they are from today.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn ensure_partitions_of(&self, ids: &[ExecutionId]) -> Result<(), StoreError> {
        let days: BTreeSet<NaiveDate> = ids.iter().filter_map(|id| day_of(id.0)).collect();
        for day in days {
            self.ensure_partition(day).await?;
        }
        Ok(())
    }

    /// Builds the table aside and attaches it: attaching does not stop readers and writers, creating it in
    /// place would.
    async fn ensure_partition(&self, day: NaiveDate) -> Result<(), StoreError> {
        let table = partition_name(day);
        let exists: bool =
            sqlx::query_scalar("SELECT to_regclass($1) IS NOT NULL").bind(&table).fetch_one(&self.pool).await?;
        if exists {
            return Ok(());
        }
        let (from, to) = (first_id_of(day), first_id_of(day + Days::new(1)));
        let mut transaction = self.pool.begin().await?;
        // Two servers that start together: the second waits here and finds the table.
        sqlx::query("SELECT pg_advisory_xact_lock(hashtext('nil executions partitions'))")
            .execute(&mut *transaction)
            .await?;
        let statement = format!(
            "DO $$ BEGIN
                 IF to_regclass('{table}') IS NULL THEN
                     CREATE TABLE {table} (LIKE executions INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE);
                     ALTER TABLE executions ATTACH PARTITION {table} FOR VALUES FROM ('{from}') TO ('{to}');
                 END IF;
             END $$"
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Drops the partitions that end before `oldest_kept`; returns how many.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn drop_partitions_before(&self, oldest_kept: NaiveDate) -> Result<usize, StoreError> {
        let tables: Vec<String> = sqlx::query_scalar(
            "SELECT c.relname::text FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
             WHERE i.inhparent = 'executions'::regclass ORDER BY 1",
        )
        .fetch_all(&self.pool)
        .await?;
        let first_kept = partition_name(oldest_kept);
        let outdated: Vec<String> = tables.into_iter().filter(|table| *table < first_kept).collect();
        for table in &outdated {
            // CONCURRENTLY cannot run in a transaction, and writers go on while it waits for readers.
            let detach = format!("ALTER TABLE executions DETACH PARTITION {table} CONCURRENTLY");
            sqlx::raw_sql(sqlx::AssertSqlSafe(detach)).execute(&self.pool).await?;
            sqlx::raw_sql(sqlx::AssertSqlSafe(format!("DROP TABLE {table}"))).execute(&self.pool).await?;
        }
        Ok(outdated.len())
    }

    /// Removes the executions of deleted functions, a batch at a time; returns how many rows went. A
    /// function is forgotten ten minutes after its deletion, when no late record can arrive any more, and not while
    /// records of its time are set aside.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn purge_deleted(&self) -> Result<u64, StoreError> {
        let mut purged = 0;
        loop {
            let batch = sqlx::query!(
                "DELETE FROM executions WHERE id IN (
                     SELECT e.id FROM executions e JOIN deleted_functions d ON d.function_id = e.function_id LIMIT $1)",
                PURGE_BATCH,
            )
            .execute(&self.pool)
            .await?
            .rows_affected();
            purged += batch;
            if batch < PURGE_BATCH.unsigned_abs() {
                break;
            }
        }
        sqlx::query!(
            "DELETE FROM deleted_functions d
             WHERE deleted_at < now() - interval '10 minutes'
               AND NOT EXISTS (SELECT FROM spilled_executions s WHERE s.created_at < d.deleted_at + interval '10 minutes')"
        )
            .execute(&self.pool)
            .await?;
        Ok(purged)
    }
}

fn partition_name(day: NaiveDate) -> String {
    format!("executions_{}", day.format("%Y%m%d"))
}

/// The least UUIDv7 of a day: its first 48 bits are milliseconds since 1970, the rest zero.
pub(crate) fn first_id_of(day: NaiveDate) -> Uuid {
    let millis = u128::from(day.and_time(NaiveTime::MIN).and_utc().timestamp_millis().unsigned_abs());
    Uuid::from_u128(millis << 80)
}

/// The day a UUIDv7 belongs to.
fn day_of(id: Uuid) -> Option<NaiveDate> {
    let millis = i64::try_from(id.as_u128() >> 80).ok()?;
    DateTime::from_timestamp_millis(millis).map(|time| time.date_naive())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_days_ids_lie_between_its_bounds() {
        let today = Utc::now().date_naive();
        let id = Uuid::now_v7();
        assert!(first_id_of(today) <= id && id < first_id_of(today + Days::new(1)));
        assert_eq!(day_of(first_id_of(today)), Some(today));
    }
}
