//! `DELETE /environments/{name}/secrets/{key}`: remove one secret.

use axum::extract::State;
use http::StatusCode;
use nil_api::Problem;

use super::{EntryPath, unknown_entry};
use crate::{app::App, http::ApiError};

/// Removes a secret.
#[utoipa::path(delete, operation_id = "removeSecret", path = "/environments/{name}/secrets/{key}", tag = "environments",
    params(("name" = String, Path, description = "The environment's name"), ("key" = String, Path, description = "The secret's name")), responses(
    (status = 204, description = "Gone"),
    (status = 400, description = "Not a name", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 404, description = "No such environment or secret", body = Problem),
    (status = 503, description = "The database is not available", body = Problem),
))]
pub(crate) async fn remove_secret(
    State(app): State<App>,
    EntryPath(environment, key): EntryPath,
) -> Result<StatusCode, ApiError> {
    if app.store().remove_entry(&environment, &key, true).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(unknown_entry(&environment, "secret", &key))
    }
}
