//! The outermost layer: every error, ours or the framework's, leaves as one problem document.

use axum::{
    body::Body,
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use chrono::Utc;
use http::{HeaderValue, StatusCode, header};
use nil_api::{PROBLEM_MEDIA_TYPE, Problem, ProblemKind};

use super::error::ApiError;

/// Turns error responses into RFC 9457 documents that name the path and the request.
pub(crate) async fn render_problems(request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let method = request.method().clone();
    let request_id = request.headers().get("x-request-id").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let mut response = next.run(request).await;
    let error = match response.extensions_mut().remove::<ApiError>() {
        Some(error) => error,
        None => match from_framework(response.status(), &method, &path) {
            Some(error) if !is_document(&response) => error,
            _ => return response,
        },
    };
    let mut rendered = render(error, path, request_id);
    // `Allow` of a 405 and the like were set by the framework: keep them.
    for (name, value) in response.headers() {
        if name != header::CONTENT_LENGTH && name != header::CONTENT_TYPE {
            rendered.headers_mut().append(name, value.clone());
        }
    }
    rendered
}

/// The problem document of an error.
pub(crate) fn render(error: ApiError, path: String, request_id: Option<String>) -> Response {
    let (status, _, title) = error.kind.describe();
    let status_code = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let problem = Problem {
        type_uri: error.kind.type_uri(),
        title: title.to_owned(),
        status,
        detail: error.detail.clone(),
        instance: path,
        timestamp: Utc::now(),
        error: status_code.canonical_reason().unwrap_or("Error").to_owned(),
        message: error.detail,
        request_id,
        diagnostics: error.diagnostics,
    };
    let body = serde_json::to_vec(&problem).unwrap_or_default();
    let mut rendered = (status_code, Body::from(body)).into_response();
    let headers = rendered.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_MEDIA_TYPE));
    if let Some(seconds) = error.retry_after_s {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if error.kind == ProblemKind::Unauthorized {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    rendered
}

/// A response with a body of its own type is an answer, whatever its status.
fn is_document(response: &Response) -> bool {
    response.headers().get(header::CONTENT_TYPE).is_some_and(|value| !value.as_bytes().starts_with(b"text/plain"))
}

/// What the framework answers by itself: routes, methods, body limits, timeouts.
fn from_framework(status: StatusCode, method: &http::Method, path: &str) -> Option<ApiError> {
    Some(match status {
        StatusCode::NOT_FOUND => ApiError::new(
            ProblemKind::NotFound,
            format!("there is nothing at `{path}`; `/docs` lists what this server answers"),
        ),
        StatusCode::METHOD_NOT_ALLOWED => ApiError::new(
            ProblemKind::MethodNotAllowed,
            format!("`{path}` does not answer {method}; the `Allow` header lists what it does"),
        ),
        StatusCode::REQUEST_TIMEOUT => {
            ApiError::new(ProblemKind::RequestTimeout, "the request did not arrive in time; send it again")
        }
        StatusCode::PAYLOAD_TOO_LARGE => ApiError::new(ProblemKind::TooLarge, "the body is over the limit"),
        StatusCode::INTERNAL_SERVER_ERROR => {
            ApiError::new(ProblemKind::Internal, "something went wrong on our side; the server's log has the cause")
        }
        _ => return None,
    })
}
