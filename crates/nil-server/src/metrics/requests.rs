//! Counting requests by route.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::Response,
};
use http::{Method, StatusCode, header};

use super::{Metrics, labels::Request as Labels};
use crate::app::App;

/// Requests that no route takes.
const NO_ROUTE: &str = "none";

/// Counts a request when its answer begins; streams are counted, but not timed.
pub(crate) async fn count_requests(State(app): State<App>, request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let began = Instant::now();
    let response = next.run(request).await;
    let is_stream =
        response.headers().get(header::CONTENT_TYPE).is_some_and(|value| value.as_bytes() == b"text/event-stream");
    app.metrics().answered(&method, route.as_deref().unwrap_or(NO_ROUTE), response.status());
    if !is_stream {
        app.metrics().inner.counted.request_durations.observe(began.elapsed().as_secs_f64());
    }
    response
}

impl Metrics {
    /// A request was answered.
    pub(crate) fn answered(&self, method: &Method, route: &str, status: StatusCode) {
        let labels = Labels { method: name_of(method), route: route.to_owned(), status: status.as_u16() };
        self.inner.counted.requests.get_or_create(&labels).inc();
    }
}

/// Strangers may send any method; each name would count for ever.
fn name_of(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}
