//! `GET /functions/{id}/executions`: a function's executions, newest first.

use axum::{Json, extract::State, response::IntoResponse};
use chrono::{DateTime, Utc};
use nil_api::{ExecutionSummary, Problem};
use nil_core::{ExecutionId, ExecutionMode, ExecutionStatus};
use nil_store::ExecutionFilter;
use serde::Deserialize;

use crate::{
    app::App,
    handlers::executions::list::filter_parameters,
    http::{ApiError, FunctionPath, QueryParams, next_link_with, page_of},
};

/// Which of them.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// In this state.
    #[param(inline)]
    status: Option<ExecutionStatus>,
    /// Caused by this.
    #[param(inline)]
    mode: Option<ExecutionMode>,
    /// Of the version with this number.
    version: Option<i32>,
    /// Accepted at this time or later.
    since: Option<DateTime<Utc>>,
    /// Accepted before this time.
    until: Option<DateTime<Utc>>,
    /// Entries at the most, 1 to 1000; default 1000.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<i64>,
    /// Continue behind the entry with this id.
    after: Option<String>,
}

/// A function's executions, newest first. A full page carries a `Link` to the next one.
#[utoipa::path(get, operation_id = "listExecutions", path = "/functions/{id}/executions", tag = "executions",
    params(("id" = String, Path, description = "The function's id or name"), ListQuery), responses(
    (status = 200, description = "A page of executions", body = Vec<ExecutionSummary>),
    (status = 400, description = "The path or the query cannot be read", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 404, description = "No such function", body = Problem),
    (status = 503, description = "The database is not available", body = Problem),
))]
pub(crate) async fn executions(
    State(app): State<App>,
    FunctionPath(function): FunctionPath,
    QueryParams(query): QueryParams<ListQuery>,
) -> Result<impl IntoResponse, ApiError> {
    let page = page_of::<ExecutionId>(query.limit, query.after.as_deref())?;
    let ListQuery { status, mode, version, since, until, .. } = query;
    let filter = ExecutionFilter { function: None, status, mode, version, since, until };
    let rows = app.store().executions(&function, &filter, page).await?;
    let rows = rows.ok_or_else(|| ApiError::unknown_function(&function))?;
    let mut kept = vec![("limit", page.limit.to_string())];
    kept.extend(filter_parameters(&filter));
    let ids: Vec<ExecutionId> = rows.iter().map(|row| row.id).collect();
    let link = next_link_with(&format!("/functions/{function}/executions"), page.limit, &kept, &ids);
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
