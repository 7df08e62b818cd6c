//! `GET /ready`: the process can do its work.

use std::time::Duration;

use axum::{Json, extract::State};
use http::StatusCode;
use nil_api::{Readiness, ReadinessCheck};

use crate::{app::App, languages::Languages};

/// How long the database may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whether this server can take calls: the database answers, its schema is current, history is recorded. Says beside
/// that whether compilers work.
#[utoipa::path(get, path = "/ready", tag = "operations", responses(
    (status = 200, description = "Every required check passed", body = Readiness),
    (status = 503, description = "A required check failed; the body says which", body = Readiness),
))]
pub(crate) async fn ready(State(app): State<App>) -> (StatusCode, Json<Readiness>) {
    let database = match tokio::time::timeout(PATIENCE, app.store().is_migrated()).await {
        Ok(Ok(true)) => Ok(()),
        Ok(Ok(false)) => Err("the schema is older than this server; run `nil migrate`".to_owned()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("the database does not answer".to_owned()),
    };
    let history = if app.history().health().accepts() {
        Ok(())
    } else {
        Err("executions cannot be recorded right now".to_owned())
    };
    // Calls are answered without compilers, so they only warn.
    let compilers = match tokio::time::timeout(PATIENCE, Languages::look(&app)).await {
        Ok(Ok(languages)) => languages.problem().map_or(Ok(()), Err),
        Ok(Err(_)) | Err(_) => Err("not known: the database does not answer".to_owned()),
    };
    let checks: Vec<_> = [("database", true, database), ("history", true, history), ("compilers", false, compilers)]
        .into_iter()
        .map(|(name, required, result)| ReadinessCheck {
            name: name.to_owned(),
            ok: result.is_ok(),
            required,
            detail: result.err(),
        })
        .collect();
    let up = checks.iter().all(|check| check.ok || !check.required);
    let status = if up { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Readiness { status: if up { "UP" } else { "DOWN" }.to_owned(), checks }))
}
