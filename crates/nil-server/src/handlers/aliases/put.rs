//! `PUT /functions/{id}/aliases/{alias}`: point an alias at one version, or share its calls out.

use std::collections::HashSet;

use axum::{Json, extract::State};
use nil_api::{Alias, Problem, ProblemKind, SetAlias};
use nil_core::AliasName;
use nil_store::AliasSet;

use super::present;
use crate::{
    app::App,
    http::{ApiError, FunctionPartPath, JsonBody},
};

/// Versions of an alias at the most.
const MAX_TARGETS: usize = 10;

/// The heaviest weight.
const MAX_WEIGHT: i32 = 1_000;

/// Points an alias at versions, in place of whatever it pointed at. Each call through it runs one of them, by weight.
#[utoipa::path(put, operation_id = "putAlias", path = "/functions/{id}/aliases/{alias}", tag = "versions", request_body = SetAlias,
    params(("id" = String, Path, description = "The function's id or name"),
           ("alias" = String, Path, description = "The alias: letters, digits, `-` or `_`, not a number")), responses(
    (status = 200, description = "The alias as it is now", body = Alias),
    (status = 400, description = "The body or the path cannot be read", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 404, description = "No such function", body = Problem),
    (status = 413, description = "The body is too large", body = Problem),
    (status = 415, description = "Not JSON", body = Problem),
    (status = 422, description = "A version that does not exist or is not READY, or a weight out of its range", body = Problem),
    (status = 503, description = "The database is not available", body = Problem),
))]
pub(crate) async fn put(
    State(app): State<App>,
    FunctionPartPath(function, alias): FunctionPartPath<AliasName>,
    JsonBody(body): JsonBody<SetAlias>,
) -> Result<Json<Alias>, ApiError> {
    let targets = checked(&body)?;
    let refuse = |detail| Err(ApiError::new(ProblemKind::InvalidValue, detail));
    match app.store().set_alias(&function, &alias, &targets).await? {
        AliasSet::Done { function, alias } => {
            // Not only when the notification arrives: the caller may try it right away.
            app.live().changed(function).await;
            Ok(Json(present(alias)))
        }
        AliasSet::NoFunction => Err(ApiError::unknown_function(&function)),
        AliasSet::NoVersion(number) => refuse(format!("`targets`: function `{function}` has no version {number}")),
        AliasSet::NotReady(number, status) => {
            refuse(format!("`targets`: version {number} is {status}; only READY ones can be called"))
        }
    }
}

fn checked(body: &SetAlias) -> Result<Vec<(i32, i32)>, ApiError> {
    let refuse = |detail| Err(ApiError::new(ProblemKind::InvalidValue, detail));
    if !(1..=MAX_TARGETS).contains(&body.targets.len()) {
        return refuse(format!("`targets` has {} entries; use 1 to {MAX_TARGETS}", body.targets.len()));
    }
    if let Some(target) = body.targets.iter().find(|target| !(1..=MAX_WEIGHT).contains(&target.weight)) {
        return refuse(format!("`weight` is {}; use 1 to {MAX_WEIGHT}", target.weight));
    }
    let mut seen = HashSet::new();
    if let Some(target) = body.targets.iter().find(|target| !seen.insert(target.version)) {
        return refuse(format!("`targets` has version {} twice", target.version));
    }
    Ok(body.targets.iter().map(|target| (target.version, target.weight)).collect())
}
