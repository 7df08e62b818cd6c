//! `/environments`: variables and secrets, and `/functions/{id}/environments`, who has them.

pub(crate) mod attach;
pub(crate) mod check;
pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod put;
pub(crate) mod remove_secret;
pub(crate) mod remove_variable;
pub(crate) mod set_secret;
pub(crate) mod set_variable;

use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
};
use nil_api::{Environment, ProblemKind, SecretInfo};
use nil_core::{EnvironmentName, VariableName};
use nil_store::EnvironmentRow;

use crate::http::ApiError;

/// `{name}` of an environment.
pub(crate) struct EnvironmentPath(pub(crate) EnvironmentName);

impl<S: Send + Sync> FromRequestParts<S> for EnvironmentPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let Path(text) = Path::<String>::from_request_parts(parts, state).await.map_err(|_| not_text())?;
        name(&text).map(Self)
    }
}

/// `{name}` of an environment and `{key}` of something in it.
pub(crate) struct EntryPath(pub(crate) EnvironmentName, pub(crate) VariableName);

impl<S: Send + Sync> FromRequestParts<S> for EntryPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let Path((environment, key)) =
            Path::<(String, String)>::from_request_parts(parts, state).await.map_err(|_| not_text())?;
        let key = key.parse::<VariableName>().map_err(|error| ApiError::invalid(error.to_string()))?;
        Ok(Self(name(&environment)?, key))
    }
}

fn not_text() -> ApiError {
    ApiError::invalid("the path holds characters that are not UTF-8")
}

fn name(text: &str) -> Result<EnvironmentName, ApiError> {
    text.parse().map_err(|error| ApiError::invalid(format!("not the name of an environment: {error}")))
}

fn unknown(name: &EnvironmentName) -> ApiError {
    ApiError::new(ProblemKind::NotFound, format!("there is no environment `{name}`; `GET /environments` lists them"))
}

fn unknown_entry(environment: &EnvironmentName, kind: &str, key: &VariableName) -> ApiError {
    ApiError::new(ProblemKind::NotFound, format!("the environment `{environment}` has no {kind} `{key}`"))
}

fn present(row: EnvironmentRow) -> Environment {
    Environment {
        name: row.name,
        variables: row.variables,
        secrets: row
            .secrets
            .into_iter()
            .map(|secret| SecretInfo { name: secret.name, updated_at: secret.updated_at })
            .collect(),
        functions: row.functions,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}
