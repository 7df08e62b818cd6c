//! What guest code costs: the same algorithms in AssemblyScript here, in AssemblyScript on an interpreter, and as
//! plain JavaScript on Node's JIT. Results must agree, or nothing is reported.

use std::{
    collections::HashMap,
    fmt::Write as _,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use nil_core::ExecutionLimits;
use nil_runtime::{Call, LiveFunction, Outcome, OutputMode, Runtime};
use serde::Deserialize;

use crate::{
    context::Context,
    machine::{self, Core},
    product::{self, Product},
    report::{Figure, Reach, Report},
    statistics::{geometric_mean, median},
};

#[cfg(feature = "interpreter")]
mod interpreter;

/// A kernel and how much it is given to do: some milliseconds in native code.
#[derive(Debug)]
pub(crate) struct Kernel {
    pub(crate) name: &'static str,
    n: i32,
}

const fn kernel(name: &'static str, n: i32) -> Kernel {
    Kernel { name, n }
}

/// All kernels, by their file's name.
pub(crate) const KERNELS: &[Kernel] = &[
    kernel("fannkuch", 8),
    kernel("mandelbrot", 200),
    kernel("matrix", 160),
    kernel("nbody", 50_000),
    kernel("quicksort", 100_000),
    kernel("sha256", 10_000),
    kernel("sieve", 1_000_000),
    kernel("spectral_norm", 200),
    kernel("strings", 5_000),
];

impl Kernel {
    /// The name it is deployed under.
    pub(crate) fn function(&self) -> String {
        format!("kernel-{}", self.name)
    }
}

/// Times of one kernel, a value a round, in milliseconds.
#[derive(Debug, Default)]
struct Times {
    ours: Vec<f64>,
    node: Vec<f64>,
    #[cfg(feature = "interpreter")]
    interpreter: Vec<f64>,
}

/// What the JavaScript side answers for a kernel.
#[derive(Debug, Deserialize)]
struct NodeAnswer {
    result: f64,
    ms: f64,
}

/// Calls of ours in a round: the median counts.
const CALLS: usize = 9;

/// Takes `cpu_vs_interpreter` and `cpu_vs_node`.
pub(crate) fn measure(context: &Context<'_>, product: &Product, report: &mut Report) -> anyhow::Result<()> {
    let runtime = product::runtime(None)?;
    let mut functions = Vec::new();
    #[cfg(feature = "interpreter")]
    let mut interpreted = Vec::new();
    for kernel in KERNELS {
        let module = product.module(context, &kernel.function())?;
        functions.push(module.load(&runtime)?);
        #[cfg(feature = "interpreter")]
        interpreted.push(interpreter::Interpreted::new(&module.wasm)?);
    }
    let mut times: Vec<Times> = KERNELS.iter().map(|_| Times::default()).collect();
    for _ in 0..context.effort.rounds.min(5) {
        let node = run_node(context)?;
        for (index, kernel) in KERNELS.iter().enumerate() {
            let node = node.get(kernel.name).with_context(|| format!("node did not run {}", kernel.name))?;
            let (result, ms) = machine::on_core(Core::Server, || ours(&runtime, &functions[index], kernel.n))?;
            anyhow::ensure!(agree(result, node.result), "{}: {result} here, {} on node", kernel.name, node.result);
            times[index].ours.push(ms);
            times[index].node.push(node.ms);
            #[cfg(feature = "interpreter")]
            {
                let (result, ms) = machine::on_core(Core::Server, || interpreted[index].run(kernel.n))?;
                anyhow::ensure!(agree(result, node.result), "{}: {result} interpreted", kernel.name);
                times[index].interpreter.push(ms);
            }
        }
    }
    add(report, "cpu_vs_node", "node", 1.0, &times, |times| &times.node);
    #[cfg(feature = "interpreter")]
    add(report, "cpu_vs_interpreter", "wasmi", 10.0, &times, |times| &times.interpreter);
    #[cfg(not(feature = "interpreter"))]
    report.notes.push("cpu_vs_interpreter: built without the feature `interpreter`".to_owned());
    report.details.push(("Kernels".to_owned(), table(&times)));
    Ok(())
}

/// Kernels sum in the same order, so results differ at most by how a number is printed.
fn agree(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs())
}

/// Whole calls, sandbox and all: the result and the median time in milliseconds.
fn ours(runtime: &Runtime, function: &LiveFunction, n: i32) -> anyhow::Result<(f64, f64)> {
    let input = format!("{{\"args\":[{n}]}}");
    let limits = ExecutionLimits::default();
    let call = Call { input: &input, limits: &limits, output_mode: OutputMode::Json, cold: false, variables: None };
    let (mut result, mut times) = (0.0, Vec::new());
    for _ in 0..CALLS {
        let started = Instant::now();
        let outcome = runtime.execute(function, &call).outcome;
        times.push(milliseconds(started.elapsed()));
        match outcome {
            Outcome::Completed { output } => result = output.parse().context("not a number")?,
            Outcome::Failed(failure) => anyhow::bail!("{}", failure.message()),
        }
    }
    Ok((result, median(&times)))
}

fn run_node(context: &Context<'_>) -> anyhow::Result<HashMap<String, NodeAnswer>> {
    let wanted: Vec<(&str, i32)> = KERNELS.iter().map(|kernel| (kernel.name, kernel.n)).collect();
    let mut node: Command = machine::pinned("node", Core::Server);
    node.arg("run.mjs").arg(serde_json::to_string(&wanted)?).current_dir(context.bench.join("kernels"));
    let output = node.output().context("failed to run node")?;
    anyhow::ensure!(output.status.success(), "node: {}", String::from_utf8_lossy(&output.stderr));
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// The figure over all kernels: geometric means of each round.
fn add(report: &mut Report, id: &str, baseline: &str, least: f64, times: &[Times], theirs: fn(&Times) -> &Vec<f64>) {
    let rounds = times.first().map_or(0, |times| times.ours.len());
    let mean = |of: &dyn Fn(&Times) -> f64| geometric_mean(&times.iter().map(of).collect::<Vec<_>>());
    let ours: Vec<f64> = (0..rounds).map(|round| mean(&|times| times.ours[round])).collect();
    let baselines: Vec<f64> = (0..rounds).map(|round| mean(&|times| theirs(times)[round])).collect();
    report.add(Figure::times(id, "ms", &ours, baseline, &baselines).reaching(Reach::RatioAtLeast(least)));
}

fn table(times: &[Times]) -> String {
    let mut table = String::from(
        "Milliseconds, medians over the rounds; ours is the whole call with its sandbox.\n\n\
         | kernel | n | ours | node | node ÷ ours | wasmi | wasmi ÷ ours |\n|---|---:|---:|---:|---:|---:|---:|\n",
    );
    for (kernel, times) in KERNELS.iter().zip(times) {
        let (ours, node) = (median(&times.ours), median(&times.node));
        let _ = write!(table, "| {} | {} | {ours:.2} | {node:.2} | {:.2} |", kernel.name, kernel.n, node / ours);
        #[cfg(feature = "interpreter")]
        {
            let interpreter = median(&times.interpreter);
            let _ = write!(table, " {interpreter:.1} | {:.1} |", interpreter / ours);
        }
        #[cfg(not(feature = "interpreter"))]
        table.push_str(" | |");
        table.push('\n');
    }
    table
}
