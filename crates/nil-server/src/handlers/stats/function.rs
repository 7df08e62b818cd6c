//! `GET /functions/{id}/stats`: the figures of one function.

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use chrono::Utc;
use nil_api::{BucketTotals, FunctionStats, Problem, VersionTotals};

use super::{
    figures::Sum,
    window::{WindowQuery, begin_of, buckets_of},
};
use crate::{
    app::App,
    http::{ApiError, FunctionPath, QueryParams},
};

/// Figures of a function's recorded executions: how many, how many failed, how long they took; over all, by version and
/// by time. Times are rounded to whole minutes.
#[utoipa::path(get, operation_id = "getFunctionStats", path = "/functions/{id}/stats", tag = "functions",
    params(("id" = String, Path, description = "The function's id or name"), WindowQuery), responses(
    (status = 200, description = "The figures", body = FunctionStats),
    (status = 400, description = "The path or the query cannot be read", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 404, description = "No such function", body = Problem),
    (status = 503, description = "The database is not available", body = Problem),
))]
pub(crate) async fn stats(
    State(app): State<App>,
    FunctionPath(function): FunctionPath,
    QueryParams(query): QueryParams<WindowQuery>,
) -> Result<Json<FunctionStats>, ApiError> {
    let window = query.window(Utc::now())?;
    let id = app.store().function_id(&function).await?.ok_or_else(|| ApiError::unknown_function(&function))?;
    let figures = app.store().function_stats(id, window).await?;
    let mut all = Sum::default();
    let mut versions: BTreeMap<i32, Sum> = BTreeMap::new();
    let mut buckets = vec![Sum::default(); usize::try_from(buckets_of(window)).unwrap_or(0)];
    let bucket_of = |bucket: i64| usize::try_from(bucket).unwrap_or(usize::MAX);
    for row in &figures.counts {
        all.add_counts(row);
        versions.entry(row.version).or_default().add_counts(row);
        if let Some(bucket) = buckets.get_mut(bucket_of(row.bucket)) {
            bucket.add_counts(row);
        }
    }
    for row in &figures.classes {
        all.add_class(row);
        versions.entry(row.version).or_default().add_class(row);
        if let Some(bucket) = buckets.get_mut(bucket_of(row.bucket)) {
            bucket.add_class(row);
        }
    }
    Ok(Json(FunctionStats {
        function_id: id,
        from: window.from,
        to: window.to,
        bucket_ms: window.bucket_ms,
        totals: all.totals(),
        versions: versions
            .iter()
            .rev()
            .map(|(&version, sum)| VersionTotals { version, totals: sum.totals() })
            .collect(),
        buckets: (0..)
            .zip(&buckets)
            .map(|(number, sum)| BucketTotals { at: begin_of(window, number), totals: sum.totals() })
            .collect(),
    }))
}
