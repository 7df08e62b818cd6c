//! `DELETE /environments/{name}`: an environment with all it holds goes.

use axum::extract::State;
use http::StatusCode;
use nil_api::Problem;

use super::{EnvironmentPath, unknown};
use crate::{app::App, http::ApiError};

/// Deletes an environment that no function has any more.
#[utoipa::path(delete, operation_id = "deleteEnvironment", path = "/environments/{name}", tag = "environments",
    params(("name" = String, Path, description = "The environment's name")), responses(
    (status = 204, description = "Gone"),
    (status = 400, description = "Not a name", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 404, description = "No such environment", body = Problem),
    (status = 409, description = "Functions still have it", body = Problem),
    (status = 503, description = "The database is not available", body = Problem),
))]
pub(crate) async fn delete(
    State(app): State<App>,
    EnvironmentPath(name): EnvironmentPath,
) -> Result<StatusCode, ApiError> {
    if app.store().delete_environment(&name).await? { Ok(StatusCode::NO_CONTENT) } else { Err(unknown(&name)) }
}
