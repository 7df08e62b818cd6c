//! Day partitions: made ahead, dropped whole.

use chrono::{Days, Utc};
use sqlx::{Connection as _, PgConnection};

use crate::Fixture;

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
