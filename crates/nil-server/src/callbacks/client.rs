//! The HTTP client of callbacks: follows no redirect, takes no proxy, and connects to addresses that may be reached only,
//! which it looks at after the name was looked up and not before.

use std::{error::Error, io, net::SocketAddr, sync::Arc, time::Duration};

use reqwest::{
    Client, StatusCode,
    dns::{Addrs, Name, Resolve, Resolving},
    header::HeaderMap,
    redirect,
};

use super::{AllowedNetworks, CallbackUrl};

/// How long a receiver may take for everything.
const PATIENCE: Duration = Duration::from_secs(15);

/// How long it may take to accept the connection.
const CONNECT_PATIENCE: Duration = Duration::from_secs(5);

/// Says who calls.
const USER_AGENT: &str = concat!("ProjectNIL/", env!("CARGO_PKG_VERSION"));

/// What came of a call.
pub(super) type Called = Result<StatusCode, String>;

/// A client that keeps to the allowed networks.
#[derive(Clone)]
pub(super) struct CallbackClient {
    http: Client,
    allowed: AllowedNetworks,
}

impl CallbackClient {
    /// Makes a client.
    ///
    /// # Errors
    /// When the machine has no certificates to trust.
    pub(super) fn new(allowed: &AllowedNetworks) -> Result<Self, reqwest::Error> {
        // Only fails when a provider is installed already, which is then the one to use.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Client::builder()
            .user_agent(USER_AGENT)
            .timeout(PATIENCE)
            .connect_timeout(CONNECT_PATIENCE)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .dns_resolver(Arc::new(PublicNames { allowed: allowed.clone() }))
            .build()?;
        Ok(Self { http, allowed: allowed.clone() })
    }

    /// Posts a body. What the receiver says beside its status is not read.
    pub(super) async fn post(&self, url: &str, headers: HeaderMap, body: Vec<u8>) -> Called {
        // An address in the URL is never looked up, and the rules may have changed since it was accepted.
        let url = CallbackUrl::new(url, &self.allowed).map_err(|error| error.to_string())?;
        let request = self.http.post(url.as_str()).headers(headers).body(body);
        request.send().await.map(|response| response.status()).map_err(|error| cause_of(&error))
    }
}

/// The innermost cause: the outer ones only say that a request failed, and name the URL.
fn cause_of(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    if error.is_timeout() { format!("no answer in time: {cause}") } else { cause.to_string() }
}

/// Looks names up with the system and keeps the addresses that may be reached.
struct PublicNames {
    allowed: AllowedNetworks,
}

impl Resolve for PublicNames {
    fn resolve(&self, name: Name) -> Resolving {
        let allowed = self.allowed.clone();
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let public: Vec<SocketAddr> = found.into_iter().filter(|found| allowed.may_reach(found.ip())).collect();
            if public.is_empty() {
                let refused = format!("`{}` has no address that callbacks may reach", name.as_str());
                return Err(io::Error::new(io::ErrorKind::PermissionDenied, refused).into());
            }
            Ok::<Addrs, Box<dyn Error + Send + Sync>>(Box::new(public.into_iter()))
        })
    }
}
