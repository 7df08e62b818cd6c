//! What is counted where it happens.

use std::{sync::Arc, time::Duration};

use nil_core::{ExecutionMode, Language};
use nil_runtime::{Execution, Outcome as ExecutionOutcome};
use prometheus_client::{
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};

use super::{
    labels::{Build, Compiled, MODES, Mode, Outcome, Request, Start, Version, index_of},
    observed::Observed,
};

/// From ten microseconds, below which no sandbox answers, to the longest a function may run.
const DURATIONS_S: [f64; 19] = [
    0.000_01, 0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
    0.5, 1.0, 2.5, 10.0, 60.0,
];

/// Requests wait for more than sandboxes.
const REQUESTS_S: [f64; 12] = [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0];

/// From a warm compiler to the time limit.
const BUILDS_S: [f64; 11] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0, 60.0];

/// Records that share a commit: one to the most there are.
const BATCHES: [f64; 11] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1_000.0];

/// This server's numbers; clones share them.
#[derive(Clone)]
pub(crate) struct Metrics {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) registry: Registry,
    pub(super) observed: Observed,
    pub(super) counted: Counted,
}

pub(super) struct Counted {
    executions: Family<Outcome, Counter>,
    /// The usual outcome, found without looking.
    completed: [Counter; 4],
    durations: [Histogram; 4],
    cpu: Counter<f64, std::sync::atomic::AtomicU64>,
    cold: Counter,
    warm: Counter,
    refused: Counter,
    unrecorded: Counter,
    batches: Histogram,
    commits: Histogram,
    builds: Family<Build, Counter>,
    compilations: Family<Compiled, Histogram, fn() -> Histogram>,
    publications: Histogram,
    pub(super) requests: Family<Request, Counter>,
    pub(super) request_durations: Histogram,
}

impl Counted {
    fn register(registry: &mut Registry) -> Self {
        let executions: Family<Outcome, Counter> = Family::default();
        let durations: Family<Mode, Histogram, fn() -> Histogram> =
            Family::new_with_constructor(|| Histogram::new(DURATIONS_S));
        let starts: Family<Start, Counter> = Family::default();
        let counted = Self {
            completed: MODES.map(|mode| {
                let outcome = Outcome { mode: mode.as_str(), outcome: "completed".to_owned() };
                executions.get_or_create_owned(&outcome)
            }),
            durations: MODES.map(|mode| durations.get_or_create_owned(&Mode { mode: mode.as_str() })),
            cold: starts.get_or_create_owned(&Start { start: "cold" }),
            warm: starts.get_or_create_owned(&Start { start: "warm" }),
            executions,
            cpu: Counter::default(),
            refused: Counter::default(),
            unrecorded: Counter::default(),
            batches: Histogram::new(BATCHES),
            commits: Histogram::new(REQUESTS_S),
            builds: Family::default(),
            compilations: Family::new_with_constructor(|| Histogram::new(BUILDS_S)),
            publications: Histogram::new(BUILDS_S),
            requests: Family::default(),
            request_durations: Histogram::new(REQUESTS_S),
        };
        registry.register("execution_duration_seconds", "From instantiation to return", durations);
        registry.register("execution_starts", "Whether the function was loaded already", starts);
        counted.register_own(registry);
        counted
    }

    fn register_own(&self, registry: &mut Registry) {
        registry.register("executions", "Calls of functions that are over", self.executions.clone());
        registry.register("execution_cpu_seconds", "Processor time of functions", self.cpu.clone());
        registry.register("executions_refused", "Calls refused because too many ran", self.refused.clone());
        registry.register(
            "executions_unrecorded",
            "Calls of function URLs that could not be recorded",
            self.unrecorded.clone(),
        );
        registry.register("history_batch_size", "Executions recorded in one commit", self.batches.clone());
        registry.register("history_commit_duration_seconds", "Until a batch is durable", self.commits.clone());
        registry.register("builds", "Versions that were built or failed", self.builds.clone());
        registry.register("compilation_duration_seconds", "Inside a compiler", self.compilations.clone());
        registry.register(
            "publication_duration_seconds",
            "Checking a module and making native code",
            self.publications.clone(),
        );
        registry.register("http_requests", "Requests answered", self.requests.clone());
        registry.register(
            "http_request_duration_seconds",
            "Requests besides function URLs and streams",
            self.request_durations.clone(),
        );
    }
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("nil");
        let about: Family<Version, Gauge> = Family::default();
        about.get_or_create(&Version { version: env!("CARGO_PKG_VERSION") }).set(1);
        registry.register("build_info", "The server's version", about);
        let (counted, observed) = (Counted::register(&mut registry), Observed::register(&mut registry));
        Self { inner: Arc::new(Inner { registry, observed, counted }) }
    }

    /// An execution is over.
    pub(crate) fn executed(&self, mode: ExecutionMode, execution: &Execution) {
        let counted = &self.inner.counted;
        match &execution.outcome {
            ExecutionOutcome::Completed { .. } => {
                counted.completed[index_of(mode)].inc();
            }
            ExecutionOutcome::Failed(failure) => {
                let outcome = Outcome { mode: mode.as_str(), outcome: failure.code().to_owned() };
                counted.executions.get_or_create(&outcome).inc();
            }
        }
        let receipt = &execution.receipt;
        counted.durations[index_of(mode)].observe(seconds(receipt.duration_us));
        counted.cpu.inc_by(seconds(receipt.cpu_us));
        let start = if receipt.cold { &counted.cold } else { &counted.warm };
        start.inc();
    }

    /// A call was refused because too many ran.
    pub(crate) fn refused(&self) {
        self.inner.counted.refused.inc();
    }

    /// Calls through function URLs were not recorded.
    pub(crate) fn unrecorded(&self, calls: u64) {
        self.inner.counted.unrecorded.inc_by(calls);
    }

    /// A batch of records is durable.
    pub(crate) fn committed(&self, records: usize, took: Duration) {
        self.inner.counted.batches.observe(records as f64);
        self.inner.counted.commits.observe(took.as_secs_f64());
    }

    /// A compiler is done with a version.
    pub(crate) fn compiled(&self, language: Language, compile_ms: u64) {
        self.inner.counted.compilations.get_or_create(&language.into()).observe(compile_ms as f64 / 1_000.0);
    }

    /// A module was checked and native code made of it.
    pub(crate) fn published(&self, took: Duration) {
        self.inner.counted.publications.observe(took.as_secs_f64());
    }

    /// A version is ready, or it is not and never will be.
    pub(crate) fn built(&self, is_ready: bool) {
        let outcome = if is_ready { "ready" } else { "failed" };
        self.inner.counted.builds.get_or_create(&Build { outcome }).inc();
    }
}

fn seconds(us: u64) -> f64 {
    us as f64 / 1_000_000.0
}
