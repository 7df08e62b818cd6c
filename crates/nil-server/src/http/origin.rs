//! Keeps pages in somebody's browser from driving a server on the same machine.
//!
//! Two ways in are closed: a page of another origin that sends requests (its `Origin` or `Sec-Fetch-Site`
//! tells), and a page whose own name was rebound to 127.0.0.1 (its `Host` tells).

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, Uri, header, uri::Authority};
use nil_api::ProblemKind;

use super::error::ApiError;
use crate::{app::App, config::ServerConfig};

/// Refuses requests a foreign page could have sent.
pub(crate) async fn refuse_foreign_pages(State(app): State<App>, request: Request, next: Next) -> Response {
    match check(app.config(), request.uri(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(detail) => ApiError::new(ProblemKind::ForbiddenOrigin, detail).into_response(),
    }
}

fn check(config: &ServerConfig, uri: &Uri, headers: &HeaderMap) -> Result<(), String> {
    let host = authority(uri, headers);
    let known = host.as_ref().is_some_and(|host| {
        is_loopback(host.host()) || config.allowed_hosts.iter().any(|allowed| allowed.eq_ignore_ascii_case(host.host()))
    });
    if !known && !config.any_host {
        return Err("this server answers to loopback names only; `--allowed-host NAME` adds others".to_owned());
    }
    if headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site")
        && headers.get("sec-fetch-mode").is_none_or(|mode| mode != "navigate")
    {
        return Err("pages of other sites may not call this server".to_owned());
    }
    let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
    let same = origin
        .to_str()
        .ok()
        .and_then(|origin| origin.parse::<Uri>().ok())
        .and_then(|origin| origin.authority().cloned())
        .zip(host)
        .is_some_and(|(origin, host)| origin.as_str().eq_ignore_ascii_case(host.as_str()));
    if same { Ok(()) } else { Err("pages of other origins may not call this server".to_owned()) }
}

/// The authority the client meant: HTTP/2 has it in the URI, HTTP/1 in `Host`.
fn authority(uri: &Uri, headers: &HeaderMap) -> Option<Authority> {
    match headers.get(header::HOST) {
        Some(host) => host.to_str().ok()?.parse().ok(),
        None => uri.authority().cloned(),
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost")
        || bare.to_ascii_lowercase().ends_with(".localhost")
        || bare.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn verdict(config: &ServerConfig, pairs: &[(&'static str, &str)]) -> Result<(), String> {
        let headers = pairs
            .iter()
            .map(|(name, value)| (name.parse().expect("header name"), value.parse().expect("header value")))
            .collect();
        check(config, &Uri::from_static("/functions"), &headers)
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
        assert!(verdict(&config, &[]).is_err());
    }

    #[test]
    fn names_can_be_allowed() {
        let mut config = ServerConfig::new(Path::new("/tmp"));
        config.allowed_hosts.push("nil.internal".to_owned());
        assert_eq!(verdict(&config, &[("host", "nil.internal")]), Ok(()));
    }
}
