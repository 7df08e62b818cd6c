//! `GET /functions/{id}/executions`: a function's executions, newest first.

use axum::{Json, extract::State, response::IntoResponse};
use nil_api::{ExecutionSummary, Problem};
use nil_core::ExecutionId;

use crate::{
    app::App,
    http::{ApiError, FunctionPath, PageQuery, QueryParams, next_link},
};

/// A function's executions, newest first. A full page carries a `Link` to the next one.
#[utoipa::path(get, operation_id = "listExecutions", path = "/functions/{id}/executions", tag = "executions",
    params(("id" = String, Path, description = "The function's id or name"), PageQuery), responses(
    (status = 200, description = "A page of executions", body = Vec<ExecutionSummary>),
    (status = 400, description = "The path or the query cannot be read", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 404, description = "No such function", body = Problem),
    (status = 503, description = "The database is not available", body = Problem),
))]
pub(crate) async fn executions(
    State(app): State<App>,
    FunctionPath(function): FunctionPath,
    QueryParams(query): QueryParams<PageQuery>,
) -> Result<impl IntoResponse, ApiError> {
    let page = query.page::<ExecutionId>()?;
    let rows = app.store().executions(&function, page).await?.ok_or_else(|| ApiError::unknown_function(&function))?;
    let ids: Vec<ExecutionId> = rows.iter().map(|row| row.id).collect();
    let link = next_link(&format!("/functions/{function}/executions"), page.limit, &ids);
    let summaries = rows.into_iter().map(|row| ExecutionSummary {
        id: row.id,
        status: row.status,
        mode: row.mode,
        version: row.version_number,
        duration_us: row.completed_at.map(|_| i64::try_from(row.receipt.duration_us).unwrap_or(i64::MAX)),
        error_message: row.error_message,
        started_at: row.started_at,
        completed_at: row.completed_at,
    });
    Ok((link, Json(summaries.collect::<Vec<_>>())))
}
