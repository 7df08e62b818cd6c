//! `DELETE /functions/{id}`: the function, its versions and its executions go.

use axum::extract::State;
use http::StatusCode;
use nil_api::Problem;

use crate::{
    app::App,
    http::{ApiError, FunctionPath},
};

/// Deletes a function with its versions and executions.
#[utoipa::path(delete, operation_id = "deleteFunction", path = "/functions/{id}", tag = "functions",
    params(("id" = String, Path, description = "The function's id or name")), responses(
    (status = 204, description = "Gone"),
    (status = 400, description = "Neither an id nor a name", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 404, description = "No such function", body = Problem),
    (status = 503, description = "The database is not available", body = Problem),
))]
pub(crate) async fn delete(
    State(app): State<App>,
    FunctionPath(function): FunctionPath,
) -> Result<StatusCode, ApiError> {
    let Some(id) = app.store().delete_function(&function).await? else {
        return Err(ApiError::unknown_function(&function));
    };
    // Not only when the notification arrives: the caller may try a call right away.
    app.live().changed(id).await;
    Ok(StatusCode::NO_CONTENT)
}
