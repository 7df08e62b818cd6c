//! Making, reading and removing schedules.

use chrono::{DateTime, Utc};
use nil_core::{CatchUp, FunctionId, FunctionRef, ScheduleId, ScheduleName};
use sqlx::PgConnection;

use super::rows::{RawSchedule, Rhythm, ScheduleRow};
use crate::{error::StoreError, functions::Page, store::Store};

/// A schedule as it is to be.
#[derive(Debug, Clone)]
pub struct PutSchedule {
    /// When it ticks.
    pub rhythm: Rhythm,
    /// The time zone of a cron expression.
    pub time_zone: String,
    /// What the function is given.
    pub input: Vec<u8>,
    /// What becomes of missed ticks.
    pub catch_up: CatchUp,
    /// Whether it rests.
    pub paused: bool,
    /// Now: what a rhythm in milliseconds is counted from if it is a new one.
    pub now: DateTime<Utc>,
    /// Its first tick behind `now`, if it has any.
    pub next_fire_at: Option<DateTime<Utc>>,
}

/// How many schedules there may be.
#[derive(Debug, Clone, Copy)]
pub struct ScheduleQuota {
    /// Of one function.
    pub of_function: i64,
    /// Of all functions.
    pub in_all: i64,
}

impl Store {
    /// Makes or changes a schedule. One whose rhythm stays the same, and which was not paused, keeps its next tick.
    /// The schedule and whether it was made; `Ok(None)`: no such function.
    ///
    /// # Errors
    /// [`StoreError::TooManySchedules`] when a new one would be over the quota.
    pub async fn put_schedule(
        &self,
        function: &FunctionRef,
        name: &ScheduleName,
        put: &PutSchedule,
        quota: ScheduleQuota,
    ) -> Result<Option<(ScheduleRow, bool)>, StoreError> {
        let Some(id) = self.function_id(function).await? else { return Ok(None) };
        let mut transaction = self.pool.begin().await?;
        // One at a time: quotas are counted.
        sqlx::query!("SELECT pg_advisory_xact_lock(hashtext('nil schedules'))").fetch_one(&mut *transaction).await?;
        let fresh = ScheduleId::generate();
        let (cron, every_ms) = put.rhythm.columns();
        let stored = sqlx::query_scalar!(
            "INSERT INTO schedules AS s (id, function_id, name, cron, every_ms, anchor, time_zone, input, catch_up, paused,
                                         next_fire_at)
             SELECT $1, f.id, $3, $4, $5, $6, $7, $8, ($9::text)::catch_up, $10, CASE WHEN $10 THEN NULL ELSE $11::timestamptz END
             FROM functions f WHERE f.id = $2
             ON CONFLICT (function_id, name_key) DO UPDATE
             SET cron = excluded.cron, every_ms = excluded.every_ms, time_zone = excluded.time_zone,
                 input = excluded.input, catch_up = excluded.catch_up, paused = excluded.paused, updated_at = now(),
                 anchor = CASE WHEN s.every_ms IS NOT DISTINCT FROM excluded.every_ms THEN s.anchor ELSE excluded.anchor END,
                 next_fire_at = CASE
                     WHEN excluded.paused THEN NULL
                     WHEN s.paused OR s.next_fire_at IS NULL THEN excluded.next_fire_at
                     WHEN (s.cron, s.every_ms, s.time_zone)
                          IS NOT DISTINCT FROM (excluded.cron, excluded.every_ms, excluded.time_zone) THEN s.next_fire_at
                     ELSE excluded.next_fire_at END
             WHERE (s.cron, s.every_ms, s.time_zone, s.input, s.catch_up, s.paused)
                   IS DISTINCT FROM (excluded.cron, excluded.every_ms, excluded.time_zone, excluded.input,
                                     excluded.catch_up, excluded.paused)
             RETURNING id",
            fresh.0,
            id.0,
            name.as_str(),
            cron,
            every_ms,
            put.now,
            put.time_zone,
            put.input,
            put.catch_up.as_str(),
            put.paused,
            put.next_fire_at,
        )
        .fetch_optional(&mut *transaction)
        .await?;
        let made = stored == Some(fresh.0);
        if made {
            check_quota(&mut transaction, id, quota).await?;
        }
        if stored.is_some() {
            sqlx::query!("SELECT pg_notify('nil_schedules', '')").fetch_one(&mut *transaction).await?;
        }
        let page = Page { limit: 1, after: None };
        let row = select(&mut transaction, Some(id), Some(name), page).await?.pop();
        transaction.commit().await?;
        // Deleted in between: there is nothing to run.
        Ok(row.map(|row| (row, made)))
    }

    /// Lets a schedule rest or takes it up again, whatever else happens to it meanwhile; what is so already stays as it
    /// is. `next` computes its first tick from now on. `Ok(None)`: there is none.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn rest_schedule(
        &self,
        function: &FunctionRef,
        name: &ScheduleName,
        paused: bool,
        next: impl FnOnce(&ScheduleRow) -> Option<DateTime<Utc>> + Send,
    ) -> Result<Option<ScheduleRow>, StoreError> {
        let Some(id) = self.function_id(function).await? else { return Ok(None) };
        let page = Page { limit: 1, after: None };
        let mut transaction = self.pool.begin().await?;
        // Its next tick follows from its rhythm, which nobody may change in between.
        sqlx::query!("SELECT id FROM schedules WHERE function_id = $1 AND name_key = $2 FOR UPDATE", id.0, name.key())
            .fetch_optional(&mut *transaction)
            .await?;
        let Some(row) = select(&mut transaction, Some(id), Some(name), page).await?.pop() else { return Ok(None) };
        if row.paused == paused {
            return Ok(Some(row));
        }
        let next_fire_at = if paused { None } else { next(&row) };
        sqlx::query!(
            "UPDATE schedules SET paused = $2, next_fire_at = $3, updated_at = now() WHERE id = $1",
            row.id.0,
            paused,
            next_fire_at,
        )
        .execute(&mut *transaction)
        .await?;
        sqlx::query!("SELECT pg_notify('nil_schedules', '')").fetch_one(&mut *transaction).await?;
        let row = select(&mut transaction, Some(id), Some(name), page).await?.pop();
        transaction.commit().await?;
        Ok(row)
    }

    /// Schedules of a function, or of all, newest first. `Ok(None)`: no such function.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn schedules(
        &self,
        function: Option<&FunctionRef>,
        page: Page<ScheduleId>,
    ) -> Result<Option<Vec<ScheduleRow>>, StoreError> {
        let id = match function {
            None => None,
            Some(function) => match self.function_id(function).await? {
                None => return Ok(None),
                id => id,
            },
        };
        let mut connection = self.pool.acquire().await?;
        select(&mut connection, id, None, page).await.map(Some)
    }

    /// One schedule.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn schedule(
        &self,
        function: &FunctionRef,
        name: &ScheduleName,
    ) -> Result<Option<ScheduleRow>, StoreError> {
        let Some(id) = self.function_id(function).await? else { return Ok(None) };
        let mut connection = self.pool.acquire().await?;
        Ok(select(&mut connection, Some(id), Some(name), Page { limit: 1, after: None }).await?.pop())
    }

    /// Removes a schedule; what it has queued stays. `false`: there is none.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn delete_schedule(&self, function: &FunctionRef, name: &ScheduleName) -> Result<bool, StoreError> {
        let Some(id) = self.function_id(function).await? else { return Ok(false) };
        let deleted = sqlx::query!("DELETE FROM schedules WHERE function_id = $1 AND name_key = $2", id.0, name.key())
            .execute(&self.pool)
            .await?;
        Ok(deleted.rows_affected() == 1)
    }
}

