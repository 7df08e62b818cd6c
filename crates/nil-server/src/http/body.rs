//! Reading JSON bodies: content type, size and syntax, each with its own answer.

use std::error::Error;

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
};
use http::{HeaderMap, header};
use nil_api::ProblemKind;
use serde::{Deserialize, de::DeserializeOwned};
use tower_http::timeout::TimeoutError;

use super::error::ApiError;

/// A JSON body of a known type.
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let headers = request.headers().clone();
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| body_error(&rejection))?;
        decode_json(&headers, &bytes).map(Self)
    }
}

/// What went wrong while the body arrived.
pub(crate) fn body_error(rejection: &axum::extract::rejection::BytesRejection) -> ApiError {
    match rejection.status() {
        http::StatusCode::PAYLOAD_TOO_LARGE => {
            ApiError::new(ProblemKind::TooLarge, "the body is over this endpoint's limit")
        }
        _ if came_too_late(rejection) => {
            ApiError::new(ProblemKind::RequestTimeout, "the body did not arrive in time; send it again")
        }
        _ => ApiError::invalid("the body cannot be read: its framing is broken"),
    }
}

fn came_too_late(rejection: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(rejection);
    while let Some(error) = cause {
        if error.is::<TimeoutError>() {
            return true;
        }
        cause = error.source();
    }
    false
}

/// Parses a body that must be JSON and say so.
///
/// The content type is required: it is what stops a form on a foreign page from driving a local server.
pub(crate) fn decode_json<'a, T: Deserialize<'a>>(headers: &HeaderMap, bytes: &'a [u8]) -> Result<T, ApiError> {
    if bytes.is_empty() {
        return Err(ApiError::invalid("the body is empty; send a JSON object"));
    }
    if !media_type(headers).is_some_and(|kind| is_json(&kind)) {
        return Err(ApiError::new(
            ProblemKind::UnsupportedMediaType,
            "the body must be JSON; send it with `content-type: application/json`",
        ));
    }
    if let Err(error) = std::str::from_utf8(bytes) {
        return Err(ApiError::invalid(format!("the body is not UTF-8 at byte {}", error.valid_up_to())));
    }
    // Serde would also read a list as the fields of a type in their order, which nobody means.
    if !bytes.trim_ascii_start().starts_with(b"{") {
        return Err(ApiError::invalid("the body must be a JSON object and start with `{`"));
    }
    serde_json::from_slice(bytes).map_err(|error| ApiError::invalid(format!("the body cannot be read: {error}")))
}

/// The declared media type without parameters, in lower case.
pub(crate) fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}

/// Whether a media type is JSON or something made of it.
pub(crate) fn is_json(media_type: &str) -> bool {
    media_type == "application/json" || (media_type.starts_with("application/") && media_type.ends_with("+json"))
}
