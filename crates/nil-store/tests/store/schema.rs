//! Migrations, and the constraints that tie state to data.

use nil_store::{CompilationQueue, ConnectOptions, Exposure, Store};
use nil_test::TestDatabase;
use sqlx::{Connection as _, PgConnection};

use crate::Fixture;

#[tokio::test]
async fn servers_that_start_together_migrate_once() {
    let database = TestDatabase::fresh().await;
    let stores: Vec<Store> =
        (0..4).map(|_| Store::open(&ConnectOptions::new(database.url())).expect("the URL can be read")).collect();
    assert!(!stores[0].is_migrated().await.expect("the database answers"));
    let (a, b, c, d) = tokio::join!(stores[0].migrate(), stores[1].migrate(), stores[2].migrate(), stores[3].migrate());
    for result in [a, b, c, d] {
        result.expect("taking turns, every migration succeeds");
    }
    assert!(stores[0].is_migrated().await.expect("the database answers"));
}

#[tokio::test]
async fn a_database_that_is_away_is_unavailable() {
    let mut options = ConnectOptions::new("postgres://nil@127.0.0.1:1/nil");
    options.acquire_timeout = std::time::Duration::from_millis(500);
    let store = Store::open(&options).expect("the URL can be read");
    let error = store.ping().await.expect_err("nobody listens there");
    assert!(error.is_transient(), "{error}");
}

#[tokio::test]
async fn states_are_tied_to_their_data() {
    let fixture = Fixture::new().await;
    let row = fixture.function("tied").await;
    let mut connection = PgConnection::connect(fixture.database.url()).await.expect("the database answers");
    let refused = [
        ("versions_ready_has_binary", "UPDATE versions SET status = 'READY', built_at = now() WHERE id = $1"),
        ("versions_failed_has_error", "UPDATE versions SET status = 'FAILED', built_at = now() WHERE id = $1"),
        ("versions_terminal_has_time", "UPDATE versions SET status = 'FAILED', compile_error = 'no' WHERE id = $1"),
    ];
    for (constraint, statement) in refused {
        let error = sqlx::query(statement).bind(row.version_id.0).execute(&mut connection).await.expect_err(statement);
        let refused_by = error.as_database_error().and_then(|error| error.constraint()).map(str::to_owned);
        assert_eq!(refused_by.as_deref(), Some(constraint));
    }
}

#[tokio::test]
async fn a_compiler_role_reaches_its_queues_and_no_table() {
    let fixture = Fixture::new().await;
    let role = format!("compiler_{}", uuid_suffix());
    let mut admin = PgConnection::connect(fixture.database.url()).await.expect("the database answers");
    let unknown = fixture.store.grant_compiler_role(&role).await.expect_err("nobody made it").to_string();
    assert_eq!(
        unknown,
        format!("the database has no role `{role}`; as an administrator: CREATE ROLE {role} LOGIN PASSWORD '…'")
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!("CREATE ROLE {role}"))).execute(&mut admin).await.expect("a new role");
    fixture.store.grant_compiler_role(&role).await.expect("the role exists");
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!("SET ROLE {role}"))).execute(&mut admin).await.expect("we may");
    sqlx::raw_sql(
        "SELECT * FROM pgmq.read('compilation_jobs', 1, 1); SELECT pgmq.send('compilation_results', '{}'); \
        SELECT * FROM exposure",
    )
    .execute(&mut admin)
    .await
    .expect("the queues are its work");
    for table in ["functions", "versions", "executions", "deleted_functions"] {
        let statement = format!("SELECT 1 FROM {table}");
        let error = sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&mut admin).await.expect_err(table);
        assert_eq!(error.as_database_error().and_then(|error| error.code()).as_deref(), Some("42501"), "{table}");
    }
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!("RESET ROLE; DROP OWNED BY {role}; DROP ROLE {role}")))
        .execute(&mut admin)
        .await
        .expect("the role can go");
}

#[tokio::test]
async fn a_compiler_hears_of_servers_beyond_loopback() {
    let fixture = Fixture::new().await;
    let queue = CompilationQueue::new(fixture.store.clone());
    assert_eq!(queue.exposure().await.expect("an answer"), Exposure::Loopback);
    fixture.store.tell_exposure().await.expect("told");
    fixture.store.tell_exposure().await.expect("told again");
    assert_eq!(queue.exposure().await.expect("an answer"), Exposure::Network);
}

/// Roles belong to the cluster, which all tests share.
fn uuid_suffix() -> String {
    nil_core::FunctionId::generate().0.simple().to_string()
}
