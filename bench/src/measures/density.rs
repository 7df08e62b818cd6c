//! Many functions on one server: what an idle one keeps in memory, and what the first call after a restart costs.
//!
//! The functions are one echo, made distinct by a custom section each, so every one has a module, a digest, native
//! code on disk and a row of its own; publishing them runs the product's publisher, only not its queue.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use nil_core::{FunctionId, VersionId};
use nil_runtime::{PublishLimits, Published};
use nil_store::{ConnectOptions, Store};
use sqlx::{Connection as _, PgConnection};

use super::calls::BODY;
use crate::{
    context::Context,
    machine::{self, Core},
    product::{self, Product},
    report::{Figure, Reach, Report},
    statistics::{median, percentile},
};

mod connection;

use connection::Connection;

/// The database of these functions.
const DATABASE: &str = "density";

const INSERT_FUNCTION: &str =
    "INSERT INTO functions (id, name, latest_version_id, live_version_id) VALUES ($1, $2, $3, $3)";
const INSERT_VERSION: &str = "INSERT INTO versions
    (id, function_id, number, language, source, source_digest, status, wasm_binary, wasm_digest, abi, built_at)
    VALUES ($1, $2, 1, 'assemblyscript', '', $4, 'READY', $3, $4, ($5::text)::jsonb, now())";

/// Calls of functions that are loaded, for comparison.
const WARM_CALLS: usize = 2_000;

/// Takes `cold_call_p99_us` and `idle_function_kib`.
pub(crate) fn measure(context: &Context<'_>, product: &Product, report: &mut Report) -> anyhow::Result<()> {
    let count = context.effort.functions;
    let echo = product.module(context, "echo")?.wasm;
    let url = context.tokio.block_on(make_database(product))?;
    machine::say(&format!("  publishing {count} functions"));
    let started = Instant::now();
    let published = publish(product, &echo, count)?;
    let publishing = started.elapsed();
    context.tokio.block_on(insert(&url, &published))?;
    machine::say(&format!(
        "  published in {:.0} s, stored in {:.0} s",
        publishing.as_secs_f64(),
        (started.elapsed() - publishing).as_secs_f64()
    ));
    drop(published);
    context.settle();

    let server = product.serve_database(DATABASE, &url, Core::Server)?;
    // The first call of all opens database connections; it is nobody's first call.
    Connection::open(server.address)?.post("/fn/f0", BODY)?;
    context.settle();
    let before = machine::resident_kib(server.pid());
    let (mappings_before, _) = machine::mappings(server.pid());
    // A connection for each series: the server closes one that is silent while the machine calms down.
    let mut connection = Connection::open(server.address)?;
    let mut cold = Vec::with_capacity(count);
    machine::on_core(Core::Load, || {
        (1..count).try_for_each(|index| time_call(&mut connection, index).map(|us| cold.push(us)))
    })?;
    // History is written behind the answers; what it buffers is not the functions'.
    machine::settle(Duration::from_secs(20));
    let after = machine::resident_kib(server.pid());
    let (mappings, most_mappings) = machine::mappings(server.pid());
    let mut connection = Connection::open(server.address)?;
    let mut warm = Vec::with_capacity(WARM_CALLS);
    machine::on_core(Core::Load, || {
        (0..WARM_CALLS).try_for_each(|call| time_call(&mut connection, 1 + call % (count - 1)).map(|us| warm.push(us)))
    })?;

    let loaded = (count - 1) as f64;
    let above_warm: Vec<f64> = cold.iter().map(|us| us - median(&warm)).collect();
    let p99 = percentile(&above_warm, 0.99);
    let mut figure = Figure::single("cold_call_p99_us", "µs", &above_warm);
    figure.value = p99;
    report.add(figure.reaching(Reach::ValueAtMost(500.0)));
    let idle = [(after.total - before.total) / loaded];
    report.add(Figure::single("idle_function_kib", "KiB", &idle).reaching(Reach::ValueAtMost(40.0)));
    let anonymous = (after.anonymous - before.anonymous) / loaded;
    report.details.push((
        format!("{count} functions on one server"),
        format!(
            "First call of each after a restart, one after the other over one connection, native code in the page cache: \
             p50 {:.0} µs, p99 {:.0} µs, most {:.0} µs. The same calls again: p50 {:.0} µs, p99 {:.0} µs. \
             `cold_call_p99_us` is the 99th percentile of single calls above the warm median, so its spread is that of \
             single calls.\n\nResident memory grew from {:.1} to {:.1} MiB; of {:.1} KiB a function {anonymous:.1} KiB are \
             anonymous, the rest is native code mapped from files that the kernel can drop.\n\nThe server has {mappings} \
             mappings of memory, {:.1} a function; the kernel allows a process {most_mappings} (`vm.max_map_count`).",
            percentile(&cold, 0.5),
            percentile(&cold, 0.99),
            percentile(&cold, 1.0),
            percentile(&warm, 0.5),
            percentile(&warm, 0.99),
            before.total / 1024.0,
            after.total / 1024.0,
            idle[0],
            mappings.saturating_sub(mappings_before) as f64 / loaded,
        ),
    ));
    Ok(())
}

