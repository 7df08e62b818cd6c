//! `POST /functions/{id}/examples/run`: run the saved examples against a version.

use axum::{Json, extract::State};
use nil_api::{Problem, RunExamples};
use nil_core::{CallTarget, ExampleResult, VersionChoice};

use crate::{
    app::App,
    execution::try_examples,
    handlers::functions::refusal,
    http::{ApiError, FunctionPath, JsonBody},
};

/// Runs every example of a function against a version, by default the live one. Nothing is recorded.
#[utoipa::path(post, operation_id = "runExamples", path = "/functions/{id}/examples/run", tag = "versions", request_body = RunExamples,
    params(("id" = String, Path, description = "The function's id or name")), responses(
    (status = 200, description = "What became of each", body = Vec<ExampleResult>),
    (status = 400, description = "The body or the path cannot be read, or the version is not READY", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 404, description = "No such function, or no such version of it", body = Problem),
    (status = 413, description = "The body is too large", body = Problem),
    (status = 415, description = "Not JSON", body = Problem),
    (status = 503, description = "The server or its database cannot take the call now", body = Problem),
))]
pub(crate) async fn run(
    State(app): State<App>,
    FunctionPath(function): FunctionPath,
    JsonBody(body): JsonBody<RunExamples>,
) -> Result<Json<Vec<ExampleResult>>, ApiError> {
    let version = body.version.map_or(VersionChoice::Live, VersionChoice::Number);
    let target = CallTarget { function, version };
    let examples =
        app.store().examples(&target.function).await?.ok_or_else(|| ApiError::unknown_function(&target.function))?;
    let (entry, _) = app.live().get(&target).await.map_err(|error| refusal::not_live(error, &target))?;
    let _turn = app.admission().enter(&entry.turns).await.map_err(|busy| refusal::busy(busy, &target))?;
    Ok(Json(try_examples(&app, &entry, examples).await))
}
