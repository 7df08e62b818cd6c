//! What every measurement needs: where things are, how long to measure, who makes the load.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{RunArgs, load::Generator};

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
    /// Calls of one timed batch in process.
    pub(crate) calls: usize,
}

impl Effort {
    const FULL: Self = Self {
        rounds: 7,
        load: Duration::from_secs(5),
        warm_up: Duration::from_secs(3),
        functions: 10_000,
        deployments: 20,
        calls: 50_000,
    };

    const QUICK: Self = Self {
        rounds: 3,
        load: Duration::from_secs(2),
        warm_up: Duration::from_secs(1),
        functions: 500,
        deployments: 20,
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
    /// How long to wait for a quiet machine before a measurement.
    pub(crate) patience: Duration,
    only: Vec<String>,
}

impl<'a> Context<'a> {
    /// Looks for everything; the working directory must be the repository.
    pub(crate) fn new(args: &RunArgs, tokio: &'a tokio::runtime::Runtime) -> anyhow::Result<Self> {
        let root = std::env::current_dir()?;
        let bench = root.join("bench");
        anyhow::ensure!(bench.join("post.lua").exists(), "run this in the repository's root, as `make bench` does");
        let program = root.join(&args.program);
        anyhow::ensure!(program.exists(), "{} is not there; build it with `make build`", program.display());
        let local = std::env::var_os("NIL_CACHE").map_or_else(|| root.join(".local"), PathBuf::from);
        let target = root.join("target/bench");
        std::fs::create_dir_all(&target)?;
        Ok(Self {
            tokio,
            effort: if args.quick { Effort::QUICK } else { Effort::FULL },
            quick: args.quick,
            generator: Generator::find(&bench, &local)?,
            program,
            logs: target.join("logs"),
            bench,
            local,
            target,
            patience: if args.no_wait { Duration::ZERO } else { Duration::from_secs(20) },
            only: args.only.clone(),
        })
    }

    /// Whether this group of figures is wanted.
    pub(crate) fn wants(&self, group: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == group)
    }

    /// Waits for a quiet machine.
    pub(crate) fn settle(&self) {
        if !self.patience.is_zero() && !crate::machine::settle(self.patience) {
            crate::machine::say("  the machine stays busy; measuring anyway");
        }
    }

    /// The source of a guest.
    pub(crate) fn source(&self, folder: &str, name: &str) -> anyhow::Result<String> {
        let file: &Path = &self.bench.join(folder).join(format!("{name}.ts"));
        std::fs::read_to_string(file).map_err(|error| anyhow::anyhow!("failed to read {}: {error}", file.display()))
    }
}
