//! `DELETE /dead-letters/{executionId}`: forget a dead letter.

use axum::extract::State;
use http::StatusCode;
use nil_api::Problem;

use super::unknown;
use crate::{
    app::App,
    http::{ApiError, ExecutionPath},
};

/// Removes the dead letter. The execution stays in the record as `FAILED`.
#[utoipa::path(delete, operation_id = "discardExecution", path = "/dead-letters/{executionId}", tag = "executions",
    params(("executionId" = uuid::Uuid, Path, description = "The execution's id")), responses(
    (status = 204, description = "Removed"),
    (status = 400, description = "Not a UUID", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 404, description = "No such dead letter", body = Problem),
    (status = 503, description = "The database is not available", body = Problem),
))]
pub(crate) async fn discard(State(app): State<App>, ExecutionPath(id): ExecutionPath) -> Result<StatusCode, ApiError> {
    if app.store().discard_dead_execution(id).await? { Ok(StatusCode::NO_CONTENT) } else { Err(unknown(id)) }
}
