//! Bodies of `/stats` and `/functions/{id}/stats`: figures of executions that are over.

use chrono::{DateTime, Utc};
use nil_core::{FunctionId, FunctionName};
use serde::{Deserialize, Serialize};

/// Figures of some executions. Percentiles are off by less than 5 %; null where nothing ran.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    /// Executions that are over.
    pub count: i64,
    /// Those that failed.
    pub failed: i64,
    /// Those that were called off.
    pub canceled: i64,
    /// Failed of all that were not called off, 0 to 1; null where there are none.
    pub error_rate: Option<f64>,
    /// Half took this long or less, in microseconds.
    pub p50_us: Option<i64>,
    /// 95 of 100 took this long or less.
    pub p95_us: Option<i64>,
    /// 99 of 100 took this long or less.
    pub p99_us: Option<i64>,
    /// Executions for which the function had to be loaded.
    pub cold: i64,
}

/// Figures of one version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VersionTotals {
    /// Its number.
    pub version: i32,
    /// Its figures.
    #[serde(flatten)]
    pub totals: Totals,
}

/// Figures of one step of time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BucketTotals {
    /// When it begins.
    pub at: DateTime<Utc>,
    /// Its figures.
    #[serde(flatten)]
    pub totals: Totals,
}

/// Answer to `GET /functions/{id}/stats`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FunctionStats {
    /// The function.
    pub function_id: FunctionId,
    /// The first minute that counts.
    pub from: DateTime<Utc>,
    /// Behind the last minute that counts.
    pub to: DateTime<Utc>,
    /// Length of a step, in milliseconds.
    pub bucket_ms: i64,
    /// All of them.
    pub totals: Totals,
    /// By version, newest first.
    pub versions: Vec<VersionTotals>,
    /// By time, every step, oldest first.
    pub buckets: Vec<BucketTotals>,
}

/// Answer to `GET /stats`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Stats {
    /// The first minute that counts.
    pub from: DateTime<Utc>,
    /// Behind the last minute that counts.
    pub to: DateTime<Utc>,
    /// Length of a step, in milliseconds.
    pub bucket_ms: i64,
    /// The functions with the most executions, most first; those without any are left out.
    pub functions: Vec<FunctionTotals>,
}

/// Figures of one of many functions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FunctionTotals {
    /// The function.
    pub function_id: FunctionId,
    /// Its name.
    pub name: FunctionName,
    /// Its figures.
    #[serde(flatten)]
    pub totals: Totals,
    /// By time, every step, oldest first.
    pub buckets: Vec<BucketCount>,
}

/// How many executions one step of time saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BucketCount {
    /// When it begins.
    pub at: DateTime<Utc>,
    /// Executions that are over.
    pub count: i64,
    /// Those that failed.
    pub failed: i64,
}
