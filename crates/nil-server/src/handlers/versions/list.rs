//! `GET /functions/{id}/versions`: all versions of a function, newest first.

use axum::{Json, extract::State, response::IntoResponse};
use nil_api::{Problem, VersionSummary};

use super::present;
use crate::{
    app::App,
    http::{ApiError, FunctionPath, PageQuery, QueryParams, next_link},
};

/// Versions of a function, newest first. A full page carries a `Link` to the next one; `after` is a number.
#[utoipa::path(get, operation_id = "listVersions", path = "/functions/{id}/versions", tag = "versions",
    params(("id" = String, Path, description = "The function's id or name"), PageQuery), responses(
    (status = 200, description = "A page of versions", body = Vec<VersionSummary>),
    (status = 400, description = "The path or the query cannot be read", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 404, description = "No such function", body = Problem),
    (status = 503, description = "The database is not available", body = Problem),
))]
pub(crate) async fn list(
    State(app): State<App>,
    FunctionPath(function): FunctionPath,
    QueryParams(query): QueryParams<PageQuery>,
) -> Result<impl IntoResponse, ApiError> {
    let page = query.page::<i32>()?;
    let rows = app.store().versions(&function, page).await?.ok_or_else(|| ApiError::unknown_function(&function))?;
    let numbers: Vec<i32> = rows.iter().map(|row| row.number).collect();
    let link = next_link(&format!("/functions/{function}/versions"), page.limit, &numbers);
    Ok((link, Json(rows.into_iter().map(present::summary).collect::<Vec<_>>())))
}
