//! A schedule as it is stored.

use chrono::{DateTime, Utc};
use nil_core::{CatchUp, FunctionId, FunctionName, ScheduleId, ScheduleName};
use uuid::Uuid;

use crate::{error::StoreError, rows};

/// When a schedule ticks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rhythm {
    /// By a cron expression.
    Cron(String),
    /// Every so many milliseconds.
    EveryMs(i64),
}

impl Rhythm {
    pub(super) fn columns(&self) -> (Option<&str>, Option<i64>) {
        match self {
            Self::Cron(text) => (Some(text), None),
            Self::EveryMs(ms) => (None, Some(*ms)),
        }
    }
}

/// A schedule.
#[derive(Debug, Clone)]
pub struct ScheduleRow {
    /// Its id.
    pub id: ScheduleId,
    /// The function it runs.
    pub function_id: FunctionId,
    /// That function's name.
    pub function_name: FunctionName,
    /// Its name.
    pub name: ScheduleName,
    /// When it ticks.
    pub rhythm: Rhythm,
    /// What a rhythm in milliseconds is counted from.
    pub anchor: DateTime<Utc>,
    /// The time zone of the cron expression.
    pub time_zone: String,
    /// What the function is given.
    pub input: Vec<u8>,
    /// What becomes of missed ticks.
    pub catch_up: CatchUp,
    /// Whether it rests.
    pub paused: bool,
    /// The next tick.
    pub next_fire_at: Option<DateTime<Utc>>,
    /// The last tick an execution was queued for.
    pub last_fired_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// The columns as PostgreSQL hands them over.
pub(super) struct RawSchedule {
    pub(super) id: Uuid,
    pub(super) function_id: Uuid,
    pub(super) function_name: String,
    pub(super) name: String,
    pub(super) cron: Option<String>,
    pub(super) every_ms: Option<i64>,
    pub(super) anchor: DateTime<Utc>,
    pub(super) time_zone: String,
    pub(super) input: Vec<u8>,
    pub(super) catch_up: String,
    pub(super) paused: bool,
    pub(super) next_fire_at: Option<DateTime<Utc>>,
    pub(super) last_fired_at: Option<DateTime<Utc>>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
}

impl RawSchedule {
    pub(super) fn read(self) -> Result<ScheduleRow, StoreError> {
        Ok(ScheduleRow {
            id: ScheduleId(self.id),
            function_id: FunctionId(self.function_id),
            function_name: rows::name(&self.function_name)?,
            name: rows::parse("schedule name", &self.name)?,
            rhythm: match self.cron {
                Some(text) => Rhythm::Cron(text),
                None => Rhythm::EveryMs(self.every_ms.unwrap_or_default()),
            },
            anchor: self.anchor,
            time_zone: self.time_zone,
            input: self.input,
            catch_up: rows::parse("catch-up", &self.catch_up)?,
            paused: self.paused,
            next_fire_at: self.next_fire_at,
            last_fired_at: self.last_fired_at,
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }
}
