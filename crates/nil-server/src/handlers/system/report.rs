//! `GET /system`: what this installation consists of and how full it is.

use std::time::Duration;

use axum::{Json, extract::State};
use nil_api::{CodeCacheReport, CompilerLanguage, CompilerReport, DatabaseReport, Problem, RecordReport, SystemReport};
use nil_core::AnnouncedState;
use nil_store::SeenCompiler;

use crate::{app::App, handlers::queue, http::ApiError};

/// Compilers that were silent for longer are not worth a word.
const LATELY: Duration = Duration::from_secs(3_600);

/// Versions, sizes, backlogs and compilers.
#[utoipa::path(get, operation_id = "getSystem", path = "/system", tag = "operations", responses(
    (status = 200, description = "The installation", body = SystemReport),
    (status = 401, description = "A token is required", body = Problem),
    (status = 503, description = "The database is not available", body = Problem),
))]
pub(crate) async fn report(State(app): State<App>) -> Result<Json<SystemReport>, ApiError> {
    let facts = app.store().database_facts().await?;
    let compilers = app.store().compilers(LATELY).await?;
    let cache = app.runtime().code_cache_stats().map(|cache| CodeCacheReport {
        hits: cache.hits,
        misses: cache.misses,
        discarded: cache.discarded,
        stored: cache.stored,
        evicted: cache.evicted,
        failed: cache.failed,
    });
    Ok(Json(SystemReport {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started_at: app.started_at(),
        database: DatabaseReport { version: facts.version, size_bytes: facts.size_bytes },
        queue: queue::report::look(&app).await?,
        compilers: compilers.into_iter().map(compiler).collect(),
        executions: RecordReport {
            partitions: facts.partitions,
            size_bytes: facts.executions_bytes,
            oldest_day: facts.oldest_day,
            retention_days: app.config().retention_days,
        },
        code_cache: cache,
    }))
}

fn compiler(seen: SeenCompiler) -> CompilerReport {
    let announcement = seen.announcement;
    let languages = announcement.toolchains.into_iter().map(|toolchain| CompilerLanguage {
        language: toolchain.language,
        installed: toolchain.state == AnnouncedState::Installed,
        toolchain: toolchain.version,
        hint: toolchain.hint,
    });
    CompilerReport {
        id: announcement.id,
        host: announcement.host,
        state: announcement.state,
        alive: seen.alive,
        languages: languages.collect(),
        problems: announcement.problems,
        started_at: seen.started_at,
        last_seen_at: seen.seen_at,
    }
}
