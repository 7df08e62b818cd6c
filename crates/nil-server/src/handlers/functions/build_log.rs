//! `GET /functions/{id}/versions/{number}/build-log`: what was said while a version was built.

use std::time::Duration;

use axum::{
    Json,
    extract::{Path, State},
    response::{IntoResponse as _, Response, sse::Event},
};
use futures_util::stream;
use nil_api::{BuildLog, Problem, ProblemKind};
use nil_core::{BuildLogLine, BuildStream, FunctionRef, FunctionStatus};
use nil_store::BuildLogRow;
use serde::Deserialize;

use crate::{
    app::App,
    events::Subscription,
    http::{ApiError, QueryParams, sse_event, sse_response},
};

/// `?follow=`.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct BuildLogQuery {
    /// Go on with what is said from now on, as server-sent events, until the build is over.
    #[serde(default)]
    follow: bool,
}

/// How often the database is asked while a build is followed, in case a notification was lost.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// What was said while a version was built, first to last. With `follow=true` as server-sent events: `log` for each
/// line, and `end` with the whole `BuildLog` when the build is over.
#[utoipa::path(get, operation_id = "readBuildLog", path = "/functions/{id}/versions/{number}/build-log", tag = "functions",
    params(("id" = String, Path, description = "The function's id or name"),
        ("number" = i32, Path, description = "The version's number"), BuildLogQuery), responses(
    (status = 200, description = "The build so far", content(
        (BuildLog = "application/json"),
        (String = "text/event-stream"),
    )),
    (status = 400, description = "The path or the query cannot be read", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 404, description = "No such function or version", body = Problem),
    (status = 503, description = "The database is not available, or too many streams are open", body = Problem),
))]
pub(crate) async fn read(
    State(app): State<App>,
    path: Result<Path<(String, String)>, axum::extract::rejection::PathRejection>,
    QueryParams(query): QueryParams<BuildLogQuery>,
) -> Result<Response, ApiError> {
    let Path((function, number)) =
        path.map_err(|_| ApiError::invalid("the path holds characters that are not UTF-8"))?;
    let function: FunctionRef = function.parse().map_err(|error| ApiError::invalid(format!("the path: {error}")))?;
    let number: i32 = number.parse().map_err(|_| ApiError::invalid(format!("`{number}` is no version's number")))?;
    if !query.follow {
        return Ok(Json(look(&app, &function, number).await?).into_response());
    }
    // Before the first look, so that what is said after it is heard.
    let subscription = app.events().subscribe()?;
    let log = look(&app, &function, number).await?;
    let follow = Follow { app, function, number, subscription, log, told: 0, over: false };
    Ok(sse_response(stream::unfold(follow, next)))
}

async fn look(app: &App, function: &FunctionRef, number: i32) -> Result<BuildLog, ApiError> {
    let Some(row) = app.store().build_log(function, number).await? else {
        return Err(ApiError::new(ProblemKind::NotFound, format!("`{function}` has no version {number}")));
    };
    Ok(with_ends(row, number))
}

/// The lines between the two that the version itself tells.
fn with_ends(row: BuildLogRow, number: i32) -> BuildLog {
    let nil = |at, text: String| BuildLogLine { at, stream: BuildStream::Nil, text };
    let mut lines = vec![nil(row.created_at, format!("version {number} was stored and queued"))];
    lines.extend(row.lines);
    match (row.status, row.built_at) {
        (FunctionStatus::Ready, Some(at)) => lines.push(nil(at, "ready".to_owned())),
        (FunctionStatus::Failed, Some(at)) => lines.push(nil(at, "failed".to_owned())),
        _ => {}
    }
    BuildLog { version: number, status: row.status, lines }
}

struct Follow {
    app: App,
    function: FunctionRef,
    number: i32,
    subscription: Subscription,
    log: BuildLog,
    /// Lines told.
    told: usize,
    over: bool,
}

async fn next(mut follow: Follow) -> Option<(Event, Follow)> {
    loop {
        if let Some(line) = follow.log.lines.get(follow.told) {
            let event = sse_event("log", line);
            follow.told += 1;
            return Some((event, follow));
        }
        if follow.over {
            return None;
        }
        if follow.log.status.is_terminal() {
            follow.over = true;
            return Some((sse_event("end", &follow.log), follow));
        }
        // Any event may be the one; a build has few lines, so looking is cheap.
        if let Ok(None) = tokio::time::timeout(LOOK_AGAIN, follow.subscription.next()).await {
            return None;
        }
        match look(&follow.app, &follow.function, follow.number).await {
            Ok(log) => follow.log = log,
            Err(error) if error.kind == ProblemKind::NotFound => return None,
            Err(_) => tokio::time::sleep(LOOK_AGAIN).await,
        }
    }
}
