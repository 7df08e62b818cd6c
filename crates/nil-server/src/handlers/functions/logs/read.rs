//! The endpoint: its query, and which of the two answers it is.

use axum::{extract::State, response::Response};
use http::HeaderMap;
use nil_api::{LogEntry, Problem};
use nil_core::ExecutionId;
use serde::Deserialize;

use super::{follow, list};
use crate::{
    app::App,
    http::{ApiError, FunctionPath, QueryParams},
};

/// Which lines.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct LogsQuery {
    /// Go on with what is written from now on, as server-sent events.
    #[serde(default)]
    follow: bool,
    /// Lines at the most, 0 to 1000; default 100. With `follow`, of those that are there already.
    #[param(minimum = 0, maximum = 1000)]
    limit: Option<usize>,
    /// Continue behind this line: an execution's id, a colon, and how many of its lines were seen, newest first.
    after: Option<String>,
}

/// Lines unless asked otherwise.
const DEFAULT_LIMIT: usize = 100;

/// Lines of a page at the most.
const MAX_LIMIT: usize = 1_000;

/// What a function's executions wrote: a page of lines, newest first, or with `follow=true` the newest lines, oldest
/// first, and every line from then on as server-sent events `log` (a `LogEntry`). An execution's lines are there when
/// it is over. Where some were missed the stream says `lagged` (a `LaggedEvent`).
#[utoipa::path(get, operation_id = "readLogs", path = "/functions/{id}/logs", tag = "functions",
    params(("id" = String, Path, description = "The function's id or name"), LogsQuery,
        ("Last-Event-ID" = Option<String>, Header,
         description = "With `follow`: begin behind this execution instead of with the newest lines")), responses(
    (status = 200, description = "Lines", content(
        (Vec<LogEntry> = "application/json"),
        (String = "text/event-stream"),
    )),
    (status = 400, description = "The path or the query cannot be read", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 404, description = "No such function", body = Problem),
    (status = 503, description = "The database is not available, or too many streams are open", body = Problem),
))]
pub(crate) async fn read(
    State(app): State<App>,
    FunctionPath(function): FunctionPath,
    QueryParams(query): QueryParams<LogsQuery>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let limit = query.limit.unwrap_or(DEFAULT_LIMIT);
    if limit > MAX_LIMIT {
        return Err(ApiError::invalid(format!("`limit` is {limit}; use 0 to {MAX_LIMIT}")));
    }
    let id = app.store().function_id(&function).await?.ok_or_else(|| ApiError::unknown_function(&function))?;
    if query.follow {
        if query.after.is_some() {
            return Err(ApiError::invalid("`after` is for pages; a stream that broke goes on by `Last-Event-ID`"));
        }
        return follow::follow(app, id, limit, last_event(&headers)?).await;
    }
    let after = query.after.as_deref().map(list::Cursor::parse).transpose()?;
    list::list(&app, &function, id, limit, after).await
}

fn last_event(headers: &HeaderMap) -> Result<Option<ExecutionId>, ApiError> {
    let invalid = |error: &dyn std::fmt::Display| ApiError::invalid(format!("`Last-Event-ID`: {error}"));
    headers
        .get("last-event-id")
        .map(|value| value.to_str().map_err(|error| invalid(&error))?.parse().map_err(|error| invalid(&error)))
        .transpose()
}
