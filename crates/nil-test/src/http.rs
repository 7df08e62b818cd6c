//! A plain HTTP client for tests: every status is an answer, and bodies stay as they came.

use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder, header::HeaderMap};
use serde_json::Value;

/// Longer than anything that works takes; a hang fails the test instead of the run.
const PATIENCE: Duration = Duration::from_secs(60);

/// A client of one server. Make one in each test: its connections belong to that test's runtime.
#[derive(Debug, Clone)]
pub struct TestHttp {
    client: Client,
    base: String,
    token: Option<String>,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The header fields.
    pub headers: HeaderMap,
    /// The body as text.
    pub text: String,
}

impl TestHttp {
    /// A client of the server at `base`, such as `http://127.0.0.1:8080`.
    ///
    /// # Panics
    ///
    /// If no client can be made.
    pub fn new(base: impl Into<String>) -> Self {
        // Only fails when a provider is installed already, which is then the one to use.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().timeout(PATIENCE).no_proxy().tls_certs_only(std::iter::empty()).build();
        match client {
            Ok(client) => Self { client, base: base.into(), token: None },
            Err(error) => panic!("failed to make an HTTP client: {error}"),
        }
    }

    /// The same with a bearer token.
    #[must_use]
    pub fn with_token(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    /// A request to add header fields or a body to.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// `GET path`.
    pub async fn get(&self, path: &str) -> Answer {
        send(self.request(Method::GET, path)).await
    }

    /// `POST path` with a JSON body.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.post_text(path, body.to_string()).await
    }

    /// `POST path` with a body that says it is JSON.
    pub async fn post_text(&self, path: &str, body: impl Into<Vec<u8>>) -> Answer {
        let request = self.request(Method::POST, path).header("content-type", "application/json");
        send(request.body(body.into())).await
    }

    /// `PUT path` with a JSON body.
    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        let request = self.request(Method::PUT, path).header("content-type", "application/json");
        send(request.body(body.to_string())).await
    }

    /// `PUT path` with a body of another kind.
    pub async fn put_bytes(&self, path: &str, body: Vec<u8>, content_type: &str) -> Answer {
        send(self.request(Method::PUT, path).header("content-type", content_type).body(body)).await
    }

    /// `DELETE path`.
    pub async fn delete(&self, path: &str) -> Answer {
        send(self.request(Method::DELETE, path)).await
    }
}

/// Sends a request.
///
/// # Panics
///
/// If there is no answer.
pub async fn send(request: RequestBuilder) -> Answer {
    match try_send(request).await {
        Ok(answer) => answer,
        Err(error) => panic!("no answer: {error:?}"),
    }
}

/// Sends a request to a server that may be down.
///
/// # Errors
///
/// When there is no whole answer.
pub async fn try_send(request: RequestBuilder) -> Result<Answer, reqwest::Error> {
    let response = request.send().await?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Ok(Answer { status, headers, text: response.text().await? })
}

impl Answer {
    /// The body as JSON.
    ///
    /// # Panics
    ///
    /// If it is none.
    pub fn json(&self) -> Value {
        match serde_json::from_str(&self.text) {
            Ok(value) => value,
            Err(error) => panic!("the answer ({}) is no JSON: {error}\n{}", self.status, self.text),
        }
    }

    /// A header field; empty when there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The same answer, if it has this status.
    ///
    /// # Panics
    ///
    /// If it has another.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }
}
