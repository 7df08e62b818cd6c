//! A page of lines, newest first.

use axum::{
    Json,
    response::{IntoResponse as _, Response},
};
use chrono::TimeDelta;
use http::{HeaderValue, header};
use nil_api::LogEntry;
use nil_core::{ExecutionId, FunctionId, FunctionRef};
use nil_store::{LogRange, LoggedExecution, StoreError};

use crate::{app::App, http::ApiError};

/// Executions read at once: each may hold as much as a function's log limit.
const READ_AT_ONCE: i64 = 50;

/// A place in the lines of a function, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cursor {
    execution: ExecutionId,
    /// Lines of it that were seen.
    seen: usize,
}

impl Cursor {
    pub(super) fn parse(text: &str) -> Result<Self, ApiError> {
        let (execution, seen) = text.split_once(':').unwrap_or((text, "0"));
        match (execution.parse(), seen.parse()) {
            (Ok(execution), Ok(seen)) => Ok(Self { execution, seen }),
            _ => Err(ApiError::invalid(
                "`after` is no place in the logs; take it from the `Link` header of the page before",
            )),
        }
    }
}

pub(super) async fn list(
    app: &App,
    function: &FunctionRef,
    id: FunctionId,
    limit: usize,
    after: Option<Cursor>,
) -> Result<Response, ApiError> {
    let (lines, next) = newest_lines(app, id, limit, after).await?;
    let mut response = Json(lines).into_response();
    if let Some(Cursor { execution, seen }) = next
        && let Ok(link) = HeaderValue::from_str(&format!(
            "</functions/{function}/logs?limit={limit}&after={execution}:{seen}>; rel=\"next\""
        ))
    {
        response.headers_mut().insert(header::LINK, link);
    }
    Ok(response)
}

/// Up to `limit` lines, newest first, and where the next page begins, if this one is full.
pub(super) async fn newest_lines(
    app: &App,
    function: FunctionId,
    limit: usize,
    after: Option<Cursor>,
) -> Result<(Vec<LogEntry>, Option<Cursor>), StoreError> {
    let mut lines = Vec::new();
    let mut place = after;
    while lines.len() < limit {
        // The execution we are in is read once more: some of its lines may be left.
        let range = LogRange { newer_than: None, up_to: place.map(|place| place.execution), limit: READ_AT_ONCE };
        let executions = app.store().logged_executions(function, range).await?;
        for execution in &executions {
            let seen = place.filter(|place| place.execution == execution.id).map_or(0, |place| place.seen);
            let before = lines.len();
            lines.extend(entries(execution).into_iter().rev().skip(seen).take(limit - before));
            place = Some(Cursor { execution: execution.id, seen: seen + lines.len() - before });
            if lines.len() == limit {
                return Ok((lines, place));
            }
        }
        if i64::try_from(executions.len()) != Ok(READ_AT_ONCE) {
            break;
        }
    }
    Ok((lines, None))
}

/// The lines of an execution, first to last.
pub(super) fn entries(execution: &LoggedExecution) -> Vec<LogEntry> {
    let entry = |line: &nil_core::LogLine| LogEntry {
        execution_id: execution.id,
        at: i64::try_from(line.at_us)
            .map_or(execution.started_at, |us| execution.started_at + TimeDelta::microseconds(us)),
        stream: line.stream,
        level: line.level,
        text: line.message.clone(),
        version: execution.version_number,
    };
    execution.lines.iter().map(entry).collect()
}
