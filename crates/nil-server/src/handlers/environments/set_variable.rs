//! `PUT /environments/{name}/variables/{key}`: set one variable.

use axum::extract::State;
use http::StatusCode;
use nil_api::{Problem, PutValue};
use nil_store::EntryValue;

use super::{EntryPath, unknown};
use crate::{
    app::App,
    http::{ApiError, JsonBody},
};

/// Sets a variable. A secret of the same name makes place for it.
#[utoipa::path(put, operation_id = "setVariable", path = "/environments/{name}/variables/{key}", tag = "environments", request_body = PutValue,
    params(("name" = String, Path, description = "The environment's name"), ("key" = String, Path, description = "The variable's name")), responses(
    (status = 204, description = "Set"),
    (status = 400, description = "The body or the path cannot be read", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 404, description = "No such environment", body = Problem),
    (status = 413, description = "The environment would hold too much", body = Problem),
    (status = 415, description = "Not JSON", body = Problem),
    (status = 422, description = "The value is not allowed", body = Problem),
    (status = 503, description = "The database is not available", body = Problem),
))]
pub(crate) async fn set_variable(
    State(app): State<App>,
    EntryPath(environment, key): EntryPath,
    JsonBody(body): JsonBody<PutValue>,
) -> Result<StatusCode, ApiError> {
    key.check(&body.value)?;
    let id = app.store().environment_id(&environment).await?.ok_or_else(|| unknown(&environment))?;
    if !app.store().set_entry(id, &key, &EntryValue::Variable(body.value)).await? {
        return Err(unknown(&environment));
    }
    Ok(StatusCode::NO_CONTENT)
}
