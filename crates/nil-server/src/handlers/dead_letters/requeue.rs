//! `POST /dead-letters/{executionId}/requeue`: try an execution again that was given up.

use axum::extract::State;
use http::StatusCode;
use nil_api::Problem;

use super::unknown;
use crate::{
    app::App,
    http::{ApiError, ExecutionPath},
};

/// Queues the execution again, under its id, with as many further attempts as its function has.
#[utoipa::path(post, operation_id = "requeueExecution", path = "/dead-letters/{executionId}/requeue", tag = "executions",
    params(("executionId" = uuid::Uuid, Path, description = "The execution's id")), responses(
    (status = 202, description = "Queued again"),
    (status = 400, description = "Not a UUID", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 404, description = "No such dead letter", body = Problem),
    (status = 503, description = "The database is not available", body = Problem),
))]
pub(crate) async fn requeue(State(app): State<App>, ExecutionPath(id): ExecutionPath) -> Result<StatusCode, ApiError> {
    if app.store().requeue_execution(id).await? { Ok(StatusCode::ACCEPTED) } else { Err(unknown(id)) }
}
