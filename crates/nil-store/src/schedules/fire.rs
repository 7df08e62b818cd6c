//! Firing: due schedules are locked, their ticks become queued executions, and they are moved on, in one transaction.
//! Another server that looks at the same moment finds them locked, and behind it moved on.

use std::time::Duration;

use chrono::{DateTime, Utc};
use nil_core::{RetryPolicy, ScheduleId, VersionId};
use sqlx::{Postgres, Transaction};

use super::rows::{RawSchedule, ScheduleRow};
use crate::{
    error::StoreError,
    queued::{NewQueued, insert_queued},
    rows,
    store::Store,
};

/// Schedules fired in one transaction at the most.
const BATCH: i64 = 100;

/// A schedule whose tick has come.
#[derive(Debug, Clone)]
pub struct DueSchedule {
    /// The schedule.
    pub schedule: ScheduleRow,
    /// What would run; `None`: the function has no version that can be called.
    pub live: Option<(VersionId, i32, RetryPolicy)>,
}

/// What has become of a due schedule.
#[derive(Debug, Clone)]
pub struct Fired {
    /// Which.
    pub id: ScheduleId,
    /// The executions of its ticks.
    pub executions: Vec<NewQueued>,
    /// The last tick that has one.
    pub last_fired_at: Option<DateTime<Utc>>,
    /// The next tick, if there is any.
    pub next_fire_at: Option<DateTime<Utc>>,
}

/// Due schedules, held by this server until they are moved on.
#[derive(Debug)]
pub struct Firing {
    transaction: Transaction<'static, Postgres>,
    /// What the database's clock says.
    pub now: DateTime<Utc>,
    /// The schedules, longest due first.
    pub due: Vec<DueSchedule>,
}

impl Store {
    /// Locks schedules that are due and that no other server is about to fire.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn begin_firing(&self) -> Result<Firing, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let now = sqlx::query_scalar!(r#"SELECT clock_timestamp() AS "now!""#).fetch_one(&mut *transaction).await?;
        let found = sqlx::query!(
            r#"SELECT s.id, s.function_id, f.name AS function_name, s.name, s.cron, s.every_ms, s.anchor, s.time_zone,
                      s.input, s.catch_up::text AS "catch_up!", s.paused, s.next_fire_at, s.last_fired_at, s.created_at,
                      s.updated_at, v.id AS "version_id?", v.number AS "version_number?",
                      v.settings::text AS "settings?"
               FROM schedules s
               JOIN functions f ON f.id = s.function_id
               LEFT JOIN versions v ON v.id = f.live_version_id
               WHERE s.next_fire_at <= $1
               ORDER BY s.next_fire_at LIMIT $2
               FOR UPDATE OF s SKIP LOCKED"#,
            now,
            BATCH,
        )
        .fetch_all(&mut *transaction)
        .await?;
        let mut due = Vec::with_capacity(found.len());
        for row in found {
            let live = match (row.version_id, row.version_number, row.settings) {
                (Some(id), Some(number), Some(settings)) => {
                    Some((VersionId(id), number, rows::settings(&settings)?.retry()))
                }
                _ => None,
            };
            let schedule = RawSchedule {
                id: row.id,
                function_id: row.function_id,
                function_name: row.function_name,
                name: row.name,
                cron: row.cron,
                every_ms: row.every_ms,
                anchor: row.anchor,
                time_zone: row.time_zone,
                input: row.input,
                catch_up: row.catch_up,
                paused: row.paused,
                next_fire_at: row.next_fire_at,
                last_fired_at: row.last_fired_at,
                created_at: row.created_at,
                updated_at: row.updated_at,
            };
            due.push(DueSchedule { schedule: schedule.read()?, live });
        }
        Ok(Firing { transaction, now, due })
    }

    /// How long until the next tick of any schedule; `None` when there is none.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn until_next_tick(&self) -> Result<Option<Duration>, StoreError> {
        let seconds = sqlx::query_scalar!(
            "SELECT extract(epoch FROM min(next_fire_at) - clock_timestamp())::float8 FROM schedules WHERE next_fire_at IS NOT NULL"
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(seconds.map(|seconds| Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX)))
    }
}

impl Firing {
    /// Queues the executions and moves the schedules on. When this returns, both are durable.
    ///
    /// # Errors
    /// When the database is unavailable; then nothing was fired, or all was and the answer was lost.
    pub async fn commit(mut self, fired: &[Fired]) -> Result<(), StoreError> {
        let executions: Vec<NewQueued> = fired.iter().flat_map(|fired| fired.executions.iter().cloned()).collect();
        if !executions.is_empty() {
            insert_queued(&mut self.transaction, &executions).await?;
        }
        let ids: Vec<_> = fired.iter().map(|fired| fired.id.0).collect();
        let last: Vec<_> = fired.iter().map(|fired| fired.last_fired_at).collect();
        let next: Vec<_> = fired.iter().map(|fired| fired.next_fire_at).collect();
        sqlx::query!(
            "UPDATE schedules s SET next_fire_at = new.next, last_fired_at = COALESCE(new.last, s.last_fired_at)
             FROM UNNEST($1::uuid[], $2::timestamptz[], $3::timestamptz[]) AS new (id, last, next)
             WHERE s.id = new.id",
            &ids,
            &last as &[Option<DateTime<Utc>>],
            &next as &[Option<DateTime<Utc>>],
        )
        .execute(&mut *self.transaction)
        .await?;
        self.transaction.commit().await?;
        Ok(())
    }
}
