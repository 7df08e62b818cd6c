//! From compilation reports to versions that answer calls.
//!
//! Any number of servers publish side by side: a report is leased, and what it changes is fenced by the lease
//! and by the version's state. The slow part, validation and native code, happens before the transaction.

mod build_log;

use std::time::Duration;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use nil_core::{
    Artifact, CompilationReport, CompilationVerdict, Diagnostic, GateReport, SharedRuntimeReport, ToolchainInfo,
    VersionId, render_plain,
};
use nil_runtime::{PublishError, PublishLimits, Published};
use nil_store::{Lease, LeasedReport, Publication, SharedRuntimeModule, StoreError, VersionArtifact};
use sha2::{Digest as _, Sha256};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::{
    app::App,
    gate::{gate, gate_reused},
    languages::builder,
};

/// How long a report is ours. Renewed while it is worked on, so that a server that died holds nothing up for long.
const VISIBILITY: Duration = Duration::from_secs(15);

/// Reports worked on at the same time: a module that takes its time must not hold up everybody's.
const AT_ONCE: usize = 4;

/// How long the loop sleeps when nothing wakes it.
const POLL: Duration = Duration::from_secs(5);

/// Tries before a report that our machine cannot publish makes its version fail.
const MAX_TRIES: i32 = 4;

