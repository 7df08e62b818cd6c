//! `GET /health`: the process answers.

use axum::Json;
use nil_api::Health;

/// Whether the process answers at all. Needs nothing else, the database included.
#[utoipa::path(get, path = "/health", tag = "operations", responses((status = 200, body = Health)))]
pub(crate) async fn health() -> Json<Health> {
    Json(Health { status: "UP".to_owned() })
}
