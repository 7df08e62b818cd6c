//! `GET /executions`: executions of all functions, newest first.

use axum::{Json, extract::State, response::IntoResponse};
use chrono::{DateTime, Utc};
use nil_api::{ExecutionEntry, Problem};
use nil_core::{ExecutionId, ExecutionMode, ExecutionStatus, FunctionRef};
use nil_store::{ExecutionFilter, ExecutionOverview};
use serde::Deserialize;

use crate::{
    app::App,
    http::{ApiError, QueryParams, next_link_with, page_of},
};

/// Which executions.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// In this state.
    #[param(inline)]
    status: Option<ExecutionStatus>,
    /// Of this function, by id or name.
    function: Option<String>,
    /// Caused by this.
    #[param(inline)]
    mode: Option<ExecutionMode>,
    /// Of the version with this number.
    version: Option<i32>,
    /// Accepted at this time or later.
    since: Option<DateTime<Utc>>,
    /// Accepted before this time.
    until: Option<DateTime<Utc>>,
    /// Entries at the most, 1 to 1000; default 100.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<i64>,
    /// Continue behind the entry with this id.
    after: Option<String>,
}

/// Entries unless asked otherwise.
const DEFAULT_LIMIT: i64 = 100;

/// Executions of all functions, newest first, those that wait and run too. One that was delayed sorts by the time it is
/// due. A full page carries a `Link` to the next one.
#[utoipa::path(get, operation_id = "listAllExecutions", path = "/executions", tag = "executions", params(ListQuery), responses(
    (status = 200, description = "A page of executions", body = Vec<ExecutionEntry>),
    (status = 400, description = "The query cannot be read", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 404, description = "No such function", body = Problem),
    (status = 503, description = "The database is not available", body = Problem),
))]
pub(crate) async fn list(
    State(app): State<App>,
    QueryParams(query): QueryParams<ListQuery>,
) -> Result<impl IntoResponse, ApiError> {
    let page = page_of::<ExecutionId>(query.limit.or(Some(DEFAULT_LIMIT)), query.after.as_deref())?;
    let function = match &query.function {
        None => None,
        Some(text) => {
            let function: FunctionRef =
                text.parse().map_err(|error| ApiError::invalid(format!("`function`: {error}")))?;
            let id = app.store().function_id(&function).await?;
            Some(id.ok_or_else(|| ApiError::unknown_function(&function))?)
        }
    };
    let filter = ExecutionFilter {
        function,
        status: query.status,
        mode: query.mode,
        version: query.version,
        since: query.since,
        until: query.until,
    };
    let rows = app.store().all_executions(&filter, page).await?;
    let mut kept = vec![("limit", page.limit.to_string())];
    kept.extend(function.map(|id| ("function", id.to_string())));
    kept.extend(filter_parameters(&filter));
    let ids: Vec<ExecutionId> = rows.iter().map(|row| row.id).collect();
    let link = next_link_with("/executions", page.limit, &kept, &ids);
    rows.into_iter().map(entry).collect::<Result<Vec<_>, _>>().map(|entries| (link, Json(entries)))
}

/// What of a filter the address of the next page must say, besides the function.
pub(crate) fn filter_parameters(filter: &ExecutionFilter) -> impl Iterator<Item = (&'static str, String)> {
    [
        filter.status.map(|status| ("status", status.to_string())),
        filter.mode.map(|mode| ("mode", mode.to_string())),
        filter.version.map(|version| ("version", version.to_string())),
        filter.since.map(|time| ("since", time.to_rfc3339())),
        filter.until.map(|time| ("until", time.to_rfc3339())),
    ]
    .into_iter()
    .flatten()
}

fn entry(row: ExecutionOverview) -> Result<ExecutionEntry, ApiError> {
    Ok(ExecutionEntry {
        id: row.id,
        function_id: row.function_id,
        function_name: row.function_name.parse()?,
        status: row.status,
        mode: row.mode,
        version: row.version_number,
        duration_us: row.duration_us,
        error_message: row.error_message,
        started_at: row.started_at,
        completed_at: row.completed_at,
        created_at: row.created_at,
    })
}
