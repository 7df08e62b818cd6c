//! From an outcome to a response: the output as the body, a failure as a problem, the receipt as headers.

use axum::{body::Body, response::Response};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, header};
use nil_api::ProblemKind;
use nil_runtime::{Failure, FailureClass};
use serde::de::IgnoredAny;
use uuid::fmt::Hyphenated;

use crate::{execution::RecordedExecution, http::ApiError};

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const EXECUTION: HeaderName = HeaderName::from_static("x-nil-execution");
const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");
const VERSION: HeaderName = HeaderName::from_static("x-nil-version");
const CPU: HeaderName = HeaderName::from_static("x-nil-cpu-us");
const MEMORY: HeaderName = HeaderName::from_static("x-nil-memory-bytes");
const START: HeaderName = HeaderName::from_static("x-nil-start");
const COLD: HeaderValue = HeaderValue::from_static("cold");
const WARM: HeaderValue = HeaderValue::from_static("warm");
/// Headers of an answer, so that the map grows once.
const HEADERS: usize = 12;
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// The output of a call that went well, with room for the receipt.
fn output_of(output: Bytes) -> Response {
    let media_type = if is_json(&output) { JSON } else { TEXT };
    let mut response = Response::new(Body::from(output));
    let headers = response.headers_mut();
    headers.reserve(HEADERS);
    headers.insert(header::CONTENT_TYPE, media_type);
    // Whatever a function writes, a browser must not guess that it is a page.
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // And if it is one all the same, it has an origin of its own: not the console's, and no scripts.
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox"));
    response
}

fn is_json(output: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(output).is_ok()
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

/// Writes the receipt into the response's headers. An execution that is not recorded has no id to look for.
pub(super) fn write_receipt(response: &mut Response, called: &RecordedExecution) {
    let receipt = &called.receipt;
    let headers = response.headers_mut();
    let mut id = [0; Hyphenated::LENGTH];
    if called.is_recorded
        && let Ok(id) = HeaderValue::from_str(called.id.0.as_hyphenated().encode_lower(&mut id))
    {
        headers.insert(EXECUTION, id);
    }
    if let Ok(timing) = HeaderValue::from_maybe_shared(server_timing(receipt.duration_us)) {
        headers.insert(SERVER_TIMING, timing);
    }
    headers.insert(VERSION, HeaderValue::from(called.version));
    headers.insert(CPU, HeaderValue::from(receipt.cpu_us));
    headers.insert(MEMORY, HeaderValue::from(receipt.peak_memory_bytes));
    headers.insert(START, if receipt.cold { COLD } else { WARM });
}

/// Milliseconds with three digits behind the point, as browsers show them.
fn server_timing(duration_us: u64) -> Bytes {
    let mut text = Vec::with_capacity(32);
    text.extend_from_slice(b"sandbox;dur=");
    text.extend_from_slice(itoa::Buffer::new().format(duration_us / 1_000).as_bytes());
    let fraction = duration_us % 1_000;
    text.push(b'.');
    text.extend([fraction / 100, fraction / 10 % 10, fraction % 10].map(|digit| b'0' + digit as u8));
    Bytes::from(text)
}

/// The outcome as a response with its receipt; `Err` where it is a problem to render.
pub(super) fn response_of(called: &mut RecordedExecution) -> Result<Response, ApiError> {
    match &mut called.outcome {
        Ok(output) => Ok(output_of(std::mem::take(output))),
        Err(failure) => Err(problem_of(failure)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn server_timing_is_in_milliseconds() {
        for (duration_us, expected) in [(0, "0.000"), (7, "0.007"), (1_050, "1.050"), (10_000_999, "10000.999")] {
            assert_eq!(server_timing(duration_us), format!("sandbox;dur={expected}").as_bytes());
        }
    }
}
