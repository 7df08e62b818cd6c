//! `GET /metrics`: what this server counts, for Prometheus.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::header;
use nil_api::{Problem, ProblemKind};
use prometheus_client::encoding::prometheus_text::CONTENT_TYPE;

use crate::{app::App, http::ApiError, metrics};

/// What this server counts, in Prometheus's text format. Depths of queues are those of the whole installation.
#[utoipa::path(get, operation_id = "getMetrics", path = "/metrics", tag = "operations", responses(
    (status = 200, description = "Metrics", body = String, content_type = "text/plain"),
    (status = 401, description = "A token is required", body = Problem),
))]
pub(crate) async fn scrape(State(app): State<App>) -> Result<Response, ApiError> {
    let text = metrics::render(&app, app.metrics()).await.map_err(|error| {
        tracing::error!(%error, "metrics could not be written");
        ApiError::new(ProblemKind::Internal, "the metrics could not be written; the server's log has the cause")
    })?;
    Ok(([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response())
}
