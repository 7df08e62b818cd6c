//! `/console`: the page people write, run and understand functions with. What Vite built of `console/` is part of the
//! binary; where nothing was built, a page says how.
//!
//! The document gets a nonce of its own with every answer, for the editor's style sheet; everything else it loads are
//! files of this server. It is served without the token: it holds nothing, and asks for the token itself.

mod assets;
mod headers;
mod missing;

use axum::{
    extract::Path,
    response::{IntoResponse, Redirect, Response},
    routing::{self, MethodRouter},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use nil_api::ProblemKind;

use crate::http::ApiError;

const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

/// Stands in `index.html` where the nonce goes.
const NONCE: &str = "__NIL_NONCE__";

/// Paths and what answers them.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>() -> [(&'static str, MethodRouter<S>); 4] {
    [
        ("/", routing::get(|| async { Redirect::temporary("/console") })),
        ("/console", routing::get(document)),
        ("/console/", routing::get(document)),
        ("/console/{*path}", routing::get(file)),
    ]
}

/// A file of the console, or the document for the pages it draws itself.
async fn file(Path(path): Path<String>, headers: HeaderMap) -> Response {
    if let Some(response) = assets::answer(&path, &headers) {
        return response;
    }
    if path.starts_with("assets/") {
        let detail = "the console has no such file; it was built anew since the page was opened: reload the page";
        return ApiError::new(ProblemKind::NotFound, detail).into_response();
    }
    document().await
}

async fn document() -> Response {
    let nonce = BASE64_STANDARD.encode(rand::random::<[u8; 16]>());
    let (status, page) = match assets::document() {
        Some(page) => (StatusCode::OK, page.replace(NONCE, &nonce)),
        None => (StatusCode::NOT_FOUND, missing::PAGE.replace(NONCE, &nonce)),
    };
    let mut response = (status, page).into_response();
    let map = response.headers_mut();
    map.insert(header::CONTENT_TYPE, HTML);
    // The nonce is for one answer.
    map.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers::protect_document(map, &nonce);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_document_allows_what_it_needs_and_nothing_inline() {
        let (first, second) = (document().await, document().await);
        let policy = |response: &Response| {
            let value = response.headers().get(header::CONTENT_SECURITY_POLICY).expect("a policy");
            value.to_str().expect("text").to_owned()
        };
        assert_ne!(policy(&first), policy(&second), "every answer has its own nonce");
        let policy = policy(&first);
        assert!(!policy.contains("unsafe"), "{policy}");
        for part in ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"] {
            assert!(policy.split("; ").any(|directive| directive == part), "{part}: {policy}");
        }
        assert_eq!(first.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(first.headers()[header::REFERRER_POLICY], "no-referrer");
        assert_eq!(first.headers()[header::CACHE_CONTROL], "no-store");
    }

    #[tokio::test]
    async fn a_file_that_is_not_there_is_no_page() {
        let answer = file(Path("assets/gone.js".to_owned()), HeaderMap::new()).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
        assert!(answer.extensions().get::<ApiError>().is_some());
    }

    #[tokio::test]
    async fn nothing_outside_of_the_console_is_a_file_of_it() {
        for path in ["../Cargo.toml", "..%2fCargo.toml", "/etc/passwd", "assets/../../package.json", "index.html"] {
            assert!(assets::answer(path, &HeaderMap::new()).is_none(), "{path}");
        }
    }
}
