//! `GET /executions/{id}`: one execution with its payloads and logs; can wait until it is over.

use std::time::Duration;

use axum::{Json, extract::State};
use nil_api::{CallbackProgress, ExecutionDetail, Problem, ProblemKind};
use nil_core::ExecutionId;
use nil_store::ExecutionRow;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::{sync::broadcast::error::RecvError, time::Instant};

use crate::{
    app::App,
    http::{ApiError, ExecutionPath, QueryParams},
};

/// `?waitMs=`.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub(crate) struct WaitQuery {
    /// Answer when the execution is over, or after this many milliseconds; at most 30000.
    #[param(minimum = 0, maximum = 30000)]
    wait_ms: Option<u64>,
}

/// Longest wait, in milliseconds.
const MAX_WAIT_MS: u64 = 30_000;

/// How often the database is asked while waiting, in case a notification was lost.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// An execution with input, output, logs and receipt, while it waits and runs too.
#[utoipa::path(get, operation_id = "getExecution", path = "/executions/{id}", tag = "executions",
    params(("id" = uuid::Uuid, Path, description = "The execution's id"), WaitQuery), responses(
    (status = 200, description = "The execution", body = ExecutionDetail),
    (status = 400, description = "Not a UUID, or the query cannot be read", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 404, description = "No such execution", body = Problem),
    (status = 503, description = "The database is not available", body = Problem),
))]
pub(crate) async fn get(
    State(app): State<App>,
    ExecutionPath(id): ExecutionPath,
    QueryParams(query): QueryParams<WaitQuery>,
) -> Result<Json<ExecutionDetail>, ApiError> {
    let wait_ms = query.wait_ms.unwrap_or(0);
    if wait_ms > MAX_WAIT_MS {
        return Err(ApiError::invalid(format!("`waitMs` is {wait_ms}; use at most {MAX_WAIT_MS}")));
    }
    wait_until_over(&app, id, Duration::from_millis(wait_ms)).await.map(|row| Json(detail(row)))
}

async fn wait_until_over(app: &App, id: ExecutionId, wait: Duration) -> Result<ExecutionRow, ApiError> {
    let deadline = Instant::now() + wait;
    // Before the first look, so that an end after it is heard.
    let mut ended = app.queue().ended();
    loop {
        let row = app
            .store()
            .execution(id)
            .await?
            .ok_or_else(|| ApiError::new(ProblemKind::NotFound, format!("there is no execution `{id}`")))?;
        if row.status.is_terminal() || Instant::now() >= deadline {
            return Ok(row);
        }
        let look_again = deadline.min(Instant::now() + LOOK_AGAIN);
        while let Ok(heard) = tokio::time::timeout_at(look_again, ended.recv()).await {
            match heard {
                Ok(Some(other)) if other != id => {}
                Ok(_) | Err(RecvError::Lagged(_)) => break,
                Err(RecvError::Closed) => return Ok(row),
            }
        }
    }
}

pub(crate) fn detail(row: ExecutionRow) -> ExecutionDetail {
    ExecutionDetail {
        id: row.id,
        function_id: row.function_id,
        status: row.status,
        mode: row.mode,
        input: row.input.map(payload),
        output: row.output.map(payload),
        error_message: row.error_message,
        error_kind: row.error_kind,
        logs: row.logs,
        receipt: row.receipt,
        version: row.version_number,
        attempt: row.attempt.map(|(begun, _)| begun),
        max_attempts: row.attempt.map(|(_, most)| most),
        attempts: row.attempts,
        next_attempt_at: row.next_attempt_at,
        deliver_at: row.deliver_at,
        schedule_name: row.schedule_name,
        callback: row.callback.map(|callback| CallbackProgress {
            url: callback.url,
            state: callback.state,
            attempts: callback.attempts,
            last_status: callback.last_status,
        }),
        trace_id: row.trace_id,
        started_at: row.started_at,
        completed_at: row.completed_at,
        created_at: row.created_at,
    }
}

/// A payload as JSON: as it is when it is JSON, as a string when a function's URL took something else.
fn payload(bytes: Vec<u8>) -> Box<RawValue> {
    let text = String::from_utf8_lossy(&bytes).into_owned();
    RawValue::from_string(text.clone())
        .or_else(|_| serde_json::value::to_raw_value(&text))
        .unwrap_or_else(|_| RawValue::NULL.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads_that_are_no_json_become_strings() {
        assert_eq!(payload(b"{\"a\":1e400}".to_vec()).get(), "{\"a\":1e400}");
        assert_eq!(payload(b"plain \"text\"".to_vec()).get(), "\"plain \\\"text\\\"\"");
    }
}
