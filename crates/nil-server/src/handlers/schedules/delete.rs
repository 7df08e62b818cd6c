//! `DELETE /functions/{id}/schedules/{name}`: a schedule goes.

use axum::extract::State;
use http::StatusCode;
use nil_api::Problem;

use super::{SchedulePath, unknown};
use crate::{app::App, http::ApiError};

/// Removes a schedule. What it has queued is still run.
#[utoipa::path(delete, operation_id = "deleteSchedule", path = "/functions/{id}/schedules/{name}", tag = "schedules",
    params(("id" = String, Path, description = "The function's id or name"), ("name" = String, Path, description = "The schedule's name")), responses(
    (status = 204, description = "Gone"),
    (status = 400, description = "Not a name", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 404, description = "No such function or schedule", body = Problem),
    (status = 503, description = "The database is not available", body = Problem),
))]
pub(crate) async fn delete(
    State(app): State<App>,
    SchedulePath(function, name): SchedulePath,
) -> Result<StatusCode, ApiError> {
    if app.store().delete_schedule(&function, &name).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(unknown(&function, &name))
    }
}
