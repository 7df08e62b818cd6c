//! `GET /stats`: the figures of the functions with the most executions.

use axum::{Json, extract::State};
use chrono::Utc;
use nil_api::{BucketCount, FunctionTotals, Problem, Stats};
use nil_store::{FunctionCounts, StatsWindow};

use super::{
    figures::Sum,
    window::{WindowQuery, begin_of, buckets_of},
};
use crate::{
    app::App,
    http::{ApiError, QueryParams},
};

/// Functions of one answer at the most.
const MOST_FUNCTIONS: i64 = 100;

/// Figures of the 100 functions with the most recorded executions, most first. Times are rounded to whole minutes.
#[utoipa::path(get, operation_id = "getStats", path = "/stats", tag = "operations", params(WindowQuery), responses(
    (status = 200, description = "The figures", body = Stats),
    (status = 400, description = "The query cannot be read", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 503, description = "The database is not available", body = Problem),
))]
pub(crate) async fn stats(
    State(app): State<App>,
    QueryParams(query): QueryParams<WindowQuery>,
) -> Result<Json<Stats>, ApiError> {
    let window = query.window(Utc::now())?;
    let functions = app.store().all_stats(window, MOST_FUNCTIONS).await?;
    Ok(Json(Stats {
        from: window.from,
        to: window.to,
        bucket_ms: window.bucket_ms,
        functions: functions.into_iter().map(|function| totals_of(function, window)).collect(),
    }))
}

fn totals_of(function: FunctionCounts, window: StatsWindow) -> FunctionTotals {
    let mut all = Sum::default();
    let mut buckets = vec![Sum::default(); usize::try_from(buckets_of(window)).unwrap_or(0)];
    for row in &function.counts {
        all.add_counts(row);
        if let Some(bucket) = usize::try_from(row.bucket).ok().and_then(|bucket| buckets.get_mut(bucket)) {
            bucket.add_counts(row);
        }
    }
    function.classes.iter().for_each(|row| all.add_class(row));
    let counts = (0..).zip(&buckets).map(|(number, sum)| {
        let (count, failed) = sum.count();
        BucketCount { at: begin_of(window, number), count, failed }
    });
    FunctionTotals { function_id: function.id, name: function.name, totals: all.totals(), buckets: counts.collect() }
}
