//! `?from=&to=&bucketMs=`: which executions count, and in what steps. The history of the queues is asked for the same way.

use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};
use nil_store::StatsWindow;
use serde::Deserialize;

use crate::http::ApiError;

/// Executions are counted by minute.
const MINUTE_MS: i64 = 60_000;

/// Steps of one answer at the most.
const MOST_BUCKETS: i64 = 1_500;

/// Steps unless asked otherwise: as many as a chart shows well.
const DEFAULT_BUCKETS: i64 = 60;

/// What is asked for. Times are rounded to whole minutes, outward.
#[derive(Debug, Clone, Copy, Deserialize, utoipa::IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub(crate) struct WindowQuery {
    /// Executions accepted at this time or later; default a day before `to`.
    from: Option<DateTime<Utc>>,
    /// Executions accepted before this time; default now.
    to: Option<DateTime<Utc>>,
    /// Length of a step, in milliseconds; rounded up to whole minutes. Default a sixtieth of the time.
    #[param(minimum = 1)]
    bucket_ms: Option<i64>,
}

impl WindowQuery {
    /// The window, in whole minutes.
    pub(super) fn window(self, now: DateTime<Utc>) -> Result<StatsWindow, ApiError> {
        let minute = TimeDelta::minutes(1);
        let out_of_range =
            |_| ApiError::invalid("`from` or `to` is out of range; use times such as 2026-01-31T12:00:00Z");
        let until = self.to.unwrap_or(now);
        let to = until.duration_trunc(minute).map_err(out_of_range)?;
        let to = if to < until { to.checked_add_signed(minute).unwrap_or(to) } else { to };
        let from = self.from.unwrap_or_else(|| a_day_before(to)).duration_trunc(minute).map_err(out_of_range)?;
        in_steps(from, to, self.bucket_ms, MINUTE_MS, |asked| {
            (asked.saturating_add(MINUTE_MS - 1) / MINUTE_MS).max(1).saturating_mul(MINUTE_MS)
        })
    }
}

/// Where a window begins unless asked otherwise.
pub(crate) fn a_day_before(to: DateTime<Utc>) -> DateTime<Utc> {
    to.checked_sub_signed(TimeDelta::days(1)).unwrap_or(to)
}

/// A window in steps of the length asked for, or a sixtieth of it, as `rounded` has it; steps shorter than `least_ms` make
/// no sense.
pub(crate) fn in_steps(
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    bucket_ms: Option<i64>,
    least_ms: i64,
    rounded: impl Fn(i64) -> i64,
) -> Result<StatsWindow, ApiError> {
    if from >= to {
        return Err(ApiError::invalid("`from` is not before `to`"));
    }
    if let Some(asked) = bucket_ms.filter(|&asked| asked < 1) {
        return Err(ApiError::invalid(format!("`bucketMs` is {asked}; use {least_ms} or more")));
    }
    let asked = bucket_ms.unwrap_or((to - from).num_milliseconds() / DEFAULT_BUCKETS);
    let window = StatsWindow { from, to, bucket_ms: rounded(asked) };
    let buckets = buckets_of(window);
    if buckets > MOST_BUCKETS {
        return Err(ApiError::invalid(format!(
            "`bucketMs` makes {buckets} steps of this time; use at most {MOST_BUCKETS}"
        )));
    }
    Ok(window)
}

/// Steps of a window.
pub(crate) fn buckets_of(window: StatsWindow) -> i64 {
    let length_ms = (window.to - window.from).num_milliseconds();
    length_ms / window.bucket_ms + i64::from(length_ms % window.bucket_ms != 0)
}

/// When a step begins.
pub(crate) fn begin_of(window: StatsWindow, bucket: i64) -> DateTime<Utc> {
    window.from + TimeDelta::milliseconds(bucket.saturating_mul(window.bucket_ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a time")
    }

    #[test]
    fn windows_are_whole_minutes_and_have_so_many_steps() {
        let now = at("2026-11-29T12:00:30Z");
        let day = WindowQuery { from: None, to: None, bucket_ms: None }.window(now).expect("a day");
        assert_eq!((day.from, day.to), (at("2026-11-28T12:01:00Z"), at("2026-11-29T12:01:00Z")));
        assert_eq!((day.bucket_ms, buckets_of(day)), (24 * MINUTE_MS, 60));
        let from = Some(at("2026-11-29T11:58:10Z"));
        let short = WindowQuery { from, to: None, bucket_ms: Some(1_000) }.window(now).expect("some minutes");
        assert_eq!((short.from, short.bucket_ms, buckets_of(short)), (at("2026-11-29T11:58:00Z"), MINUTE_MS, 3));
        assert_eq!(begin_of(short, 2), at("2026-11-29T12:00:00Z"));
        for (from, bucket_ms) in
            [(Some(now + TimeDelta::hours(1)), None), (None, Some(0)), (Some(now - TimeDelta::days(3)), Some(1))]
        {
            assert!(WindowQuery { from, to: None, bucket_ms }.window(now).is_err());
        }
    }
}
