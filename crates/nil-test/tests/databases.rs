//! The harness itself: databases are fresh, private, quickly copied, and gone afterwards.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use nil_postgres::ClusterState;
use nil_test::{TestCluster, TestDatabase};
use sqlx::{Connection, PgConnection};

async fn count(url: &str, sql: &'static str) -> i64 {
    let mut connection = PgConnection::connect(url).await.expect("connect");
    sqlx::query_scalar(sql).fetch_one(&mut connection).await.expect(sql)
}

async fn run(url: &str, sql: &'static str) {
    let mut connection = PgConnection::connect(url).await.expect("connect");
    sqlx::raw_sql(sql).execute(&mut connection).await.expect(sql);
}

/// Waits until `condition` holds, at most a minute.
async fn eventually(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !condition().await {
        assert!(Instant::now() < deadline, "not within a minute: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn databases_are_fresh_and_do_not_see_each_other() {
    let (one, other) = tokio::join!(TestDatabase::fresh(), TestDatabase::fresh());
    assert_ne!(one.name(), other.name());
    run(one.url(), "CREATE TABLE mine (a int)").await;
    let tables = "SELECT count(*) FROM pg_tables WHERE tablename = 'mine'";
    assert_eq!(count(one.url(), tables).await, 1);
    assert_eq!(count(other.url(), tables).await, 0);
}

#[tokio::test]
async fn a_dropped_database_goes_even_while_it_is_used() {
    let watcher = TestDatabase::fresh().await;
    let gone = TestDatabase::fresh().await;
    let connection = PgConnection::connect(gone.url()).await.expect("connect");
    let name = gone.name().to_owned();
    let mut watch = PgConnection::connect(watcher.url()).await.expect("connect");
    drop(gone);
    eventually("the database is dropped", async || {
        let found = sqlx::query_scalar("SELECT count(*) FROM pg_database WHERE datname = $1").bind(&name);
        let left: i64 = found.fetch_one(&mut watch).await.expect("count databases");
        left == 0
    })
    .await;
    drop(connection);
}

#[test]
fn tests_without_a_runtime_get_one_too() {
    let database = TestDatabase::fresh_blocking();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("make a runtime");
    assert_eq!(runtime.block_on(count(database.url(), "SELECT 1::bigint")), 1);
}

#[tokio::test]
async fn prepared_databases_are_prepared_once_and_copied() {
    static PREPARED: AtomicUsize = AtomicUsize::new(0);
    async fn prepare(url: String) -> Result<(), sqlx::Error> {
        PREPARED.fetch_add(1, Ordering::Relaxed);
        let mut connection = PgConnection::connect(&url).await?;
        sqlx::raw_sql("CREATE TABLE filled AS SELECT 7 AS a").execute(&mut connection).await?;
        // Left open on purpose: it must not be in the way of copying.
        std::mem::forget(connection);
        Ok(())
    }
    let (one, other) =
        tokio::join!(TestDatabase::prepared("filled", prepare), TestDatabase::prepared("filled", prepare));
    run(one.url(), "DELETE FROM filled").await;
    assert_eq!(count(one.url(), "SELECT count(*) FROM filled").await, 0);
    assert_eq!(count(other.url(), "SELECT count(*) FROM filled").await, 1);
    assert_eq!(PREPARED.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_private_cluster_can_be_stopped_and_is_removed() {
    let private = tokio::task::spawn_blocking(TestCluster::start).await.expect("start it");
    let shared = TestDatabase::fresh().await;
    assert_eq!(count(&private.cluster().connection_url(), "SELECT 1::bigint").await, 1);
    private.cluster().stop();
    assert_eq!(private.cluster().state(), ClusterState::Stopped);
    assert_eq!(count(shared.url(), "SELECT 1::bigint").await, 1);
    let dir = private.cluster().dir().to_owned();
    drop(private);
    assert!(!dir.exists(), "{} must be removed", dir.display());
}

#[tokio::test]
async fn a_killed_test_process_leaves_nothing() {
    // target/debug/deps/databases-… → target/debug/examples/hold
    let test = std::env::current_exe().expect("find the test program");
    let example = test.ancestors().nth(2).expect("the target directory").join("examples/hold");
    let mut process = Command::new(example)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("start the example, which `cargo test` builds if it is not told what to build");
    let stdout = BufReader::new(process.stdout.take().expect("its output"));
    let lines: Vec<String> = stdout.lines().take(2).map(|line| line.expect("a line")).collect();
    let prefix = format!("nil-test-{}-", process.id());
    let private = Path::new(&lines[1]);
    let left = || -> Vec<PathBuf> {
        let parent = private.parent().expect("it has one");
        let entries = parent.read_dir().expect("list the directory of directories").flatten();
        let ours = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(&prefix));
        ours.map(|entry| entry.path()).collect()
    };
    assert_eq!(left().len(), 2, "one shared and one private cluster");
    assert!(private.join("data").is_dir());
    assert_eq!(count(&lines[0], "SELECT 1::bigint").await, 1);

    process.kill().expect("kill it");
    process.wait().expect("reap it");
    eventually("its directories are gone", async || left().is_empty()).await;
    assert!(PgConnection::connect(&lines[0]).await.is_err());
}
