//! `POST /secrets/rotate`: seal every secret with the first key, or with a new one.

use axum::{Json, extract::State};
use nil_api::{Problem, RotateSecrets, SecretsRotated};

use crate::{
    app::App,
    http::{ApiError, JsonBody},
    secrets,
};

/// Seals every secret anew with this server's first key. With `newKey` that key is made before, in the server's key file,
/// which every other server of the database must share. Functions go on answering.
#[utoipa::path(post, operation_id = "rotateSecrets", path = "/secrets/rotate", tag = "environments", request_body = RotateSecrets, responses(
    (status = 200, description = "Every secret is sealed with this key", body = SecretsRotated),
    (status = 400, description = "The body cannot be read, or the keys are not in a file", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 404, description = "There is no key yet", body = Problem),
    (status = 415, description = "Not JSON", body = Problem),
    (status = 503, description = "The database is not available, or a secret cannot be opened", body = Problem),
))]
pub(crate) async fn rotate(
    State(app): State<App>,
    JsonBody(body): JsonBody<RotateSecrets>,
) -> Result<Json<SecretsRotated>, ApiError> {
    secrets::rotate(&app, body.new_key).await.map(Json)
}
