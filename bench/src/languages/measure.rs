//! Takes the figures of one language.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use nil_api::{CreateFunction, ExecutionResult, LanguageInfo, LanguageState, UpdateFunction};
use nil_client::Client;
use nil_core::{ExecutionStatus, FunctionRef, FunctionStatus};
use serde_json::{Value, json, value::RawValue};

use super::example;

/// Builds and calls nobody counts: the compiler's JIT and the function's place in memory settle.
const WARM_UP: u32 = 3;

/// Primes up to here: a second or so for an interpreter, milliseconds for native code.
const KERNEL_LIMIT: u32 = 1_000_000;

/// Runs of the kernel.
const KERNEL_RUNS: u32 = 3;

const BUILD_WITHIN: Duration = Duration::from_secs(120);

/// What was measured of a language.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) language: String,
    pub(super) toolchain: String,
    /// From the changed source to the answer that says `READY`, each.
    pub(super) deploy_ms: Vec<f64>,
    pub(super) artifact_bytes: i64,
    /// A fresh sandbox and the call in it, as the receipts say.
    pub(super) call_us: Vec<f64>,
    pub(super) large_us: Vec<f64>,
    pub(super) kernel_us: Vec<f64>,
    /// The first call of a server that has just started, as its client sees it.
    pub(super) first_call_ms: f64,
}

/// Every language, once a compiler has announced what it has.
pub(super) async fn installed(client: &Client, within: Duration) -> anyhow::Result<Vec<LanguageInfo>> {
    let deadline = Instant::now() + within;
    loop {
        if let Ok(languages) = client.languages().await
            && languages.iter().any(|info| info.language.is_compiled() && info.state == LanguageState::Installed)
        {
            return Ok(languages);
        }
        anyhow::ensure!(Instant::now() < deadline, "no compiler has announced itself");
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}

/// Deploys and calls something in a language, so that all it consists of has been started and prepared.
pub(super) async fn warm_up(client: &Client, examples: &Path, info: &LanguageInfo) -> anyhow::Result<()> {
    let mut small = example::read(examples, info, example::SMALL)?;
    small.name = format!("{}-first", small.name);
    deploy(client, &small).await?;
    execute(client, &small.name.parse()?, &json!({ "name": "Ada" })).await.map(drop)
}

/// Measures one language but for its first call.
pub(super) async fn row(
    client: &Client,
    examples: &Path,
    info: &LanguageInfo,
    deployments: u32,
    calls: u32,
) -> anyhow::Result<Row> {
    let extension = info.entry_file.rsplit('.').next().unwrap_or_default();
    let small = example::read(examples, info, example::SMALL)?;
    let source = small.source.clone().unwrap_or_default();
    let function: FunctionRef = small.name.parse()?;
    deploy(client, &small).await?;
    let mut deploy_ms = Vec::new();
    let mut artifact_bytes = 0;
    for change in 0..deployments + WARM_UP {
        let update =
            UpdateFunction { source: Some(example::changed(&source, extension, change)), ..UpdateFunction::default() };
        let started = Instant::now();
        client.update(&function, &update).await?;
        let built = client.wait_until_built(&function, BUILD_WITHIN, |_| {}).await?;
        let took = started.elapsed().as_secs_f64() * 1e3;
        let error = built.compile_error.unwrap_or_default();
        anyhow::ensure!(built.status == FunctionStatus::Ready, "{} is {}: {error}", small.name, built.status);
        artifact_bytes = built.wasm_bytes.unwrap_or_default();
        if change >= WARM_UP {
            deploy_ms.push(took);
        }
    }
    let call_us = timed(client, &function, &json!({ "name": "Ada" }), calls).await?;
    let large = example::read(examples, info, example::LARGE)?;
    deploy(client, &large).await?;
    let input: Value = serde_json::from_str(&std::fs::read_to_string(examples.join("common/large-input/100kb.json"))?)?;
    let large_us = timed(client, &large.name.parse()?, &input, calls.min(20)).await?;
    let kernel = example::read(examples, info, example::KERNEL)?;
    deploy(client, &kernel).await?;
    let kernel_us = timed(client, &kernel.name.parse()?, &json!({ "limit": KERNEL_LIMIT }), KERNEL_RUNS).await?;
    Ok(Row {
        language: info.language.to_string(),
        toolchain: info.version.clone().unwrap_or_default(),
        deploy_ms,
        artifact_bytes,
        call_us,
        large_us,
        kernel_us,
        first_call_ms: 0.0,
    })
}

/// How long the first call takes on a server that has not seen the function.
pub(super) async fn first_call(client: &Client, row: &Row) -> anyhow::Result<f64> {
    let function: FunctionRef = format!("{}-{}", row.language, example::SMALL).parse()?;
    let started = Instant::now();
    execute(client, &function, &json!({ "name": "Ada" })).await?;
    Ok(started.elapsed().as_secs_f64() * 1e3)
}

async fn deploy(client: &Client, function: &CreateFunction) -> anyhow::Result<()> {
    client.create(function).await.with_context(|| format!("failed to create {}", function.name))?;
    let built = client.wait_until_built(&function.name.parse()?, BUILD_WITHIN, |_| {}).await?;
    let error = built.compile_error.unwrap_or_default();
    anyhow::ensure!(built.status == FunctionStatus::Ready, "{} is {}: {error}", function.name, built.status);
    Ok(())
}

async fn timed(client: &Client, function: &FunctionRef, input: &Value, calls: u32) -> anyhow::Result<Vec<f64>> {
    let mut times = Vec::new();
    for call in 0..calls + WARM_UP.min(calls) {
        let execution = execute(client, function, input).await?;
        if call >= WARM_UP.min(calls) {
            times.push(execution.receipt.duration_us as f64);
        }
    }
    Ok(times)
}

async fn execute(client: &Client, function: &FunctionRef, input: &Value) -> anyhow::Result<ExecutionResult> {
    let input = RawValue::from_string(input.to_string())?;
    let execution = client.execute(&function.clone().into(), Some(&input)).await?;
    let error = execution.error_message.as_deref().unwrap_or_default();
    anyhow::ensure!(execution.status == ExecutionStatus::Completed, "{function}: {error}");
    Ok(execution)
}
