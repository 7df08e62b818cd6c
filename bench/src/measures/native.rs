//! What the sandbox costs where only computing counts: the same kernels in C and in Rust, as functions here and as
//! programs of the machine (`cc -O2`, `rustc -C opt-level=2`). Results must agree, or nothing is reported.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use nil_api::{CreateFunction, FileEntries};
use nil_client::Client;
use nil_core::{ExecutionLimits, FunctionRef, FunctionStatus};
use nil_runtime::{Call, LiveFunction, Outcome, OutputMode, Runtime};

use crate::{
    context::Context,
    machine::{self, Core},
    product::{self, Product},
    report::{Figure, Reach, Report},
    statistics::{geometric_mean, median},
};

/// Kernels and how much they are given to do, as in the group `kernels`.
const KERNELS: [(&str, i32); 8] = [
    ("fannkuch", 8),
    ("mandelbrot", 200),
    ("matrix", 160),
    ("nbody", 50_000),
    ("quicksort", 100_000),
    ("sha256", 10_000),
    ("sieve", 1_000_000),
    ("spectral_norm", 200),
];

/// A function may take this many times as long as the program.
const MOST: f64 = 1.3;

/// Calls in a round, of either: the median counts.
const CALLS: usize = 9;

const BUILD_WITHIN: Duration = Duration::from_secs(90);

/// A language that has functions and programs.
struct Native {
    /// As `GET /languages` calls it.
    language: &'static str,
    /// Of its files.
    extension: &'static str,
    /// Files of the function beside its entry and the kernel.
    beside: &'static [&'static str],
    /// Compiles `main` and the kernel, both in `folder`, to `out`.
    compile: fn(folder: &Path, out: &Path) -> Command,
}

const LANGUAGES: [Native; 2] = [
    Native {
        language: "c",
        extension: "c",
        beside: &["kernel.h"],
        compile: |folder, out| {
            let mut cc = Command::new("cc");
            cc.arg("-O2").arg("-o").arg(out).arg(folder.join("main.c")).arg(folder.join("kernel.c")).arg("-lm");
            cc
        },
    },
    Native {
        language: "rust",
        extension: "rs",
        beside: &[],
        compile: |folder, out| {
            let mut rustc = Command::new("rustc");
            rustc.args(["--edition=2024", "-Copt-level=2", "-o"]).arg(out).arg(folder.join("main.rs"));
            rustc
        },
    },
];

/// One kernel in one language, both ways.
struct Pair {
    language: &'static str,
    kernel: &'static str,
    n: i32,
    function: Arc<LiveFunction>,
    program: PathBuf,
    /// Milliseconds, a value a round.
    ours: Vec<f64>,
    theirs: Vec<f64>,
}

impl Pair {
    fn ratio(&self, round: usize) -> f64 {
        self.ours[round] / self.theirs[round]
    }
}

/// Takes `cpu_vs_native`.
pub(crate) fn measure(context: &Context<'_>, product: &Product, report: &mut Report) -> anyhow::Result<()> {
    let runtime = product::runtime(None)?;
    let mut pairs = Vec::new();
    {
        let server = product.serve(Core::Any)?;
        let client = product::client(&server)?;
        for native in &LANGUAGES {
            for (kernel, n) in KERNELS {
                let pair = prepare(context, product, &client, &runtime, native, kernel, n);
                pairs.push(pair.with_context(|| format!("{kernel} in {}", native.language))?);
            }
        }
    }
    let rounds = context.effort.rounds.min(5);
    for _ in 0..rounds {
        for pair in &mut pairs {
            let (theirs, theirs_ms) = native(pair)?;
            let (ours, ours_ms) = machine::on_core(Core::Server, || ours(&runtime, &pair.function, pair.n))?;
            let same = (ours - theirs).abs() <= 1e-9 * ours.abs().max(theirs.abs());
            anyhow::ensure!(same, "{} in {}: {ours} here, {theirs} natively", pair.kernel, pair.language);
            pair.ours.push(ours_ms);
            pair.theirs.push(theirs_ms);
        }
    }
    let mean = |language: Option<&str>| -> Vec<f64> {
        let of = |round| {
            let wanted = pairs.iter().filter(|pair| language.is_none_or(|language| pair.language == language));
            geometric_mean(&wanted.map(|pair| pair.ratio(round)).collect::<Vec<_>>())
        };
        (0..rounds).map(of).collect()
    };
    report.add(Figure::single("cpu_vs_native", "×", &mean(None)).reaching(Reach::ValueAtMost(MOST)));
    for native in &LANGUAGES {
        report.add(Figure::single(format!("cpu_vs_native_{}", native.language), "×", &mean(Some(native.language))));
    }
    report.details.push(("Kernels in C and Rust".to_owned(), table(&pairs)));
    Ok(())
}

