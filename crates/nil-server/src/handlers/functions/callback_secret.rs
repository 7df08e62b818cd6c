//! `POST /functions/{id}/callback-secret`: what the function's callbacks are signed with, shown once.

use axum::{Json, extract::State};
use nil_api::{CallbackSecret, Problem, ProblemKind};
use nil_store::CALLBACK_SECRET;

use crate::{
    app::App,
    callbacks::SigningSecret,
    http::{ApiError, FunctionPath, JsonBody},
};

/// Makes a new signing secret, in place of the one there was, and shows it: this once. Callbacks that are sent from now on
/// are signed with it.
#[utoipa::path(post, operation_id = "makeCallbackSecret", path = "/functions/{id}/callback-secret", tag = "functions", request_body = serde_json::Value,
    params(("id" = String, Path, description = "The function's id or name")), responses(
    (status = 200, description = "The secret, for the receiver", body = CallbackSecret),
    (status = 400, description = "Neither an id nor a name, or the body is no JSON object", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 404, description = "No such function", body = Problem),
    (status = 415, description = "Not JSON", body = Problem),
    (status = 503, description = "The database is not available, or this server lacks the key", body = Problem),
))]
pub(crate) async fn make(
    State(app): State<App>,
    FunctionPath(function): FunctionPath,
    JsonBody(_): JsonBody<serde_json::Map<String, serde_json::Value>>,
) -> Result<Json<CallbackSecret>, ApiError> {
    let unknown = || ApiError::unknown_function(&function);
    let id = app.store().function_id(&function).await?.ok_or_else(unknown)?;
    app.vault().be_ready_to_seal(&app).await?;
    let secret = SigningSecret::generate().map(|secret| secret.to_text());
    let sealed = secret.as_deref().and_then(|text| app.vault().seal(id.0, CALLBACK_SECRET, text));
    let (Some(secret), Some(sealed)) = (secret, sealed) else {
        return Err(ApiError::new(ProblemKind::Unavailable, "no secret could be made; the system gives no random numbers"));
    };
    if !app.store().set_callback_secret(id, &sealed).await? {
        return Err(unknown());
    }
    Ok(Json(CallbackSecret { secret }))
}
