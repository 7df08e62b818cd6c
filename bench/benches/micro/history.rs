//! The history writer against a real PostgreSQL that loses nothing: how many rows a second become durable. One statement
//! and one commit for a batch of a given size, and the writer itself with callers that wait for their rows.

use std::{path::PathBuf, sync::Mutex};

use chrono::Utc;
use divan::{Bencher, counter::ItemsCount};
use nil_core::{ExecutionId, ExecutionMode, ExecutionStatus, FunctionId, Receipt, VersionId};
use nil_postgres::{Binaries, Cluster, ClusterOptions, LocateOptions};
use nil_store::{ConnectOptions, ExecutionRecord, Store};

use crate::guests::INPUT;

#[expect(dead_code, unused_imports, reason = "the server's own file compiled again; it watches the writer, too")]
#[path = "../../../crates/nil-server/src/execution/history/mod.rs"]
mod server;

/// Rows each caller writes in one sample.
const ROWS: usize = 32;

struct Database {
    store: Store,
    reactor: tokio::runtime::Runtime,
    // In this order: the server goes before its files.
    _cluster: Cluster,
    _dir: tempfile::TempDir,
}

/// Started for the first benchmark that needs it; [`stop`] ends it.
static DATABASE: Mutex<Option<Database>> = Mutex::new(None);

/// Ends PostgreSQL, if it was started: nothing drops what is static.
pub(crate) fn stop() {
    DATABASE.lock().unwrap().take();
}

fn with_database(work: impl FnOnce(&Database)) {
    work(DATABASE.lock().unwrap().get_or_insert_with(Database::start));
}

impl Database {
    fn start() -> Self {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
        let local = std::env::var_os("NIL_CACHE").map_or_else(|| root.join(".local"), PathBuf::from);
        // On the disk the product would be on: a temporary folder in memory commits for nothing.
        let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let cluster_dir = dir.path().join("postgres");
        let quiet = |_: &str| {};
        let pg_bin = std::env::var_os("NIL_PG_BIN").filter(|dir| !dir.is_empty()).map(PathBuf::from);
        let options = LocateOptions { pg_bin, cluster_dir: Some(cluster_dir.clone()), ..LocateOptions::new(&local) };
        let binaries = Binaries::locate(&options, &quiet).unwrap();
        let cluster = Cluster::start(&ClusterOptions::new(binaries, cluster_dir), &quiet).unwrap();
        let reactor = tokio::runtime::Runtime::new().unwrap();
        let entered = reactor.enter();
        let store = Store::open(&ConnectOptions::new(cluster.connection_url())).unwrap();
        drop(entered);
        reactor.block_on(async {
            store.migrate().await.unwrap();
            store.ensure_partitions(Utc::now()).await.unwrap();
        });
        Self { store, reactor, _cluster: cluster, _dir: dir }
    }
}

fn record() -> ExecutionRecord {
    let now = Utc::now();
    ExecutionRecord {
        id: ExecutionId::generate(),
        function_id: FunctionId::generate(),
        version_id: VersionId::generate(),
        version_number: 1,
        status: ExecutionStatus::Completed,
        mode: ExecutionMode::Sync,
        input: INPUT.into(),
        output: Some(INPUT.into()),
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

/// One statement, one commit.
#[divan::bench(args = [1, 16, 64, 512], sample_count = 50)]
fn commit_batch_of(bencher: Bencher<'_, '_>, rows: usize) {
    with_database(|Database { store, reactor, .. }| {
        let mut connection = reactor.block_on(store.history_connection()).unwrap();
        bencher
            .counter(ItemsCount::new(rows))
            .with_inputs(|| (0..rows).map(|_| record()).collect::<Vec<_>>())
            .bench_local_refs(|records| reactor.block_on(connection.record(records)).unwrap());
    });
}

/// Callers that hand a row over, wait until it is durable, and hand over the next.
#[divan::bench(args = [1, 16, 64, 256], sample_count = 20, sample_size = 1)]
fn durable_rows_of_callers(bencher: Bencher<'_, '_>, callers: usize) {
    with_database(|Database { store, reactor, .. }| {
        let (history, _ended) = server::History::start(store.clone(), Box::new(|_, _| {})).unwrap();
        bencher.counter(ItemsCount::new(callers * ROWS)).bench_local(|| {
            reactor.block_on(async {
                let mut waiting = tokio::task::JoinSet::new();
                for _ in 0..callers {
                    let history = history.clone();
                    waiting.spawn(async move {
                        for _ in 0..ROWS {
                            history.submit(record()).durable().await.unwrap();
                        }
                    });
                }
                while let Some(caller) = waiting.join_next().await {
                    caller.unwrap();
                }
            });
        });
    });
}
