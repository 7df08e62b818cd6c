//! `GET /environments`: all of them, without the values of secrets.

use axum::{Json, extract::State, response::IntoResponse};
use nil_api::{Environment, Problem};
use nil_core::EnvironmentId;

use super::present;
use crate::{
    app::App,
    http::{ApiError, PageQuery, QueryParams, next_link},
};

/// Environments, newest first.
#[utoipa::path(get, operation_id = "listEnvironments", path = "/environments", tag = "environments", params(PageQuery), responses(
    (status = 200, description = "A page of environments; `Link` names the next", body = Vec<Environment>),
    (status = 400, description = "The query cannot be read", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 503, description = "The database is not available", body = Problem),
))]
pub(crate) async fn list(
    State(app): State<App>,
    QueryParams(query): QueryParams<PageQuery>,
) -> Result<impl IntoResponse, ApiError> {
    let page = query.page::<EnvironmentId>()?;
    let rows = app.store().environments(page).await?;
    let ids: Vec<EnvironmentId> = rows.iter().map(|row| row.id).collect();
    let link = next_link("/environments", page.limit, &ids);
    Ok((link, Json(rows.into_iter().map(present).collect::<Vec<_>>())))
}