/// Deploys the function and compiles the program.
fn prepare(
    context: &Context<'_>,
    product: &Product,
    client: &Client,
    runtime: &Runtime,
    native: &Native,
    kernel: &'static str,
    n: i32,
) -> anyhow::Result<Pair> {
    let sources = context.bench.join("kernels/native");
    let Native { language, extension, .. } = native;
    let read = |name: &str| fs::read_to_string(sources.join(name)).with_context(|| format!("failed to read {name}"));
    let mut files = vec![(format!("kernel.{extension}"), read(&format!("{kernel}.{extension}"))?)];
    for name in native.beside {
        files.push(((*name).to_owned(), read(name)?));
    }

    let folder = context.target.join("native").join(format!("{kernel}-{language}"));
    fs::create_dir_all(&folder)?;
    let main = format!("main.{extension}");
    for (name, text) in files.iter().chain([&(main.clone(), read(&main)?)]) {
        fs::write(folder.join(name), text)?;
    }
    let program = folder.join("kernel");
    let built = (native.compile)(&folder, &program).output().context("failed to run the native compiler")?;
    anyhow::ensure!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));

    let name = format!("native-{}-{language}", kernel.replace('_', "-"));
    let create = CreateFunction {
        examples: None,
        environments: None,
        name: name.clone(),
        description: None,
        language: (*language).to_owned(),
        source: Some(read(&format!("function.{extension}"))?),
        wasm_base64: None,
        files: Some(FileEntries(files)),
        settings: None,
    };
    let function: FunctionRef = name.parse()?;
    let built = context.tokio.block_on(async {
        client.create(&create).await?;
        client.wait_until_built(&function, BUILD_WITHIN, |_| {}).await
    })?;
    let error = built.compile_error.unwrap_or_default();
    anyhow::ensure!(built.status == FunctionStatus::Ready, "it is {}: {error}", built.status);
    let function = product.module(context, &name)?.load(runtime)?;
    Ok(Pair { language, kernel, n, function, program, ours: Vec::new(), theirs: Vec::new() })
}

/// The program's own result and median time in milliseconds.
fn native(pair: &Pair) -> anyhow::Result<(f64, f64)> {
    let mut program = machine::pinned(&pair.program, Core::Server);
    let output = program.args([pair.n.to_string(), CALLS.to_string()]).output()?;
    anyhow::ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout)?;
    let (result, ms) = text.trim().split_once(' ').with_context(|| format!("not two numbers: {text}"))?;
    Ok((result.parse()?, ms.parse()?))
}

/// Whole calls, sandbox and all: the result and the median time in milliseconds.
fn ours(runtime: &Runtime, function: &LiveFunction, n: i32) -> anyhow::Result<(f64, f64)> {
    let input = format!("{{\"n\":{n}}}");
    let limits = ExecutionLimits::default();
    let call = Call { input: &input, limits: &limits, output_mode: OutputMode::Json, cold: false, variables: None };
    let (mut result, mut times) = (0.0, Vec::new());
    for _ in 0..CALLS {
        let started = Instant::now();
        let outcome = runtime.execute(function, &call).outcome;
        times.push(started.elapsed().as_secs_f64() * 1e3);
        match outcome {
            Outcome::Completed { output } => result = output.parse().context("not a number")?,
            Outcome::Failed(failure) => anyhow::bail!("{}", failure.message()),
        }
    }
    Ok((result, median(&times)))
}

fn table(pairs: &[Pair]) -> String {
    let mut table = String::from(
        "Milliseconds, medians over the rounds; ours is the whole call with its sandbox.\n\n\
         | kernel | language | n | ours | native | ours ÷ native |\n|---|---|---:|---:|---:|---:|\n",
    );
    for Pair { language, kernel, n, ours, theirs, .. } in pairs {
        let (ours, theirs) = (median(ours), median(theirs));
        let _ = writeln!(table, "| {kernel} | {language} | {n} | {ours:.2} | {theirs:.2} | {:.2} |", ours / theirs);
    }
    table
}
