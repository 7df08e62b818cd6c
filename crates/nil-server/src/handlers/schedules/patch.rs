//! `PATCH /functions/{id}/schedules/{name}`: let a schedule rest, or take it up again.

use axum::{Json, extract::State};
use chrono::Utc;
use nil_api::{PatchSchedule, Problem, Schedule};

use super::{SchedulePath, present, unknown};
use crate::{
    app::App,
    http::{ApiError, JsonBody},
    schedules::Timing,
};

/// Lets a schedule rest or takes it up again, and leaves everything else as it is, whoever changes it meanwhile. One that
/// is taken up again goes on from now: what passed while it rested is not caught up with.
#[utoipa::path(patch, operation_id = "patchSchedule", path = "/functions/{id}/schedules/{name}", tag = "schedules", request_body = PatchSchedule,
    params(("id" = String, Path, description = "The function's id or name"), ("name" = String, Path, description = "The schedule's name")), responses(
    (status = 200, description = "The schedule as it is now", body = Schedule),
    (status = 400, description = "The body or the path cannot be read", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 404, description = "No such function or schedule", body = Problem),
    (status = 413, description = "The body is too large", body = Problem),
    (status = 415, description = "Not JSON", body = Problem),
    (status = 503, description = "The database is not available", body = Problem),
))]
pub(crate) async fn patch(
    State(app): State<App>,
    SchedulePath(function, name): SchedulePath,
    JsonBody(body): JsonBody<PatchSchedule>,
) -> Result<Json<Schedule>, ApiError> {
    // One that an older server cannot read is decided about when it is due, as if it had never rested.
    let next = |row: &nil_store::ScheduleRow| match Timing::of(row) {
        Ok(timing) => timing.next(Utc::now()),
        Err(_) => Some(Utc::now()),
    };
    let row = app.store().rest_schedule(&function, &name, body.paused, next).await?;
    Ok(Json(present(row.ok_or_else(|| unknown(&function, &name))?)))
}
