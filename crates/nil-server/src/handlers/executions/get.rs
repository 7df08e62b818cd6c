//! `GET /executions/{id}`: one execution with its payloads and logs.

use axum::{Json, extract::State};
use nil_api::{ExecutionDetail, Problem, ProblemKind};
use serde_json::value::RawValue;

use crate::{
    app::App,
    http::{ApiError, ExecutionPath},
};

/// An execution with input, output, logs and receipt.
#[utoipa::path(get, operation_id = "getExecution", path = "/executions/{id}", tag = "executions",
    params(("id" = uuid::Uuid, Path, description = "The execution's id")), responses(
    (status = 200, description = "The execution", body = ExecutionDetail),
    (status = 400, description = "Not a UUID", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 404, description = "No such execution", body = Problem),
    (status = 503, description = "The database is not available", body = Problem),
))]
pub(crate) async fn get(
    State(app): State<App>,
    ExecutionPath(id): ExecutionPath,
) -> Result<Json<ExecutionDetail>, ApiError> {
    let row = app
        .store()
        .execution(id)
        .await?
        .ok_or_else(|| ApiError::new(ProblemKind::NotFound, format!("there is no execution `{id}`")))?;
    Ok(Json(ExecutionDetail {
        id: row.id,
        function_id: row.function_id,
        status: row.status,
        input: row.input.map(payload),
        output: row.output.map(payload),
        error_message: row.error_message,
        error_kind: row.error_kind,
        logs: row.logs,
        receipt: row.receipt,
        version: row.version_number,
        started_at: row.started_at,
        completed_at: row.completed_at,
        created_at: row.created_at,
    }))
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
