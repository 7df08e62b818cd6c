//! `PUT /functions/{id}/environments`: what a function is configured with.

use axum::{Json, extract::State};
use nil_api::{AttachEnvironments, AttachedEnvironments, Problem};

use super::check;
use crate::{
    app::App,
    http::{ApiError, FunctionPath, JsonBody},
};

/// Gives a function these environments in place of those it had. It makes no new version.
#[utoipa::path(put, operation_id = "attachEnvironments", path = "/functions/{id}/environments", tag = "environments", request_body = AttachEnvironments,
    params(("id" = String, Path, description = "The function's id or name")), responses(
    (status = 200, description = "The function's environments", body = AttachedEnvironments),
    (status = 400, description = "The body or the path cannot be read", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 404, description = "No such function", body = Problem),
    (status = 415, description = "Not JSON", body = Problem),
    (status = 422, description = "An environment does not exist, or is named twice", body = Problem),
    (status = 503, description = "The database is not available", body = Problem),
))]
pub(crate) async fn attach(
    State(app): State<App>,
    FunctionPath(function): FunctionPath,
    JsonBody(body): JsonBody<AttachEnvironments>,
) -> Result<Json<AttachedEnvironments>, ApiError> {
    let names = check::all(&body.environments)?;
    let id = app.store().attach_environments(&function, &names).await?;
    let id = id.ok_or_else(|| ApiError::unknown_function(&function))?;
    // Not only when the notification arrives: the caller may try a call right away.
    app.live().reconfigured(id).await;
    Ok(Json(AttachedEnvironments { environments: app.store().environments_of(id).await? }))
}
