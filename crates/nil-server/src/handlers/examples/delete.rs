//! `DELETE /functions/{id}/examples/{name}`: forget an example.

use axum::extract::State;
use http::StatusCode;
use nil_api::{Problem, ProblemKind};
use nil_core::ExampleName;

use crate::{
    app::App,
    http::{ApiError, FunctionPartPath},
};

/// Removes an example.
#[utoipa::path(delete, operation_id = "deleteExample", path = "/functions/{id}/examples/{name}", tag = "versions",
    params(("id" = String, Path, description = "The function's id or name"),
           ("name" = String, Path, description = "The example")), responses(
    (status = 204, description = "Gone"),
    (status = 400, description = "The path cannot be read", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 404, description = "No such function, or no such example of it", body = Problem),
    (status = 503, description = "The database is not available", body = Problem),
))]
pub(crate) async fn delete(
    State(app): State<App>,
    FunctionPartPath(function, name): FunctionPartPath<ExampleName>,
) -> Result<StatusCode, ApiError> {
    match app.store().delete_example(&function, &name).await? {
        Some(true) => Ok(StatusCode::NO_CONTENT),
        Some(false) => Err(ApiError::new(
            ProblemKind::NotFound,
            format!("function `{function}` has no example `{name}`; `GET /functions/{function}/examples` lists them"),
        )),
        None => Err(ApiError::unknown_function(&function)),
    }
}
