//! `/fn/{name}` and everything below it: a function's own URL, any method, body in and body out.
//!
//! Lowest latency: the record is handed to the history writer and the answer does not wait for it.

use axum::{
    body::{Body, Bytes},
    extract::{RawPathParams, State},
    response::Response,
};
use http::{HeaderMap, HeaderName, HeaderValue, Uri, header};
use nil_api::{Problem, ProblemKind};
use nil_core::{FunctionRef, Receipt};
use nil_runtime::{Failure, FailureClass, Outcome};
use serde_json::value::RawValue;

use crate::{
    app::App,
    execution::execute_buffered,
    handlers::functions::refusal,
    http::{ApiError, body_error, media_type},
};

/// Calls a function by its own URL. A JSON or text body is the input as it is; without a body the query's
/// parameters make up the input object. The output is the body of the answer.
#[utoipa::path(method(get, post, put, patch, delete), path = "/fn/{name}", tag = "functions",
    params(("name" = String, Path, description = "The function's name or id; anything below it is the function's own")),
    responses(
    (status = 200, description = "The function's output: JSON, or text where it is no JSON", body = serde_json::Value,
     headers(("x-nil-execution" = String, description = "The execution's id"),
             ("server-timing" = String, description = "Duration of the sandbox, in milliseconds"))),
    (status = 400, description = "Not ready yet, or an input the function's parameters do not take", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 404, description = "No such function", body = Problem),
    (status = 413, description = "The body is over the limit", body = Problem),
    (status = 415, description = "Neither JSON nor text", body = Problem),
    (status = 429, description = "The function is at its concurrency limit", body = Problem),
    (status = 502, description = "The function trapped, aborted or broke its contract", body = Problem),
    (status = 503, description = "The server cannot take the call now", body = Problem),
    (status = 504, description = "The function ran into its deadline", body = Problem),
))]
pub(crate) async fn call(
    State(app): State<App>,
    params: RawPathParams,
    uri: Uri,
    headers: HeaderMap,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Result<Response, ApiError> {
    let function = function_of(&params)?;
    let body = body.map_err(|rejection| body_error(&rejection))?;
    let input = input_of(&headers, &uri, body)?;
    let (entry, cold) = app.live().get(&function).await.map_err(|error| refusal::not_live(error, &function))?;
    refusal::check_size(&entry, &input)?;
    let turn = app.admission().enter(&entry.turns).await.map_err(|busy| refusal::busy(busy, &function))?;
    let called = execute_buffered(&app, entry, input, cold).await.ok_or_else(|| {
        ApiError::new(ProblemKind::Unavailable, "the server is stopping; try another one or try again in a moment")
    })?;
    drop(turn);
    let mut response = match called.execution.outcome {
        Outcome::Completed { output } => {
            let media_type = if serde_json::from_str::<&RawValue>(&output).is_ok() {
                HeaderValue::from_static("application/json")
            } else {
                HeaderValue::from_static("text/plain; charset=utf-8")
            };
            let mut response = Response::new(Body::from(output));
            response.headers_mut().insert(header::CONTENT_TYPE, media_type);
            response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
            response
        }
        Outcome::Failed(failure) => axum::response::IntoResponse::into_response(problem_of(&failure)),
    };
    let headers = response.headers_mut();
    write_receipt(headers, &called.execution.receipt, called.version);
    if let Ok(id) = HeaderValue::from_str(&called.id.to_string()) {
        headers.insert(HeaderName::from_static("x-nil-execution"), id);
    }
    Ok(response)
}

fn function_of(params: &RawPathParams) -> Result<FunctionRef, ApiError> {
    let (_, text) =
        params.iter().find(|(key, _)| *key == "name").ok_or_else(|| ApiError::invalid("the path names no function"))?;
    text.parse().map_err(|error| ApiError::invalid(format!("the path names no function: {error}")))
}

/// The input: the body if there is one, else the query as an object of strings.
fn input_of(headers: &HeaderMap, uri: &Uri, body: Bytes) -> Result<Bytes, ApiError> {
    if body.is_empty() {
        return Ok(match uri.query() {
            None | Some("") => Bytes::from_static(b"{}"),
            Some(query) => query_object(query)?,
        });
    }
    if let Err(error) = std::str::from_utf8(&body) {
        return Err(ApiError::invalid(format!("the body is not UTF-8 at byte {}", error.valid_up_to())));
    }
    match media_type(headers).as_deref() {
        None => check_json(&body)?,
        Some(kind) if crate::http::is_json(kind) => check_json(&body)?,
        Some(kind) if kind.starts_with("text/") => {}
        Some(kind) => {
            return Err(ApiError::new(
                ProblemKind::UnsupportedMediaType,
                format!("`{kind}` is not passed to functions; send JSON or text"),
            ));
        }
    }
    Ok(body)
}

/// Checked, not rebuilt: the function gets the bytes that came.
fn check_json(body: &[u8]) -> Result<(), ApiError> {
    serde_json::from_slice::<&RawValue>(body)
        .map(drop)
        .map_err(|error| ApiError::invalid(format!("the body is declared as JSON but is not: {error}")))
}

fn query_object(query: &str) -> Result<Bytes, ApiError> {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query)
        .map_err(|error| ApiError::invalid(format!("the query cannot be read: {error}")))?;
    let object: serde_json::Map<String, serde_json::Value> =
        pairs.into_iter().map(|(key, value)| (key, serde_json::Value::String(value))).collect();
    Ok(Bytes::from(serde_json::Value::Object(object).to_string()))
}

