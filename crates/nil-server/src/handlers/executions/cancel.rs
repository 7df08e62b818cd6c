//! `DELETE /executions/{id}`: call an execution off.

use axum::extract::State;
use http::StatusCode;
use nil_api::{Problem, ProblemKind};
use nil_store::Canceled;

use crate::{
    app::App,
    http::{ApiError, ExecutionPath},
};

/// Calls an execution off. One that waits never starts; one that runs is interrupted, which takes a moment:
/// `GET /executions/{id}?waitMs=` tells when. Its record stays, as `CANCELED`.
#[utoipa::path(delete, operation_id = "cancelExecution", path = "/executions/{id}", tag = "executions",
    params(("id" = uuid::Uuid, Path, description = "The execution's id")), responses(
    (status = 202, description = "It runs; its interruption was requested"),
    (status = 204, description = "It had not started and never will"),
    (status = 400, description = "Not a UUID", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 404, description = "No such execution", body = Problem),
    (status = 409, description = "It is over", body = Problem),
    (status = 503, description = "The database is not available", body = Problem),
))]
pub(crate) async fn cancel(State(app): State<App>, ExecutionPath(id): ExecutionPath) -> Result<StatusCode, ApiError> {
    match app.store().cancel_execution(id).await? {
        Canceled::AtOnce => Ok(StatusCode::NO_CONTENT),
        Canceled::Requested => Ok(StatusCode::ACCEPTED),
        Canceled::Over => Err(ApiError::new(
            ProblemKind::ExecutionOver,
            format!("execution `{id}` is over; `GET /executions/{id}` shows how it ended"),
        )),
        Canceled::Unknown => Err(ApiError::new(ProblemKind::NotFound, format!("there is no execution `{id}`"))),
    }
}
