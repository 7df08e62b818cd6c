//! Keeps pages in somebody's browser from driving a server on the same machine.
//!
//! Two ways in are closed: a page of another origin that sends requests (its `Origin` or `Sec-Fetch-Site`
//! tells), and a page whose own name was rebound to 127.0.0.1 (its `Host` tells).

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, Uri, header};
use nil_api::ProblemKind;

use super::error::ApiError;
use crate::{app::App, config::ServerConfig, front_door::is_front_door};

/// Refuses requests a foreign page could have sent.
pub(crate) async fn refuse_foreign_pages(State(app): State<App>, request: Request, next: Next) -> Response {
    match check_origin(app.config(), request.uri(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

/// Whether a request comes from a tool or from a page of this server's own, and names one server only.
pub(crate) fn check_origin(config: &ServerConfig, uri: &Uri, headers: &HeaderMap) -> Result<(), ApiError> {
    let refuse = |detail: &str| Err(ApiError::new(ProblemKind::ForbiddenOrigin, detail));
    if is_ambiguous(uri, headers) {
        return Err(ApiError::invalid("the request names more than one host; send one `Host`, the one of the URL"));
    }
    let authority = authority(uri, headers);
    let host = host_of(authority);
    let known = is_loopback(host) || config.allowed_hosts.iter().any(|allowed| allowed.eq_ignore_ascii_case(host));
    if !known && !config.any_host {
        return refuse("this server answers to loopback names only; `--allowed-host NAME` adds others");
    }
    // A link from elsewhere may open our documents, but it may not call a function.
    let navigates = headers.get("sec-fetch-mode").is_some_and(|mode| mode == "navigate");
    let opens_document = navigates && !is_front_door(uri.path());
    if headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site") && !opens_document {
        return refuse("pages of other sites may not call this server");
    }
    let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
    let same = origin
        .to_str()
        .ok()
        .and_then(|origin| origin.split_once("://"))
        .is_some_and(|(_, origin)| origin.eq_ignore_ascii_case(authority));
    if same { Ok(()) } else { refuse("pages of other origins may not call this server") }
}

/// Whether a request names several hosts: a proxy in between may have meant another one than we would.
fn is_ambiguous(uri: &Uri, headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter();
    let first = hosts.next();
    let disagree = uri
        .authority()
        .zip(first)
        .is_some_and(|(uri, host)| !host.as_bytes().eq_ignore_ascii_case(uri.as_str().as_bytes()));
    disagree || hosts.next().is_some()
}

/// The authority the client meant: HTTP/2 has it in the URI, HTTP/1 in `Host`. Empty if there is none.
fn authority<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> &'a str {
    match headers.get(header::HOST) {
        Some(host) => host.to_str().unwrap_or_default(),
        None => uri.authority().map_or("", |authority| authority.as_str()),
    }
}

/// The host without its port; the brackets of an IPv6 address go too.
fn host_of(authority: &str) -> &str {
    match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => authority.split_once(':').map_or(authority, |(host, _)| host),
    }
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
        || host.to_ascii_lowercase().ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn verdict(config: &ServerConfig, pairs: &[(&'static str, &str)]) -> Result<(), ProblemKind> {
        let headers = pairs
            .iter()
            .map(|(name, value)| (name.parse().expect("header name"), value.parse().expect("header value")))
            .collect();
        check_origin(config, &Uri::from_static("/functions"), &headers).map_err(|error| error.kind)
    }

    #[test]
    fn loopback_names_and_tools_pass() {
        let config = ServerConfig::new(Path::new("/tmp"));
        for host in ["localhost:8080", "127.0.0.1:8080", "[::1]:8080", "nil.localhost"] {
            assert_eq!(verdict(&config, &[("host", host)]), Ok(()), "{host}");
        }
        assert_eq!(verdict(&config, &[("host", "localhost:8080"), ("origin", "http://localhost:8080")]), Ok(()));
    }

    #[test]
    fn rebound_names_and_foreign_origins_do_not() {
        let config = ServerConfig::new(Path::new("/tmp"));
        assert!(verdict(&config, &[("host", "evil.example:8080")]).is_err());
        assert!(verdict(&config, &[("host", "localhost:8080"), ("origin", "http://evil.example")]).is_err());
        assert!(verdict(&config, &[("host", "localhost:8080"), ("origin", "http://localhost:3000")]).is_err());
        assert!(verdict(&config, &[("host", "localhost:8080"), ("origin", "null")]).is_err());
        assert!(verdict(&config, &[("host", "localhost"), ("sec-fetch-site", "cross-site")]).is_err());
        assert!(verdict(&config, &[("host", "127.0.0.1.evil.example")]).is_err());
        assert!(verdict(&config, &[("host", "user@localhost")]).is_err());
        assert!(verdict(&config, &[]).is_err());
    }

    #[test]
    fn a_request_names_one_server() {
        let hosts = |hosts: &[&str]| {
            hosts.iter().map(|host| (header::HOST, host.parse().expect("header value"))).collect::<HeaderMap>()
        };
        let absolute = Uri::from_static("http://localhost:8080/functions");
        assert!(!is_ambiguous(&Uri::from_static("/functions"), &hosts(&["localhost:8080"])));
        assert!(!is_ambiguous(&absolute, &hosts(&["LOCALHOST:8080"])));
        assert!(!is_ambiguous(&absolute, &hosts(&[])));
        assert!(is_ambiguous(&absolute, &hosts(&["evil.example"])));
        assert!(is_ambiguous(&Uri::from_static("/functions"), &hosts(&["localhost:8080", "evil.example"])));
        assert!(is_ambiguous(&Uri::from_static("/functions"), &hosts(&["localhost:8080", "localhost:8080"])));
    }

    #[test]
    fn names_can_be_allowed() {
        let mut config = ServerConfig::new(Path::new("/tmp"));
        config.allowed_hosts.push("nil.internal".to_owned());
        assert_eq!(verdict(&config, &[("host", "nil.internal")]), Ok(()));
    }
}
