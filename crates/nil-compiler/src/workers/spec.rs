//! What a pool runs and how many of it. Plain settings.

use std::{ffi::OsString, path::PathBuf, time::Duration};

use nil_core::CompileLimits;

use crate::sandbox::{Identity, ResourceLimits};

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
    pub(crate) identity: Identity,
    /// Processes of one worker, itself included.
    pub(crate) processes: usize,
    /// Temporary files of one worker, in bytes.
    pub(crate) scratch_bytes: u64,
    /// Text on standard error during one job, in bytes.
    pub(crate) stderr_bytes: u64,
}

impl WorkerSpec {
    /// Limits of the kernel. The processor time is for the life of a worker, which is retired at half of it.
    pub(crate) fn resource_limits(&self) -> ResourceLimits {
        ResourceLimits { open_files: 256, file_bytes: self.scratch_bytes, cpu_seconds: CPU_LIFETIME_SECONDS }
    }
}

/// Four hours: 200 jobs of a minute on one core fit; whatever slips away from its watchers does not run on for ever.
pub(crate) const CPU_LIFETIME_SECONDS: u64 = 4 * 3600;
