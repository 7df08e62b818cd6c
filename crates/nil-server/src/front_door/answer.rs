//! From an outcome to a response: the output as the body, a failure as a problem, the receipt as headers.

use axum::{body::Body, response::Response};
use http::{HeaderName, HeaderValue, header};
use nil_api::ProblemKind;
use nil_runtime::{Failure, FailureClass, Outcome};
use serde_json::value::RawValue;

use crate::{execution::RecordedExecution, http::ApiError};

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// The output of a call that went well.
pub(super) fn output_of(output: String) -> Response {
    let media_type = if serde_json::from_str::<&RawValue>(&output).is_ok() { JSON } else { TEXT };
    let mut response = Response::new(Body::from(output));
    response.headers_mut().insert(header::CONTENT_TYPE, media_type);
    // Whatever a function writes, a browser must not guess that it is a page.
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// What a failure of the function is over HTTP.
pub(super) fn problem_of(failure: &Failure) -> ApiError {
    let kind = match failure.class() {
        FailureClass::Caller => ProblemKind::InvalidRequest,
        FailureClass::Function => ProblemKind::FunctionFailed,
        FailureClass::Timeout => ProblemKind::FunctionTimeout,
        FailureClass::Capacity => ProblemKind::Unavailable,
        FailureClass::Host => ProblemKind::Internal,
    };
    ApiError::new(kind, failure.message())
}

/// Writes the receipt into the response's headers.
pub(super) fn write_receipt(response: &mut Response, called: &RecordedExecution) {
    let receipt = &called.execution.receipt;
    let headers = response.headers_mut();
    let timing = format!("sandbox;dur={}.{:03}", receipt.duration_us / 1_000, receipt.duration_us % 1_000);
    for (name, value) in [("server-timing", timing), ("x-nil-execution", called.id.to_string())] {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    headers.insert(HeaderName::from_static("x-nil-version"), HeaderValue::from(called.version));
    headers.insert(HeaderName::from_static("x-nil-cpu-us"), HeaderValue::from(receipt.cpu_us));
    headers.insert(HeaderName::from_static("x-nil-memory-bytes"), HeaderValue::from(receipt.peak_memory_bytes));
    let start = if receipt.cold { "cold" } else { "warm" };
    headers.insert(HeaderName::from_static("x-nil-start"), HeaderValue::from_static(start));
}

/// The outcome as a response with its receipt; `None` where it is a problem to render.
pub(super) fn response_of(called: &mut RecordedExecution) -> Result<Response, ApiError> {
    match &mut called.execution.outcome {
        Outcome::Completed { output } => Ok(output_of(std::mem::take(output))),
        Outcome::Failed(failure) => Err(problem_of(failure)),
    }
}
