//! What every measurement needs: where things are, how long to measure, who makes the load.

use std::{
    cell::Cell,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use crate::{
    RunArgs,
    load::Generator,
    machine,
    peers::{self, Peers},
};

/// The most one round waits; a database that writes out a minute of history needs about this long.
const LONGEST_WAIT: Duration = Duration::from_secs(20);

/// How much is measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    /// Interleaved rounds of every comparison.
    pub(crate) rounds: usize,
    /// Length of one round of load.
    pub(crate) load: Duration,
    /// Length of the load nobody counts, before the first round.
    pub(crate) warm_up: Duration,
    /// Functions on one server where many are loaded.
    pub(crate) functions: usize,
    /// Deployments whose time is taken, of each kind.
    pub(crate) deployments: usize,
    /// Executions that are queued at once.
    pub(crate) backlog: usize,
    /// Calls of one timed batch in process.
    pub(crate) calls: usize,
}

impl Effort {
    const FULL: Self = Self {
        rounds: 7,
        load: Duration::from_secs(4),
        warm_up: Duration::from_secs(3),
        functions: 10_000,
        deployments: 20,
        backlog: 100_000,
        calls: 50_000,
    };

    const QUICK: Self = Self {
        rounds: 3,
        load: Duration::from_secs(2),
        warm_up: Duration::from_secs(1),
        functions: 500,
        deployments: 20,
        backlog: 20_000,
        calls: 20_000,
    };
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    /// Runs what is asynchronous: the client and the database.
    pub(crate) tokio: &'a tokio::runtime::Runtime,
    /// How much is measured.
    pub(crate) effort: Effort,
    /// Whether this is the quick variant.
    pub(crate) quick: bool,
    /// The product's binary.
    pub(crate) program: PathBuf,
    /// `bench/` of the repository.
    pub(crate) bench: PathBuf,
    /// Toolchains and tools that are kept.
    pub(crate) local: PathBuf,
    /// What a run leaves behind.
    pub(crate) target: PathBuf,
    /// Logs of the servers under measurement.
    pub(crate) logs: PathBuf,
    /// Who makes the load.
    pub(crate) generator: Generator,
    /// What to compare with; empty unless throughput is wanted.
    pub(crate) peers: Peers,
    /// How long to go on waiting for a quiet machine, over all measurements: a busy one must not keep us for ever.
    patience: Cell<Duration>,
    only: Vec<String>,
}

impl<'a> Context<'a> {
    /// Looks for everything and installs what is missing; the working directory must be the repository.
    pub(crate) fn new(args: &RunArgs, tokio: &'a tokio::runtime::Runtime) -> anyhow::Result<Self> {
        let root = std::env::current_dir()?;
        let bench = root.join("bench");
        anyhow::ensure!(bench.join("post.lua").exists(), "run this in the repository's root, as `make bench` does");
        let program = root.join(&args.program);
        anyhow::ensure!(program.exists(), "{} is not there; build it with `make build`", program.display());
        let local = std::env::var_os("NIL_CACHE").map_or_else(|| root.join(".local"), PathBuf::from);
        let target = root.join("target/bench");
        std::fs::create_dir_all(&target)?;
        let mut effort = if args.quick { Effort::QUICK } else { Effort::FULL };
        effort.functions = args.functions.map_or(effort.functions, |functions| functions as usize);
        let generator = Generator::find(args.generator, &bench, &local)?;
        let wanted = args.only.is_empty() || args.only.iter().any(|only| only == "http");
        let peers = if wanted { peers::install(&bench, &target, &local)? } else { Peers::default() };
        Ok(Self {
            tokio,
            effort,
            quick: args.quick,
            generator,
            peers,
            program,
            logs: target.join("logs"),
            bench,
            local,
            target,
            patience: Cell::new(match (args.no_wait, args.quick) {
                (true, _) => Duration::ZERO,
                (false, true) => Duration::from_secs(45),
                (false, false) => Duration::from_secs(300),
            }),
            only: args.only.clone(),
        })
    }

    /// Whether this group of figures is wanted.
    pub(crate) fn wants(&self, group: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == group)
    }

    /// Waits for a quiet machine: what a round left behind must not weigh on the next one.
    pub(crate) fn settle(&self) {
        let left = self.patience.get();
        if left.is_zero() {
            return;
        }
        let started = Instant::now();
        machine::settle(left.min(LONGEST_WAIT));
        let left = left.saturating_sub(started.elapsed());
        self.patience.set(left);
        if left.is_zero() {
            machine::say("  the machine does not calm down; measuring without waiting from here on");
        }
    }

    /// Whether the machine stayed too busy to wait for, and figures are worth less for it.
    pub(crate) fn lost_patience(&self) -> bool {
        self.patience.get().is_zero()
    }

    /// The source of a guest.
    pub(crate) fn source(&self, folder: &str, name: &str) -> anyhow::Result<String> {
        let file: &Path = &self.bench.join(folder).join(format!("{name}.ts"));
        std::fs::read_to_string(file).map_err(|error| anyhow::anyhow!("failed to read {}: {error}", file.display()))
    }
}
