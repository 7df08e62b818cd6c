//! `POST /functions/{id}/execute`: call a function and answer when the record is durable.

use axum::{
    Json,
    body::Bytes,
    extract::State,
    response::{IntoResponse as _, Response},
};
use http::HeaderMap;
use nil_api::{ExecuteRequest, ExecutionAccepted, ExecutionResult, Problem, ProblemKind};
use nil_core::ExecutionStatus;
use nil_runtime::FailureClass;
use serde_json::value::RawValue;

use super::{
    refusal,
    respond_async::{self, AsyncOptions},
};
use crate::{
    app::App,
    execution::{RecordedExecution, execute_recorded},
    http::{ApiError, FunctionPath, decode_json},
};

/// What an absent or null input stands for.
const EMPTY_INPUT: &str = "{}";

/// Calls a function. Whatever the function does wrong is an outcome: `200` with `status: FAILED`. With
/// `Prefer: respond-async` the call is queued, and answered when that is durable.
#[utoipa::path(post, operation_id = "executeFunction", path = "/functions/{id}/execute", tag = "functions", request_body = ExecuteRequest,
    params(("id" = String, Path, description = "The function's id or name"),
        ("Prefer" = Option<String>, Header, description = "`respond-async`: accept now, run later"),
        ("Idempotency-Key" = Option<String>, Header, description = "Carried out once for 24 hours, and answered again")), responses(
    (status = 200, description = "The function ran; its record is durable", body = ExecutionResult,
     headers(("idempotent-replayed" = String, description = "`true`: what was answered before"))),
    (status = 202, description = "Accepted, and will run", body = ExecutionAccepted,
     headers(("location" = String, description = "Where the execution is"),
             ("preference-applied" = String, description = "`respond-async`"))),
    (status = 400, description = "Not ready yet, or the input is no JSON object", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 404, description = "No such function", body = Problem),
    (status = 413, description = "The input is over the limit", body = Problem),
    (status = 415, description = "Not JSON", body = Problem),
    (status = 409, description = "The request with this `Idempotency-Key` is still being carried out", body = Problem),
    (status = 422, description = "A value is out of its range, the callback cannot be made, or the `Idempotency-Key` belongs to another request", body = Problem),
    (status = 429, description = "The function is at its concurrency limit", body = Problem),
    (status = 503, description = "The server or its database cannot take the call now", body = Problem),
))]
pub(crate) async fn execute(
    State(app): State<App>,
    FunctionPath(function): FunctionPath,
    headers: HeaderMap,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Result<Response, ApiError> {
    let body = body.map_err(|rejection| crate::http::body_error(&rejection))?;
    let request: ExecuteRequest<'_> = decode_json(&headers, &body)?;
    let input = input_of(&request, &body)?;
    let options = AsyncOptions {
        delay_ms: request.delay_ms,
        max_attempts: request.max_attempts,
        callback_url: request.callback_url,
        text_output: false,
    };
    let is_async = respond_async::is_preferred(&headers);
    if !is_async {
        options.refuse_unless_preferred()?;
    }
    let (entry, cold) = app.live().get(&function).await.map_err(|error| refusal::not_live(error, &function))?;
    refusal::check_size(&entry, &input)?;
    if is_async {
        return respond_async::accept(&app, &entry, input, &options).await;
    }
    if !app.history().health().accepts() {
        return Err(ApiError::new(
            ProblemKind::Unavailable,
            "executions cannot be recorded right now, so none is started; try again in a moment",
        ));
    }
    let _turn = app.admission().enter(&entry.turns).await.map_err(|busy| {
        app.metrics().refused();
        refusal::busy(busy, &function)
    })?;
    let function_id = entry.function_id;
    let recorded = execute_recorded(&app, entry, input, cold).await.map_err(|_| {
        ApiError::new(
            ProblemKind::Unavailable,
            "the function ran, but its execution could not be recorded in time; try again if that is safe",
        )
    })?;
    answer(recorded, function_id).map(|result| Json(result).into_response())
}

/// The input as a slice of the body: it is passed on as it came.
fn input_of(request: &ExecuteRequest<'_>, body: &Bytes) -> Result<Bytes, ApiError> {
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
