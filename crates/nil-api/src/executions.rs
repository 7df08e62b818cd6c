//! Bodies about executions. Inputs and outputs travel as raw JSON text and are never rebuilt.

use chrono::{DateTime, Utc};
use nil_core::{ExecutionId, ExecutionStatus, FunctionId, LogLine, Receipt};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// `POST /functions/{id}/execute`.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExecuteRequest<'a> {
    /// A JSON object; absent or null means `{}`.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub input: Option<&'a RawValue>,
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
    /// When it started.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub completed_at: Option<DateTime<Utc>>,
    /// When it was accepted.
    pub created_at: DateTime<Utc>,
}
