//! `GET /functions/{id}/versions/{n}`: one version with all it is made of.

use axum::{Json, extract::State};
use nil_api::{Problem, VersionDetail};
use nil_core::FunctionRef;
use nil_store::VersionRow;

use super::present;
use crate::{
    app::App,
    handlers::functions::refusal::unknown_version,
    http::{ApiError, FunctionPartPath},
};

/// One version: its source, its settings, what the compiler and the examples said. It never changes once it is built.
#[utoipa::path(get, operation_id = "getVersion", path = "/functions/{id}/versions/{number}", tag = "versions",
    params(("id" = String, Path, description = "The function's id or name"),
           ("number" = i32, Path, description = "The version's number", minimum = 1)), responses(
    (status = 200, description = "The version", body = VersionDetail),
    (status = 400, description = "The path cannot be read", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 404, description = "No such function, or no such version of it", body = Problem),
    (status = 503, description = "The database is not available", body = Problem),
))]
pub(crate) async fn get(
    State(app): State<App>,
    FunctionPartPath(function, number): FunctionPartPath<i32>,
) -> Result<Json<VersionDetail>, ApiError> {
    find(&app, &function, number).await.map(|row| Json(present::detail(row)))
}

/// The version, or why there is none.
pub(super) async fn find(app: &App, function: &FunctionRef, number: i32) -> Result<VersionRow, ApiError> {
    if let Some(row) = app.store().version(function, number).await? {
        return Ok(row);
    }
    match app.store().function(function).await? {
        Some(_) => Err(unknown_version(function, number)),
        None => Err(ApiError::unknown_function(function)),
    }
}
