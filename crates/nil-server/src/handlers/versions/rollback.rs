//! `POST /functions/{id}/rollback`: another version answers calls from now on.

use axum::{Json, extract::State};
use nil_api::{FunctionDetail, Problem, Rollback};

use super::moved::{self, Wish};
use crate::{
    app::App,
    http::{ApiError, FunctionPath, JsonBody},
};

/// Makes a version live, older or newer. Nothing is built: its module is there. Versions that are still being built do
/// not undo it.
#[utoipa::path(post, operation_id = "rollBack", path = "/functions/{id}/rollback", tag = "versions", request_body = Rollback,
    params(("id" = String, Path, description = "The function's id or name")), responses(
    (status = 200, description = "The function as it is now", body = FunctionDetail),
    (status = 400, description = "The body or the path cannot be read, or the version is not READY", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 404, description = "No such function, or no such version of it", body = Problem),
    (status = 413, description = "The body is too large", body = Problem),
    (status = 415, description = "Not JSON", body = Problem),
    (status = 503, description = "The database is not available", body = Problem),
))]
pub(crate) async fn rollback(
    State(app): State<App>,
    FunctionPath(function): FunctionPath,
    JsonBody(body): JsonBody<Rollback>,
) -> Result<Json<FunctionDetail>, ApiError> {
    let moved = app.store().roll_back(&function, body.to).await?;
    moved::answer(&app, &Wish { function: &function, number: body.to }, moved).await.map(Json)
}
