//! What a pool runs and how many of it. Plain settings.

use std::{ffi::OsString, path::PathBuf, time::Duration};

use nil_core::CompileLimits;

use crate::sandbox::{BoxLimits, BoxSpec};

/// How many workers a toolchain keeps, and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolOptions {
    /// Compilations at the same time. Default: the number of cores, at most 2.
    pub workers: usize,
    /// Warm workers beyond those, which step in when one has to be ended. Default 0, or 1 beside a single worker:
    /// a warm AssemblyScript worker holds 340 MB, and starting one takes 5 s of a core.
    pub spares: usize,
    /// Jobs after which a worker is replaced. Default 200.
    pub jobs_per_worker: u32,
    /// How long a worker may take to warm up. Default 3 minutes: it needs 5 s of a core, and a machine busy with
    /// something else must not keep killing what it is starting.
    pub start_timeout: Duration,
    /// The heap a worker sets itself up for, in bytes. Default: the default memory limit of a compilation.
    /// A job's own limit is watched from outside as well.
    pub memory_limit_bytes: u64,
    /// The program that workers of our own are started from. Default: this one, `/proc/self/exe`, which stays the
    /// running one while it is being upgraded.
    pub own_program: PathBuf,
    /// Arguments that lead it to [`script_worker_main`](crate::script_worker_main). Default: [`SCRIPT_WORKER`].
    pub own_arguments: Vec<OsString>,
}

/// The first argument by which this binary becomes a worker for JavaScript and TypeScript.
pub const SCRIPT_WORKER: &str = "script-compile";

impl Default for PoolOptions {
    fn default() -> Self {
        let workers = std::thread::available_parallelism().map_or(1, usize::from).min(2);
        Self {
            workers,
            spares: usize::from(workers == 1),
            jobs_per_worker: 200,
            start_timeout: Duration::from_secs(180),
            memory_limit_bytes: CompileLimits::default().memory_bytes,
            own_program: PathBuf::from("/proc/self/exe"),
            own_arguments: vec![OsString::from(SCRIPT_WORKER)],
        }
    }
}

/// The command line of a worker, and what its box allows beyond the limits of a job.
#[derive(Debug, Clone)]
pub(crate) struct WorkerSpec {
    pub(crate) program: PathBuf,
    pub(crate) args: Vec<OsString>,
    /// Files and folders it reads, besides the program and the system's libraries.
    pub(crate) read_only: Vec<PathBuf>,
    /// Processes of one worker, itself included.
    pub(crate) processes: usize,
    /// Temporary files of one worker, in bytes.
    pub(crate) scratch_bytes: u64,
    /// Text on standard error during one job, in bytes.
    pub(crate) stderr_bytes: u64,
}

impl WorkerSpec {
    /// The box of a worker. Its processor time is for its life, and it is retired at half of it.
    pub(crate) fn in_box(&self, memory_bytes: u64) -> BoxSpec {
        BoxSpec {
            program: self.program.clone(),
            args: self.args.clone(),
            read_only: self.read_only.clone(),
            env: Vec::new(),
            limits: BoxLimits {
                memory_bytes,
                processes: self.processes,
                threads: self.processes as u64 * THREADS_PER_PROCESS,
                scratch_bytes: self.scratch_bytes,
                open_files: 256,
                cpu_seconds: CPU_LIFETIME_SECONDS,
            },
        }
    }
}

/// Node.js has about ten, whatever the machine.
const THREADS_PER_PROCESS: u64 = 32;

/// Four hours: 200 jobs of a minute on one core fit; whatever slips away from its watchers does not run on for ever.
pub(crate) const CPU_LIFETIME_SECONDS: u64 = 4 * 3600;
