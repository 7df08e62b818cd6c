//! The history writer against a real PostgreSQL. Beside the module, which the microbenchmarks compile once more.

use bytes::Bytes;
use nil_core::{
    CompileLimits, ExecutionId, ExecutionMode, ExecutionStatus, FunctionId, FunctionSettings, Language, Receipt,
    SourceFiles, VersionId,
};
use nil_store::{Builders, ConnectOptions, ExecutionFilter, ExecutionRecord, NewFunction, Page, Spilled, Store};
use nil_test::TestDatabase;

use super::History;

fn record(function_id: FunctionId) -> ExecutionRecord {
    let now = chrono::Utc::now();
    ExecutionRecord {
        id: ExecutionId::generate(),
        function_id,
        version_id: VersionId(uuid::Uuid::nil()),
        version_number: 1,
        status: ExecutionStatus::Completed,
        mode: ExecutionMode::Fn,
        input: Bytes::from_static(b"{}"),
        output: Some(Bytes::from_static(b"1")),
        error: None,
        logs: Vec::new(),
        receipt: Receipt::default(),
        created_at: now,
        started_at: now,
        completed_at: now,
        queued: None,
        trace_id: None,
    }
}

async fn create(store: &Store) -> FunctionId {
    let function = NewFunction {
        name: "rush".parse().expect("a name"),
        description: None,
        language: Language::Wat,
        source: "(module)".to_owned(),
        files: SourceFiles::default(),
        module: None,
        settings: FunctionSettings::default(),
        examples: Vec::new(),
        environments: Vec::new(),
        builders: Builders::new(),
    };
    store.create_function(&function, &CompileLimits::default()).await.expect("created").id
}

async fn recorded(store: &Store, function: FunctionId) -> usize {
    let filter = ExecutionFilter { function: Some(function), ..ExecutionFilter::default() };
    let page = Page { limit: 100_000, after: None };
    store.all_executions(&filter, page).await.expect("answers").len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rush_is_set_aside_and_loses_nothing() {
    let database = TestDatabase::fresh().await;
    let store = Store::open(&ConnectOptions::new(database.url())).expect("a URL");
    store.migrate().await.expect("migrates");
    store.ensure_partitions(chrono::Utc::now()).await.expect("partitions");
    let (history, ended) = History::start(store.clone(), Box::new(|_, _| {})).expect("a thread");
    let function = create(&store).await;
    // Ten times what the writer may be behind before it is a rush.
    const CALLS: usize = 40_000;
    for _ in 0..CALLS {
        history.submit_behind(|| record(function));
    }
    let waited_for = record(function);
    let id = waited_for.id;
    history.submit(waited_for).durable().await.expect("recorded in the middle of a rush");
    assert!(store.execution(id).await.expect("answers").is_some(), "who waited finds it");
    assert!(store.spilled().await.expect("answers") > 0, "that many at once are a rush");
    // The end of the server: everything is written before it is over.
    drop(history);
    ended.await.expect("the writer ends");
    while store.expand_spilled(Spilled::Oldest).await.expect("moves") > 0 {}
    assert_eq!(recorded(&store, function).await, CALLS + 1);
}
