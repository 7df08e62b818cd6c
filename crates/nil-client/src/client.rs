//! The connection to one server: options, requests, bounded answers. Endpoints live in their own files.

use std::time::Duration;

use nil_api::Problem;
use reqwest::{
    Method, Response, StatusCode, Url,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, LINK, RETRY_AFTER},
    redirect,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, de::DeserializeOwned};

use crate::error::ClientError;

/// Where `nil up` listens unless it is told otherwise.
pub const DEFAULT_URL: &str = "http://127.0.0.1:8080";

/// A server on the same continent accepts within this, or is not there.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The most of an answer that is read. The largest honest one is an execution: 6 MiB of input, 32 MiB of output and
/// 1 MiB of logs, the logs up to six times longer once they are escaped as JSON.
const ANSWER_LIMIT_BYTES: usize = 64 * 1024 * 1024;

/// Entries asked for at a time: the most a server gives.
const PAGE_ENTRIES: usize = 1_000;

/// The most of an unexpected answer that is shown to a person, in characters.
const EXCERPT_CHARS: usize = 160;

/// How to reach a server.
#[derive(Debug, Clone)]
pub struct ClientOptions {
    /// `http://` or `https://`, a host, and a path if the server sits behind one. Default [`DEFAULT_URL`].
    pub base_url: String,
    /// Sent as a bearer token with every request.
    pub token: Option<SecretString>,
    /// The time a request may take from first to last byte, on top of the time the server was asked to wait or to
    /// let a function run. Default 30 s.
    pub timeout: Duration,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self { base_url: DEFAULT_URL.to_owned(), token: None, timeout: Duration::from_secs(30) }
    }
}

/// A client of one server. Cloning shares its connections.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: Url,
    timeout: Duration,
}

