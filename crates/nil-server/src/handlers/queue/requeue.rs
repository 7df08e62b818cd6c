//! `POST /queue/dead-letters/{id}/requeue`: try a dead letter again.

use axum::extract::State;
use http::StatusCode;
use nil_api::{Problem, ProblemKind};
use nil_store::Requeued;

use crate::{
    app::App,
    http::{ApiError, LetterPath},
};

/// Queues a dead letter's job again; its version is `PENDING` from then on.
#[utoipa::path(post, operation_id = "requeueDeadLetter", path = "/queue/dead-letters/{id}/requeue", tag = "operations",
    params(("id" = i64, Path, description = "The dead letter's number")), responses(
    (status = 202, description = "Queued again"),
    (status = 204, description = "Its version is gone or no longer failed; the dead letter was removed"),
    (status = 400, description = "Not a number", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 404, description = "No such dead letter", body = Problem),
    (status = 503, description = "The database is not available", body = Problem),
))]
pub(crate) async fn requeue(State(app): State<App>, LetterPath(id): LetterPath) -> Result<StatusCode, ApiError> {
    match app.store().requeue_dead_letter(id, &app.config().compile_limits).await? {
        Requeued::Queued => Ok(StatusCode::ACCEPTED),
        Requeued::Obsolete => Ok(StatusCode::NO_CONTENT),
        Requeued::Unknown => {
            Err(ApiError::new(ProblemKind::NotFound, format!("there is no dead letter {id}; `GET /queue` lists them")))
        }
    }
}
