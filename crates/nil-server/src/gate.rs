//! The gate between a version that is built and going live: its function's examples, where its settings ask for it.

use std::sync::Arc;

use chrono::{SubsecRound as _, Utc};
use nil_core::{GateReport, VersionId};
use nil_store::{Gate, LiveVersion, StoreError, VersionArtifact};

use crate::{
    app::App,
    execution::{LiveError, try_examples},
};

/// Runs the examples against a version that is about to be stored. `Ok(None)`: nothing stands in its way.
///
/// # Errors
/// When this machine cannot run them.
pub(crate) async fn gate(
    app: &App,
    version: VersionId,
    artifact: &VersionArtifact,
) -> Result<Option<GateReport>, LiveError> {
    let gate = app.store().gate(version).await.map_err(|error| LiveError::Store(Arc::new(error)))?;
    let Some(gate) = gate else { return Ok(None) };
    let live = live_version(&gate, version, artifact.wasm_digest, artifact.abi_json.clone());
    let wasm = artifact.wasm.clone();
    run(app, gate, live, move || Ok(wasm.clone())).await.map(Some)
}

/// The same for one that gets the module of a version that was built from the same source.
///
/// # Errors
/// When the database is unavailable.
pub(crate) async fn gate_reused(
    app: &App,
    version: VersionId,
    built: VersionId,
) -> Result<Option<GateReport>, StoreError> {
    let store = app.store().clone();
    let Some(gate) = store.gate(version).await? else { return Ok(None) };
    // Gone since: then it is compiled after all, and comes here again.
    let Some((digest, abi)) = store.version_module(built).await? else { return Ok(None) };
    let live = live_version(&gate, version, digest, abi);
    let handle = tokio::runtime::Handle::current();
    let wasm = move || match handle.block_on(store.version_wasm(built)) {
        Ok(Some(wasm)) => Ok(wasm),
        Ok(None) => Err("the version was deleted".into()),
        Err(error) => Err(error.into()),
    };
    match run(app, gate, live, wasm).await {
        Ok(report) => Ok(Some(report)),
        Err(error) => Err(StoreError::Unreadable { what: "module", reason: error.to_string() }),
    }
}

fn live_version(gate: &Gate, version: VersionId, wasm_digest: [u8; 32], abi_json: String) -> LiveVersion {
    LiveVersion {
        function_id: gate.function_id,
        name: gate.name.clone(),
        version_id: version,
        number: gate.number,
        settings: gate.settings.clone(),
        wasm_digest,
        abi_json,
        // Not known here: asked for.
        is_configured: true,
    }
}

async fn run(
    app: &App,
    gate: Gate,
    live: LiveVersion,
    wasm: impl FnMut() -> Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>> + Send + 'static,
) -> Result<GateReport, LiveError> {
    let entry = app.live().instantiate_from(live, wasm).await?;
    let examples = try_examples(app, &entry, gate.examples).await;
    let passed = examples.iter().all(|example| example.passed);
    Ok(GateReport { passed, ran_at: Utc::now().trunc_subsecs(6), examples })
}
