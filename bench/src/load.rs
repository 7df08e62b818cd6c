//! Load from a real generator: `wrk` where it is installed, else `oha`, which is fetched and built once.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::Context as _;
use serde::Deserialize;

use crate::{
    machine::{self, Core},
    tools::Tool,
};

/// With its default features: without TLS, which nothing here speaks, this version does not compile.
const OHA: Tool = Tool {
    binary: "oha",
    package: "oha",
    version: "1.16.0",
    arguments: &[],
    environment: &[],
    takes: "some minutes; `apt-get install wrk` avoids it",
};

/// Which load generator to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Choice {
    /// `wrk` where it is installed, else `oha`.
    Auto,
    /// `wrk`, or nothing.
    Wrk,
    /// `oha`, built from crates.io.
    Oha,
}

/// A load generator.
#[derive(Debug, Clone)]
pub(crate) enum Generator {
    /// Costs the least CPU per request, so the server's core is the limit.
    Wrk {
        /// Its version, as it tells.
        version: String,
        /// The script that sends a body.
        script: PathBuf,
    },
    /// Needs no system package; costs more CPU per request than the fastest servers here.
    Oha {
        /// The binary.
        program: PathBuf,
    },
}

/// What one round of load saw.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Round {
    /// Good answers a second.
    pub(crate) per_second: f64,
    /// Half of the requests took at most this, in microseconds.
    pub(crate) p50_us: f64,
    /// 99 of 100 requests took at most this, in microseconds.
    pub(crate) p99_us: f64,
    /// Answers other than 2xx and 3xx.
    pub(crate) refused: u64,
    /// Connections that broke or timed out.
    pub(crate) broken: u64,
    /// CPU time of the server's process for each good answer, in microseconds.
    pub(crate) server_cpu_us: f64,
}

/// What to send where.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// The URL.
    pub(crate) url: String,
    /// The JSON body.
    pub(crate) body: String,
    /// The server's process, for its CPU time.
    pub(crate) pid: u32,
}

impl Generator {
    /// Finds one, or builds one below `local`.
    pub(crate) fn find(choice: Choice, bench: &Path, local: &Path) -> anyhow::Result<Self> {
        // `wrk -v` prints its version and a usage text, and ends with 1.
        if choice != Choice::Oha
            && let Ok(output) = Command::new("wrk").arg("-v").output()
        {
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            let version = text.split_whitespace().nth(1).unwrap_or("unknown").to_owned();
            return Ok(Self::Wrk { version, script: bench.join("post.lua") });
        }
        anyhow::ensure!(choice != Choice::Wrk, "wrk is not installed; `apt-get install wrk`, or use oha");
        Ok(Self::Oha { program: OHA.install(local)? })
    }

    /// Its name and version, for the report.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Wrk { version, .. } => format!("wrk {version}"),
            Self::Oha { .. } => format!("oha {}", OHA.version),
        }
    }

    /// Sends as much as `connections` carry for `duration`.
    pub(crate) fn run(&self, target: &Target, connections: u32, duration: Duration) -> anyhow::Result<Round> {
        let cpu = machine::cpu_time(target.pid);
        let mut round = match self {
            Self::Wrk { script, .. } => wrk(script, target, connections, duration)?,
            Self::Oha { program } => oha(program, target, connections, duration)?,
        };
        let cpu = machine::cpu_time(target.pid).saturating_sub(cpu);
        let answers = (round.per_second * duration.as_secs_f64()).max(1.0);
        round.server_cpu_us = cpu.as_secs_f64() * 1e6 / answers;
        Ok(round)
    }
}

fn output_of(mut command: Command, target: &Target) -> anyhow::Result<String> {
    let output = command.env("NIL_BENCH_BODY", &target.body).output().context("failed to run the load generator")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(output.status.success(), "the load generator failed on {}: {text}{errors}", target.url);
    Ok(text)
}

fn wrk(script: &Path, target: &Target, connections: u32, duration: Duration) -> anyhow::Result<Round> {
    let mut command = machine::pinned("wrk", Core::Load);
    command.args(["-t1", &format!("-c{connections}"), &format!("-d{}s", duration.as_secs().max(1))]);
    command.args(["--timeout", "10s", "-s"]).arg(script).arg(&target.url);
    let text = output_of(command, target)?;
    let line = text.lines().find_map(|line| line.strip_prefix("nil-bench ")).context("wrk printed no summary")?;
    let fields: HashMap<&str, f64> = line
        .split(' ')
        .filter_map(|field| field.split_once('='))
        .filter_map(|(name, value)| Some((name, value.parse().ok()?)))
        .collect();
    let field = |name: &str| fields.get(name).copied().with_context(|| format!("wrk's summary lacks {name}"));
    let refused = field("refused")?;
    Ok(Round {
        per_second: (field("requests")? - refused) / (field("duration_us")? / 1e6),
        p50_us: field("p50_us")?,
        p99_us: field("p99_us")?,
        refused: refused as u64,
        broken: field("broken")? as u64,
        server_cpu_us: 0.0,
    })
}

/// The parts of oha's report that are read; times in seconds.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct OhaReport {
    summary: OhaSummary,
    latency_percentiles: HashMap<String, Option<f64>>,
    status_code_distribution: HashMap<String, u64>,
    error_distribution: HashMap<String, u64>,
}

#[derive(Debug, Deserialize)]
struct OhaSummary {
    total: f64,
}

fn oha(program: &Path, target: &Target, connections: u32, duration: Duration) -> anyhow::Result<Round> {
    let mut command = machine::pinned(program, Core::Load);
    command.args(["--no-tui", "--output-format", "json", "-m", "POST", "-T", "application/json"]);
    command.args([
        "-c",
        &connections.to_string(),
        "-z",
        &format!("{}s", duration.as_secs().max(1)),
        "-d",
        &target.body,
    ]);
    command.arg(&target.url);
    let report: OhaReport =
        serde_json::from_str(&output_of(command, target)?).context("oha's report is not readable")?;
    let of_class = |good: bool| {
        let is_good = |status: &str| status.starts_with('2') || status.starts_with('3');
        let matching = report.status_code_distribution.iter().filter(|(status, _)| is_good(status) == good);
        matching.map(|(_, count)| count).sum::<u64>()
    };
    let latency_us = |name: &str| report.latency_percentiles.get(name).copied().flatten().unwrap_or_default() * 1e6;
    // Requests under way at the end are counted as errors of their own kind; they are nobody's failure.
    let broken = report.error_distribution.iter().filter(|(error, _)| !error.contains("deadline"));
    Ok(Round {
        per_second: of_class(true) as f64 / report.summary.total,
        p50_us: latency_us("p50"),
        p99_us: latency_us("p99"),
        refused: of_class(false),
        broken: broken.map(|(_, count)| count).sum(),
        server_cpu_us: 0.0,
    })
}