/// One request, before it is sent.
pub(crate) struct Call {
    method: Method,
    url: Url,
    body: Option<Vec<u8>>,
    headers: Vec<(&'static str, String)>,
    timeout: Duration,
}

impl Client {
    /// Makes a client; nothing is sent yet.
    ///
    /// # Errors
    /// [`ClientError::InvalidOption`] when the URL or the token cannot be used.
    pub fn new(options: &ClientOptions) -> Result<Self, ClientError> {
        let base = parse_base(&options.base_url)?;
        // Only fails when a provider is installed already, which is then the one to use.
        let _ = rustls::crypto::ring::default_provider().install_default();

        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("nil/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers(options.token.as_ref())?)
            .connect_timeout(CONNECT_TIMEOUT)
            // The API never redirects; following one would carry the token to a stranger.
            .redirect(redirect::Policy::none());
        if base.scheme() == "http" {
            // Reading the system's certificates takes milliseconds and fails on images without any.
            builder = builder.tls_certs_only(std::iter::empty());
        }
        if is_loopback(&base) {
            builder = builder.no_proxy();
        }
        let http = builder.build().map_err(|error| ClientError::InvalidOption {
            option: "URL",
            reason: format!("cannot be used: {error}"),
        })?;
        Ok(Self { http, base, timeout: options.timeout })
    }

    /// The server's base URL, without user or password.
    #[must_use]
    pub fn base_url(&self) -> String {
        let mut shown = self.base.clone();
        // Both only fail for URLs without a host, which `parse_base` refuses.
        let _ = shown.set_username("");
        let _ = shown.set_password(None);
        shown.as_str().trim_end_matches('/').to_owned()
    }

    /// A request for `/segment/segment/…`; every segment is one name or id and is escaped as such.
    pub(crate) fn call(&self, method: Method, segments: &[&str]) -> Call {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        Call { method, url, body: None, headers: Vec::new(), timeout: self.timeout }
    }

    /// Sends and reads an answer of the expected shape.
    pub(crate) async fn fetch<T: DeserializeOwned>(&self, call: Call) -> Result<T, ClientError> {
        let url = call.url.clone();
        let (status, headers, body) = self.send(call).await?;
        if !status.is_success() {
            return Err(refusal(&url, status, &headers, &body));
        }
        parse(&url, &body)
    }

    /// Sends and expects success, which its status describes well enough.
    pub(crate) async fn fetch_status(&self, call: Call) -> Result<StatusCode, ClientError> {
        let url = call.url.clone();
        let (status, headers, body) = self.send(call).await?;
        if status.is_success() { Ok(status) } else { Err(refusal(&url, status, &headers, &body)) }
    }

    /// Reads a list page by page, as long as the server says that there is more, up to `most` entries.
    pub(crate) async fn fetch_list<T: DeserializeOwned>(
        &self,
        segments: &[&str],
        most: usize,
        id: impl Fn(&T) -> String,
    ) -> Result<Vec<T>, ClientError> {
        let mut entries: Vec<T> = Vec::new();
        loop {
            let mut call = self.call(Method::GET, segments).query("limit", (most - entries.len()).min(PAGE_ENTRIES));
            if let Some(last) = entries.last() {
                call = call.query("after", id(last));
            }
            let url = call.url.clone();
            let (status, headers, body) = self.send(call).await?;
            if !status.is_success() {
                return Err(refusal(&url, status, &headers, &body));
            }
            let page: Vec<T> = parse(&url, &body)?;
            let is_last = page.is_empty() || !has_next(&headers);
            entries.extend(page);
            if is_last || entries.len() >= most {
                entries.truncate(most);
                return Ok(entries);
            }
        }
    }

    /// Sends and reads an answer that carries the expected shape with 503 too.
    pub(crate) async fn fetch_even_unavailable<T: DeserializeOwned>(&self, call: Call) -> Result<T, ClientError> {
        let url = call.url.clone();
        let (status, headers, body) = self.send(call).await?;
        match parse(&url, &body) {
            Ok(value) if status.is_success() || status == StatusCode::SERVICE_UNAVAILABLE => Ok(value),
            Err(error) if status.is_success() => Err(error),
            _ => Err(refusal(&url, status, &headers, &body)),
        }
    }

    async fn send(&self, call: Call) -> Result<(StatusCode, HeaderMap, Vec<u8>), ClientError> {
        let mut request = self.http.request(call.method, call.url).timeout(call.timeout);
        for (name, value) in call.headers {
            request = request.header(name, value);
        }
        if let Some(body) = call.body {
            request = request.header(CONTENT_TYPE, "application/json").body(body);
        }
        let mut response = request.send().await.map_err(|error| ClientError::unreachable(&self.base_url(), error))?;
        let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
        let body = self.read(response).await?;
        Ok((status, headers, body))
    }

    /// Sends and hands over an answer that goes on for as long as the server likes.
    pub(crate) async fn stream(&self, call: Call) -> Result<(Url, Response), ClientError> {
        let url = call.url.clone();
        let mut request = self.http.request(call.method, call.url).header(ACCEPT, "text/event-stream");
        for (name, value) in call.headers {
            request = request.header(name, value);
        }
        let mut response = tokio::time::timeout(call.timeout, request.send())
            .await
            .map_err(|_| ClientError::Interrupted {
                url: url.to_string(),
                reason: format!("there was no answer for {} s", call.timeout.as_secs()),
            })?
            .map_err(|error| ClientError::unreachable(&self.base_url(), error))?;
        if response.status().is_success() {
            return Ok((url, response));
        }
        let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
        let body = self.read(response).await?;
        Err(refusal(&url, status, &headers, &body))
    }

    async fn read(&self, mut response: Response) -> Result<Vec<u8>, ClientError> {
        let mut body = Vec::new();
        while let Some(chunk) =
            response.chunk().await.map_err(|error| ClientError::unreachable(&self.base_url(), error))?
        {
            if body.len() + chunk.len() > ANSWER_LIMIT_BYTES {
                return Err(ClientError::Protocol {
                    url: response.url().to_string(),
                    detail: format!("the answer is longer than {} MiB", ANSWER_LIMIT_BYTES / (1024 * 1024)),
                });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

impl Call {
    /// Adds a JSON body.
    pub(crate) fn json(mut self, body: &impl Serialize) -> Self {
        // Bodies are plain structs with string keys, which always serialise.
        self.body = serde_json::to_vec(body).ok();
        self
    }

    /// Adds `name=value` to the query.
    pub(crate) fn query(mut self, name: &str, value: impl ToString) -> Self {
        self.url.query_pairs_mut().append_pair(name, &value.to_string());
        self
    }

    /// Adds a header field.
    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Gives the server this much longer to answer.
    pub(crate) fn patience(mut self, longer: Duration) -> Self {
        self.timeout += longer;
        self
    }
}

fn parse_base(text: &str) -> Result<Url, ClientError> {
    let invalid = |reason: String| ClientError::InvalidOption { option: "URL", reason };
    let mut url =
        Url::parse(text).map_err(|error| invalid(format!("`{text}` cannot be used ({error}); try {DEFAULT_URL}")))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(invalid(format!("`{text}` must start with http:// or https://, such as {DEFAULT_URL}")));
    }
    url.set_query(None);
    url.set_fragment(None);
    Ok(url)
}

fn headers(token: Option<&SecretString>) -> Result<HeaderMap, ClientError> {
    let mut headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("application/json"))]);
    if let Some(token) = token {
        let mut value = HeaderValue::try_from(format!("Bearer {}", token.expose_secret())).map_err(|_| {
            ClientError::InvalidOption { option: "token", reason: "holds characters a header cannot carry".to_owned() }
        })?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    Ok(headers)
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    host == "localhost" || host.ends_with(".localhost") || address.is_ok_and(|address| address.is_loopback())
}

/// Whether a list goes on behind this page (`Link: <…>; rel="next"`).
fn has_next(headers: &HeaderMap) -> bool {
    headers.get_all(LINK).iter().any(|link| link.to_str().is_ok_and(|link| link.contains("rel=\"next\"")))
}

fn parse<T: DeserializeOwned>(url: &Url, body: &[u8]) -> Result<T, ClientError> {
    serde_json::from_slice(body).map_err(|error| ClientError::Protocol {
        url: url.to_string(),
        detail: format!("{error} in `{}`", excerpt(body)),
    })
}

/// A problem document where there is one; otherwise something that is no server of ours answered.
fn refusal(url: &Url, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> ClientError {
    match serde_json::from_slice::<Problem>(body) {
        Ok(problem) => ClientError::Problem {
            problem: Box::new(problem),
            retry_after: headers
                .get(RETRY_AFTER)
                .and_then(|value| value.to_str().ok()?.parse().ok())
                .map(Duration::from_secs),
        },
        Err(_) => {
            ClientError::Protocol { url: url.to_string(), detail: format!("status {status}, `{}`", excerpt(body)) }
        }
    }
}

fn excerpt(body: &[u8]) -> String {
    let end = body.len().min(EXCERPT_CHARS * 4);
    String::from_utf8_lossy(&body[..end]).chars().take(EXCERPT_CHARS).collect()
}
