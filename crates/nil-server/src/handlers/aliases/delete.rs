//! `DELETE /functions/{id}/aliases/{alias}`: the alias goes, its versions stay.

use axum::extract::State;
use http::StatusCode;
use nil_api::Problem;
use nil_core::AliasName;

use crate::{
    app::App,
    handlers::functions::refusal::unknown_alias,
    http::{ApiError, FunctionPartPath},
};

/// Removes an alias. The versions it pointed at stay.
#[utoipa::path(delete, operation_id = "deleteAlias", path = "/functions/{id}/aliases/{alias}", tag = "versions",
    params(("id" = String, Path, description = "The function's id or name"),
           ("alias" = String, Path, description = "The alias")), responses(
    (status = 204, description = "Gone"),
    (status = 400, description = "The path cannot be read", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 404, description = "No such function, or no such alias of it", body = Problem),
    (status = 503, description = "The database is not available", body = Problem),
))]
pub(crate) async fn delete(
    State(app): State<App>,
    FunctionPartPath(function, alias): FunctionPartPath<AliasName>,
) -> Result<StatusCode, ApiError> {
    match app.store().delete_alias(&function, &alias).await? {
        Some(Some(id)) => {
            app.live().changed(id).await;
            Ok(StatusCode::NO_CONTENT)
        }
        Some(None) => Err(unknown_alias(&function, &alias)),
        None => Err(ApiError::unknown_function(&function)),
    }
}
