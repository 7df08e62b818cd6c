//! Day partitions: made ahead, dropped whole.

use chrono::{Days, Utc};
use nil_core::{CompileLimits, ExecutionId, FunctionRef};
use nil_store::{ExecutionFilter, Page};
use sqlx::{Connection as _, PgConnection};

use crate::{Fixture, executions::record, new};

async fn partitions(fixture: &Fixture) -> i64 {
    let mut connection = PgConnection::connect(fixture.database.url()).await.expect("the database answers");
    sqlx::query_scalar("SELECT count(*) FROM pg_inherits WHERE inhparent = 'executions'::regclass")
        .fetch_one(&mut connection)
        .await
        .expect("the table exists")
}

#[tokio::test]
async fn partitions_are_made_once_and_dropped_when_their_time_is_over() {
    let fixture = Fixture::new().await;
    // Yesterday, today and fourteen days ahead.
    assert_eq!(partitions(&fixture).await, 16);
    let now = Utc::now();
    let (one, two) = tokio::join!(fixture.store.ensure_partitions(now), fixture.store.ensure_partitions(now));
    one.expect("answers");
    two.expect("answers");
    assert_eq!(partitions(&fixture).await, 16);
    let later = now + Days::new(10);
    fixture.store.ensure_partitions(later).await.expect("answers");
    assert_eq!(partitions(&fixture).await, 26);
    let dropped = fixture.store.drop_partitions_before(later.date_naive()).await.expect("answers");
    assert_eq!(dropped, 11);
    assert_eq!(partitions(&fixture).await, 15);
}

#[tokio::test]
async fn dropping_a_day_holds_up_nobody_and_is_continued() {
    let fixture = Fixture::new().await;
    let now = Utc::now();
    fixture.store.ensure_partitions(now - Days::new(5)).await.expect("answers");
    let before = partitions(&fixture).await;
    // Somebody reads all days and does not come to an end.
    let mut reader = PgConnection::connect(fixture.database.url()).await.expect("answers");
    let mut reading = reader.begin().await.expect("answers");
    sqlx::query("SELECT count(*) FROM executions").execute(&mut *reading).await.expect("answers");
    let dropping = fixture.store.drop_partitions_before((now - Days::new(3)).date_naive());
    let writing = async {
        let function = fixture.function("goes-on").await;
        let mut history = fixture.store.history_connection().await.expect("answers");
        for _ in 0..20 {
            let began = std::time::Instant::now();
            history.record(&[record(&function, Some("1"))]).await.expect("recorded");
            assert!(began.elapsed() < std::time::Duration::from_secs(1), "a writer waits for {:?}", began.elapsed());
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    let (dropped, ()) = tokio::join!(dropping, writing);
    dropped.expect_err("a day is in use");
    reading.rollback().await.expect("answers");

    let dropped = fixture.store.drop_partitions_before((now - Days::new(3)).date_naive()).await.expect("answers");
    assert_eq!(dropped, 3, "the one that was begun, too");
    assert_eq!(partitions(&fixture).await, before - 3);
    assert_eq!(fixture.store.drop_partitions_before((now - Days::new(3)).date_naive()).await.expect("answers"), 0);
}

#[tokio::test]
async fn a_function_keeps_its_executions_for_as_long_as_it_says() {
    let fixture = Fixture::new().await;
    let now = Utc::now();
    fixture.store.ensure_partitions(now - Days::new(5)).await.expect("answers");
    let mut kept_shortly = new("shortly");
    kept_shortly.settings.retention_days = Some(2);
    let shortly = fixture.store.create_function(&kept_shortly, &CompileLimits::default()).await.expect("created");
    let long = fixture.function("long").await;
    let mut history = fixture.store.history_connection().await.expect("answers");
    for function in [&shortly, &long] {
        for days in [0, 1, 3, 4] {
            let mut record = record(function, Some("1"));
            let millis = (now - Days::new(days)).timestamp_millis().unsigned_abs();
            record.id = ExecutionId(uuid::Uuid::from_u128((u128::from(millis) << 80) | u128::from(rand_bits())));
            history.record(&[record]).await.expect("recorded");
        }
    }
    assert_eq!(fixture.store.purge_by_function().await.expect("answers"), 2);
    for (function, left) in [(&shortly, 2), (&long, 4)] {
        let page = Page { limit: 10, after: None };
        let filter = ExecutionFilter::default();
        let rows = fixture.store.executions(&FunctionRef::Id(function.id), &filter, page).await.expect("answers");
        assert_eq!(rows.expect("it exists").len(), left, "{}", function.name);
    }
}

/// The end of a fresh id.
fn rand_bits() -> u64 {
    (uuid::Uuid::now_v7().as_u128() & u128::from(u64::MAX)) as u64
}
