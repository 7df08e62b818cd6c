//! The files Vite wrote: in the binary for releases, read from `console/dist` by development builds.

use std::borrow::Cow;

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use rust_embed::RustEmbed;

use super::headers;

#[derive(RustEmbed)]
#[folder = "../../console/dist"]
#[allow_missing = true]
struct Dist;

const DOCUMENT: &str = "index.html";

/// The document, if the console was built.
pub(super) fn document() -> Option<String> {
    let file = Dist::get(DOCUMENT)?;
    String::from_utf8(file.data.into_owned()).ok()
}

/// The file at `path`, compressed if the browser takes that. The document is none of them: it is answered by itself.
pub(super) fn answer(path: &str, request: &HeaderMap) -> Option<Response> {
    let media_type = media_type(path)?;
    let plain = path.split('/').all(|name| !name.is_empty() && !name.starts_with('.'));
    if !plain || path == DOCUMENT {
        return None;
    }
    let compressed = takes_gzip(request).then(|| Dist::get(&format!("{path}.gz"))).flatten();
    let encoding = compressed.is_some().then_some(HeaderValue::from_static("gzip"));
    let file = compressed.or_else(|| Dist::get(path))?;
    let bytes = match file.data {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => Bytes::from(bytes),
    };
    let mut response = Body::from(bytes).into_response();
    let map = response.headers_mut();
    map.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    map.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    // Names under `assets/` carry a digest of the content.
    let caching = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "max-age=3600" };
    map.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    if let Some(encoding) = encoding {
        map.insert(header::CONTENT_ENCODING, encoding);
    }
    headers::protect(map);
    Some(response)
}

/// The types of what Vite writes; anything else is not served.
fn media_type(path: &str) -> Option<&'static str> {
    Some(match path.rsplit_once('.')?.1 {
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        _ => return None,
    })
}

fn takes_gzip(request: &HeaderMap) -> bool {
    let accepted = request.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|entry| {
        let (coding, quality) = entry.split_once(';').unwrap_or((entry, ""));
        let refused = quality.trim().strip_prefix("q=").is_some_and(|q| q.parse().is_ok_and(|q: f32| q == 0.0));
        coding.trim().eq_ignore_ascii_case("gzip") && !refused
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(value: &str) -> bool {
        takes_gzip(&HeaderMap::from_iter([(header::ACCEPT_ENCODING, value.parse().expect("header value"))]))
    }

    #[test]
    fn compression_is_for_who_takes_it() {
        assert!(accepts("gzip, deflate, br"));
        assert!(accepts("br;q=1.0, GZIP;q=0.5"));
        assert!(!accepts("gzip;q=0"));
        assert!(!accepts("identity"));
        assert!(!takes_gzip(&HeaderMap::new()));
    }

    #[test]
    fn only_what_the_build_writes_has_a_type() {
        assert!(media_type("assets/index-1a2b.js").is_some());
        assert!(media_type("assets/index-1a2b.js.gz").is_none());
        assert!(media_type("functions/greet").is_none());
    }
}
