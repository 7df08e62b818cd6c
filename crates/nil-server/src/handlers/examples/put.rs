//! `PUT /functions/{id}/examples/{name}`: save an example.

use axum::{Json, extract::State};
use nil_api::{ExampleBody, ExampleEntry, Problem};
use nil_core::ExampleName;
use nil_store::ExampleSaved;

use super::check;
use crate::{
    app::App,
    http::{ApiError, FunctionPartPath, JsonBody},
};

/// Saves an example, in place of the one of its name. It makes no version; with `settings.gate` the next one must pass.
#[utoipa::path(put, operation_id = "putExample", path = "/functions/{id}/examples/{name}", tag = "versions", request_body = ExampleBody,
    params(("id" = String, Path, description = "The function's id or name"),
           ("name" = String, Path, description = "The example: letters, digits, `-` or `_`")), responses(
    (status = 200, description = "The example as it is now", body = ExampleEntry),
    (status = 400, description = "The body or the path cannot be read", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 404, description = "No such function", body = Problem),
    (status = 413, description = "The input or the output is too large", body = Problem),
    (status = 415, description = "Not JSON", body = Problem),
    (status = 422, description = "The input is no object, or the function has as many examples as it may", body = Problem),
    (status = 503, description = "The database is not available", body = Problem),
))]
pub(crate) async fn put(
    State(app): State<App>,
    FunctionPartPath(function, name): FunctionPartPath<ExampleName>,
    JsonBody(body): JsonBody<ExampleBody>,
) -> Result<Json<ExampleEntry>, ApiError> {
    let example = check::one(name, body)?;
    match app.store().save_example(&function, &example).await? {
        ExampleSaved::Done => {
            Ok(Json(ExampleEntry { name: example.name.to_string(), input: example.input, output: example.output }))
        }
        ExampleSaved::NoFunction => Err(ApiError::unknown_function(&function)),
        ExampleSaved::TooMany => Err(check::too_many()),
    }
}
