//! What is kept elsewhere and looked at when somebody asks.

use prometheus_client::{
    encoding::prometheus_text,
    metrics::{family::Family, gauge::Gauge},
    registry::Registry,
};

use super::{
    Metrics,
    labels::{Queue, Queued, State},
};
use crate::app::App;

/// Set anew for every answer.
pub(super) struct Observed {
    queued: Family<Queued, Gauge>,
    oldest: Family<Queue, Gauge<f64, std::sync::atomic::AtomicU64>>,
    connections: Family<State, Gauge>,
    database_up: Gauge,
    running: Gauge,
    capacity: Gauge,
    functions: Gauge,
    pending_bytes: Gauge,
    streams: Gauge,
    code_cache: Family<State, Gauge>,
    started: Gauge,
}

impl Observed {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let observed = Self {
            queued: Family::default(),
            oldest: Family::default(),
            connections: Family::default(),
            database_up: Gauge::default(),
            running: Gauge::default(),
            capacity: Gauge::default(),
            functions: Gauge::default(),
            pending_bytes: Gauge::default(),
            streams: Gauge::default(),
            code_cache: Family::default(),
            started: Gauge::default(),
        };
        registry.register("queue_depth", "What waits, runs or was given up, by queue", observed.queued.clone());
        registry.register("queue_oldest_seconds", "For how long the oldest has been waiting", observed.oldest.clone());
        registry.register("database_connections", "Connections of the pool", observed.connections.clone());
        registry.register("database_up", "Whether the database answered just now", observed.database_up.clone());
        registry.register("executions_running", "Calls that run now", observed.running.clone());
        registry.register("executions_capacity", "Calls that may run at once", observed.capacity.clone());
        registry.register("functions_loaded", "Functions that are loaded", observed.functions.clone());
        registry.register("history_pending_bytes", "Payloads that wait to be recorded", observed.pending_bytes.clone());
        registry.register("event_streams", "Streams of events and logs that are open", observed.streams.clone());
        registry.register(
            "code_cache_entries",
            "What the cache of native code did since the start",
            observed.code_cache.clone(),
        );
        registry.register(
            "start_time_seconds",
            "When the server was started, in seconds since 1970",
            observed.started.clone(),
        );
        observed
    }

    async fn look(&self, app: &App) {
        let number = |value: usize| i64::try_from(value).unwrap_or(i64::MAX);
        self.running.set(number(app.runtime().executing()));
        self.capacity.set(number(app.config().max_concurrency));
        self.functions.set(i64::try_from(app.live().len()).unwrap_or(i64::MAX));
        self.pending_bytes.set(number(app.history().health().pending_bytes()));
        self.streams.set(number(app.events().streams()));
        self.started.set(app.started_at().timestamp());
        let pool = app.store().pool_usage();
        self.connections.get_or_create(&State { state: "idle" }).set(number(pool.idle));
        self.connections.get_or_create(&State { state: "used" }).set(number(pool.open.saturating_sub(pool.idle)));
        if let Some(cache) = app.runtime().code_cache_stats() {
            for (state, count) in [
                ("hit", cache.hits),
                ("miss", cache.misses),
                ("stored", cache.stored),
                ("evicted", cache.evicted),
                ("discarded", cache.discarded),
            ] {
                self.code_cache.get_or_create(&State { state }).set(i64::try_from(count).unwrap_or(i64::MAX));
            }
        }
        self.database_up.set(i64::from(self.look_at_queues(app).await.is_ok()));
    }

    async fn look_at_queues(&self, app: &App) -> Result<(), nil_store::StoreError> {
        let executions = app.store().queue_backlog().await?;
        let compilations = app.store().compilation_backlog().await?;
        for (queue, state, count) in [
            ("executions", "pending", executions.ready),
            ("executions", "running", executions.running),
            ("executions", "delayed", executions.delayed),
            ("executions", "dead", executions.dead),
            ("compilations", "pending", compilations.queued),
            ("compilations", "running", compilations.leased),
        ] {
            self.queued.get_or_create(&Queued { queue, state }).set(count);
        }
        for (queue, oldest_ms) in [("executions", executions.oldest_ms), ("compilations", compilations.oldest_ms)] {
            self.oldest.get_or_create(&Queue { queue }).set(oldest_ms.unwrap_or(0) as f64 / 1_000.0);
        }
        Ok(())
    }
}

/// Everything in Prometheus's text format.
pub(crate) async fn render(app: &App, metrics: &Metrics) -> Result<String, std::fmt::Error> {
    metrics.inner.observed.look(app).await;
    let mut text = String::with_capacity(16 << 10);
    prometheus_text::encode(&mut text, &metrics.inner.registry)?;
    Ok(text)
}
