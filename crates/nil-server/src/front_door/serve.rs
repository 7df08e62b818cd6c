//! One request to a function's own URL, from its head to its response.
//!
//! Futures are moved before they are polled, whole: what is rare is boxed here, so that the usual call's stays small.

use std::{panic::AssertUnwindSafe, pin::pin};

use axum::response::Response;
use bytes::Bytes;
use futures_util::FutureExt as _;
use http::{Request, request::Parts};
use hyper::body::Incoming;
use nil_api::{ExecutionAccepted, Problem, ProblemKind};
use nil_core::CallTarget;
use percent_encoding::percent_decode_str;

use super::{answer, input};
use crate::{
    app::App,
    execution::execute_buffered,
    handlers::functions::{
        refusal,
        respond_async::{self, AsyncOptions},
    },
    http::{ApiError, check_origin, check_token, render},
    idempotency,
    trace::RequestTrace,
};

/// What every function's own URL begins with.
const PREFIX: &str = "/fn/";

/// All of them, where requests are counted.
const ROUTE: &str = "/fn/{name}";

/// Whether a path is a function's own.
pub(crate) fn is_front_door(path: &str) -> bool {
    path.starts_with(PREFIX)
}

/// Calls a function by its own URL. A JSON or text body is the input as it is; without a body the query's
/// parameters make up the input object. The output is the body of the answer.
#[utoipa::path(method(get, post, put, patch, delete), path = "/fn/{name}", tag = "functions",
    params(("name" = String, Path, description = "The function's name or id, or `greet@3` or `greet:canary`; anything below it is the function's own"),
        ("Idempotency-Key" = Option<String>, Header, description = "Carried out once for 24 hours, and answered again")),
    responses(
    (status = 200, description = "The function's output: JSON, or text where it is no JSON", body = serde_json::Value,
     headers(("x-nil-execution" = String, description = "The execution's id"),
             ("server-timing" = String, description = "Duration of the sandbox, in milliseconds"))),
    (status = 202, description = "With `Prefer: respond-async`: accepted, and will run", body = ExecutionAccepted,
     headers(("location" = String, description = "Where the execution is"),
             ("preference-applied" = String, description = "`respond-async`"))),
    (status = 400, description = "Not ready yet, or an input the function's parameters do not take", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 404, description = "No such function, version or alias", body = Problem),
    (status = 409, description = "The request with this `Idempotency-Key` is still being carried out", body = Problem),
    (status = 413, description = "The body is over the limit", body = Problem),
    (status = 415, description = "Neither JSON nor text", body = Problem),
    (status = 422, description = "The `Idempotency-Key` belongs to another request", body = Problem),
    (status = 429, description = "The function is at its concurrency limit", body = Problem),
    (status = 502, description = "The function trapped, aborted or broke its contract", body = Problem),
    (status = 503, description = "The server cannot take the call now", body = Problem),
    (status = 504, description = "The function ran into its deadline", body = Problem),
))]
pub(crate) async fn serve(app: App, request: Request<Incoming>) -> Response {
    let (path, method) = (request.uri().path().to_owned(), request.method().clone());
    let trace = RequestTrace::of(request.headers(), method.as_str(), ROUTE);
    let answer = pin!(answer_or_problem(&app, request, path));
    let response = trace.answer(answer).await;
    app.metrics().answered(&method, ROUTE, response.status());
    response
}

async fn answer_or_problem(app: &App, request: Request<Incoming>, path: String) -> Response {
    let answer = pin!(answer_to(app, request));
    match AssertUnwindSafe(answer).catch_unwind().await {
        Ok(response) => response.unwrap_or_else(|refusal| refusal.into_response(path)),
        Err(_) => {
            tracing::error!(path, "a request to a function's URL panicked");
            let defect = ApiError::new(
                ProblemKind::Internal,
                "something went wrong on our side; the server's log has the cause",
            );
            render(defect, path, None)
        }
    }
}

/// An error and, if the function ran, what it cost.
struct Refusal {
    error: ApiError,
    called: Option<crate::execution::RecordedExecution>,
}

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        Self { error, called: None }
    }
}

impl Refusal {
    fn into_response(self, path: String) -> Response {
        let mut response = render(self.error, path, None);
        if let Some(called) = &self.called {
            answer::write_receipt(&mut response, called);
        }
        response
    }
}

async fn answer_to(app: &App, request: Request<Incoming>) -> Result<Response, Refusal> {
    let (head, body) = request.into_parts();
    check_origin(app.config(), &head.uri, &head.headers)?;
    check_token(app.config(), &head.headers)?;
    let target = target_of(head.uri.path())?;
    let body = input::read_body(body, app.config().limits.input_bytes).await?;
    if idempotency::is_asked_for(&head.method, &head.headers) {
        return Box::pin(call_once(app, head, target, body)).await;
    }
    call(app, &head, target, body).await
}

/// Calls the function unless that has been done for the same key.
async fn call_once(app: &App, head: Parts, target: CallTarget, body: Bytes) -> Result<Response, Refusal> {
    let request = idempotency::request_of(&head, &body)?;
    let (own, path) = (app.clone(), head.uri.path().to_owned());
    let carry_out =
        async move { call(&own, &head, target, body).await.unwrap_or_else(|refusal| refusal.into_response(path)) };
    Ok(idempotency::once(app, request, carry_out).await?)
}

async fn call(app: &App, head: &Parts, target: CallTarget, body: Bytes) -> Result<Response, Refusal> {
    let (entry, cold) = app.live().get(&target).await.map_err(|error| refusal::not_live(error, &target))?;
    let input = input::input_of(&head.headers, &head.uri, body, input::QueryValues::of(&entry))?;
    if respond_async::is_preferred(&head.headers) {
        refusal::check_size(&entry, &input)?;
        let options = AsyncOptions { text_output: true, ..AsyncOptions::default() };
        return Ok(Box::pin(respond_async::accept(app, &entry, &target, input, &options)).await?);
    }
    let turn = app.admission().enter(&entry.turns).await.map_err(|busy| {
        app.metrics().refused();
        refusal::busy(busy, &target)
    })?;
    let mut called = execute_buffered(app, entry, input, cold).await.ok_or_else(|| {
        ApiError::new(ProblemKind::Unavailable, "the server is stopping; try another one or try again in a moment")
    })?;
    drop(turn);
    match answer::response_of(&mut called) {
        Ok(mut response) => {
            answer::write_receipt(&mut response, &called);
            Ok(response)
        }
        Err(error) => Err(Refusal { error, called: Some(called) }),
    }
}

/// The first segment behind the prefix; what follows is the function's own business.
fn target_of(path: &str) -> Result<CallTarget, ApiError> {
    let rest = path.strip_prefix(PREFIX).unwrap_or_default();
    let segment = rest.split('/').next().unwrap_or_default();
    // Many clients write `@` and `:` as `%40` and `%3A`.
    let segment = percent_decode_str(segment).decode_utf8_lossy();
    segment.parse().map_err(|error| ApiError::invalid(format!("the path names no function: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_segment_names_the_function() {
        for (path, expected) in [
            ("/fn/greet", "greet"),
            ("/fn/greet@3/a/b", "greet@3"),
            ("/fn/greet%403", "greet@3"),
            ("/fn/greet%3Acanary/x", "greet:canary"),
        ] {
            assert_eq!(target_of(path).map(|target| target.to_string()).ok().as_deref(), Some(expected), "{path}");
        }
        for path in ["/fn/", "/fn/a%20b", "/fn/greet@x", "/fn/%ff"] {
            assert!(target_of(path).is_err(), "{path}");
        }
    }
}
