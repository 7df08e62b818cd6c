//! `PUT /environments/{name}`: make an environment, or replace its variables.

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use http::StatusCode;
use nil_api::{Environment, Problem, PutEnvironment};
use nil_core::VariableName;

use super::{EnvironmentPath, present};
use crate::{
    app::App,
    http::{ApiError, JsonBody},
};

/// Makes an environment. With `variables`, those are all it has from now on; secrets stay. Functions that have it see
/// the change in their next call, on every server.
#[utoipa::path(put, operation_id = "putEnvironment", path = "/environments/{name}", tag = "environments", request_body = PutEnvironment,
    params(("name" = String, Path, description = "The environment's name")), responses(
    (status = 200, description = "The environment as it is now", body = Environment),
    (status = 201, description = "It was made", body = Environment),
    (status = 400, description = "The body or the path cannot be read", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 413, description = "It would hold too much", body = Problem),
    (status = 415, description = "Not JSON", body = Problem),
    (status = 422, description = "A variable's name or value is not allowed", body = Problem),
    (status = 503, description = "The database is not available", body = Problem),
))]
pub(crate) async fn put(
    State(app): State<App>,
    EnvironmentPath(name): EnvironmentPath,
    JsonBody(body): JsonBody<PutEnvironment>,
) -> Result<(StatusCode, Json<Environment>), ApiError> {
    let checked = |(name, value): (String, String)| {
        let name: VariableName = name.parse()?;
        name.check(&value)?;
        Ok::<_, ApiError>((name, value))
    };
    let variables: Option<BTreeMap<VariableName, String>> =
        body.variables.map(|variables| variables.into_iter().map(checked).collect()).transpose()?;
    let (row, made) = app.store().put_environment(&name, variables.as_ref()).await?;
    let status = if made { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(present(row))))
}
