//! The bearer token, where one is required.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, header};
use nil_api::ProblemKind;
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::error::ApiError;
use crate::{app::App, config::ServerConfig};

/// Lets a request pass when no token is configured or it carries the right one.
pub(crate) async fn require_token(State(app): State<App>, request: Request, next: Next) -> Response {
    match check_token(app.config(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

/// Whether a request carries the token, if one is required.
pub(crate) fn check_token(config: &ServerConfig, headers: &HeaderMap) -> Result<(), ApiError> {
    let Some(token) = &config.token else { return Ok(()) };
    let given = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, given)| given.trim());
    // Digests have one length, so the comparison takes the same time whatever was given.
    let expected = Sha256::digest(token.expose_secret());
    if given.is_some_and(|given| bool::from(Sha256::digest(given).ct_eq(&expected))) {
        return Ok(());
    }
    let detail = match given {
        None => "send the token as `authorization: Bearer …`",
        Some(_) => "the token is not the one this server was started with",
    };
    Err(ApiError::new(ProblemKind::Unauthorized, detail))
}
