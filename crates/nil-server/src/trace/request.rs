//! The span of a request, and its trace in headers.

use std::future::Future;

use axum::{
    extract::{MatchedPath, Request},
    middleware::Next,
    response::Response,
};
use http::{HeaderMap, HeaderName, HeaderValue};
use nil_core::TraceParent;
use tracing::{Instrument as _, Span};

use super::{
    current::CURRENT,
    span::{continue_trace, parent_of},
};

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// Gives every request of the router its trace.
pub(crate) async fn traced_requests(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let trace = RequestTrace::of(request.headers(), request.method().as_str(), route);
    trace.answer(next.run(request)).await
}

/// The trace of a request, before it is answered.
pub(crate) struct RequestTrace {
    /// What the client asked to be continued.
    asked: Option<TraceParent>,
    span: Span,
}

impl RequestTrace {
    pub(crate) fn of(headers: &HeaderMap, method: &str, route: &str) -> Self {
        let asked = headers.get(TRACEPARENT).and_then(|value| value.to_str().ok()?.parse().ok());
        let span = tracing::info_span!(
            target: "otel",
            "request",
            otel.name = format_args!("{method} {route}"),
            otel.kind = "server",
            otel.status_code = tracing::field::Empty,
            http.request.method = method,
            http.route = route,
            http.response.status_code = tracing::field::Empty,
        );
        if let Some(parent) = asked {
            continue_trace(&span, parent);
        }
        Self { asked, span }
    }

    /// Answers within the trace, and says in the answer where it can be continued.
    pub(crate) async fn answer(self, answer: impl Future<Output = Response>) -> Response {
        let Self { asked, span } = self;
        // Without a span of ours what we were asked for is continued as it is.
        let Some(parent) = parent_of(&span).or(asked) else { return answer.await };
        let mut response = CURRENT.scope(parent, answer.instrument(span.clone())).await;
        span.record("http.response.status_code", response.status().as_u16());
        if response.status().is_server_error() {
            span.record("otel.status_code", "ERROR");
        }
        if let Ok(value) = HeaderValue::from_str(&parent.to_string()) {
            response.headers_mut().insert(TRACEPARENT, value);
        }
        response
    }
}
