//! `Idempotency-Key`: a request that was carried out is answered again instead of being carried out again.
//!
//! An answer is kept when something was done: every success, and what a function itself came to at its own URL. A refusal
//! is not kept; the same request may succeed later. Without the header this costs one look at the headers.

use std::time::Duration;

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{FromRequest as _, Request, State},
    middleware::Next,
    response::Response,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, request::Parts};
use nil_api::ProblemKind;
use nil_store::{KeptAnswer, KeyClaim, KeyedRequest};
use sha2::{Digest as _, Sha256};
use tracing::Instrument as _;

use crate::{
    app::App,
    handlers::functions::respond_async,
    http::{ApiError, body_error},
    trace::carried_on,
};

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// The longest key, in characters.
const MAX_KEY: usize = 255;

/// What a request may take beyond the longest execution before its holder counts as lost.
const GRACE: Duration = Duration::from_secs(60);

/// Whether a request asks for it. Reading does nothing twice.
pub(crate) fn is_asked_for(method: &Method, headers: &HeaderMap) -> bool {
    headers.contains_key(KEY) && !method.is_safe()
}

/// The layer of the API's endpoints that take a key.
pub(crate) async fn once_per_key(State(app): State<App>, request: Request, next: Next) -> Response {
    if !is_asked_for(request.method(), request.headers()) || !takes_key(request.method(), request.uri().path()) {
        return next.run(request).await;
    }
    use axum::response::IntoResponse as _;
    match keyed(&app, request, next).await {
        Ok(response) => response,
        Err(error) => error.into_response(),
    }
}

fn takes_key(method: &Method, path: &str) -> bool {
    method == Method::POST && (path == "/functions" || path.ends_with("/execute"))
}

async fn keyed(app: &App, request: Request, next: Next) -> Result<Response, ApiError> {
    let (head, body) = request.into_parts();
    let body = Bytes::from_request(Request::from_parts(head.clone(), body), &())
        .await
        .map_err(|rejection| body_error(&rejection))?;
    let keyed = request_of(&head, &body)?;
    let again = Request::from_parts(head, Body::from(body));
    once(app, keyed, next.run(again)).await
}

/// What makes a request the same as another.
pub(crate) fn request_of(head: &Parts, body: &[u8]) -> Result<KeyedRequest, ApiError> {
    let invalid = || {
        ApiError::invalid(format!("`Idempotency-Key` must be 1 to {MAX_KEY} visible characters, such as a random UUID"))
    };
    let mut keys = head.headers.get_all(KEY).iter();
    let (Some(key), None) = (keys.next(), keys.next()) else { return Err(invalid()) };
    let key = key.to_str().map_err(|_| invalid())?.trim();
    if key.is_empty() || key.len() > MAX_KEY || !key.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') {
        return Err(invalid());
    }
    let mut digest = Sha256::new();
    let mut part = |bytes: &[u8]| {
        digest.update((bytes.len() as u64).to_le_bytes());
        digest.update(bytes);
    };
    part(head.method.as_str().as_bytes());
    part(head.uri.query().unwrap_or_default().as_bytes());
    part(&[u8::from(respond_async::is_preferred(&head.headers))]);
    part(body);
    Ok(KeyedRequest { scope: head.uri.path().to_owned(), key: key.to_owned(), digest: digest.finalize().into() })
}

/// Carries a request out, or answers as it was answered before. Once begun it is carried out to the end, whether the
/// client waits or not: its answer is what the next request with the key gets.
pub(crate) async fn once(
    app: &App,
    request: KeyedRequest,
    carry_out: impl Future<Output = Response> + Send + 'static,
) -> Result<Response, ApiError> {
    let lease = Duration::from_millis(app.config().maxima.timeout_ms) + app.config().admission_wait + GRACE;
    match app.store().claim_key(&request, lease).await? {
        KeyClaim::Answered(answer) => replay(answer),
        KeyClaim::Different => Err(ApiError::new(
            ProblemKind::IdempotencyMismatch,
            "this `Idempotency-Key` was used for another request; use a new key for a new request",
        )),
        KeyClaim::Running => Err(ApiError {
            retry_after_s: Some(1),
            ..ApiError::new(
                ProblemKind::IdempotencyRunning,
                "the request with this `Idempotency-Key` is still being carried out; ask again in a moment",
            )
        }),
        KeyClaim::Ours(holder) => {
            let app = app.clone();
            let work = async move {
                let response = carry_out.await;
                let (response, answer) = kept(response).await;
                let settled = match answer {
                    Some(answer) => app.store().keep_answer(&request, holder, &answer).await,
                    None => app.store().release_key(&request, holder).await,
                };
                if let Err(error) = settled {
                    tracing::warn!(%error, "could not keep the answer to a request with an idempotency key");
                }
                response
            };
            tokio::spawn(carried_on(work).in_current_span()).await.map_err(|error| {
                tracing::error!(%error, "a request with an idempotency key ended early");
                ApiError::new(ProblemKind::Internal, "something went wrong on our side; the server's log has the cause")
            })
        }
    }
}

/// The answer with what is kept of it.
async fn kept(response: Response) -> (Response, Option<KeptAnswer>) {
    let status = response.status();
    let was_done = status.is_success() || matches!(status, StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT);
    if !was_done {
        return (response, None);
    }
    let (parts, body) = response.into_parts();
    // Answers are whole in memory already.
    let Ok(body) = to_bytes(body, usize::MAX).await else {
        return (Response::from_parts(parts, Body::empty()), None);
    };
    let headers = parts.headers.iter().filter_map(|(name, value)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    });
    let answer = KeptAnswer { status: status.as_u16(), headers: headers.collect(), body: body.to_vec() };
    (Response::from_parts(parts, Body::from(body)), Some(answer))
}

fn replay(answer: KeptAnswer) -> Result<Response, ApiError> {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    for (name, value) in answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(key: &'static str, query: &str) -> Parts {
        let request = http::Request::post(format!("/functions/a/execute?{query}")).header(KEY, key);
        request.body(()).expect("a request").into_parts().0
    }

    #[test]
    fn equal_requests_are_equal() {
        let digest = |key, query, body: &[u8]| request_of(&head(key, query), body).expect("a key").digest;
        assert_eq!(digest("a", "", b"1"), digest("b", "", b"1"));
        assert_ne!(digest("a", "", b"1"), digest("a", "", b"2"));
        assert_ne!(digest("a", "x=1", b""), digest("a", "", b"x=1"));
    }

    #[test]
    fn keys_are_short_and_visible() {
        assert!(request_of(&head("8e03978e-40d5-43dd-bc93-6894a57f9324", ""), b"").is_ok());
        assert!(request_of(&head("", ""), b"").is_err());
        let long: &'static str = Box::leak("k".repeat(256).into_boxed_str());
        assert!(request_of(&head(long, ""), b"").is_err());
        let twice = http::Request::post("/").header(KEY, "a").header(KEY, "b").body(()).expect("a request");
        assert!(request_of(&twice.into_parts().0, b"").is_err());
    }
}
