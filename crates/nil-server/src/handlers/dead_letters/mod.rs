//! `/dead-letters`: executions that failed for good, and what may be done with them.

pub(crate) mod discard;
pub(crate) mod list;
pub(crate) mod requeue;

use nil_api::ProblemKind;
use nil_core::ExecutionId;

use crate::http::ApiError;

fn unknown(id: ExecutionId) -> ApiError {
    ApiError::new(ProblemKind::NotFound, format!("execution `{id}` is no dead letter; `GET /dead-letters` lists them"))
}
