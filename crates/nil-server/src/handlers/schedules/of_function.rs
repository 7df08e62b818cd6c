//! `GET /functions/{id}/schedules`: those of one function.

use axum::{Json, extract::State, response::IntoResponse};
use nil_api::{Problem, Schedule};
use nil_core::ScheduleId;

use super::present;
use crate::{
    app::App,
    http::{ApiError, FunctionPath, PageQuery, QueryParams, next_link},
};

/// Schedules of one function, newest first.
#[utoipa::path(get, operation_id = "listSchedules", path = "/functions/{id}/schedules", tag = "schedules",
    params(("id" = String, Path, description = "The function's id or name"), PageQuery), responses(
    (status = 200, description = "A page of schedules; `Link` names the next", body = Vec<Schedule>),
    (status = 400, description = "The query or the path cannot be read", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 404, description = "No such function", body = Problem),
    (status = 503, description = "The database is not available", body = Problem),
))]
pub(crate) async fn of_function(
    State(app): State<App>,
    FunctionPath(function): FunctionPath,
    QueryParams(query): QueryParams<PageQuery>,
) -> Result<impl IntoResponse, ApiError> {
    let page = query.page::<ScheduleId>()?;
    let rows = app.store().schedules(Some(&function), page).await?;
    let rows = rows.ok_or_else(|| ApiError::unknown_function(&function))?;
    let ids: Vec<ScheduleId> = rows.iter().map(|row| row.id).collect();
    let link = next_link(&format!("/functions/{function}/schedules"), page.limit, &ids);
    Ok((link, Json(rows.into_iter().map(present).collect::<Vec<_>>())))
}
