//! `POST /functions/{id}/execute`: call a function and answer when the record is durable.

use axum::{Json, body::Bytes, extract::State};
use http::HeaderMap;
use nil_api::{ExecuteRequest, ExecutionResult, Problem, ProblemKind};
use nil_core::ExecutionStatus;
use nil_runtime::FailureClass;
use serde_json::value::RawValue;

use super::refusal;
use crate::{
    app::App,
    execution::{RecordedExecution, execute_recorded},
    http::{ApiError, FunctionPath, decode_json},
};

/// What an absent or null input stands for.
const EMPTY_INPUT: &str = "{}";

/// Calls a function. Whatever the function does wrong is an outcome: `200` with `status: FAILED`.
#[utoipa::path(post, operation_id = "executeFunction", path = "/functions/{id}/execute", tag = "functions", request_body = ExecuteRequest,
    params(("id" = String, Path, description = "The function's id or name")), responses(
    (status = 200, description = "The function ran; its record is durable", body = ExecutionResult),
    (status = 400, description = "Not ready yet, or the input is no JSON object", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 404, description = "No such function", body = Problem),
    (status = 413, description = "The input is over the limit", body = Problem),
    (status = 415, description = "Not JSON", body = Problem),
    (status = 429, description = "The function is at its concurrency limit", body = Problem),
    (status = 503, description = "The server or its database cannot take the call now", body = Problem),
))]
pub(crate) async fn execute(
    State(app): State<App>,
    FunctionPath(function): FunctionPath,
    headers: HeaderMap,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Result<Json<ExecutionResult>, ApiError> {
    let body = body.map_err(|rejection| crate::http::body_error(&rejection))?;
    let input = input_of(&headers, &body)?;
    let (entry, cold) = app.live().get(&function).await.map_err(|error| refusal::not_live(error, &function))?;
    refusal::check_size(&entry, &input)?;
    if !app.history().health().accepts() {
        return Err(ApiError::new(
            ProblemKind::Unavailable,
            "executions cannot be recorded right now, so none is started; try again in a moment",
        ));
    }
    let _turn = app.admission().enter(&entry.turns).await.map_err(|busy| refusal::busy(busy, &function))?;
    let function_id = entry.function_id;
    let recorded = execute_recorded(&app, entry, input, cold).await.map_err(|_| {
        ApiError::new(
            ProblemKind::Unavailable,
            "the function ran, but its execution could not be recorded in time; try again if that is safe",
        )
    })?;
    answer(recorded, function_id).map(Json)
}

/// The input as a slice of the body: it is passed on as it came.
fn input_of(headers: &HeaderMap, body: &Bytes) -> Result<Bytes, ApiError> {
    let request: ExecuteRequest<'_> = decode_json(headers, body)?;
    match request.input.map(RawValue::get) {
        None => Ok(Bytes::from_static(EMPTY_INPUT.as_bytes())),
        Some(input) if input.starts_with('{') => Ok(body.slice_ref(input.as_bytes())),
        Some(input) => {
            let kind = match input.as_bytes().first() {
                Some(b'[') => "an array",
                Some(b'"') => "a string",
                Some(b't' | b'f') => "a boolean",
                _ => "a number",
            };
            Err(ApiError::invalid(format!(
                "`input` is {kind}; it must be a JSON object, for example {{\"input\": {{\"name\": \"Ada\"}}}}"
            )))
        }
    }
}

fn answer(recorded: RecordedExecution, function_id: nil_core::FunctionId) -> Result<ExecutionResult, ApiError> {
    let RecordedExecution { id, version, outcome, logs, receipt, created_at, is_recorded: _ } = recorded;
    let (status, output, failure) = match outcome {
        Ok(output) => (ExecutionStatus::Completed, Some(output), None),
        Err(failure) if failure.class() == FailureClass::Capacity => {
            return Err(ApiError::new(ProblemKind::Unavailable, failure.message()));
        }
        Err(failure) => (ExecutionStatus::Failed, None, Some(failure)),
    };
    let output =
        output.map(|output| serde_json::from_slice::<Box<RawValue>>(&output)).transpose().map_err(|error| {
            tracing::error!(%error, "the runtime let an output pass that is not JSON");
            ApiError::new(ProblemKind::Internal, "the output could not be sent")
        })?;
    Ok(ExecutionResult {
        id,
        function_id,
        status,
        output,
        error_kind: failure.as_ref().map(|failure| failure.code().to_owned()),
        error_message: failure.as_ref().map(nil_runtime::Failure::message),
        logs,
        receipt,
        version,
        created_at,
    })
}