async fn check_quota(
    connection: &mut PgConnection,
    function: FunctionId,
    quota: ScheduleQuota,
) -> Result<(), StoreError> {
    let counted = sqlx::query!(
        r#"SELECT count(*) AS "all!", count(*) FILTER (WHERE function_id = $1) AS "own!" FROM schedules"#,
        function.0
    )
    .fetch_one(connection)
    .await?;
    if counted.own > quota.of_function {
        return Err(StoreError::TooManySchedules { most: quota.of_function, of: "of this function" });
    }
    if counted.all > quota.in_all {
        return Err(StoreError::TooManySchedules { most: quota.in_all, of: "in all" });
    }
    Ok(())
}

async fn select(
    connection: &mut PgConnection,
    function: Option<FunctionId>,
    name: Option<&ScheduleName>,
    page: Page<ScheduleId>,
) -> Result<Vec<ScheduleRow>, StoreError> {
    let rows = sqlx::query_as!(
        RawSchedule,
        r#"SELECT s.id, s.function_id, f.name AS function_name, s.name, s.cron, s.every_ms, s.anchor, s.time_zone,
                  s.input, s.catch_up::text AS "catch_up!", s.paused, s.next_fire_at, s.last_fired_at, s.created_at,
                  s.updated_at
           FROM schedules s JOIN functions f ON f.id = s.function_id
           WHERE ($1::uuid IS NULL OR s.function_id = $1) AND ($2::text IS NULL OR s.name_key = $2)
             AND ($3::uuid IS NULL OR s.id < $3)
           ORDER BY s.id DESC LIMIT $4"#,
        function.map(|id| id.0),
        name.map(ScheduleName::key),
        page.after.map(|id| id.0),
        page.limit,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(RawSchedule::read).collect()
}
