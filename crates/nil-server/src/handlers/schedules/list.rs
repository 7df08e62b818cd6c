//! `GET /schedules`: those of all functions.

use axum::{Json, extract::State, response::IntoResponse};
use nil_api::{Problem, Schedule};
use nil_core::ScheduleId;

use super::present;
use crate::{
    app::App,
    http::{ApiError, PageQuery, QueryParams, next_link},
};

/// Schedules of all functions, newest first.
#[utoipa::path(get, operation_id = "listAllSchedules", path = "/schedules", tag = "schedules", params(PageQuery), responses(
    (status = 200, description = "A page of schedules; `Link` names the next", body = Vec<Schedule>),
    (status = 400, description = "The query cannot be read", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 503, description = "The database is not available", body = Problem),
))]
pub(crate) async fn list(
    State(app): State<App>,
    QueryParams(query): QueryParams<PageQuery>,
) -> Result<impl IntoResponse, ApiError> {
    let page = query.page::<ScheduleId>()?;
    let rows = app.store().schedules(None, page).await?.unwrap_or_default();
    let ids: Vec<ScheduleId> = rows.iter().map(|row| row.id).collect();
    let link = next_link("/schedules", page.limit, &ids);
    Ok((link, Json(rows.into_iter().map(present).collect::<Vec<_>>())))
}
