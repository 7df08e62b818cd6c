//! What `GET /events` tells: changes of functions and of executions, as they happen.

use chrono::{DateTime, Utc};
use nil_core::{ExecutionId, ExecutionMode, ExecutionStatus, FunctionId, FunctionName, FunctionStatus};
use serde::{Deserialize, Serialize};

/// `event: function`: a function was stored, changed, built or removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FunctionEvent {
    /// The function.
    pub function_id: FunctionId,
    /// Its name; null when it is gone and was not known here.
    pub name: Option<FunctionName>,
    /// The state of its newest version, or `DELETED`.
    pub status: FunctionEventStatus,
    /// The number of its newest version.
    pub version: Option<i32>,
    /// The number of the version that answers calls.
    pub live: Option<i32>,
    /// When this was seen.
    pub at: DateTime<Utc>,
}

/// What a function is, or that it is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum FunctionEventStatus {
    /// Waits for a compiler.
    Pending,
    /// Is being compiled.
    Compiling,
    /// Answers calls.
    Ready,
    /// Could not be built.
    Failed,
    /// Is gone.
    Deleted,
}

impl From<FunctionStatus> for FunctionEventStatus {
    fn from(status: FunctionStatus) -> Self {
        match status {
            FunctionStatus::Pending => Self::Pending,
            FunctionStatus::Compiling => Self::Compiling,
            FunctionStatus::Ready => Self::Ready,
            FunctionStatus::Failed => Self::Failed,
        }
    }
}

/// `event: execution`: an execution was accepted, began or ended. Calls that are answered at once tell their end only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExecutionEvent {
    /// The execution; its record can be read once it is over.
    pub execution_id: ExecutionId,
    /// The function.
    pub function_id: FunctionId,
    /// Its name; null when it is gone.
    pub function_name: Option<FunctionName>,
    /// Its state now.
    pub status: ExecutionStatus,
    /// What caused it.
    pub mode: ExecutionMode,
    /// The number of the version that runs or ran.
    pub version: i32,
    /// From start to end, in microseconds, when it is over.
    pub duration_us: Option<u64>,
    /// The kind of failure.
    pub error_kind: Option<String>,
    /// When it changed.
    pub at: DateTime<Utc>,
}

/// `event: lagged`: something was not told. Whoever keeps a picture reads it anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LaggedEvent {
    /// How many events; 0 where that is not known.
    pub missed: u64,
}

/// What a stream of events says next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// About a function.
    Function(FunctionEvent),
    /// About an execution.
    Execution(ExecutionEvent),
    /// Something was missed.
    Lagged(LaggedEvent),
}
