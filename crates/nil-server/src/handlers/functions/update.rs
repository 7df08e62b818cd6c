//! `PUT /functions/{id}`: change a function; a changed source makes a new version.

use axum::{Json, extract::State};
use nil_api::{FunctionDetail, Problem, UpdateFunction};
use nil_core::Language;
use nil_store::FunctionChange;

use super::{present, validate};
use crate::{
    app::App,
    handlers::{environments, examples},
    http::{ApiError, FunctionPath, JsonBody},
    languages::Languages,
};

/// Changes a function. A changed source, language or settings makes a new version, which is compiled while
/// the live one goes on answering.
#[utoipa::path(put, operation_id = "updateFunction", path = "/functions/{id}", tag = "functions", request_body = UpdateFunction,
    params(("id" = String, Path, description = "The function's id or name")), responses(
    (status = 200, description = "The function as it is now", body = FunctionDetail),
    (status = 400, description = "The body or the path cannot be read, or a path in `files` is not allowed", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 404, description = "No such function", body = Problem),
    (status = 409, description = "The new name is taken", body = Problem),
    (status = 413, description = "The body or the source is too large", body = Problem),
    (status = 415, description = "Not JSON, or a language without a toolchain", body = Problem),
    (status = 422, description = "A value is not allowed: name, settings, examples, environments", body = Problem),
    (status = 503, description = "The database is not available", body = Problem),
))]
pub(crate) async fn update(
    State(app): State<App>,
    FunctionPath(function): FunctionPath,
    JsonBody(body): JsonBody<UpdateFunction>,
) -> Result<Json<FunctionDetail>, ApiError> {
    if let Some(description) = &body.description {
        validate::description(description)?;
    }
    if let Some(settings) = &body.settings {
        settings.check(&app.config().maxima)?;
    }
    let limits = &app.config().compile_limits;
    let mut language = body.language.as_deref().map(validate::language).transpose()?;
    let content = validate::content(language, body.source, body.files, body.wasm_base64.as_deref(), limits)?;
    if content.module.is_some() {
        language = Some(Language::Wasm);
    }
    let languages = Languages::look(&app).await?;
    if let Some(language) = language {
        languages.require(language)?;
    }
    let change = FunctionChange {
        name: body.name.as_deref().map(validate::name).transpose()?,
        language,
        description: body.description,
        source: content.source,
        files: content.files,
        module: content.module,
        settings: body.settings,
        examples: body.examples.map(examples::check::all).transpose()?,
        environments: body.environments.as_deref().map(environments::check::all).transpose()?,
        builders: languages.builders(&app),
    };
    let row = app
        .store()
        .update_function(&function, &change, limits)
        .await?
        .ok_or_else(|| ApiError::unknown_function(&function))?;
    if change.environments.is_some() {
        // Not only when the notification arrives: the caller may try a call right away.
        app.live().reconfigured(row.id).await;
    }
    let environments = app.store().environments_of(row.id).await?;
    Ok(Json(FunctionDetail { environments, ..present::detail(row) }))
}
