//! `GET /queue/history`: how deep the queues were over time.

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use nil_api::{CompilationDepth, ExecutionBacklog, Problem, QueueDepth, QueueHistory};
use nil_store::{QUEUE_SAMPLE_EVERY, QueueDepthRow, StatsWindow};
use serde::Deserialize;

use crate::{
    app::App,
    handlers::stats::window::{a_day_before, begin_of, buckets_of, in_steps},
    http::{ApiError, QueryParams},
};

/// What is asked for.
#[derive(Debug, Clone, Copy, Deserialize, utoipa::IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub(crate) struct HistoryQuery {
    /// Looked at this time or later; default a day before `to`.
    #[param(example = "2026-11-29T11:00:00Z")]
    from: Option<DateTime<Utc>>,
    /// Looked before this time; default now.
    #[param(example = "2026-11-29T12:00:00Z")]
    to: Option<DateTime<Utc>>,
    /// Length of a step, in milliseconds; 10,000 where it is less. Default a sixtieth of the time.
    #[param(minimum = 1, example = 60_000)]
    bucket_ms: Option<i64>,
}

impl HistoryQuery {
    fn window(self, now: DateTime<Utc>) -> Result<StatsWindow, ApiError> {
        let to = self.to.unwrap_or(now);
        let from = self.from.unwrap_or_else(|| a_day_before(to));
        let least_ms = i64::try_from(QUEUE_SAMPLE_EVERY.as_millis()).unwrap_or(i64::MAX);
        in_steps(from, to, self.bucket_ms, least_ms, |asked| asked.max(least_ms))
    }
}

/// How deep the queues were, step by step: of each number the most there was when it was looked, every ten seconds.
#[utoipa::path(get, operation_id = "getQueueHistory", path = "/queue/history", tag = "operations",
    params(HistoryQuery), responses(
    (status = 200, description = "The depths", body = QueueHistory),
    (status = 400, description = "The query cannot be read", body = Problem),
    (status = 401, description = "A token is required", body = Problem),
    (status = 503, description = "The database is not available", body = Problem),
))]
pub(crate) async fn history(
    State(app): State<App>,
    QueryParams(query): QueryParams<HistoryQuery>,
) -> Result<Json<QueueHistory>, ApiError> {
    let window = query.window(Utc::now())?;
    let rows = app.store().queue_depths(window).await?;
    Ok(Json(QueueHistory {
        from: window.from,
        to: window.to,
        bucket_ms: window.bucket_ms,
        buckets: every_step(window, &rows),
    }))
}

/// The steps somebody looked in, and those nobody did, in their order.
fn every_step(window: StatsWindow, rows: &[QueueDepthRow]) -> Vec<QueueDepth> {
    let mut rows = rows.iter().peekable();
    (0..buckets_of(window))
        .map(|bucket| {
            let row = rows.next_if(|row| row.bucket == bucket);
            QueueDepth {
                at: begin_of(window, bucket),
                samples: row.map_or(0, |row| row.samples),
                compilation: row.map(compilation),
                executions: row.map(executions),
            }
        })
        .collect()
}

fn compilation(row: &QueueDepthRow) -> CompilationDepth {
    CompilationDepth {
        queued: row.compilations_queued,
        leased: row.compilations_leased,
        oldest_ms: row.compilations_oldest_ms,
        dead_letters: row.compilations_dead,
    }
}

fn executions(row: &QueueDepthRow) -> ExecutionBacklog {
    ExecutionBacklog {
        pending: row.executions_ready,
        running: row.executions_running,
        delayed: row.executions_delayed,
        oldest_age_ms: row.executions_oldest_ms,
        dead_letters: row.executions_dead,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a time")
    }

    #[test]
    fn steps_nobody_looked_in_are_there_without_numbers() {
        let query = HistoryQuery { from: Some(at("2026-11-29T11:59:45Z")), to: None, bucket_ms: Some(15_000) };
        let window = query.window(at("2026-11-29T12:00:40Z")).expect("a window");
        let row = QueueDepthRow {
            bucket: 2,
            samples: 1,
            compilations_queued: 3,
            compilations_leased: 1,
            compilations_dead: 0,
            compilations_oldest_ms: Some(900),
            executions_ready: 5,
            executions_running: 4,
            executions_delayed: 7,
            executions_dead: 2,
            executions_oldest_ms: None,
        };
        let steps = every_step(window, &[row]);
        let begins: Vec<_> = steps.iter().map(|step| step.at.format("%T").to_string()).collect();
        assert_eq!(begins, ["11:59:45", "12:00:00", "12:00:15", "12:00:30"]);
        assert!([0, 1, 3].iter().all(|&step: &usize| steps[step].samples == 0 && steps[step].executions.is_none()));
        let seen = &steps[2];
        assert_eq!(seen.compilation.as_ref().map(|depth| (depth.queued, depth.oldest_ms)), Some((3, Some(900))));
        assert_eq!(seen.executions.as_ref().map(|depth| (depth.pending, depth.dead_letters)), Some((5, 2)));
    }

    #[test]
    fn steps_are_no_shorter_than_samples_are_apart() {
        let now = at("2026-11-29T12:00:00Z");
        let window = |bucket_ms| HistoryQuery { from: None, to: None, bucket_ms }.window(now).expect("a window");
        assert_eq!((window(None).bucket_ms, window(None).from), (1_440_000, at("2026-11-28T12:00:00Z")));
        let minutes = HistoryQuery { from: Some(at("2026-11-29T11:55:00Z")), to: None, bucket_ms: Some(1) };
        assert_eq!(minutes.window(now).expect("a window").bucket_ms, 10_000);
        for (from, bucket_ms) in [(Some(now), None), (None, Some(0)), (None, Some(10_000))] {
            assert!(HistoryQuery { from, to: None, bucket_ms }.window(now).is_err());
        }
    }
}
