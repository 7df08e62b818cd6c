//! Bodies about schedules.

use chrono::{DateTime, Utc};
use nil_core::{CatchUp, FunctionId, FunctionName, ScheduleId, ScheduleName};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// `PUT /functions/{id}/schedules/{name}`. Either `cron` or `everyMs`; what else is absent has its default.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PutSchedule<'a> {
    /// Five fields (minute, hour, day of month, month, weekday), or six with seconds before them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "*/5 * * * *")]
    pub cron: Option<String>,
    /// Milliseconds from tick to tick, from a second to a year.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1_000, maximum = 31_622_400_000_u64, example = json!(null))]
    pub every_ms: Option<u64>,
    /// The time zone of `cron`; default `UTC`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "Europe/Berlin")]
    pub time_zone: Option<String>,
    /// What the function is given: a JSON object; default `{}`.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub input: Option<&'a RawValue>,
    /// What becomes of ticks that passed while no server ran; default `skip`.
    #[serde(default)]
    pub catch_up: CatchUp,
    /// Whether it rests; default false.
    #[serde(default)]
    pub paused: bool,
}

/// `PATCH /functions/{id}/schedules/{name}`. Everything else stays as it is.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PatchSchedule {
    /// Whether it rests.
    pub paused: bool,
}

/// A schedule.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Schedule {
    /// Its id.
    pub id: ScheduleId,
    /// Its name, unique among those of its function.
    pub name: ScheduleName,
    /// The function it runs.
    pub function_id: FunctionId,
    /// That function's name.
    pub function_name: FunctionName,
    /// Its cron expression.
    pub cron: Option<String>,
    /// Milliseconds from tick to tick.
    pub every_ms: Option<u64>,
    /// The time zone of `cron`.
    pub time_zone: String,
    /// What the function is given.
    #[schema(value_type = Object)]
    pub input: Box<RawValue>,
    /// What becomes of missed ticks.
    pub catch_up: CatchUp,
    /// Whether it rests.
    pub paused: bool,
    /// The next ticks, five at the most; none while it rests.
    pub next_fires: Vec<DateTime<Utc>>,
    /// The last tick that became an execution.
    pub last_fired_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}
