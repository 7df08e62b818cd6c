//! `GET /functions/{id}/aliases`: every alias of a function.

use axum::{Json, extract::State};
use nil_api::{Alias, Problem};

use super::present;
use crate::{
    app::App,
    http::{ApiError, FunctionPath},
};

/// Aliases of a function, by name.
#[utoipa::path(get, operation_id = "listAliases", path = "/functions/{id}/aliases", tag = "versions",
    params(("id" = String, Path, description = "The function's id or name")), responses(
    (status = 200, description = "All of them", body = Vec<Alias>),
    (status = 400, description = "The path cannot be read", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 404, description = "No such function", body = Problem),
    (status = 503, description = "The database is not available", body = Problem),
))]
pub(crate) async fn list(
    State(app): State<App>,
    FunctionPath(function): FunctionPath,
) -> Result<Json<Vec<Alias>>, ApiError> {
    let table = app.store().aliases(&function).await?.ok_or_else(|| ApiError::unknown_function(&function))?;
    Ok(Json(table.aliases.into_iter().map(present).collect()))
}
