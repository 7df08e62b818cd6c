//! One resident process: starting it, asking it one thing at a time, judging whether it may go on.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use nil_core::{escape_control, truncate_to_char_boundary};
use tokio::{
    io::BufReader,
    process::{ChildStdin, ChildStdout},
    time::{sleep, timeout},
};
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::{
    drain::StderrDrain,
    lines::{LineError, read_line},
    protocol::{EXIT_RETIRED, READY_LIMIT_BYTES, Ready},
    spec::{CPU_LIFETIME_SECONDS, PoolOptions, WorkerSpec},
};
use crate::{
    process::{Exit, Process},
    sandbox::{Sandbox, SandboxError},
};

/// A worker that has closed its output is about to be reaped; the system needs a moment for that.
const EXIT_GRACE: Duration = Duration::from_secs(1);

/// A warm worker.
#[derive(Debug)]
pub(super) struct Worker {
    pub(super) process: Process,
    pub(super) stdin: ChildStdin,
    pub(super) stdout: BufReader<ChildStdout>,
    pub(super) stderr: StderrDrain,
    /// Jobs it was given.
    pub(super) jobs: u32,
    /// Nothing unread or unwritten is left of the last job.
    pub(super) in_step: bool,
    /// Serves only until its replacement is warm.
    pub(super) due: bool,
}

/// Why a worker did not come up. The machine's or the toolchain's fault, never a source's.
#[derive(Debug, thiserror::Error)]
pub(super) enum StartFailure {
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    #[error("the worker was not ready after {} s; the machine may be overloaded", after.as_secs())]
    TooSlow { after: Duration },
    #[error("the worker ended before it was ready: {how}{}", quoted(words))]
    Ended { how: String, words: String },
    #[error("the worker did not greet as the protocol says: `{line}`")]
    WrongGreeting { line: String },
}

impl Worker {
    /// Starts a process and waits until it is warm. `alive` is held until the process is cleared away.
    pub(super) async fn start(
        sandbox: &Sandbox,
        spec: &WorkerSpec,
        options: &PoolOptions,
        alive: TaskTrackerToken,
    ) -> Result<Self, StartFailure> {
        let began = Instant::now();
        let (process, pipes) = sandbox.start(&spec.in_box(options.memory_limit_bytes), alive).await?;
        let stderr = StderrDrain::start(pipes.stderr, process.id());
        let stdout = BufReader::with_capacity(64 * 1024, pipes.stdout);
        let mut worker = Self { process, stdin: pipes.stdin, stdout, stderr, jobs: 0, in_step: true, due: false };
        let line = match timeout(options.start_timeout, read_line(&mut worker.stdout, READY_LIMIT_BYTES)).await {
            Err(_) => return Err(StartFailure::TooSlow { after: options.start_timeout }),
            Ok(Err(LineError::Closed)) => {
                let how = worker.how_it_ended().await.to_string();
                return Err(StartFailure::Ended { how, words: worker.stderr.last_words().await });
            }
            Ok(Err(LineError::TooLong(line)) | Ok(line)) => line,
        };
        let toolchain = greeting(&line)?;
        let warm_up_ms = began.elapsed().as_millis() as u64;
        tracing::debug!(worker = worker.process.id(), warm_up_ms, ?toolchain, "a worker is warm");
        Ok(worker)
    }

    pub(super) fn is_alive(&self) -> bool {
        self.process.exit().is_none()
    }

    /// Whether it may be given another job.
    pub(super) fn fitness(&self, options: &PoolOptions) -> Fitness {
        if !self.in_step {
            return Fitness::Unfit("it answered before it was asked");
        }
        if !self.is_alive() {
            return Fitness::Unfit("it has ended");
        }
        if let Err(error) = self.process.scratch().empty() {
            tracing::warn!(worker = self.process.id(), %error, "cannot empty a scratch folder");
            return Fitness::Unfit("its scratch folder cannot be emptied");
        }
        if self.jobs >= options.jobs_per_worker {
            return Fitness::Due("it has done its share of jobs");
        }
        // What it holds between jobs is taken from the next one's limit.
        if self.process.memory_bytes() > options.memory_limit_bytes / 8 * 3 {
            return Fitness::Due("it holds on to much memory");
        }
        if self.process.cpu_seconds() > CPU_LIFETIME_SECONDS / 2 {
            return Fitness::Due("its processor time runs out");
        }
        Fitness::Fit
    }

    /// Called once its output is closed.
    pub(super) async fn how_it_ended(&self) -> Ending {
        let deadline = Instant::now() + EXIT_GRACE;
        loop {
            match self.process.exit() {
                Some(Exit::Code(EXIT_RETIRED)) => return Ending::Retired,
                Some(exit) => return Ending::Exited(exit),
                None if Instant::now() >= deadline => return Ending::ClosedItsOutput,
                None => sleep(Duration::from_millis(5)).await,
            }
        }
    }
}

/// Whether a worker may be given another job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fitness {
    Fit,
    /// It may, until a replacement is warm.
    Due(&'static str),
    /// It must not.
    Unfit(&'static str),
}

/// How a worker stopped talking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// On its own will, after a job it had answered.
    Retired,
    Exited(Exit),
    ClosedItsOutput,
}

impl std::fmt::Display for Ending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Retired => write!(f, "it retired (code {EXIT_RETIRED})"),
            Self::Exited(exit) => exit.fmt(f),
            Self::ClosedItsOutput => f.write_str("it closed its output and went on"),
        }
    }
}

fn greeting(line: &[u8]) -> Result<BTreeMap<String, String>, StartFailure> {
    match serde_json::from_slice::<Ready>(line) {
        Ok(Ready { ready: true, toolchain }) => Ok(toolchain),
        _ => Err(StartFailure::WrongGreeting { line: excerpt(&String::from_utf8_lossy(line)) }),
    }
}

/// A text from a worker, short and harmless enough for a message.
pub(super) fn excerpt(text: &str) -> String {
    escape_control(truncate_to_char_boundary(text.trim(), 300))
}

fn quoted(words: &str) -> String {
    if words.trim().is_empty() { String::new() } else { format!("; it said `{}`", excerpt(words)) }
}
