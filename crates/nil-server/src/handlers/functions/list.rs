//! `GET /functions`: every function, oldest first.

use axum::{Json, extract::State, response::IntoResponse};
use nil_api::{FunctionSummary, Problem};
use nil_core::FunctionId;

use super::present;
use crate::{
    app::App,
    http::{ApiError, PageQuery, QueryParams, next_link},
};

/// Functions, oldest first. A full page carries a `Link` to the next one.
#[utoipa::path(get, operation_id = "listFunctions", path = "/functions", tag = "functions", params(PageQuery), responses(
    (status = 200, description = "A page of functions", body = Vec<FunctionSummary>),
    (status = 400, description = "The query cannot be read", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 503, description = "The database is not available", body = Problem),
))]
pub(crate) async fn list(
    State(app): State<App>,
    QueryParams(query): QueryParams<PageQuery>,
) -> Result<impl IntoResponse, ApiError> {
    let page = query.page::<FunctionId>()?;
    let rows = app.store().functions(page).await?;
    let ids: Vec<FunctionId> = rows.iter().map(|row| row.id).collect();
    let link = next_link("/functions", page.limit, &ids);
    Ok((link, Json(rows.into_iter().map(present::summary).collect::<Vec<_>>())))
}
