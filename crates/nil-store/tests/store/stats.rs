//! Figures by minute: what is counted ahead and what is counted on the spot add up to the record.

use bytes::Bytes;
use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};
use nil_core::{ExecutionId, ExecutionMode, ExecutionStatus, FunctionId, Receipt, VersionId};
use nil_store::{ExecutionRecord, StatsWindow, Store};
use uuid::Uuid;

use crate::Fixture;

fn record(function: FunctionId, at: DateTime<Utc>, version: i32, duration_us: u64, fails: bool) -> ExecutionRecord {
    let random = Uuid::now_v7().as_u128() & ((1 << 80) - 1);
    let millis = u128::from(at.timestamp_millis().unsigned_abs());
    ExecutionRecord {
        id: ExecutionId(Uuid::from_u128((millis << 80) | random)),
        function_id: function,
        version_id: VersionId::generate(),
        version_number: version,
        status: if fails { ExecutionStatus::Failed } else { ExecutionStatus::Completed },
        mode: ExecutionMode::Sync,
        input: Bytes::from_static(b"{}"),
        output: (!fails).then(|| Bytes::from_static(b"{}")),
        error: fails.then(|| ("trap".to_owned(), "it trapped".to_owned())),
        logs: Vec::new(),
        receipt: Receipt { duration_us, cold: version == 2, ..Receipt::default() },
        created_at: at,
        started_at: at,
        completed_at: at,
        queued: None,
        trace_id: None,
    }
}

/// Everything of a function: count, failed, cold, and how many durations were seen.
async fn sums(store: &Store, function: FunctionId, window: StatsWindow) -> (i64, i64, i64, i64) {
    let figures = store.function_stats(function, window).await.expect("figures");
    let all = store.all_stats(window, 10).await.expect("figures");
    let one = all.iter().find(|one| one.id == function);
    let counted: i64 = figures.counts.iter().map(|row| row.count).sum();
    assert_eq!(one.map_or(0, |one| one.counts.iter().map(|row| row.count).sum()), counted, "both say the same");
    let classes = |rows: &[nil_store::ClassRow]| rows.iter().map(|row| row.count).sum::<i64>();
    assert_eq!(one.map_or(0, |one| classes(&one.classes)), classes(&figures.classes), "both say the same");
    (
        counted,
        figures.counts.iter().map(|row| row.failed).sum(),
        figures.counts.iter().map(|row| row.cold).sum(),
        classes(&figures.classes),
    )
}

#[tokio::test]
async fn counting_ahead_changes_nothing_and_late_records_are_found() {
    let fixture = Fixture::new().await;
    let store = &fixture.store;
    let function = fixture.function("counted").await.id;
    let now = Utc::now();
    let minute = now.duration_trunc(TimeDelta::minutes(1)).expect("a minute");
    store.ensure_partitions(now - TimeDelta::days(2)).await.expect("partitions");
    let records: Vec<ExecutionRecord> = (0..600_i64)
        .map(|n| record(function, now - TimeDelta::seconds(n * 20), 1 + (n % 2) as i32, n as u64 * 7, n % 10 == 0))
        .collect();
    let mut history = store.history_connection().await.expect("a connection");
    history.record(&records).await.expect("recorded");
    let window =
        StatsWindow { from: minute - TimeDelta::days(1), to: minute + TimeDelta::minutes(1), bucket_ms: 3_600_000 };
    let expected = (600, 60, 300, 600);
    assert_eq!(sums(store, function, window).await, expected, "nothing is counted ahead yet");

    while store.count_executions(now).await.expect("counted") {}
    assert_eq!(sums(store, function, window).await, expected, "counted ahead");
    while store.count_executions(now + TimeDelta::minutes(5)).await.expect("counted") {}
    assert_eq!(sums(store, function, window).await, expected, "all of it counted ahead");

    history.record(&[record(function, now - TimeDelta::minutes(90), 1, 5, true)]).await.expect("recorded");
    assert_eq!(sums(store, function, window).await, expected, "its minute was counted before it came");
    while store.count_executions(now + TimeDelta::minutes(5)).await.expect("counted") {}
    assert_eq!(sums(store, function, window).await, (601, 61, 300, 601), "the minute was counted anew");

    let hour =
        StatsWindow { from: minute - TimeDelta::minutes(60), to: minute - TimeDelta::minutes(30), bucket_ms: 60_000 };
    let figures = store.function_stats(function, hour).await.expect("figures");
    assert_eq!(figures.counts.iter().map(|row| row.count).sum::<i64>(), 90, "three a minute");
    assert!(figures.counts.iter().all(|row| (0..30).contains(&row.bucket)));

    store.forget_counts_before(minute + TimeDelta::days(1)).await.expect("forgotten");
    assert_eq!(sums(store, function, window).await.0, 0);
}
