//! From compilation reports to versions that answer calls.
//!
//! Any number of servers publish side by side: a report is leased, and what it changes is fenced by the lease
//! and by the version's state. The slow part, validation and native code, happens before the transaction.

use std::time::Duration;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use nil_core::{Artifact, CompilationReport, CompilationVerdict, Diagnostic, VersionId, render_plain};
use nil_runtime::{PublishError, PublishLimits, Published};
use nil_store::{LeasedReport, Publication, StoreError, VersionArtifact};
use tokio_util::sync::CancellationToken;

use crate::app::App;

/// How long a report is ours: native code for the largest module takes well under half of it.
const VISIBILITY: Duration = Duration::from_secs(90);

/// Reports taken at a time.
const BATCH: i32 = 8;

/// How long the loop sleeps when nothing wakes it.
const POLL: Duration = Duration::from_secs(5);

/// Tries before a report that our machine cannot publish makes its version fail.
const MAX_TRIES: i32 = 4;

/// Publishes until `stop`.
pub(crate) async fn run(app: App, stop: CancellationToken) {
    let mut wakeups = app.store().report_wakeups();
    let mut failing = false;
    while !stop.is_cancelled() {
        match app.store().lease_reports(BATCH, VISIBILITY).await {
            Ok(reports) if reports.is_empty() => {
                tokio::select! {
                    () = wakeups.wait(POLL) => {}
                    () = stop.cancelled() => {}
                }
            }
            Ok(reports) => {
                failing = false;
                for report in reports {
                    publish(&app, report).await;
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
}

/// Acts on one report. Whatever fails here is delivered again after its lease.
async fn publish(app: &App, leased: LeasedReport) {
    let version = leased.report.version_id();
    match apply(app, leased).await {
        // Every server, this one too, hears of it from the database and loads the new version.
        Ok(Publication::Applied(function)) => tracing::debug!(%version, %function, "applied a report"),
        Ok(Publication::Stale) => tracing::debug!(%version, "a report came too late and was dropped"),
        Ok(Publication::LeaseLost) => tracing::debug!(%version, "another server has the report now"),
        Err(error) => tracing::warn!(%version, %error, "could not publish; the report will be delivered again"),
    }
}

async fn apply(app: &App, leased: LeasedReport) -> Result<Publication, StoreError> {
    let store = app.store();
    let (version, verdict) = match leased.report {
        CompilationReport::Started { version_id, .. } => return store.apply_started(leased.lease, version_id).await,
        CompilationReport::Finished { version_id, verdict, .. } => (version_id, verdict),
    };
    let (compile_error, diagnostics) = match verdict {
        CompilationVerdict::Compiled(artifact) => match build(app, version, artifact).await {
            Ok(artifact) => return store.apply_ready(leased.lease, version, &artifact).await,
            Err(Refusal::Rejected(diagnostics)) => (render_plain(&diagnostics), diagnostics),
            Err(Refusal::Machine(reason)) if leased.lease.attempt >= MAX_TRIES => {
                tracing::error!(%version, reason, "gave up publishing");
                (format!("the module was compiled but could not be published: {reason}"), Vec::new())
            }
            Err(Refusal::Machine(reason)) => {
                tracing::warn!(%version, reason, attempt = leased.lease.attempt, "could not publish; trying again");
                return Ok(Publication::LeaseLost);
            }
        },
        CompilationVerdict::Failed { compile_error, diagnostics } => (compile_error, diagnostics),
        CompilationVerdict::DeadLettered { compile_error } => (compile_error, Vec::new()),
    };
    store.apply_failed(leased.lease, version, &compile_error, &diagnostics).await
}

/// Why there is nothing to store.
enum Refusal {
    /// The module: the user hears why.
    Rejected(Vec<Diagnostic>),
    /// Us: tried again.
    Machine(String),
}

async fn build(app: &App, version: VersionId, artifact: Artifact) -> Result<VersionArtifact, Refusal> {
    let machine = |error: &dyn std::fmt::Display| Refusal::Machine(error.to_string());
    let wasm = BASE64_STANDARD.decode(&artifact.wasm_base64).map_err(|error| machine(&error))?;
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
    let publish_ms = started.elapsed().as_millis();
    tracing::debug!(%version, compile_ms = artifact.compile_ms, publish_ms, "built");
    let notes = serde_json::json!({
        "compileMs": artifact.compile_ms,
        "publishMs": u64::try_from(publish_ms).unwrap_or(u64::MAX),
        "preInit": format!("{:?}", published.pre_init),
    });
    Ok(VersionArtifact {
        wasm_digest: published.wasm_digest,
        abi_json: serde_json::to_string(&published.abi).map_err(|error| machine(&error))?,
        diagnostics_json: serde_json::to_string(&artifact.diagnostics).map_err(|error| machine(&error))?,
        toolchain: artifact.toolchain.version,
        build_notes_json: notes.to_string(),
        wasm: published.wasm,
    })
}
