//! `POST /functions`: store a function and queue its compilation.

use axum::{Json, extract::State, response::IntoResponse};
use http::{StatusCode, header};
use nil_api::{CreateFunction, FunctionCreated, Problem};
use nil_store::NewFunction;

use super::{present, validate};
use crate::{
    app::App,
    handlers::{environments, examples},
    http::{ApiError, JsonBody},
    languages::Languages,
};

/// Stores a function and queues its compilation. It is callable once its status is `READY`.
#[utoipa::path(post, operation_id = "createFunction", path = "/functions", tag = "functions", request_body = CreateFunction,
    params(("Idempotency-Key" = Option<String>, Header, description = "Carried out once for 24 hours, and answered again")), responses(
    (status = 201, description = "Stored; compilation is queued", body = FunctionCreated,
     headers(("location" = String, description = "Where the function is"))),
    (status = 400, description = "The body cannot be read, a field is missing or empty, or a path in `files` is not allowed", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 409, description = "The name is taken, or the request with this `Idempotency-Key` is still being carried out", body = Problem),
    (status = 413, description = "The body or the source is too large", body = Problem),
    (status = 415, description = "Not JSON, or a language without a toolchain", body = Problem),
    (status = 422, description = "A value is not allowed: name, settings, examples, environments; or the `Idempotency-Key` belongs to another request", body = Problem),
    (status = 503, description = "The database is not available", body = Problem),
))]
pub(crate) async fn create(
    State(app): State<App>,
    JsonBody(body): JsonBody<CreateFunction>,
) -> Result<impl IntoResponse, ApiError> {
    let limits = &app.config().compile_limits;
    let name = validate::name(&body.name)?;
    let language = validate::language(&body.language)?;
    let content = validate::new_content(language, body.source, body.files, body.wasm_base64.as_deref(), limits)?;
    let languages = Languages::look(&app).await?;
    languages.require(language)?;
    let new = NewFunction {
        name,
        language,
        description: body.description,
        source: content.source.unwrap_or_default(),
        files: content.files.unwrap_or_default(),
        module: content.module,
        settings: body.settings.unwrap_or_default(),
        examples: examples::check::all(body.examples.unwrap_or_default())?,
        environments: environments::check::all(&body.environments.unwrap_or_default())?,
        builders: languages.builders(&app),
    };
    if let Some(description) = &new.description {
        validate::description(description)?;
    }
    new.settings.check(&app.config().maxima)?;
    let row = app.store().create_function(&new, limits).await?;
    let location = format!("/functions/{}", row.id);
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json::<FunctionCreated>(present::created(row))))
}
