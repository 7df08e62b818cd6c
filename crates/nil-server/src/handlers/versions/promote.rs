//! `POST /functions/{id}/promote`: what an alias tries out answers all calls from now on.

use axum::{Json, extract::State};
use nil_api::{FunctionDetail, Problem, Promote};
use nil_core::AliasName;

use super::moved::{self, Wish};
use crate::{
    app::App,
    http::{ApiError, FunctionPath, JsonBody},
};

/// Makes the newest version that an alias points at live, and the alias point at it alone.
#[utoipa::path(post, operation_id = "promote", path = "/functions/{id}/promote", tag = "versions", request_body = Promote,
    params(("id" = String, Path, description = "The function's id or name")), responses(
    (status = 200, description = "The function as it is now", body = FunctionDetail),
    (status = 400, description = "The body or the path cannot be read", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 404, description = "No such function, or no such alias of it", body = Problem),
    (status = 413, description = "The body is too large", body = Problem),
    (status = 415, description = "Not JSON", body = Problem),
    (status = 422, description = "The alias cannot be a name", body = Problem),
    (status = 503, description = "The database is not available", body = Problem),
))]
pub(crate) async fn promote(
    State(app): State<App>,
    FunctionPath(function): FunctionPath,
    JsonBody(body): JsonBody<Promote>,
) -> Result<Json<FunctionDetail>, ApiError> {
    let alias: AliasName = body.alias.parse()?;
    let moved = app.store().promote(&function, &alias).await?;
    moved::answer(&app, &Wish { function: &function, number: 0 }, moved).await.map(Json)
}
