//! A database of a former release is migrated in place, and what was in it goes on working.

use chrono::Utc;
use nil_core::{CompileLimits, ExecutionStatus, FunctionRef, FunctionStatus};
use nil_store::{ConnectOptions, ExecutionFilter, FunctionChange, Moved, Page, Publication, Store};
use nil_test::TestDatabase;
use sqlx::{Connection as _, PgConnection};

use crate::{LONG, artifact};

/// See its first lines.
const E957F67: &str = include_str!("upgrade/e957f67.sql");

async fn restored() -> (TestDatabase, Store) {
    let database = TestDatabase::fresh().await;
    let mut connection = PgConnection::connect(database.url()).await.expect("the database answers");
    sqlx::raw_sql(E957F67).execute(&mut connection).await.expect("the dump can be restored");
    connection.close().await.expect("closed");
    let store = Store::open(&ConnectOptions::new(database.url())).expect("the URL can be read");
    (database, store)
}

#[tokio::test]
async fn a_database_of_the_previous_release_migrates_in_place() {
    let (_database, store) = restored().await;
    assert!(!store.is_migrated().await.expect("the database answers"));
    store.migrate().await.expect("it can be migrated");
    store.migrate().await.expect("and once more, which changes nothing");
    assert!(store.is_migrated().await.expect("the database answers"));

    let calc: FunctionRef = "calc".parse().expect("a name");
    let row = store.function(&calc).await.expect("the database answers").expect("it is still there");
    assert_eq!((row.version, row.live_version, row.status), (3, Some(2), FunctionStatus::Failed));
    assert_eq!(row.description.as_deref(), Some("adds"));
    let versions = store.versions(&calc, Page { limit: 10, after: None }).await.expect("answers").expect("it exists");
    let shown: Vec<_> = versions.iter().map(|version| (version.number, version.status, version.live)).collect();
    assert_eq!(
        shown,
        [(3, FunctionStatus::Failed, false), (2, FunctionStatus::Ready, true), (1, FunctionStatus::Ready, false)]
    );
    let executions = store
        .executions(&calc, &ExecutionFilter::default(), Page { limit: 10, after: None })
        .await
        .expect("answers")
        .expect("it exists");
    let shown: Vec<_> = executions.iter().map(|execution| (execution.status, execution.version_number)).collect();
    assert_eq!(shown, [(ExecutionStatus::Failed, 1), (ExecutionStatus::Completed, 1)]);
    let execution = store.execution(executions[1].id).await.expect("answers").expect("it is there");
    assert_eq!(execution.output.as_deref(), Some(&b"8"[..]));
}

#[tokio::test]
async fn what_came_later_works_on_what_was_there() {
    let (_database, store) = restored().await;
    store.migrate().await.expect("it can be migrated");
    let calc: FunctionRef = "calc".parse().expect("a name");
    let moved = store.roll_back(&calc, 1).await.expect("the database answers");
    assert!(matches!(&moved, Moved::Done(row) if row.live_version == Some(1)), "{moved:?}");
    let alias = "canary".parse().expect("an alias");
    store.set_alias(&calc, &alias, &[(1, 90), (2, 10)]).await.expect("the database answers");
    let moved = store.promote(&calc, &alias).await.expect("the database answers");
    assert!(matches!(&moved, Moved::Done(row) if row.live_version == Some(2)), "{moved:?}");

    let change = FunctionChange { module: Some(b"\0asm\x01\0\0\0".to_vec()), ..FunctionChange::default() };
    let row =
        store.update_function(&calc, &change, &CompileLimits::default()).await.expect("stored").expect("it exists");
    assert_eq!((row.version, row.status), (4, FunctionStatus::Pending));
    let report = store.lease_reports(1, LONG).await.expect("answers").pop().expect("its report is queued");
    let applied = store.apply_ready(report.lease, row.version_id, &artifact(), None).await.expect("answers");
    assert_eq!(applied, Publication::Applied(row.id));
    let live = store.live_version(&calc).await.expect("answers").expect("one is live");
    assert_eq!(live.number, 4);
    store.ensure_partitions(Utc::now()).await.expect("days can be added");
}
