//! `GET /docs/problems/{kind}`: the page a problem document's `type` points at. (`/docs` itself is the
//! browsable OpenAPI document.)

use axum::{
    extract::Path,
    response::{IntoResponse, Response},
};
use http::header;
use nil_api::ProblemKind;

use crate::http::ApiError;

/// The pages are part of the binary, so a `type` can be followed on any server.
fn page(slug: &str) -> Option<&'static str> {
    macro_rules! pages {
        ($($slug:literal),+ $(,)?) => {
            match slug {
                $($slug => Some(include_str!(concat!("../../../../docs/problems/", $slug, ".md"))),)+
                _ => None,
            }
        };
    }
    pages!(
        "invalid-request",
        "function-not-ready",
        "unauthorized",
        "forbidden-origin",
        "not-found",
        "method-not-allowed",
        "request-timeout",
        "name-taken",
        "environment-in-use",
        "execution-over",
        "idempotency-mismatch",
        "idempotency-running",
        "too-large",
        "unsupported-media-type",
        "unsupported-language",
        "invalid-value",
        "function-busy",
        "internal",
        "function-failed",
        "unavailable",
        "function-timeout",
    )
}

pub(crate) async fn problem(Path(slug): Path<String>) -> Result<Response, ApiError> {
    let text = page(&slug)
        .ok_or_else(|| ApiError::new(ProblemKind::NotFound, "there is no such kind of problem; see `/openapi.json`"))?;
    Ok(([(header::CONTENT_TYPE, "text/markdown; charset=utf-8")], text).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_problem_has_its_page() {
        for kind in ProblemKind::ALL {
            let slug = kind.describe().1;
            assert!(page(slug).is_some_and(|text| text.starts_with("# ")), "{slug}");
        }
    }
}
