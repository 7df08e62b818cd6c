//! The error of every handler: a kind of problem and what was wrong here.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use nil_api::ProblemKind;
use nil_core::{Diagnostic, InvalidName, InvalidSettings, InvalidSourceFile, InvalidVariable, UnsupportedLanguage};
use nil_store::{MAX_ENTRIES, MAX_ENVIRONMENT_BYTES, StoreError};

/// A problem to answer with. It becomes a document in [`super::render_problems`], which knows the path.
#[derive(Debug, Clone)]
pub(crate) struct ApiError {
    pub(crate) kind: ProblemKind,
    pub(crate) detail: String,
    pub(crate) diagnostics: Vec<Diagnostic>,
    pub(crate) retry_after_s: Option<u32>,
}

impl ApiError {
    pub(crate) fn new(kind: ProblemKind, detail: impl Into<String>) -> Self {
        let retry_after_s = matches!(kind, ProblemKind::Unavailable | ProblemKind::FunctionBusy).then_some(1);
        Self { kind, detail: detail.into(), diagnostics: Vec::new(), retry_after_s }
    }

    pub(crate) fn invalid(detail: impl Into<String>) -> Self {
        Self::new(ProblemKind::InvalidRequest, detail)
    }

    pub(crate) fn unknown_function(function: impl std::fmt::Display) -> Self {
        Self::new(ProblemKind::NotFound, format!("there is no function `{function}`; `GET /functions` lists them"))
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NameTaken => Self::new(
                ProblemKind::NameTaken,
                "another function already has this name; update it with `PUT /functions/{name}` or choose another name",
            ),
            StoreError::EnvironmentInUse => Self::new(
                ProblemKind::EnvironmentInUse,
                "functions still have this environment; `GET /environments/{name}` lists them",
            ),
            StoreError::UnknownEnvironment { name } => Self::new(
                ProblemKind::InvalidValue,
                format!("there is no environment `{name}`; `PUT /environments/{name}` makes it"),
            ),
            StoreError::EnvironmentTooLarge { entries, bytes } => Self::new(
                ProblemKind::TooLarge,
                format!(
                    "the environment would hold {entries} names and {bytes} bytes; at most {MAX_ENTRIES} and \
                     {MAX_ENVIRONMENT_BYTES} are allowed"
                ),
            ),
            error @ StoreError::TooManySchedules { .. } => {
                Self::new(ProblemKind::InvalidValue, format!("{error}; remove one first"))
            }
            StoreError::WrongContent => Self::invalid(format!("{error}; a changed language needs its own")),
            StoreError::Unavailable(cause) => {
                tracing::warn!(%cause, "the database is not available");
                Self::new(ProblemKind::Unavailable, "the database is not available right now; try again in a moment")
            }
            other => {
                tracing::error!(error = %other, "the store failed");
                Self::new(ProblemKind::Internal, "something went wrong on our side; the server's log has the cause")
            }
        }
    }
}

impl From<InvalidName> for ApiError {
    fn from(error: InvalidName) -> Self {
        let kind = if error == InvalidName::Empty { ProblemKind::InvalidRequest } else { ProblemKind::InvalidValue };
        Self::new(kind, error.to_string())
    }
}

impl From<InvalidSourceFile> for ApiError {
    fn from(error: InvalidSourceFile) -> Self {
        Self::invalid(error.to_string())
    }
}

impl From<InvalidSettings> for ApiError {
    fn from(error: InvalidSettings) -> Self {
        Self::new(ProblemKind::InvalidValue, error.to_string())
    }
}

impl From<InvalidVariable> for ApiError {
    fn from(error: InvalidVariable) -> Self {
        Self::new(ProblemKind::InvalidValue, error.to_string())
    }
}

impl From<UnsupportedLanguage> for ApiError {
    fn from(error: UnsupportedLanguage) -> Self {
        Self::new(ProblemKind::UnsupportedLanguage, error.to_string())
    }
}
