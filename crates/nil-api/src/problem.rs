//! Errors over HTTP: RFC 9457 problem documents that also carry ProjectNIL's original error fields.

use chrono::{DateTime, Utc};
use nil_core::Diagnostic;
use serde::{Deserialize, Serialize};

/// The media type of a problem document.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// Every kind of problem; each has a page under `docs/problems/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProblemKind {
    /// 400: the body, path or query cannot be read as what the endpoint takes.
    InvalidRequest,
    /// 400: the function has no version that can answer calls yet.
    FunctionNotReady,
    /// 401: a token is required and was absent or wrong.
    Unauthorized,
    /// 403: a browser page of another origin, or a foreign Host header.
    ForbiddenOrigin,
    /// 404: no such function, execution, dead letter or route.
    NotFound,
    /// 405: the route exists, not with this method.
    MethodNotAllowed,
    /// 408: the request did not arrive in time.
    RequestTimeout,
    /// 409: the name is taken.
    NameTaken,
    /// 409: functions still have the environment.
    EnvironmentInUse,
    /// 409: the execution is over and cannot be called off.
    ExecutionOver,
    /// 409: the request with this idempotency key is still being carried out.
    IdempotencyRunning,
    /// 413: the body, source or input is over its limit.
    TooLarge,
    /// 415: the content type or the language is not supported.
    UnsupportedMediaType,
    /// 415: no toolchain for the language.
    UnsupportedLanguage,
    /// 422: well-formed, but a value is not allowed.
    InvalidValue,
    /// 422: the idempotency key was used for another request.
    IdempotencyMismatch,
    /// 429: the function is at its concurrency limit.
    FunctionBusy,
    /// 500: a defect of ours.
    Internal,
    /// 502: the function trapped, aborted or broke its contract.
    FunctionFailed,
    /// 503: the server cannot take this now; try again.
    Unavailable,
    /// 504: the function ran into its deadline.
    FunctionTimeout,
}

impl ProblemKind {
    /// Every kind, for documents and tests.
    pub const ALL: &'static [Self] = &[
        Self::InvalidRequest,
        Self::FunctionNotReady,
        Self::Unauthorized,
        Self::ForbiddenOrigin,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::RequestTimeout,
        Self::NameTaken,
        Self::EnvironmentInUse,
        Self::ExecutionOver,
        Self::IdempotencyRunning,
        Self::TooLarge,
        Self::UnsupportedMediaType,
        Self::UnsupportedLanguage,
        Self::InvalidValue,
        Self::IdempotencyMismatch,
        Self::FunctionBusy,
        Self::Internal,
        Self::FunctionFailed,
        Self::Unavailable,
        Self::FunctionTimeout,
    ];

    /// Its HTTP status, slug (the last part of `type`) and title.
    #[must_use]
    pub fn describe(self) -> (u16, &'static str, &'static str) {
        match self {
            Self::InvalidRequest => (400, "invalid-request", "The request cannot be read"),
            Self::FunctionNotReady => (400, "function-not-ready", "The function is not ready"),
            Self::Unauthorized => (401, "unauthorized", "A valid token is required"),
            Self::ForbiddenOrigin => (403, "forbidden-origin", "Not from this origin"),
            Self::NotFound => (404, "not-found", "Not found"),
            Self::MethodNotAllowed => (405, "method-not-allowed", "Method not allowed"),
            Self::RequestTimeout => (408, "request-timeout", "The request did not arrive in time"),
            Self::NameTaken => (409, "name-taken", "The name is taken"),
            Self::EnvironmentInUse => (409, "environment-in-use", "The environment is in use"),
            Self::ExecutionOver => (409, "execution-over", "The execution is over"),
            Self::IdempotencyRunning => (409, "idempotency-running", "The request is still being carried out"),
            Self::TooLarge => (413, "too-large", "Too large"),
            Self::UnsupportedMediaType => (415, "unsupported-media-type", "Unsupported content type"),
            Self::UnsupportedLanguage => (415, "unsupported-language", "Unsupported language"),
            Self::InvalidValue => (422, "invalid-value", "A value is not allowed"),
            Self::IdempotencyMismatch => (422, "idempotency-mismatch", "The idempotency key belongs to another request"),
            Self::FunctionBusy => (429, "function-busy", "The function is at its concurrency limit"),
            Self::Internal => (500, "internal", "Something is wrong on our side"),
            Self::FunctionFailed => (502, "function-failed", "The function failed"),
            Self::Unavailable => (503, "unavailable", "Not available right now"),
            Self::FunctionTimeout => (504, "function-timeout", "The function ran out of time"),
        }
    }

    /// Its HTTP status.
    #[must_use]
    pub fn status(self) -> u16 {
        self.describe().0
    }

    /// The `type` of its documents: a path that this server's documentation answers.
    #[must_use]
    pub fn type_uri(self) -> String {
        format!("/docs/problems/{}", self.describe().1)
    }
}

/// An RFC 9457 problem document.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// Which kind of problem; stable.
    #[serde(rename = "type")]
    pub type_uri: String,
    /// The kind in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What was wrong here and what to do next.
    pub detail: String,
    /// The path that was asked for.
    pub instance: String,
    /// When it happened.
    pub timestamp: DateTime<Utc>,
    /// The HTTP reason phrase (ProjectNIL's original field).
    pub error: String,
    /// The same as `detail` (ProjectNIL's original field).
    pub message: String,
    /// The id of the request, as in the `x-request-id` header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Diagnostics, where the problem is about a source.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub diagnostics: Vec<Diagnostic>,
}
