//! `/functions/{id}/schedules` and `/schedules`: when functions run by themselves.

pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod of_function;
pub(crate) mod patch;
pub(crate) mod put;

use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
};
use chrono::Utc;
use nil_api::{ProblemKind, Schedule};
use nil_core::{FunctionRef, ScheduleName};
use nil_store::{Rhythm, ScheduleRow};
use serde_json::value::RawValue;

use crate::{http::ApiError, schedules::Timing};

/// Ticks ahead that are shown.
const UPCOMING: usize = 5;

/// `{id}` of a function and `{name}` of one of its schedules.
pub(crate) struct SchedulePath(pub(crate) FunctionRef, pub(crate) ScheduleName);

impl<S: Send + Sync> FromRequestParts<S> for SchedulePath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let Path((function, name)) = Path::<(String, String)>::from_request_parts(parts, state)
            .await
            .map_err(|_| ApiError::invalid("the path holds characters that are not UTF-8"))?;
        let function = function
            .parse()
            .map_err(|error| ApiError::invalid(format!("neither a function's id nor its name: {error}")))?;
        let name = name.parse().map_err(|error| ApiError::invalid(format!("not the name of a schedule: {error}")))?;
        Ok(Self(function, name))
    }
}

fn unknown(function: &FunctionRef, name: &ScheduleName) -> ApiError {
    ApiError::new(
        ProblemKind::NotFound,
        format!("`{function}` has no schedule `{name}`; `GET /functions/{function}/schedules` lists them"),
    )
}

fn present(row: ScheduleRow) -> Schedule {
    let upcoming = |timing: Timing| timing.upcoming(Utc::now(), UPCOMING);
    let next_fires = if row.paused { Vec::new() } else { Timing::of(&row).map(upcoming).unwrap_or_default() };
    let (cron, every_ms) = match row.rhythm {
        Rhythm::Cron(text) => (Some(text), None),
        Rhythm::EveryMs(ms) => (None, Some(ms.unsigned_abs())),
    };
    Schedule {
        id: row.id,
        name: row.name,
        function_id: row.function_id,
        function_name: row.function_name,
        cron,
        every_ms,
        time_zone: row.time_zone,
        // It was an object when it was stored.
        input: serde_json::from_slice(&row.input).unwrap_or_else(|_| RawValue::NULL.to_owned()),
        catch_up: row.catch_up,
        paused: row.paused,
        next_fires,
        last_fired_at: row.last_fired_at,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}
