//! `DELETE /executions/{id}`: call an execution off.

use axum::extract::State;
use http::StatusCode;
use nil_api::{Problem, ProblemKind};
use nil_core::ExecutionId;
use nil_store::{Canceled, ExecutionNews};

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
        Canceled::AtOnce => {
            tell(&app, id).await;
            Ok(StatusCode::NO_CONTENT)
        }
        Canceled::Requested => Ok(StatusCode::ACCEPTED),
        Canceled::Over => Err(ApiError::new(
            ProblemKind::ExecutionOver,
            format!("execution `{id}` is over; `GET /executions/{id}` shows how it ended"),
        )),
        Canceled::Unknown => Err(ApiError::new(ProblemKind::NotFound, format!("there is no execution `{id}`"))),
    }
}

/// Tells whoever listens; best effort, as all events of executions.
async fn tell(app: &App, id: ExecutionId) {
    if app.events().is_wanted()
        && let Ok(Some(row)) = app.store().execution(id).await
    {
        app.events().execution(|| ExecutionNews {
            id,
            function_id: row.function_id,
            status: row.status,
            mode: row.mode,
            version: row.version_number,
            duration_us: None,
            error_kind: None,
            at: row.completed_at.unwrap_or(row.created_at),
            has_logs: false,
        });
    }
}
