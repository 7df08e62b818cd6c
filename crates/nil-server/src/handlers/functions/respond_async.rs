//! `Prefer: respond-async`, the same for both front doors: accept now, run later.

use std::time::Duration;

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use chrono::{SubsecRound as _, TimeDelta, Utc};
use http::{HeaderMap, HeaderName, StatusCode, header};
use nil_api::{ExecutionAccepted, ProblemKind};
use nil_core::{CallTarget, ExecutionId, ExecutionMode, ExecutionStatus, FunctionId, RetryPolicy, VersionChoice};
use nil_store::NewQueued;

use crate::{
    app::App,
    callbacks::{CallbackUrl, InvalidCallbackUrl},
    execution::LiveEntry,
    http::ApiError,
    queue::NotAccepted,
    trace,
};

const PREFER: HeaderName = HeaderName::from_static("prefer");
const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");
const RESPOND_ASYNC: &str = "respond-async";

/// The longest delay: 30 days.
const MAX_DELAY: Duration = Duration::from_secs(30 * 24 * 3600);

/// Whether the caller would rather not wait for the outcome (RFC 7240).
pub(crate) fn is_preferred(headers: &HeaderMap) -> bool {
    headers
        .get_all(PREFER)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|preference| preference.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(RESPOND_ASYNC))
}

/// What a caller may ask for beside the input.
#[derive(Debug, Default)]
pub(crate) struct AsyncOptions {
    pub(crate) delay_ms: Option<u64>,
    pub(crate) max_attempts: Option<u32>,
    /// Where its end is told.
    pub(crate) callback_url: Option<String>,
    /// Whether the output may be text that is no JSON.
    pub(crate) text_output: bool,
}

impl AsyncOptions {
    /// Refuses what makes sense with `Prefer: respond-async` only.
    pub(crate) fn refuse_unless_preferred(&self) -> Result<(), ApiError> {
        let field = match self {
            Self { delay_ms: Some(_), .. } => "delayMs",
            Self { max_attempts: Some(_), .. } => "maxAttempts",
            Self { callback_url: Some(_), .. } => "callbackUrl",
            _ => return Ok(()),
        };
        Err(ApiError::invalid(format!("`{field}` is for calls that run later; send `Prefer: respond-async` with it")))
    }

    fn delay(&self) -> Result<Duration, ApiError> {
        let delay = Duration::from_millis(self.delay_ms.unwrap_or(0));
        if delay <= MAX_DELAY {
            return Ok(delay);
        }
        Err(ApiError::new(
            ProblemKind::InvalidValue,
            format!("`delayMs` is {}; use at most {} (30 days)", delay.as_millis(), MAX_DELAY.as_millis()),
        ))
    }

    fn retry(&self, own: RetryPolicy) -> Result<RetryPolicy, ApiError> {
        let max_attempts = self.max_attempts.unwrap_or(own.max_attempts);
        if (1..=RetryPolicy::MAX_ATTEMPTS).contains(&max_attempts) {
            return Ok(RetryPolicy { max_attempts, ..own });
        }
        Err(ApiError::new(
            ProblemKind::InvalidValue,
            format!("`maxAttempts` is {max_attempts}; use 1 to {}", RetryPolicy::MAX_ATTEMPTS),
        ))
    }
}

impl AsyncOptions {
    /// Where the end is told, if anywhere: a place that may be reached, and a function whose callbacks can be signed.
    async fn callback(&self, app: &App, function: FunctionId) -> Result<Option<String>, ApiError> {
        let Some(text) = &self.callback_url else { return Ok(None) };
        let url = CallbackUrl::new(text, &app.config().callback_networks).map_err(|error| match error {
            InvalidCallbackUrl::NoUrl => ApiError::invalid(error.to_string()),
            _ => ApiError::new(ProblemKind::InvalidValue, error.to_string()),
        })?;
        if app.store().callback_secret(function).await?.is_none() {
            return Err(ApiError::new(
                ProblemKind::InvalidValue,
                "the function has no secret to sign callbacks with; `POST /functions/{id}/callback-secret` makes one",
            ));
        }
        Ok(Some(url.as_str().to_owned()))
    }
}

/// Queues the call and answers `202` when that is durable.
pub(crate) async fn accept(
    app: &App,
    entry: &LiveEntry,
    target: &CallTarget,
    input: Bytes,
    options: &AsyncOptions,
) -> Result<Response, ApiError> {
    let (delay, retry) = (options.delay()?, options.retry(entry.retry)?);
    let callback_url = options.callback(app, entry.function_id).await?;
    let created_at = Utc::now().trunc_subsecs(6);
    // The day it is due, not the one on which it was asked for, decides how long its record is kept.
    let id = match TimeDelta::from_std(delay) {
        Ok(delay) if !delay.is_zero() => ExecutionId::generate_at(created_at + delay),
        _ => ExecutionId::generate(),
    };
    let new = NewQueued {
        id,
        function_id: entry.function_id,
        version_id: entry.version_id,
        version_number: entry.version,
        // Whoever names a version or an alias gets what it stands for now, however long it waits.
        pinned: target.version != VersionChoice::Live,
        mode: ExecutionMode::Async,
        input,
        text_output: options.text_output,
        retry,
        delay,
        schedule_name: None,
        callback_url,
        created_at,
        trace: trace::current(),
    };
    app.queue().accept(new).await.map_err(|NotAccepted| {
        ApiError::new(
            ProblemKind::Unavailable,
            "the execution could not be accepted in time; try again, with an `Idempotency-Key` if it must not run twice",
        )
    })?;
    let accepted =
        ExecutionAccepted { id, function_id: entry.function_id, status: ExecutionStatus::Pending, created_at };
    let headers = [(header::LOCATION, format!("/executions/{id}")), (PREFERENCE_APPLIED, RESPOND_ASYNC.to_owned())];
    Ok((StatusCode::ACCEPTED, headers, Json(accepted)).into_response())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn the_preference_is_found_among_others() {
        let preferred = |values: &[&'static str]| {
            is_preferred(&values.iter().map(|value| (PREFER, HeaderValue::from_static(value))).collect())
        };
        assert!(preferred(&["respond-async"]));
        assert!(preferred(&["return=minimal", "handling=lenient, Respond-Async; x=1"]));
        assert!(!preferred(&["wait=10"]));
        assert!(!preferred(&["x=respond-async"]));
        assert!(!preferred(&[]));
    }

    #[test]
    fn delays_and_attempts_have_their_bounds() {
        let options = |delay_ms, max_attempts| AsyncOptions { delay_ms, max_attempts, ..AsyncOptions::default() };
        assert!(options(Some(2_592_000_000), None).delay().is_ok());
        assert!(options(Some(2_592_000_001), None).delay().is_err());
        assert!(options(Some(u64::MAX), None).delay().is_err());
        for (attempts, fine) in [(0, false), (1, true), (20, true), (21, false)] {
            assert_eq!(options(None, Some(attempts)).retry(RetryPolicy::default()).is_ok(), fine, "{attempts}");
        }
        assert!(options(None, Some(1)).refuse_unless_preferred().is_err());
        assert!(options(None, None).refuse_unless_preferred().is_ok());
    }
}