/// What a failure of the function is over HTTP.
fn problem_of(failure: &Failure) -> ApiError {
    let kind = match failure.class() {
        FailureClass::Caller => ProblemKind::InvalidRequest,
        FailureClass::Function => ProblemKind::FunctionFailed,
        FailureClass::Timeout => ProblemKind::FunctionTimeout,
        FailureClass::Capacity => ProblemKind::Unavailable,
        FailureClass::Host => ProblemKind::Internal,
    };
    ApiError::new(kind, failure.message())
}

fn write_receipt(headers: &mut HeaderMap, receipt: &Receipt, version: i32) {
    let millis = format!("sandbox;dur={}.{:03}", receipt.duration_us / 1_000, receipt.duration_us % 1_000);
    if let Ok(value) = HeaderValue::from_str(&millis) {
        headers.insert(HeaderName::from_static("server-timing"), value);
    }
    headers.insert(HeaderName::from_static("x-nil-version"), HeaderValue::from(version));
    headers.insert(HeaderName::from_static("x-nil-cpu-us"), HeaderValue::from(receipt.cpu_us));
    headers.insert(HeaderName::from_static("x-nil-memory-bytes"), HeaderValue::from(receipt.peak_memory_bytes));
    let start = if receipt.cold { "cold" } else { "warm" };
    headers.insert(HeaderName::from_static("x-nil-start"), HeaderValue::from_static(start));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(content_type: Option<&'static str>, uri: &'static str, body: &'static str) -> Result<Bytes, ApiError> {
        let mut headers = HeaderMap::new();
        if let Some(content_type) = content_type {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        input_of(&headers, &Uri::from_static(uri), Bytes::from_static(body.as_bytes()))
    }

    #[test]
    fn a_body_is_passed_as_it_came() {
        let body = "{\"n\": 9007199254740993}";
        assert_eq!(
            input(Some("application/json; charset=utf-8"), "/fn/x?ignored=1", body).ok().as_deref(),
            Some(body.as_bytes())
        );
        assert_eq!(input(Some("text/csv"), "/fn/x", "a,b").ok().as_deref(), Some(&b"a,b"[..]));
    }

    #[test]
    fn without_a_body_the_query_is_the_input() {
        assert_eq!(input(None, "/fn/x", "").ok().as_deref(), Some(&b"{}"[..]));
        assert_eq!(
            input(None, "/fn/x?name=Ada%20L&b=%22", "").ok().as_deref(),
            Some(&br#"{"b":"\"","name":"Ada L"}"#[..])
        );
    }

    #[test]
    fn what_is_no_input_is_refused() {
        for (content_type, body, kind) in [
            (Some("application/json"), "{", ProblemKind::InvalidRequest),
            (None, "not json", ProblemKind::InvalidRequest),
            (Some("image/png"), "x", ProblemKind::UnsupportedMediaType),
        ] {
            assert_eq!(input(content_type, "/fn/x", body).err().map(|error| error.kind), Some(kind));
        }
    }
}
