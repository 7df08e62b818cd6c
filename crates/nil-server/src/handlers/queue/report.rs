//! `GET /queue`: what waits for compilers, what waits to be executed, and what was given up.

use axum::{Json, extract::State};
use nil_api::{CompilationBacklog, DeadLetter, ExecutionBacklog, FunctionBacklog, Problem, QueueReport};

use crate::{app::App, http::ApiError};

/// The compilation backlog by function with its dead letters, and the queue of executions in numbers.
#[utoipa::path(get, operation_id = "getQueue", path = "/queue", tag = "operations", responses(
    (status = 200, description = "Backlog and dead letters", body = QueueReport),
    (status = 401, description = "A token is required", body = Problem),
    (status = 503, description = "The database is not available", body = Problem),
))]
pub(crate) async fn report(State(app): State<App>) -> Result<Json<QueueReport>, ApiError> {
    look(&app).await.map(Json)
}

/// The same for whoever answers it as a part of something larger.
pub(crate) async fn look(app: &App) -> Result<QueueReport, ApiError> {
    let backlog = app.store().compilation_backlog().await?;
    let dead_letters = app.store().dead_letters().await?;
    let executions = app.store().queue_backlog().await?;
    Ok(QueueReport {
        compilation: CompilationBacklog {
            queued: backlog.queued,
            leased: backlog.leased,
            oldest_ms: backlog.oldest_ms,
            functions: backlog
                .functions
                .into_iter()
                .map(|function| FunctionBacklog {
                    function_id: function.function_id,
                    function_name: function.function_name,
                    jobs: function.jobs,
                    attempts: function.attempts,
                })
                .collect(),
        },
        dead_letters: dead_letters
            .into_iter()
            .map(|letter| DeadLetter {
                id: letter.id,
                function_id: letter.function_id,
                function_name: letter.function_name,
                version_id: letter.version_id,
                attempts: i32::try_from(letter.attempts).unwrap_or(i32::MAX),
                last_error: letter.last_error,
                parked_at: letter.parked_at,
            })
            .collect(),
        executions: ExecutionBacklog {
            pending: executions.ready,
            running: executions.running,
            delayed: executions.delayed,
            oldest_age_ms: executions.oldest_ms,
            dead_letters: executions.dead,
        },
    })
}
