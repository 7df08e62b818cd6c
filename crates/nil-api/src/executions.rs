//! Bodies about executions. Inputs and outputs travel as raw JSON text and are never rebuilt.

use chrono::{DateTime, Utc};
use nil_core::{
    AttemptRecord, ExecutionId, ExecutionMode, ExecutionStatus, FunctionId, FunctionName, LogLine, Receipt, TraceId,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// `POST /functions/{id}/execute`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExecuteRequest<'a> {
    /// A JSON object; absent or null means `{}`.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub input: Option<&'a RawValue>,
    /// With `Prefer: respond-async`: run it this many milliseconds from now, at most 30 days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 2_592_000_000_u64, example = json!(null))]
    pub delay_ms: Option<u64>,
    /// With `Prefer: respond-async`: attempts it has, in place of the function's `maxAttempts`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 20, example = json!(null))]
    pub max_attempts: Option<u32>,
    /// With `Prefer: respond-async`: an http or https URL that is told how the execution ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = json!(null))]
    pub callback_url: Option<String>,
}

/// How far the callback of an execution is.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallbackProgress {
    /// Where to.
    pub url: String,
    /// `PENDING`, `DELIVERED` or `FAILED`.
    pub state: String,
    /// Tries made.
    pub attempts: i32,
    /// What the last one was answered.
    pub last_status: Option<i32>,
}

/// What a callback's receiver is sent.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallbackMessage {
    /// `execution.completed`, `execution.failed` or `execution.canceled`.
    #[serde(rename = "type")]
    pub kind: String,
    /// When it was sent.
    pub timestamp: DateTime<Utc>,
    /// The execution, as `GET /executions/{id}` shows it, without logs.
    pub data: ExecutionDetail,
}

/// Answer to `POST /functions/{id}/callback-secret`.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallbackSecret {
    /// What the function's callbacks are signed with; shown this once.
    #[schema(example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    pub secret: String,
}

/// Not the secret.
impl std::fmt::Debug for CallbackSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CallbackSecret").finish_non_exhaustive()
    }
}

/// `202` of a call with `Prefer: respond-async`: accepted, durable, and run later.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExecutionAccepted {
    /// The execution's id; `GET /executions/{id}` tells how far it is.
    pub id: ExecutionId,
    /// The function that will run.
    pub function_id: FunctionId,
    /// Always `PENDING`.
    pub status: ExecutionStatus,
    /// When it was accepted.
    pub created_at: DateTime<Utc>,
}

/// Answer to `POST /functions/{id}/execute`. A failure of the function is an outcome, not an HTTP error.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExecutionResult {
    /// The execution's id; its record is durable when this answer is sent.
    pub id: ExecutionId,
    /// The function that ran.
    pub function_id: FunctionId,
    /// `COMPLETED` or `FAILED`.
    pub status: ExecutionStatus,
    /// What the function returned.
    #[schema(value_type = Option<Value>)]
    pub output: Option<Box<RawValue>>,
    /// Why it failed, as a person reads it.
    pub error_message: Option<String>,
    /// The kind of failure, stable for programs: `trap`, `abort`, `timeout`, `memory-limit`, ….
    pub error_kind: Option<String>,
    /// What it wrote, up to the log limit.
    pub logs: Vec<LogLine>,
    /// What it cost.
    pub receipt: Receipt,
    /// The number of the version that ran.
    pub version: i32,
    /// When the execution was accepted.
    pub created_at: DateTime<Utc>,
}

/// An entry of `GET /functions/{id}/executions`, newest first.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExecutionSummary {
    /// The execution's id.
    pub id: ExecutionId,
    /// Its state.
    pub status: ExecutionStatus,
    /// What caused it.
    #[serde(default)]
    pub mode: ExecutionMode,
    /// The number of the version that ran.
    pub version: i32,
    /// From start to end, in microseconds.
    pub duration_us: Option<i64>,
    /// Why it failed.
    pub error_message: Option<String>,
    /// When it started.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub completed_at: Option<DateTime<Utc>>,
}

/// An entry of `GET /executions`, newest first.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExecutionEntry {
    /// The execution's id.
    pub id: ExecutionId,
    /// The function that ran.
    pub function_id: FunctionId,
    /// Its name.
    pub function_name: FunctionName,
    /// Its state.
    pub status: ExecutionStatus,
    /// What caused it.
    #[serde(default)]
    pub mode: ExecutionMode,
    /// The number of the version that ran; of one that waits, the one that was live when it was accepted.
    pub version: i32,
    /// From start to end, in microseconds.
    pub duration_us: Option<i64>,
    /// Why it failed.
    pub error_message: Option<String>,
    /// When it started.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub completed_at: Option<DateTime<Utc>>,
    /// When it was accepted.
    pub created_at: DateTime<Utc>,
}

/// An entry of `GET /dead-letters`: an execution that failed for good, newest first.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeadExecution {
    /// The execution; `GET /executions/{id}` shows it with all its attempts.
    pub execution_id: ExecutionId,
    /// The function that ran.
    pub function_id: FunctionId,
    /// Its name.
    pub function_name: FunctionName,
    /// Attempts made.
    pub attempts: i32,
    /// The kind of the last failure.
    pub error_kind: Option<String>,
    /// Why it failed last.
    pub error_message: Option<String>,
    /// When it was given up.
    pub dead_at: DateTime<Utc>,
}

/// Answer to `GET /executions/{id}`.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExecutionDetail {
    /// The execution's id.
    pub id: ExecutionId,
    /// The function that ran.
    pub function_id: FunctionId,
    /// Its state.
    pub status: ExecutionStatus,
    /// What caused it.
    #[serde(default)]
    pub mode: ExecutionMode,
    /// What the function was given.
    #[schema(value_type = Option<Value>)]
    pub input: Option<Box<RawValue>>,
    /// What it returned.
    #[schema(value_type = Option<Value>)]
    pub output: Option<Box<RawValue>>,
    /// Why it failed.
    pub error_message: Option<String>,
    /// The kind of failure.
    pub error_kind: Option<String>,
    /// What it wrote.
    pub logs: Vec<LogLine>,
    /// What it cost.
    pub receipt: Receipt,
    /// The number of the version that ran.
    pub version: i32,
    /// Attempts begun; absent unless it was queued.
    pub attempt: Option<i32>,
    /// Attempts it has.
    pub max_attempts: Option<i32>,
    /// The attempts that are over, first to last.
    #[serde(default)]
    pub attempts: Vec<AttemptRecord>,
    /// When the next attempt may start, while it waits.
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// When it was to run, if not at once.
    pub deliver_at: Option<DateTime<Utc>>,
    /// The schedule that caused it.
    pub schedule_name: Option<String>,
    /// Where its end is told, and how far that is.
    #[serde(default)]
    pub callback: Option<CallbackProgress>,
    /// The trace it belongs to, if its caller had one or the server reports traces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<TraceId>,
    /// When it started.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub completed_at: Option<DateTime<Utc>>,
    /// When it was accepted.
    pub created_at: DateTime<Utc>,
}
