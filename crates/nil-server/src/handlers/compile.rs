//! `POST /compile`: what would become of a source, without deploying it.

use std::time::Instant;

use axum::{Json, extract::State};
use nil_api::{CheckSource, Checked, Problem};
use nil_core::CheckRequest;

use super::functions::validate;
use crate::{
    app::App,
    checks::{self, Subject},
    http::{ApiError, JsonBody},
    languages::Languages,
};

/// Compiles and validates a source as a deployment would, and keeps nothing of it. A source with mistakes is an answer
/// (`ok: false`), no error.
#[utoipa::path(post, operation_id = "compile", path = "/compile", tag = "functions", request_body = CheckSource, responses(
    (status = 200, description = "What a deployment would come to", body = Checked),
    (status = 400, description = "The body cannot be read, a field is missing or empty, or a path in `files` is not allowed", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 413, description = "The body or the source is too large", body = Problem),
    (status = 415, description = "Not JSON, or a language without a toolchain", body = Problem),
    (status = 503, description = "No compiler was free in time, too many checks at once, or the database is not available", body = Problem),
))]
pub(crate) async fn compile(
    State(app): State<App>,
    JsonBody(body): JsonBody<CheckSource>,
) -> Result<Json<Checked>, ApiError> {
    let started = Instant::now();
    let limits = app.config().compile_limits;
    let language = validate::language(&body.language)?;
    let content = validate::new_content(language, body.source, body.files, body.wasm_base64.as_deref(), &limits)?;
    let languages = Languages::look(&app).await?;
    languages.require(language)?;
    let subject = match content.module {
        Some(module) => Subject::Module(module),
        None => Subject::Source {
            request: CheckRequest {
                language,
                source: content.source.unwrap_or_default(),
                files: content.files.unwrap_or_default(),
                limits,
            },
            unserved: languages.info(language).hint,
        },
    };
    let outcome = checks::check(&app, subject).await?;
    let published = outcome.published.as_ref();
    Ok(Json(Checked {
        ok: published.is_some(),
        diagnostics: outcome.diagnostics,
        abi: published.map(|published| published.abi.abi),
        size_bytes: published.map(|published| published.wasm.len() as u64),
        duration_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
    }))
}
