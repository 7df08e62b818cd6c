//! `DELETE /queue/dead-letters/{id}`: forget a dead letter.

use axum::extract::State;
use http::StatusCode;
use nil_api::{Problem, ProblemKind};

use crate::{
    app::App,
    http::{ApiError, LetterPath},
};

/// Removes a dead letter. Its version stays `FAILED`.
#[utoipa::path(delete, operation_id = "discardDeadLetter", path = "/queue/dead-letters/{id}", tag = "operations",
    params(("id" = i64, Path, description = "The dead letter's number")), responses(
    (status = 204, description = "Removed"),
    (status = 400, description = "Not a number", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 404, description = "No such dead letter", body = Problem),
    (status = 503, description = "The database is not available", body = Problem),
))]
pub(crate) async fn discard(State(app): State<App>, LetterPath(id): LetterPath) -> Result<StatusCode, ApiError> {
    if app.store().discard_dead_letter(id).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(ApiError::new(ProblemKind::NotFound, format!("there is no dead letter {id}; `GET /queue` lists them")))
}
