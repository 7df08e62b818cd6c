//! Everything a running server consists of, built once and shared by its handlers and loops.

use std::sync::Arc;

use chrono::{DateTime, SubsecRound as _, Utc};
use nil_core::FunctionId;
use nil_runtime::{CodeCacheConfig, NativeCompiler, Runtime, RuntimeConfig};
use nil_store::{Store, StoreError};
use tokio::sync::{broadcast, oneshot};

use crate::{
    checks::{self, Checks},
    config::ServerConfig,
    events::{Events, news_of_record},
    execution::{Admission, Committed, History, Lanes, LiveCache},
    metrics::Metrics,
    queue::Queue,
    secrets::Vault,
    shared_runtimes::StoredRuntimes,
};

/// Why a server could not be built.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The runtime refused: code cache, address space, threads.
    #[error("failed to start the runtime: {0}")]
    Runtime(#[from] nil_runtime::StartError),
    /// The machine refused a thread.
    #[error("failed to start the execution threads: {0}")]
    Threads(#[source] std::io::Error),
    /// The keys of secrets are there and cannot be used.
    #[error("{0}")]
    Secrets(#[from] crate::secrets::KeyError),
    /// The database could not be brought up to date.
    #[error("failed to prepare the database: {0}")]
    Store(#[from] StoreError),
}

/// A running server's parts; clones share them.
#[derive(Clone)]
pub struct App {
    inner: Arc<Inner>,
}

struct Inner {
    config: Arc<ServerConfig>,
    store: Store,
    runtime: Runtime,
    live: LiveCache,
    lanes: Lanes,
    admission: Admission,
    history: History,
    queue: Queue,
    vault: Arc<Vault>,
    checks: Checks,
    events: Events,
    metrics: Metrics,
    changes: broadcast::Sender<Option<FunctionId>>,
    started_at: DateTime<Utc>,
}

/// Changes a waiting request may fall behind before it looks at the database instead.
const CHANGES_KEPT: usize = 1_024;

impl App {
    /// Builds the parts. The receiver hears when the history writer has ended: after the last `App` is dropped
    /// and everything handed over is written.
    ///
    /// # Errors
    /// See [`StartError`].
    pub fn build(config: ServerConfig, store: Store) -> Result<(Self, oneshot::Receiver<()>), StartError> {
        let runtime = Runtime::new(RuntimeConfig {
            slots: u32::try_from(config.max_concurrency + PUBLISHING_SLOTS).unwrap_or(u32::MAX),
            max_memory_bytes: config.maxima.memory_bytes,
            code_cache: Some(CodeCacheConfig::new(config.code_cache_dir.clone(), config.code_key_file.clone())),
            native_compiler: match &config.native_compiler {
                Some((program, args)) => NativeCompiler::ChildProcess { program: program.clone(), args: args.clone() },
                None => NativeCompiler::InProcess,
            },
            shared_runtimes: Some(Arc::new(StoredRuntimes::new(store.clone()))),
            ..RuntimeConfig::default()
        })?;
        let lanes = Lanes::start(runtime.clone(), config.execution_threads).map_err(StartError::Threads)?;
        let vault = Arc::new(Vault::open_keys(config.secrets_keys.clone())?);
        let config = Arc::new(config);
        let (events, metrics) = (Events::new(), Metrics::new());
        let (history, writer) =
            History::start(store.clone(), committed(&events, &metrics)).map_err(StartError::Threads)?;
        let inner = Inner {
            live: LiveCache::new(store.clone(), runtime.clone(), config.clone(), vault.clone()),
            lanes,
            admission: Admission::new(config.max_concurrency, config.admission_wait),
            history,
            queue: Queue::start(&store, &events, config.async_concurrency),
            vault,
            checks: Checks::new(),
            events,
            metrics,
            changes: broadcast::channel(CHANGES_KEPT).0,
            started_at: Utc::now().trunc_subsecs(6),
            config,
            store,
            runtime,
        };
        Ok((Self { inner: Arc::new(inner) }, writer))
    }

    /// How long a stop waits for what is under way.
    #[must_use]
    pub fn drain_deadline(&self) -> std::time::Duration {
        self.inner.config.drain
    }

    /// When these parts were built.
    pub(crate) fn started_at(&self) -> DateTime<Utc> {
        self.inner.started_at
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.inner.metrics
    }

    pub(crate) fn events(&self) -> &Events {
        &self.inner.events
    }

    pub(crate) fn config(&self) -> &Arc<ServerConfig> {
        &self.inner.config
    }

    pub(crate) fn store(&self) -> &Store {
        &self.inner.store
    }

    pub(crate) fn runtime(&self) -> &Runtime {
        &self.inner.runtime
    }

    pub(crate) fn live(&self) -> &LiveCache {
        &self.inner.live
    }

    pub(crate) fn lanes(&self) -> &Lanes {
        &self.inner.lanes
    }

    pub(crate) fn admission(&self) -> &Admission {
        &self.inner.admission
    }

    pub(crate) fn history(&self) -> &History {
        &self.inner.history
    }

    /// Seals and opens secrets.
    pub(crate) fn vault(&self) -> &Vault {
        &self.inner.vault
    }

    pub(crate) fn queue(&self) -> &Queue {
        &self.inner.queue
    }

    pub(crate) fn checks(&self) -> &Checks {
        &self.inner.checks
    }

    /// Changes of functions as this server hears of them; `None` means anything may have changed.
    pub(crate) fn changes(&self) -> &broadcast::Sender<Option<FunctionId>> {
        &self.inner.changes
    }
}

/// What is told and counted of records that are durable.
fn committed(events: &Events, metrics: &Metrics) -> Committed {
    let (events, metrics) = (events.clone(), metrics.clone());
    Box::new(move |records, took| {
        metrics.committed(records.len(), took);
        records.iter().for_each(|record| events.execution(|| news_of_record(record)));
    })
}

/// Instances the publisher may need beside the executions: pre-initialisation runs in the same pool.
const PUBLISHING_SLOTS: usize = 4 + checks::PUBLISHING_AT_ONCE;
