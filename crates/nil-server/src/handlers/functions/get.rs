//! `GET /functions/{id}`: one function with its newest version's source and state.

use std::time::Duration;

use axum::{Json, extract::State};
use nil_api::{FunctionDetail, Problem};
use nil_core::FunctionRef;
use nil_store::FunctionRow;
use serde::Deserialize;
use tokio::{sync::broadcast::error::RecvError, time::Instant};

use super::present;
use crate::{
    app::App,
    http::{ApiError, FunctionPath, QueryParams},
};

/// `?waitMs=`.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub(crate) struct WaitQuery {
    /// Answer when the newest version is `READY` or `FAILED`, or after this many milliseconds; at most 30000.
    #[param(minimum = 0, maximum = 30000)]
    wait_ms: Option<u64>,
}

/// Longest wait, in milliseconds.
const MAX_WAIT_MS: u64 = 30_000;

/// How often the database is asked while waiting, in case a notification was lost.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// A function with its newest version.
#[utoipa::path(get, operation_id = "getFunction", path = "/functions/{id}", tag = "functions",
    params(("id" = String, Path, description = "The function's id or name"), WaitQuery), responses(
    (status = 200, description = "The function", body = FunctionDetail),
    (status = 400, description = "Neither an id nor a name", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 404, description = "No such function", body = Problem),
    (status = 503, description = "The database is not available", body = Problem),
))]
pub(crate) async fn get(
    State(app): State<App>,
    FunctionPath(function): FunctionPath,
    QueryParams(query): QueryParams<WaitQuery>,
) -> Result<Json<FunctionDetail>, ApiError> {
    let wait_ms = query.wait_ms.unwrap_or(0);
    if wait_ms > MAX_WAIT_MS {
        return Err(ApiError::invalid(format!("`waitMs` is {wait_ms}; use at most {MAX_WAIT_MS}")));
    }
    let row = wait_until_built(&app, &function, Duration::from_millis(wait_ms)).await?;
    app.live().observed(row.id, row.live_version).await;
    let environments = app.store().environments_of(row.id).await?;
    Ok(Json(FunctionDetail { environments, ..present::detail(row) }))
}

async fn wait_until_built(app: &App, function: &FunctionRef, wait: Duration) -> Result<FunctionRow, ApiError> {
    let deadline = Instant::now() + wait;
    // Before the first look, so that a change after it is heard.
    let mut changes = app.changes().subscribe();
    loop {
        let row = app.store().function(function).await?.ok_or_else(|| ApiError::unknown_function(function))?;
        if row.status.is_terminal() || Instant::now() >= deadline {
            return Ok(row);
        }
        let look_again = deadline.min(Instant::now() + LOOK_AGAIN);
        while let Ok(heard) = tokio::time::timeout_at(look_again, changes.recv()).await {
            match heard {
                Ok(Some(changed)) if changed != row.id => {}
                Ok(_) | Err(RecvError::Lagged(_)) => break,
                Err(RecvError::Closed) => return Ok(row),
            }
        }
    }
}
