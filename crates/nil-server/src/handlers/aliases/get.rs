//! `GET /functions/{id}/aliases/{alias}`: where an alias points.

use axum::{Json, extract::State};
use nil_api::{Alias, Problem};
use nil_core::AliasName;

use super::present;
use crate::{
    app::App,
    handlers::functions::refusal::unknown_alias,
    http::{ApiError, FunctionPartPath},
};

/// Where an alias points.
#[utoipa::path(get, operation_id = "getAlias", path = "/functions/{id}/aliases/{alias}", tag = "versions",
    params(("id" = String, Path, description = "The function's id or name"),
           ("alias" = String, Path, description = "The alias")), responses(
    (status = 200, description = "The alias", body = Alias),
    (status = 400, description = "The path cannot be read", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 404, description = "No such function, or no such alias of it", body = Problem),
    (status = 503, description = "The database is not available", body = Problem),
))]
pub(crate) async fn get(
    State(app): State<App>,
    FunctionPartPath(function, alias): FunctionPartPath<AliasName>,
) -> Result<Json<Alias>, ApiError> {
    let table = app.store().aliases(&function).await?.ok_or_else(|| ApiError::unknown_function(&function))?;
    let found = table.aliases.into_iter().find(|row| row.name == alias);
    found.map(|row| Json(present(row))).ok_or_else(|| unknown_alias(&function, &alias))
}
