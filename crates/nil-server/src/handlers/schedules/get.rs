//! `GET /functions/{id}/schedules/{name}`: one schedule.

use axum::{Json, extract::State};
use nil_api::{Problem, Schedule};

use super::{SchedulePath, present, unknown};
use crate::{app::App, http::ApiError};

/// One schedule with its next ticks.
#[utoipa::path(get, operation_id = "getSchedule", path = "/functions/{id}/schedules/{name}", tag = "schedules",
    params(("id" = String, Path, description = "The function's id or name"), ("name" = String, Path, description = "The schedule's name")), responses(
    (status = 200, description = "The schedule", body = Schedule),
    (status = 400, description = "Not a name", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 404, description = "No such function or schedule", body = Problem),
    (status = 503, description = "The database is not available", body = Problem),
))]
pub(crate) async fn get(
    State(app): State<App>,
    SchedulePath(function, name): SchedulePath,
) -> Result<Json<Schedule>, ApiError> {
    let row = app.store().schedule(&function, &name).await?.ok_or_else(|| unknown(&function, &name))?;
    Ok(Json(present(row)))
}
