//! Durable executions as one would first write them: a transaction that says the execution runs, the execution, a
//! transaction that says how it ended. Same HTTP stack, same runtime, same database settings, same columns, same
//! answer; no partitions, which only makes its inserts cheaper.

use std::{net::SocketAddr, str::FromStr as _, sync::Arc};

use anyhow::Context as _;
use bytes::Bytes;
use chrono::{SubsecRound as _, Utc};
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use nil_api::{ExecuteRequest, ExecutionResult};
use nil_core::{ExecutionId, ExecutionLimits, ExecutionStatus};
use nil_runtime::{Call, Execution, LiveFunction, LoadRequest, Outcome, OutputMode, PublishLimits, Runtime};
use nil_store::{ConnectOptions, LiveVersion, Store};
use serde_json::value::RawValue;
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use super::listen::{json, listen};

/// As many as the product's own pool has.
const CONNECTIONS: u32 = 16;

const TABLE: &str = "CREATE TABLE IF NOT EXISTS naive_executions
    (LIKE executions INCLUDING DEFAULTS INCLUDING CONSTRAINTS, PRIMARY KEY (id))";
const INDEX: &str = "CREATE INDEX IF NOT EXISTS naive_by_function ON naive_executions (function_id, id DESC)";
const START: &str = "INSERT INTO naive_executions
    (id, function_id, version_id, version_number, status, input, started_at, created_at)
    VALUES ($1, $2, $3, $4, 'RUNNING', $5, $6, $6)";
const FINISH: &str = "UPDATE naive_executions SET status = $2::execution_status, output = $3, error_kind = $4,
    error_message = $5, duration_us = $6, cpu_us = $7, peak_memory_bytes = $8, completed_at = now() WHERE id = $1";

struct Naive {
    pool: PgPool,
    runtime: Runtime,
    live: LiveVersion,
    function: Arc<LiveFunction>,
}

/// Calls `function` of the database in `DATABASE_URL`, whatever the path.
pub(crate) async fn serve(address: SocketAddr, function: &str) -> anyhow::Result<()> {
    let url = std::env::var("DATABASE_URL").context("DATABASE_URL is not set")?;
    let store = Store::open(&ConnectOptions::new(url.clone()))?;
    let live = store.live_version(&function.parse()?).await?.context("the function is not ready")?;
    let wasm = store.version_wasm(live.version_id).await?.context("the function has no module")?;
    let runtime = crate::product::runtime(None)?;
    let function = runtime.load(&mut LoadRequest {
        wasm_digest: live.wasm_digest,
        wasm: &mut || Ok(wasm.clone()),
        limits: &PublishLimits::default(),
    })?;
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .test_before_acquire(false)
        .connect_with(PgConnectOptions::from_str(&url)?)
        .await?;
    sqlx::query(TABLE).execute(&pool).await?;
    sqlx::query(INDEX).execute(&pool).await?;
    let naive = Arc::new(Naive { pool, runtime, live, function });
    listen(address, move |request| {
        let naive = naive.clone();
        async move { execute(&naive, request).await.unwrap_or_else(|error| json(500, error.to_string())) }
    })
    .await
}

async fn execute(naive: &Naive, request: Request<Incoming>) -> anyhow::Result<Response<Full<Bytes>>> {
    let body = request.into_body().collect().await?.to_bytes();
    let request: ExecuteRequest<'_> = serde_json::from_slice(&body)?;
    let input = request.input.map_or("{}", RawValue::get);
    let (id, created_at) = (ExecutionId::generate(), Utc::now().trunc_subsecs(6));
    let live = &naive.live;
    sqlx::query(START)
        .bind(id.0)
        .bind(live.function_id.0)
        .bind(live.version_id.0)
        .bind(live.number)
        .bind(input.as_bytes())
        .bind(created_at)
        .execute(&naive.pool)
        .await?;
    let limits = ExecutionLimits::default();
    let call = Call { input, limits: &limits, output_mode: OutputMode::Json, cold: false, variables: None };
    let Execution { outcome, receipt, logs } = naive.runtime.execute(&naive.function, &call);
    let (status, output, failure) = match outcome {
        Outcome::Completed { output } => (ExecutionStatus::Completed, Some(output), None),
        Outcome::Failed(failure) => (ExecutionStatus::Failed, None, Some(failure)),
    };
    let (error_kind, error_message) = failure.map(|failure| (failure.code().to_owned(), failure.message())).unzip();
    sqlx::query(FINISH)
        .bind(id.0)
        .bind(status.as_str())
        .bind(output.as_deref().map(str::as_bytes))
        .bind(&error_kind)
        .bind(&error_message)
        .bind(i64::try_from(receipt.duration_us)?)
        .bind(i64::try_from(receipt.cpu_us)?)
        .bind(i64::try_from(receipt.peak_memory_bytes)?)
        .execute(&naive.pool)
        .await?;
    let output = output.map(RawValue::from_string).transpose()?;
    let (function_id, version) = (live.function_id, live.number);
    let result = ExecutionResult {
        id,
        function_id,
        status,
        output,
        error_message,
        error_kind,
        logs,
        receipt,
        version,
        created_at,
    };
    Ok(json(200, serde_json::to_vec(&result)?))
}
