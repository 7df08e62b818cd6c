//! `PUT /functions/{id}/module`: a new version from a ready module, sent as it is.

use axum::{Json, body::Bytes, extract::State, extract::rejection::BytesRejection};
use http::HeaderMap;
use nil_api::{FunctionDetail, Problem, ProblemKind};
use nil_core::Language;
use nil_store::FunctionChange;

use super::{present, validate};
use crate::{
    app::App,
    http::{ApiError, FunctionPath, body_error, media_type},
    languages::Languages,
};

/// What a module is sent as.
const MEDIA_TYPE: &str = "application/wasm";

/// Replaces what a function is made of by a ready module. It becomes a new version, which is validated and published
/// like any other while the live one goes on answering.
#[utoipa::path(put, operation_id = "putModule", path = "/functions/{id}/module", tag = "functions",
    request_body(content_type = "application/wasm", description = "The module, at most 32 MiB"),
    params(("id" = String, Path, description = "The function's id or name")), responses(
    (status = 200, description = "The function as it is now", body = FunctionDetail),
    (status = 400, description = "The path cannot be read, or the body is empty", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 404, description = "No such function", body = Problem),
    (status = 413, description = "The module is too large", body = Problem),
    (status = 415, description = "Not `application/wasm`", body = Problem),
    (status = 503, description = "The database is not available", body = Problem),
))]
pub(crate) async fn put(
    State(app): State<App>,
    FunctionPath(function): FunctionPath,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<FunctionDetail>, ApiError> {
    let body = body.map_err(|rejection| body_error(&rejection))?;
    if media_type(&headers).as_deref() != Some(MEDIA_TYPE) {
        return Err(ApiError::new(
            ProblemKind::UnsupportedMediaType,
            format!("the body must be a WebAssembly module; send it with `content-type: {MEDIA_TYPE}`"),
        ));
    }
    let limits = &app.config().compile_limits;
    validate::module(&body, limits)?;
    let change = FunctionChange {
        language: Some(Language::Wasm),
        module: Some(body.to_vec()),
        builders: Languages::look(&app).await?.builders(&app),
        ..FunctionChange::default()
    };
    let row = app
        .store()
        .update_function(&function, &change, limits)
        .await?
        .ok_or_else(|| ApiError::unknown_function(&function))?;
    Ok(Json(present::detail(row)))
}
