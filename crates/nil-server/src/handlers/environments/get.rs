//! `GET /environments/{name}`: one environment.

use axum::{Json, extract::State};
use nil_api::{Environment, Problem};

use super::{EnvironmentPath, present, unknown};
use crate::{app::App, http::ApiError};

/// One environment: its variables with values, its secrets without.
#[utoipa::path(get, operation_id = "getEnvironment", path = "/environments/{name}", tag = "environments",
    params(("name" = String, Path, description = "The environment's name")), responses(
    (status = 200, description = "The environment", body = Environment),
    (status = 400, description = "Not a name", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 404, description = "No such environment", body = Problem),
    (status = 503, description = "The database is not available", body = Problem),
))]
pub(crate) async fn get(
    State(app): State<App>,
    EnvironmentPath(name): EnvironmentPath,
) -> Result<Json<Environment>, ApiError> {
    let row = app.store().environment(&name).await?.ok_or_else(|| unknown(&name))?;
    Ok(Json(present(row)))
}
