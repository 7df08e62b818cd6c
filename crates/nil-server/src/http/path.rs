//! Reading ids and names from the path: what is no id and no name is 400, before anything is looked up.

use std::str::FromStr;

use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
};
use nil_core::{CallTarget, ExecutionId, FunctionRef};

use super::error::ApiError;

/// `{id}` of a function: its UUID or its name.
pub(crate) struct FunctionPath(pub(crate) FunctionRef);

/// `{id}` of a function that is to be called: perhaps with a version or an alias behind it.
pub(crate) struct CallPath(pub(crate) CallTarget);

/// `{id}` of an execution.
pub(crate) struct ExecutionPath(pub(crate) ExecutionId);

/// `{id}` of a dead letter.
pub(crate) struct LetterPath(pub(crate) i64);

async fn segment<S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<String, ApiError> {
    let Path(text) = Path::<String>::from_request_parts(parts, state)
        .await
        .map_err(|_| ApiError::invalid("the path holds characters that are not UTF-8"))?;
    Ok(text)
}

impl<S: Send + Sync> FromRequestParts<S> for FunctionPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let text = segment(parts, state).await?;
        text.parse().map(Self).map_err(|error| {
            ApiError::invalid(format!("`{}` is neither a function's id (a UUID) nor a name: {error}", short(&text)))
        })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for CallPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let text = segment(parts, state).await?;
        text.parse().map(Self).map_err(|error| {
            ApiError::invalid(format!(
                "`{}` is neither a function's id (a UUID) nor a name, alone or with a version (`@3`) or an alias \
                 (`:canary`): {error}",
                short(&text)
            ))
        })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for ExecutionPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let text = segment(parts, state).await?;
        text.parse().map(Self).map_err(|error: nil_core::ParseIdError| ApiError::invalid(error.to_string()))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for LetterPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let text = segment(parts, state).await?;
        text.parse()
            .map(Self)
            .map_err(|_| ApiError::invalid(format!("`{}` is not the number of a dead letter", short(&text))))
    }
}

/// `{id}` and a second part of the path.
pub(crate) struct FunctionPartPath<T>(pub(crate) FunctionRef, pub(crate) T);

impl<S: Send + Sync, T: FromStr<Err: std::fmt::Display>> FromRequestParts<S> for FunctionPartPath<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let Path((function, part)) = Path::<(String, String)>::from_request_parts(parts, state)
            .await
            .map_err(|_| ApiError::invalid("the path holds characters that are not UTF-8"))?;
        let function = function.parse().map_err(|error| {
            ApiError::invalid(format!("`{}` is neither a function's id (a UUID) nor a name: {error}", short(&function)))
        })?;
        let part = part.parse().map_err(|error| ApiError::invalid(format!("`{}`: {error}", short(&part))))?;
        Ok(Self(function, part))
    }
}

fn short(text: &str) -> String {
    text.chars().take(80).collect()
}
