//! `GET /functions/{id}/examples`: the saved examples of a function.

use axum::{Json, extract::State};
use nil_api::{ExampleEntry, Problem};

use crate::{
    app::App,
    http::{ApiError, FunctionPath},
};

/// Examples of a function, by name.
#[utoipa::path(get, operation_id = "listExamples", path = "/functions/{id}/examples", tag = "versions",
    params(("id" = String, Path, description = "The function's id or name")), responses(
    (status = 200, description = "All of them", body = Vec<ExampleEntry>),
    (status = 400, description = "The path cannot be read", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 404, description = "No such function", body = Problem),
    (status = 503, description = "The database is not available", body = Problem),
))]
pub(crate) async fn list(
    State(app): State<App>,
    FunctionPath(function): FunctionPath,
) -> Result<Json<Vec<ExampleEntry>>, ApiError> {
    let examples = app.store().examples(&function).await?.ok_or_else(|| ApiError::unknown_function(&function))?;
    let entries = examples.into_iter().map(|example| ExampleEntry {
        name: example.name.to_string(),
        input: example.input,
        output: example.output,
    });
    Ok(Json(entries.collect()))
}
