//! A hundred thousand queued executions: what accepting one costs when so many wait, what they cost the server's memory,
//! and how fast they are worked off. They wait because their function runs one at a time, until it may run many.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Context as _;
use nil_api::{ExecuteRequest, UpdateFunction};
use nil_client::Client;
use nil_core::{CallTarget, FunctionRef, FunctionSettings};

use crate::{
    child::Running,
    context::Context,
    machine::{self, Core},
    product::{self, Product},
    report::{Figure, Reach, Report},
    statistics::percentile,
};

/// The function that is called.
const FUNCTION: &str = "backlog";

/// Callers that hand executions over.
const CALLERS: usize = 16;

/// Accepted executions whose latency is compared: the first, and the last, behind all others.
const COMPARED: usize = 5_000;

/// How often memory is looked at.
const LOOK: Duration = Duration::from_millis(200);

/// The longest it may take to work everything off.
const DRAINED_WITHIN: Duration = Duration::from_secs(600);

/// Takes `backlog_enqueue_p50_us`, `backlog_enqueue_p99_us`, `backlog_memory_mib` and `backlog_drained_per_s`.
pub(crate) fn measure(context: &Context<'_>, product: &Product, report: &mut Report) -> anyhow::Result<()> {
    let count = context.effort.backlog;
    let server = product.serve(Core::Server)?;
    let client = product::client(&server)?;
    context.tokio.block_on(async {
        product::deploy(&client, FUNCTION, context.source("guests", "echo")?).await?;
        run_at_once(&client, 1).await?;
        // What every server needs once is not the backlog's.
        accept(&client, COMPARED).await?;
        drained(&client).await?;
        anyhow::Ok(())
    })?;
    let before = machine::resident_kib(server.pid()).anonymous;

    let peak = Peak::watch(&server);
    let (latencies, accepting, depth) = context.tokio.block_on(async {
        let started = Instant::now();
        let latencies = accept(&client, count).await?;
        anyhow::Ok((latencies, started.elapsed(), client.queue().await?.executions))
    })?;
    let started = Instant::now();
    context.tokio.block_on(async {
        run_at_once(&client, 64).await?;
        drained(&client).await
    })?;
    let draining = started.elapsed();
    let grown_mib = (peak.stop() - before).max(0.0) / 1024.0;

    let (first, last) = (&latencies[..COMPARED], &latencies[latencies.len() - COMPARED..]);
    for (id, share) in [("backlog_enqueue_p50_us", 0.5), ("backlog_enqueue_p99_us", 0.99)] {
        let (deep, shallow) = (percentile(last, share), percentile(first, share));
        let figure = Figure::times(id, "µs", &[deep], "into an empty queue", &[shallow]);
        // Half as fast would still be a queue that takes no notice of its length; twice as slow would not.
        report.add(figure.reaching(Reach::RatioAtLeast(0.67)));
    }
    report.add(Figure::single("backlog_memory_mib", "MiB", &[grown_mib]).reaching(Reach::ValueAtMost(64.0)));
    let waiting = depth.pending + depth.running + depth.delayed;
    report.add(Figure::single("backlog_drained_per_s", "1/s", &[waiting as f64 / draining.as_secs_f64()]));
    report.details.push((
        "A backlog".to_owned(),
        format!(
            "{count} executions accepted in {:.1} s by {CALLERS} callers; {waiting} of them waited when the last was \
             accepted, and were worked off in {:.1} s. Memory of the server above that of an empty queue: at most {grown_mib:.1} \
             MiB.",
            accepting.as_secs_f64(),
            draining.as_secs_f64()
        ),
    ));
    Ok(())
}

/// Sets how many of the function's executions run at once, and waits until that holds.
async fn run_at_once(client: &Client, count: u64) -> anyhow::Result<()> {
    let function: FunctionRef = FUNCTION.parse()?;
    let settings = FunctionSettings { async_concurrency: Some(count), ..FunctionSettings::default() };
    let change = UpdateFunction { settings: Some(settings), ..UpdateFunction::default() };
    client.update(&function, &change).await?;
    client.wait_until_built(&function, Duration::from_secs(60), |_| {}).await?;
    Ok(())
}

/// Hands executions over; the time each took to be accepted, in microseconds, in the order in which they were begun.
async fn accept(client: &Client, count: usize) -> anyhow::Result<Vec<f64>> {
    let next = Arc::new(AtomicUsize::new(0));
    let callers: Vec<_> = (0..CALLERS)
        .map(|_| {
            let (client, next) = (client.clone(), Arc::clone(&next));
            tokio::spawn(async move {
                let function: CallTarget = FUNCTION.parse()?;
                let mut taken = Vec::new();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count {
                        return anyhow::Ok(taken);
                    }
                    let started = Instant::now();
                    client.execute_later(&function, &ExecuteRequest::default()).await?;
                    taken.push((number, started.elapsed().as_secs_f64() * 1e6));
                }
            })
        })
        .collect();
    let mut all = Vec::with_capacity(count);
    for caller in callers {
        all.extend(caller.await.context("a caller panicked")??);
    }
    all.sort_unstable_by_key(|(number, _)| *number);
    Ok(all.into_iter().map(|(_, us)| us).collect())
}

async fn drained(client: &Client) -> anyhow::Result<()> {
    let end = Instant::now() + DRAINED_WITHIN;
    loop {
        let queue = client.queue().await?.executions;
        anyhow::ensure!(queue.dead_letters == 0, "{} executions failed", queue.dead_letters);
        if queue.pending + queue.running + queue.delayed == 0 {
            return Ok(());
        }
        anyhow::ensure!(Instant::now() < end, "{} executions are left after {DRAINED_WITHIN:?}", queue.pending);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// The most memory a process was seen to have.
struct Peak {
    stop: Arc<AtomicUsize>,
    watcher: std::thread::JoinHandle<f64>,
}

impl Peak {
    fn watch(server: &Running) -> Self {
        let (pid, stop) = (server.pid(), Arc::new(AtomicUsize::new(0)));
        let told = Arc::clone(&stop);
        let watcher = std::thread::spawn(move || {
            let mut most: f64 = 0.0;
            while told.load(Ordering::Relaxed) == 0 {
                most = most.max(machine::resident_kib(pid).anonymous);
                std::thread::sleep(LOOK);
            }
            most
        });
        Self { stop, watcher }
    }

    fn stop(self) -> f64 {
        self.stop.store(1, Ordering::Relaxed);
        self.watcher.join().unwrap_or_default()
    }
}
