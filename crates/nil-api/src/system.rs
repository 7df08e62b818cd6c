//! Body of `/system`: what this installation consists of and how full it is.

use chrono::{DateTime, Utc};
use nil_core::{CompilerId, CompilerState, Language};
use serde::{Deserialize, Serialize};

use crate::queue::QueueReport;

/// Answer to `GET /system`.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SystemReport {
    /// The version of the server that answers.
    pub version: String,
    /// When it was started.
    pub started_at: DateTime<Utc>,
    /// The database.
    pub database: DatabaseReport,
    /// As `GET /queue` answers it.
    pub queue: QueueReport,
    /// Compiler services that were heard of within the last hour.
    pub compilers: Vec<CompilerReport>,
    /// The record of executions.
    pub executions: RecordReport,
    /// The cache of native code of the server that answers; null where it has none.
    pub code_cache: Option<CodeCacheReport>,
}

/// The database.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DatabaseReport {
    /// PostgreSQL's version.
    pub version: String,
    /// All of it, in bytes.
    pub size_bytes: i64,
}

/// A compiler service.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CompilerReport {
    /// Its id; a fresh one for each start.
    pub id: CompilerId,
    /// Where it runs.
    pub host: String,
    /// Whether it takes jobs.
    pub state: CompilerState,
    /// Whether it still says that it is there.
    pub alive: bool,
    /// What it compiles.
    pub languages: Vec<CompilerLanguage>,
    /// Why it refuses jobs, or what an operator should know: layers of the sandbox that do not hold among it.
    pub problems: Vec<String>,
    /// When it was started.
    pub started_at: DateTime<Utc>,
    /// When it was heard of last.
    pub last_seen_at: DateTime<Utc>,
}

/// A language of a compiler service.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CompilerLanguage {
    /// The language.
    pub language: Language,
    /// Whether its toolchain is there.
    pub installed: bool,
    /// Versions of its parts.
    pub toolchain: Option<String>,
    /// What is wrong and what to do, if it is not there.
    pub hint: Option<String>,
}

/// The record of executions.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecordReport {
    /// Days that have a partition, two weeks ahead among them.
    pub partitions: i64,
    /// All partitions with their indexes, in bytes.
    pub size_bytes: i64,
    /// The first day that is kept.
    pub oldest_day: Option<chrono::NaiveDate>,
    /// Days a record is kept unless its function says otherwise.
    pub retention_days: u64,
}

/// What the cache of native code did since the start.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CodeCacheReport {
    /// Loads that found their code.
    pub hits: u64,
    /// Loads that did not.
    pub misses: u64,
    /// Entries discarded because they were damaged or foreign.
    pub discarded: u64,
    /// Entries written.
    pub stored: u64,
    /// Entries removed to make room.
    pub evicted: u64,
    /// Entries that could not be written.
    pub failed: u64,
}
