//! `GET /functions`: every function, oldest first.

use axum::{Json, extract::State, response::IntoResponse};
use chrono::{DateTime, Utc};
use nil_api::{FunctionSummary, Problem};
use nil_core::{FunctionId, FunctionStatus, Language};
use nil_store::FunctionFilter;
use serde::Deserialize;

use super::present;
use crate::{
    app::App,
    http::{ApiError, QueryParams, next_link_with, page_of},
};

/// Which functions.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// With this in their name, whatever the case.
    q: Option<String>,
    /// Whose newest version is in this state.
    #[param(inline)]
    status: Option<FunctionStatus>,
    /// Whose newest version is written in this language.
    #[param(inline)]
    language: Option<Language>,
    /// Made at this time or later.
    since: Option<DateTime<Utc>>,
    /// Made before this time.
    until: Option<DateTime<Utc>>,
    /// Entries at the most, 1 to 1000; default 1000.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<i64>,
    /// Continue behind the entry with this id.
    after: Option<String>,
}

/// Functions, oldest first. A full page carries a `Link` to the next one.
#[utoipa::path(get, operation_id = "listFunctions", path = "/functions", tag = "functions", params(ListQuery), responses(
    (status = 200, description = "A page of functions", body = Vec<FunctionSummary>),
    (status = 400, description = "The query cannot be read", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 503, description = "The database is not available", body = Problem),
))]
pub(crate) async fn list(
    State(app): State<App>,
    QueryParams(query): QueryParams<ListQuery>,
) -> Result<impl IntoResponse, ApiError> {
    let page = page_of::<FunctionId>(query.limit, query.after.as_deref())?;
    let ListQuery { q, status, language, since, until, .. } = query;
    // A name has no NUL, and PostgreSQL takes none.
    let name = q.map(|text| text.replace('\0', "\u{fffd}"));
    let mut kept = vec![("limit", page.limit.to_string())];
    kept.extend(name.clone().map(|text| ("q", text)));
    kept.extend(status.map(|status| ("status", status.to_string())));
    kept.extend(language.map(|language| ("language", language.to_string())));
    kept.extend(since.map(|time| ("since", time.to_rfc3339())));
    kept.extend(until.map(|time| ("until", time.to_rfc3339())));
    let rows = app.store().functions(&FunctionFilter { status, language, name, since, until }, page).await?;
    let ids: Vec<FunctionId> = rows.iter().map(|row| row.id).collect();
    let link = next_link_with("/functions", page.limit, &kept, &ids);
    Ok((link, Json(rows.into_iter().map(present::summary).collect::<Vec<_>>())))
}
