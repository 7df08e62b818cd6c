//! How deep the queues were: one sample every ten seconds however many servers look, read in steps, kept for a time.

use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use nil_core::{ExecutionId, ExecutionMode, Language, RetryPolicy, VersionId};
use nil_store::{CompilationQueue, ConnectOptions, NewQueued, StatsWindow, Store};

use crate::{Fixture, LONG};

const STEP_MS: i64 = 60_000;

fn noon() -> DateTime<Utc> {
    "2026-11-29T12:00:00Z".parse().expect("a time")
}

/// Ten minutes from noon on, in minutes.
fn window() -> StatsWindow {
    StatsWindow { from: noon(), to: noon() + TimeDelta::minutes(10), bucket_ms: STEP_MS }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ten_seconds_are_looked_at_once_however_many_servers_there_are() {
    let fixture = Fixture::new().await;
    let stores: Vec<Store> = (0..8)
        .map(|_| Store::open(&ConnectOptions::new(fixture.database.url())).expect("the URL can be read"))
        .collect();
    for round in 0..6 {
        let looks: Vec<_> = (0..8)
            .map(|server| {
                // Their clocks differ by less than the ten seconds.
                let now = noon() + TimeDelta::seconds(round * 10) + TimeDelta::milliseconds(1_200 * server as i64);
                let store = stores[server].clone();
                tokio::spawn(async move { store.sample_queues(now).await.expect("the database answers") })
            })
            .collect();
        let mut taken = 0;
        for look in looks {
            taken += usize::from(look.await.expect("no server panicked"));
        }
        assert_eq!(taken, 1, "round {round}");
        let late = noon() + TimeDelta::seconds(round * 10 + 9);
        assert!(!fixture.store.sample_queues(late).await.expect("the database answers"), "there is one");
    }
    let depths = fixture.store.queue_depths(window()).await.expect("the database answers");
    assert_eq!(depths.iter().map(|depth| (depth.bucket, depth.samples)).collect::<Vec<_>>(), [(0, 6)]);
}

#[tokio::test]
async fn a_step_has_the_deepest_that_was_seen() {
    let fixture = Fixture::new().await;
    let store = &fixture.store;
    let look = async |second| {
        let now = noon() + TimeDelta::seconds(second);
        assert!(store.sample_queues(now).await.expect("the database answers"));
    };
    look(0).await;
    let function = fixture.function("deep").await.id;
    fixture.function("deeper").await;
    let jobs = CompilationQueue::new(store.clone()).lease(Language::AssemblyScript, 1, LONG).await.expect("a lease");
    assert_eq!(jobs.len(), 1);
    let queued: Vec<NewQueued> = [0, 0, 3_600, 3_600, 3_600]
        .map(|delay_s| NewQueued {
            id: ExecutionId::generate(),
            function_id: function,
            version_id: VersionId::generate(),
            version_number: 1,
            pinned: false,
            mode: ExecutionMode::Async,
            input: Bytes::from_static(b"{}"),
            text_output: false,
            retry: RetryPolicy::default(),
            delay: Duration::from_secs(delay_s),
            schedule_name: None,
            callback_url: None,
            created_at: Utc::now(),
            trace: None,
        })
        .into();
    store.enqueuer().await.expect("a connection").enqueue(&queued).await.expect("queued");
    look(30).await;
    let gone = store.delete_function(&function.into()).await.expect("the database answers");
    assert_eq!(gone, Some(function));
    look(120).await;

    let depths = store.queue_depths(window()).await.expect("the database answers");
    assert_eq!(depths.iter().map(|depth| (depth.bucket, depth.samples)).collect::<Vec<_>>(), [(0, 2), (2, 1)]);
    let deepest = depths[0];
    assert_eq!((deepest.compilations_queued, deepest.compilations_leased, deepest.compilations_dead), (1, 1, 0));
    assert_eq!((deepest.executions_ready, deepest.executions_running), (2, 0));
    assert_eq!((deepest.executions_delayed, deepest.executions_dead), (3, 0));
    assert!(deepest.compilations_oldest_ms.is_some_and(|age_ms| (0..60_000).contains(&age_ms)), "{deepest:?}");
    assert!(deepest.executions_oldest_ms.is_some_and(|age_ms| (0..60_000).contains(&age_ms)), "{deepest:?}");
    let later = depths[1];
    assert_eq!(
        (later.compilations_queued + later.compilations_leased, later.executions_ready),
        (1, 0),
        "its own went along"
    );
}

#[tokio::test]
async fn samples_go_when_their_time_is_over() {
    let fixture = Fixture::new().await;
    let store = &fixture.store;
    for minute in 0..10 {
        assert!(store.sample_queues(noon() + TimeDelta::minutes(minute)).await.expect("the database answers"));
    }
    store.forget_queue_samples_before(noon() + TimeDelta::minutes(7)).await.expect("forgotten");
    let depths = store.queue_depths(window()).await.expect("the database answers");
    assert_eq!(depths.iter().map(|depth| depth.bucket).collect::<Vec<_>>(), [7, 8, 9]);
    let hours = StatsWindow { bucket_ms: 3_600_000, ..window() };
    let depths = store.queue_depths(hours).await.expect("the database answers");
    assert_eq!(depths.iter().map(|depth| (depth.bucket, depth.samples)).collect::<Vec<_>>(), [(0, 3)]);
    let earlier = StatsWindow { to: noon(), from: noon() - TimeDelta::days(1), bucket_ms: STEP_MS };
    assert_eq!(store.queue_depths(earlier).await.expect("the database answers"), []);
}
