//! Listing in pages: `?limit=` and `?after=`, and the `Link` to the next page.

use axum::{
    extract::{FromRequestParts, Query},
    http::request::Parts,
};
use http::{HeaderValue, header};
use nil_store::Page;
use serde::{Deserialize, de::DeserializeOwned};

use super::error::ApiError;

/// Query parameters of a known type; a misspelt one is an error, not a default.
pub(crate) struct QueryParams<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for QueryParams<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        Query::<T>::from_request_parts(parts, state)
            .await
            .map(|Query(params)| Self(params))
            .map_err(|rejection| ApiError::invalid(format!("the query cannot be read: {rejection}")))
    }
}

/// `?limit=` and `?after=`.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// Entries at the most, 1 to 1000; default 1000.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<i64>,
    /// Continue behind the entry with this id.
    after: Option<String>,
}

/// Entries of a page at the most.
const MAX_LIMIT: i64 = 1_000;

impl PageQuery {
    pub(crate) fn page<Id: std::str::FromStr>(&self) -> Result<Page<Id>, ApiError>
    where
        Id::Err: std::fmt::Display,
    {
        page_of(self.limit, self.after.as_deref())
    }
}

/// A page from its two parameters.
pub(crate) fn page_of<Id: std::str::FromStr>(limit: Option<i64>, after: Option<&str>) -> Result<Page<Id>, ApiError>
where
    Id::Err: std::fmt::Display,
{
    let limit = limit.unwrap_or(MAX_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(ApiError::invalid(format!("`limit` is {limit}; use 1 to {MAX_LIMIT}")));
    }
    let after =
        after.map(str::parse).transpose().map_err(|error: Id::Err| ApiError::invalid(format!("`after`: {error}")))?;
    Ok(Page { limit, after })
}

/// The `Link` header to the next page; `None` when this page was not full.
pub(crate) fn next_link<Id: std::fmt::Display>(
    path: &str,
    limit: i64,
    ids: &[Id],
) -> Option<[(header::HeaderName, HeaderValue); 1]> {
    next_link_with(path, limit, &[("limit", limit.to_string())], ids)
}

/// The `Link` header to the next page of a listing with further parameters, `limit` among them.
pub(crate) fn next_link_with<Id: std::fmt::Display>(
    path: &str,
    limit: i64,
    parameters: &[(&str, String)],
    ids: &[Id],
) -> Option<[(header::HeaderName, HeaderValue); 1]> {
    let last = ids.last().filter(|_| i64::try_from(ids.len()) == Ok(limit))?;
    let query = serde_urlencoded::to_string(parameters).ok()?;
    let value = HeaderValue::from_str(&format!("<{path}?{query}&after={last}>; rel=\"next\"")).ok()?;
    Some([(header::LINK, value)])
}
