//! Bodies about the queues, now and over time, and about the dead letters of compilations.

use chrono::{DateTime, Utc};
use nil_core::{FunctionId, VersionId};
use serde::{Deserialize, Serialize};

/// `GET /queue`.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueueReport {
    /// Jobs waiting for or held by a compiler.
    pub compilation: CompilationBacklog,
    /// Jobs that were given up, oldest first, at most 100.
    pub dead_letters: Vec<DeadLetter>,
    /// Executions that were accepted to run later.
    #[serde(default)]
    pub executions: ExecutionBacklog,
}

/// The queue of executions in numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExecutionBacklog {
    /// May start now.
    pub pending: i64,
    /// Run now.
    pub running: i64,
    /// Wait for their time, or for another attempt.
    pub delayed: i64,
    /// For how long the oldest that may start has been waiting, in milliseconds.
    pub oldest_age_ms: Option<i64>,
    /// Failed for good; `GET /dead-letters` lists them.
    pub dead_letters: i64,
}

/// The compilation queue in numbers.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CompilationBacklog {
    /// Jobs nobody holds.
    pub queued: i64,
    /// Jobs a compiler holds.
    pub leased: i64,
    /// Age of the oldest job, in milliseconds.
    pub oldest_ms: Option<i64>,
    /// The same by function, most jobs first, at most 100.
    pub functions: Vec<FunctionBacklog>,
}

/// The jobs of one function.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FunctionBacklog {
    /// The function.
    pub function_id: FunctionId,
    /// Its name when the job was made.
    pub function_name: String,
    /// Jobs waiting or held.
    pub jobs: i64,
    /// The most tries any of them has had.
    pub attempts: i32,
}

/// A job that was given up.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeadLetter {
    /// Its number, for `POST /queue/dead-letters/{id}/requeue`.
    pub id: i64,
    /// The function.
    pub function_id: FunctionId,
    /// Its name when the job was made.
    pub function_name: String,
    /// The version that was to be built.
    pub version_id: VersionId,
    /// Tries made.
    pub attempts: i32,
    /// What the last try reported.
    pub last_error: String,
    /// When it was given up.
    pub parked_at: DateTime<Utc>,
}

/// `GET /queue/history`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueueHistory {
    /// Where it begins.
    #[schema(example = "2026-11-29T11:00:00Z")]
    pub from: DateTime<Utc>,
    /// Where it is over.
    #[schema(example = "2026-11-29T12:00:00Z")]
    pub to: DateTime<Utc>,
    /// Length of a step, in milliseconds.
    #[schema(example = 60_000)]
    pub bucket_ms: i64,
    /// By time, every step, oldest first.
    pub buckets: Vec<QueueDepth>,
}

/// The deepest the queues were in one step of time, number by number. Depths are null where nobody looked: no server ran.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueueDepth {
    /// When it begins.
    #[schema(example = "2026-11-29T11:00:00Z")]
    pub at: DateTime<Utc>,
    /// How often it was looked.
    #[schema(example = 6)]
    pub samples: i64,
    /// The compilation queue.
    pub compilation: Option<CompilationDepth>,
    /// The queue of executions.
    pub executions: Option<ExecutionBacklog>,
}

/// How deep the compilation queue was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CompilationDepth {
    /// Jobs nobody held.
    #[schema(example = 3)]
    pub queued: i64,
    /// Jobs a compiler held.
    #[schema(example = 2)]
    pub leased: i64,
    /// Age of the oldest job, in milliseconds.
    #[schema(example = 850)]
    pub oldest_ms: Option<i64>,
    /// Jobs that were given up.
    #[schema(example = 0)]
    pub dead_letters: i64,
}
