//! `GET /dead-letters`: executions that failed for good.

use axum::{Json, extract::State, response::IntoResponse};
use nil_api::{DeadExecution, Problem};
use nil_core::{ExecutionId, FunctionRef};
use serde::Deserialize;

use crate::{
    app::App,
    http::{ApiError, QueryParams, next_link_with, page_of},
};

/// Which dead letters.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// Of this function, by id or name.
    function: Option<String>,
    /// Entries at the most, 1 to 1000; default 1000.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<i64>,
    /// Continue behind the entry with this id.
    after: Option<String>,
}

/// Queued executions whose attempts are used up, newest first.
#[utoipa::path(get, operation_id = "listDeadLetters", path = "/dead-letters", tag = "executions", params(ListQuery), responses(
    (status = 200, description = "A page of dead letters", body = Vec<DeadExecution>),
    (status = 400, description = "The query cannot be read", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 404, description = "No such function", body = Problem),
    (status = 503, description = "The database is not available", body = Problem),
))]
pub(crate) async fn list(
    State(app): State<App>,
    QueryParams(query): QueryParams<ListQuery>,
) -> Result<impl IntoResponse, ApiError> {
    let page = page_of::<ExecutionId>(query.limit, query.after.as_deref())?;
    let function: Option<FunctionRef> = query
        .function
        .as_deref()
        .map(str::parse)
        .transpose()
        .map_err(|error| ApiError::invalid(format!("`function`: {error}")))?;
    let Some(letters) = app.store().dead_executions(function.as_ref(), page).await? else {
        return Err(ApiError::unknown_function(query.function.as_deref().unwrap_or_default()));
    };
    let mut kept = vec![("limit", page.limit.to_string())];
    kept.extend(query.function.map(|function| ("function", function)));
    let ids: Vec<ExecutionId> = letters.iter().map(|letter| letter.id).collect();
    let link = next_link_with("/dead-letters", page.limit, &kept, &ids);
    let letters = letters.into_iter().map(|letter| {
        Ok(DeadExecution {
            execution_id: letter.id,
            function_id: letter.function_id,
            function_name: letter.function_name.parse()?,
            attempts: letter.attempts,
            error_kind: letter.error_kind,
            error_message: letter.error_message,
            dead_at: letter.dead_at,
        })
    });
    letters.collect::<Result<Vec<_>, ApiError>>().map(|letters| (link, Json(letters)))
}
