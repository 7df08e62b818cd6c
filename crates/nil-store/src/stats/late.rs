//! Records that come late: their minute may be counted already.

use std::{collections::BTreeSet, time::Duration};

use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};
use nil_core::ExecutionId;
use sqlx::PgConnection;

use crate::error::StoreError;

/// How old an execution may be when it is recorded without being late. Far below `SETTLED` in `count`, so that clocks
/// of servers may differ and a commit may take its time.
const LATE: Duration = Duration::from_secs(5);

/// The minutes of executions that are recorded late now.
pub(crate) fn late_minutes(ids: impl Iterator<Item = ExecutionId>, now: DateTime<Utc>) -> Vec<DateTime<Utc>> {
    let made_before = now - LATE;
    let late = ids.filter_map(made_at).filter(|made| *made < made_before);
    let minutes: BTreeSet<_> = late.filter_map(|made| made.duration_trunc(TimeDelta::minutes(1)).ok()).collect();
    minutes.into_iter().collect()
}

/// When an id was made, or is due.
fn made_at(id: ExecutionId) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(i64::try_from(id.0.as_u128() >> 80).ok()?)
}

/// Has minutes counted anew; belongs into the transaction that records.
pub(crate) async fn mark_late(connection: &mut PgConnection, minutes: &[DateTime<Utc>]) -> Result<(), StoreError> {
    if !minutes.is_empty() {
        sqlx::query!("INSERT INTO execution_minutes_late (minute) SELECT UNNEST($1::timestamptz[])", minutes)
            .execute(connection)
            .await?;
    }
    Ok(())
}

/// Has the minutes of a range of executions counted anew.
pub(crate) async fn mark_range_late(
    connection: &mut PgConnection,
    first: uuid::Uuid,
    last: uuid::Uuid,
) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO execution_minutes_late (minute)
         SELECT generate_series(minute_of($1), minute_of($2), interval '1 minute')",
        first,
        last,
    )
    .execute(connection)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_old_executions_are_late_and_each_minute_is_named_once() {
        let now = Utc::now();
        let made = |seconds: i64| {
            let millis = u128::from((now - TimeDelta::seconds(seconds)).timestamp_millis().unsigned_abs());
            ExecutionId(uuid::Uuid::from_u128(millis << 80))
        };
        assert!(late_minutes([made(0), made(4)].into_iter(), now).is_empty());
        let minutes = late_minutes([made(0), made(7_200), made(7_200)].into_iter(), now);
        let expected = (now - TimeDelta::hours(2)).duration_trunc(TimeDelta::minutes(1)).expect("a minute");
        assert_eq!(minutes, [expected]);
    }
}
