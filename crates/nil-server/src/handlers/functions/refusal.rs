//! Why a call is not started, the same for both front doors.

use nil_api::ProblemKind;
use nil_core::FunctionRef;

use crate::{
    execution::{Busy, LiveEntry, LiveError},
    http::ApiError,
};

/// The input against the function's limit.
pub(crate) fn check_size(entry: &LiveEntry, input: &[u8]) -> Result<(), ApiError> {
    if entry.limits.input_bytes >= input.len() as u64 {
        return Ok(());
    }
    Err(ApiError::new(
        ProblemKind::TooLarge,
        format!("the input has {} bytes; at most {} are taken", input.len(), entry.limits.input_bytes),
    ))
}

/// No function to call.
pub(crate) fn not_live(error: LiveError, function: &FunctionRef) -> ApiError {
    match error {
        LiveError::NotFound => ApiError::unknown_function(function),
        LiveError::NotReady(status) => ApiError::new(
            ProblemKind::FunctionNotReady,
            format!(
                "function `{function}` is {status}; it can be called once it is READY (`GET /functions/{function}` tells)"
            ),
        ),
        LiveError::Store(error) => {
            tracing::warn!(%error, "the database is not available");
            ApiError::new(ProblemKind::Unavailable, "the database is not available right now; try again in a moment")
        }
        LiveError::Secret(error) => {
            tracing::error!(%function, %error, "could not configure a function");
            ApiError::new(
                ProblemKind::Unavailable,
                "a secret of the function cannot be opened by this server; the server's log has the cause",
            )
        }
        LiveError::Load(error) => {
            tracing::error!(%function, %error, "could not load a published function");
            ApiError::new(ProblemKind::Internal, "the function could not be loaded; the server's log has the cause")
        }
    }
}

/// No turn to run it.
pub(crate) fn busy(busy: Busy, function: &FunctionRef) -> ApiError {
    match busy {
        Busy::Function => ApiError::new(
            ProblemKind::FunctionBusy,
            format!("function `{function}` has as many executions under way as it may; try again in a moment"),
        ),
        Busy::Server => ApiError::new(
            ProblemKind::Unavailable,
            "this server has as many executions under way as it may; try again in a moment",
        ),
    }
}