fn time_call(connection: &mut Connection, index: usize) -> anyhow::Result<f64> {
    let path = format!("/fn/f{index}");
    let started = Instant::now();
    connection.post(&path, BODY)?;
    Ok(started.elapsed().as_secs_f64() * 1e6)
}

/// Publishes on every core, as the publishers of several servers would.
fn publish(product: &Product, echo: &[u8], count: usize) -> anyhow::Result<Vec<Published>> {
    let runtime = product::runtime(Some(product.code_cache(DATABASE)))?;
    let workers = machine::cores();
    let one = |index: usize| {
        let mut wasm = echo.to_vec();
        wasm.extend(custom_section(index));
        Ok(runtime.publish(&wasm, &PublishLimits::default())?)
    };
    let shares: Vec<anyhow::Result<Vec<Published>>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..workers)
            .map(|worker| scope.spawn(move || (worker..count).step_by(workers).map(one).collect()))
            .collect();
        let joined = threads.into_iter().map(|thread| thread.join());
        joined.map(|share| share.unwrap_or_else(|_| anyhow::bail!("a publishing thread panicked"))).collect()
    });
    Ok(shares.into_iter().collect::<anyhow::Result<Vec<_>>>()?.into_iter().flatten().collect())
}

/// A section without meaning: id 0, size, name, four bytes of content.
fn custom_section(index: usize) -> Vec<u8> {
    let mut section = vec![0, 10, 5];
    section.extend(b"bench");
    section.extend((index as u32).to_le_bytes());
    section
}

async fn make_database(product: &Product) -> anyhow::Result<String> {
    let mut connection = PgConnection::connect(&product.url()).await?;
    sqlx::query("DROP DATABASE IF EXISTS density").execute(&mut connection).await?;
    sqlx::query("CREATE DATABASE density").execute(&mut connection).await?;
    connection.close().await?;
    let url = product.database_url(DATABASE);
    let store = Store::open(&ConnectOptions::new(url.clone()))?;
    store.migrate().await.context("failed to prepare the database")?;
    store.close().await;
    Ok(url)
}

/// Rows as the publisher leaves them, all in one transaction.
async fn insert(url: &str, published: &[Published]) -> anyhow::Result<()> {
    let mut connection = PgConnection::connect(url).await?;
    let mut transaction = connection.begin().await?;
    for (index, published) in published.iter().enumerate() {
        let (function, version) = (FunctionId::generate(), VersionId::generate());
        sqlx::query(INSERT_FUNCTION)
            .bind(function.0)
            .bind(format!("f{index}"))
            .bind(version.0)
            .execute(&mut *transaction)
            .await?;
        sqlx::query(INSERT_VERSION)
            .bind(version.0)
            .bind(function.0)
            .bind(&published.wasm)
            .bind(published.wasm_digest.as_slice())
            .bind(serde_json::to_string(&published.abi)?)
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await?;
    sqlx::query("ANALYZE").execute(&mut connection).await?;
    Ok(connection.close().await?)
}
