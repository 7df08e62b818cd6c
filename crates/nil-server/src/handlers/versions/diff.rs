//! `GET /functions/{id}/versions/{n}/diff`: what a version changed.

use axum::{Json, extract::State};
use nil_api::{Problem, ProblemKind, VersionDiff};
use nil_core::{ContentDiff, Language, VersionContent};
use nil_store::VersionRow;
use serde::Deserialize;

use super::get::find;
use crate::{
    app::App,
    http::{ApiError, FunctionPartPath, QueryParams},
};

/// `?against=`.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DiffQuery {
    /// The version to compare with; absent means the one before it.
    #[param(minimum = 1)]
    against: Option<i32>,
}

/// What differs from another version: files in unified form, and settings.
#[utoipa::path(get, operation_id = "diffVersions", path = "/functions/{id}/versions/{number}/diff", tag = "versions",
    params(("id" = String, Path, description = "The function's id or name"),
           ("number" = i32, Path, description = "The version's number", minimum = 1), DiffQuery), responses(
    (status = 200, description = "What differs; nothing if the two are equal", body = VersionDiff),
    (status = 400, description = "The path or the query cannot be read", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 404, description = "No such function, or no such version of it", body = Problem),
    (status = 503, description = "The database is not available", body = Problem),
))]
pub(crate) async fn diff(
    State(app): State<App>,
    FunctionPartPath(function, number): FunctionPartPath<i32>,
    QueryParams(query): QueryParams<DiffQuery>,
) -> Result<Json<VersionDiff>, ApiError> {
    let to = find(&app, &function, number).await?;
    let against = query.against.or_else(|| Some(number - 1).filter(|before| *before > 0));
    let from = match against {
        Some(against) => Some(find(&app, &function, against).await?),
        None => None,
    };
    // Two large texts take their time, and this thread has others to serve.
    let compared =
        tokio::task::spawn_blocking(move || ContentDiff::between(from.as_ref().map(content).as_ref(), &content(&to)));
    let content = compared.await.map_err(|error| {
        tracing::error!(%error, "comparing two versions failed");
        ApiError::new(ProblemKind::Internal, "something went wrong on our side; the server's log has the cause")
    })?;
    Ok(Json(VersionDiff { from: against, to: number, content }))
}

fn content(row: &VersionRow) -> VersionContent<'_> {
    VersionContent {
        language: row.entry.language,
        source: &row.source,
        files: &row.files,
        module: (row.entry.language == Language::Wasm).then_some(row.source_digest),
        settings: &row.settings,
    }
}
