//! `GET /languages`: what functions can be written in, here and now.

use axum::{Json, extract::State};
use nil_api::{LanguageInfo, Problem};
use nil_core::Language;

use crate::{app::App, http::ApiError, languages::Languages};

/// Every language, whether it can be deployed now, and what to write in it.
#[utoipa::path(get, operation_id = "listLanguages", path = "/languages", tag = "functions", responses(
    (status = 200, description = "Every language", body = Vec<LanguageInfo>),
    (status = 401, description = "A token is required", body = Problem),
    (status = 503, description = "The database is not available", body = Problem),
))]
pub(crate) async fn languages(State(app): State<App>) -> Result<Json<Vec<LanguageInfo>>, ApiError> {
    let languages = Languages::look(&app).await?;
    Ok(Json(Language::ALL.iter().map(|&language| languages.info(language)).collect()))
}