/// Publishes until `stop`, and finishes what it has begun if that does not take longer than other work is given then:
/// what is left is delivered again.
pub(crate) async fn run(app: App, stop: CancellationToken) {
    let mut wakeups = app.store().report_wakeups();
    let mut working = JoinSet::new();
    let mut failing = false;
    while !stop.is_cancelled() {
        while working.try_join_next().is_some() {}
        let room = AT_ONCE - working.len();
        if room == 0 {
            working.join_next().await;
            continue;
        }
        match app.store().lease_reports(i32::try_from(room).unwrap_or(1), VISIBILITY).await {
            Ok(reports) if reports.is_empty() => {
                tokio::select! {
                    () = wakeups.wait(POLL) => {}
                    () = stop.cancelled() => {}
                }
            }
            Ok(reports) => {
                failing = false;
                for report in reports {
                    working.spawn(publish(app.clone(), report, stop.clone()));
                }
            }
            Err(error) => {
                if !std::mem::replace(&mut failing, true) {
                    tracing::warn!(%error, "the publisher cannot read reports; it keeps trying");
                }
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
        }
    }
    let finish = async { while working.join_next().await.is_some() {} };
    if tokio::time::timeout(app.config().drain, finish).await.is_err() {
        tracing::warn!(left = working.len(), "stopped before every report was published");
    }
}

/// Acts on one report. Whatever fails here is delivered again after its lease.
async fn publish(app: App, leased: LeasedReport, stop: CancellationToken) {
    let lease = leased.lease;
    let version = match (&leased.report, leased.report.version_id()) {
        (CompilationReport::Runtime(runtime), _) => return take_runtime(&app, lease, runtime, &stop).await,
        (_, None) => return,
        (_, Some(version)) => version,
    };
    let applied = tokio::select! {
        applied = apply(&app, leased) => applied,
        () = keep(&app, lease) => return,
    };
    match applied {
        // Every server, this one too, hears of it from the database and loads the new version.
        Ok(Publication::Applied(function)) => tracing::debug!(%version, %function, "applied a report"),
        Ok(Publication::Stale) => tracing::debug!(%version, "a report came too late and was dropped"),
        Ok(Publication::LeaseLost) => tracing::debug!(%version, "another server has the report now"),
        Err(error) => tracing::warn!(%version, %error, "could not publish; the report will be delivered again"),
    }
}

/// Keeps a shared runtime, and prepares it before the first function asks for it. It is a guest like any other: what
/// is wrong with it shows when it is prepared. That may take half a minute, which `stop` does not wait for: it is kept.
async fn take_runtime(app: &App, lease: Lease, report: &SharedRuntimeReport, stop: &CancellationToken) {
    let Ok(wasm) = BASE64_STANDARD.decode(&report.wasm_base64) else {
        return tracing::error!(
            version = report.version,
            "a shared runtime cannot be read; its report stays in the queue"
        );
    };
    let digest = Sha256::digest(&wasm).into();
    let runtime = SharedRuntimeModule { digest, version: report.version.clone(), wasm };
    match app.store().apply_runtime(lease, &runtime).await {
        Ok(true) => {}
        Ok(false) => return,
        Err(error) => return tracing::warn!(%error, "could not keep a shared runtime; it will be delivered again"),
    }
    let limits = PublishLimits::new(&app.config().compile_limits, app.config().maxima.memory_bytes);
    let engine = app.runtime().clone();
    let preparing = tokio::task::spawn_blocking(move || engine.provide_shared_runtime(&runtime.wasm, &limits));
    let prepared = tokio::select! {
        prepared = preparing => prepared,
        () = stop.cancelled() => return,
    };
    match prepared {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => tracing::error!(version = report.version, %error, "a shared runtime cannot be used"),
        Err(error) => tracing::error!(%error, "preparing a shared runtime failed"),
    }
}

/// Renews a lease for as long as this is polled; never ends.
async fn keep(app: &App, lease: Lease) {
    loop {
        tokio::time::sleep(VISIBILITY / 3).await;
        // A lease that is lost is refused where it counts: in the transaction that acts on the report.
        if let Err(error) = app.store().renew_report(lease, VISIBILITY).await {
            tracing::debug!(%error, "could not renew the hold on a report");
        }
    }
}

async fn apply(app: &App, leased: LeasedReport) -> Result<Publication, StoreError> {
    let store = app.store();
    let (version, attempt, verdict) = match leased.report {
        CompilationReport::Started { version_id, attempt } => {
            build_log::started(store, version_id, attempt).await?;
            return store.apply_started(leased.lease, version_id).await;
        }
        CompilationReport::Finished { version_id, attempt, verdict } => (version_id, attempt, verdict),
        CompilationReport::Runtime(_) => return Ok(Publication::Stale),
        CompilationReport::Reusable { version_id, built_version_id, limits } => {
            let gate = gate_reused(app, version_id, built_version_id).await?;
            build_log::reused(store, version_id).await?;
            return store.apply_reused(leased.lease, version_id, built_version_id, &limits, gate.as_ref()).await;
        }
        CompilationReport::Uploaded { version_id } => {
            let Some(module) = store.uploaded_module(version_id).await? else {
                return failed(app, leased.lease, version_id, "the uploaded module is gone", &[]).await;
            };
            return publish_module(app, leased.lease, version_id, Module::uploaded(module)).await;
        }
    };
    if let CompilationVerdict::Compiled(artifact) = &verdict {
        app.metrics().compiled(artifact.toolchain.language, artifact.compile_ms);
    }
    build_log::compiled(store, version, attempt, &verdict).await?;
    let (compile_error, diagnostics) = match verdict {
        CompilationVerdict::Compiled(artifact) => {
            return match Module::compiled(artifact) {
                Ok(module) => publish_module(app, leased.lease, version, module).await,
                Err(error) => {
                    let text = format!("the compiler service sent what is not base64: {error}");
                    failed(app, leased.lease, version, &text, &[]).await
                }
            };
        }
        CompilationVerdict::Failed { compile_error, diagnostics } => (compile_error, diagnostics),
        CompilationVerdict::DeadLettered { compile_error } => (compile_error, Vec::new()),
    };
    failed(app, leased.lease, version, &compile_error, &diagnostics).await
}

async fn failed(
    app: &App,
    lease: Lease,
    version: VersionId,
    compile_error: &str,
    diagnostics: &[Diagnostic],
) -> Result<Publication, StoreError> {
    let publication = app.store().apply_failed(lease, version, compile_error, diagnostics).await?;
    if matches!(publication, Publication::Applied(_)) {
        app.metrics().built(false);
    }
    Ok(publication)
}

/// A module that is to be published, and where it came from.
struct Module {
    wasm: Vec<u8>,
    diagnostics: Vec<Diagnostic>,
    /// `None` for an uploaded one.
    toolchain: Option<ToolchainInfo>,
    compile_ms: u64,
}

impl Module {
    fn uploaded(wasm: Vec<u8>) -> Self {
        Self { wasm, diagnostics: Vec::new(), toolchain: None, compile_ms: 0 }
    }

    fn compiled(artifact: Artifact) -> Result<Self, base64::DecodeError> {
        Ok(Self {
            wasm: BASE64_STANDARD.decode(&artifact.wasm_base64)?,
            diagnostics: artifact.diagnostics,
            toolchain: Some(artifact.toolchain),
            compile_ms: artifact.compile_ms,
        })
    }
}

/// Builds a version of `module`, or says in the version why that is not possible.
async fn publish_module(
    app: &App,
    lease: Lease,
    version: VersionId,
    module: Module,
) -> Result<Publication, StoreError> {
    let store = app.store();
    // No try ended at all: the module took the server with it, and must not do so for ever.
    if lease.attempt > MAX_TRIES {
        let tries = lease.attempt - 1;
        tracing::error!(%version, tries, "gave up publishing: no try came to an end");
        let text = format!("the module could not be published: {tries} tries did not end");
        return failed(app, lease, version, &text, &[]).await;
    }
    match build(app, version, module).await {
        Ok((artifact, gate)) => {
            build_log::published(store, version, &artifact).await?;
            let publication = store.apply_ready(lease, version, &artifact, gate.as_ref()).await?;
            if matches!(publication, Publication::Applied(_)) {
                app.metrics().built(true);
            }
            Ok(publication)
        }
        Err(Refusal::Rejected(diagnostics)) => {
            build_log::rejected(store, version, &diagnostics).await?;
            failed(app, lease, version, &render_plain(&diagnostics), &diagnostics).await
        }
        Err(Refusal::Machine(reason)) if lease.attempt >= MAX_TRIES => {
            tracing::error!(%version, reason, "gave up publishing");
            let text = format!("the module could not be published: {reason}");
            failed(app, lease, version, &text, &[]).await
        }
        Err(Refusal::Machine(reason)) => {
            tracing::warn!(%version, reason, attempt = lease.attempt, "could not publish; trying again");
            Ok(Publication::LeaseLost)
        }
    }
}

/// Why there is nothing to store.
enum Refusal {
    /// The module: the user hears why.
    Rejected(Vec<Diagnostic>),
    /// Us: tried again.
    Machine(String),
}

async fn build(
    app: &App,
    version: VersionId,
    module: Module,
) -> Result<(VersionArtifact, Option<GateReport>), Refusal> {
    let machine = |error: &dyn std::fmt::Display| Refusal::Machine(error.to_string());
    let Module { wasm, diagnostics, toolchain, compile_ms } = module;
    let runtime = app.runtime().clone();
    let limits = PublishLimits::new(&app.config().compile_limits, app.config().maxima.memory_bytes);
    let started = std::time::Instant::now();
    let published: Published = tokio::task::spawn_blocking(move || runtime.publish(&wasm, &limits))
        .await
        .map_err(|error| machine(&error))?
        .map_err(|error| match error {
            PublishError::Rejected(rejection) => Refusal::Rejected(rejection.diagnostics),
            other => machine(&other),
        })?;
    app.metrics().published(started.elapsed());
    let publish_ms = started.elapsed().as_millis();
    tracing::debug!(%version, compile_ms, publish_ms, "built");
    let notes = serde_json::json!({
        "compileMs": compile_ms,
        "publishMs": u64::try_from(publish_ms).unwrap_or(u64::MAX),
        "preInit": format!("{:?}", published.pre_init),
    });
    let artifact = VersionArtifact {
        wasm_digest: published.wasm_digest,
        abi_json: serde_json::to_string(&published.abi).map_err(|error| machine(&error))?,
        diagnostics_json: serde_json::to_string(&diagnostics).map_err(|error| machine(&error))?,
        builder: builder(app, toolchain.as_ref().map_or("", |toolchain| &toolchain.digest)),
        toolchain: toolchain.map(|toolchain| toolchain.version),
        build_notes_json: notes.to_string(),
        wasm: published.wasm,
    };
    let gate = gate(app, version, &artifact).await.map_err(|error| machine(&error))?;
    Ok((artifact, gate))
}
