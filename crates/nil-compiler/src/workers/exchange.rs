//! One job on one worker, under every limit. Ends in a reply or in a reason why there is none; what is done
//! with the worker afterwards is the pool's.

use std::time::Duration;

use nil_core::{CompileLimits, SourceFiles};
use tokio::{io::AsyncWriteExt, time::sleep};
use uuid::Uuid;

use super::{
    lines::{LineError, read_line},
    protocol::{Reply, Request, RequestOptions, reply_limit_bytes},
    spec::WorkerSpec,
    worker::{Ending, Worker, excerpt},
};
use crate::{
    process::{Breach, Exit, WatchLimits, watch},
    toolchain::Limit,
};

/// One source for a worker.
#[derive(Debug, Clone, Copy)]
pub(super) struct Job<'a> {
    pub(super) source: &'a str,
    pub(super) files: &'a SourceFiles,
    pub(super) limits: &'a CompileLimits,
}

/// Why a worker gave no usable reply. The worker must not be used again after any of them.
#[derive(Debug)]
pub(super) enum JobFailure {
    Limit(Limit),
    /// The source may be to blame, or the worker was bad already.
    Crashed {
        detail: String,
    },
    /// The worker had ended before it saw the job.
    Retired,
}

/// How the conversation alone ended, before it is known what became of the process.
enum Talk {
    Line(Vec<u8>),
    TooLong(Vec<u8>),
    Closed,
}

/// Gives `job` to `worker` and waits for its reply.
pub(super) async fn exchange(worker: &mut Worker, spec: &WorkerSpec, job: Job<'_>) -> Result<Reply, JobFailure> {
    // The worker cannot guess the next id, so a reply written in advance cannot pass for a later job's.
    let id = Uuid::now_v7().to_string();
    let request = Request { id: &id, source: job.source, files: job.files, options: RequestOptions { optimize: true } };
    let mut line = serde_json::to_vec(&request)
        .map_err(|error| JobFailure::Crashed { detail: format!("the request cannot be written: {error}") })?;
    line.push(b'\n');

    worker.jobs += 1;
    worker.stderr.begin_job();
    let talk = talk_within_limits(worker, spec, &line, job.limits).await.map_err(JobFailure::Limit)?;
    match talk {
        Talk::Line(reply) => understand(worker, &reply, &id),
        // Only a module is that long in a well-formed reply; anything else is a compiler that cannot stop.
        Talk::TooLong(start) if String::from_utf8_lossy(&start).contains("\"ok\":true") => {
            Err(JobFailure::Limit(Limit::Module { module_bytes: job.limits.module_bytes }))
        }
        Talk::TooLong(_) => {
            Err(JobFailure::Limit(Limit::Output { output_bytes: reply_limit_bytes(job.limits) as u64 }))
        }
        Talk::Closed => Err(ended(worker, spec, job.limits).await),
    }
}

async fn talk_within_limits(
    worker: &mut Worker,
    spec: &WorkerSpec,
    line: &[u8],
    limits: &CompileLimits,
) -> Result<Talk, Limit> {
    let Worker { process, stdin, stdout, stderr, in_step, .. } = worker;
    let watch_limits =
        WatchLimits { memory_bytes: limits.memory_bytes, processes: spec.processes, scratch_bytes: spec.scratch_bytes };
    *in_step = false;
    // Reading goes on while the request is written: a worker that talks instead of listening fills one pipe
    // while this side fills the other.
    let write = async {
        // A worker that is gone shows itself on the reading side.
        if stdin.write_all(line).await.is_ok() {
            *in_step = true;
        }
        std::future::pending::<Talk>().await
    };
    let read = async {
        match read_line(stdout, reply_limit_bytes(limits)).await {
            Ok(line) => Talk::Line(line),
            Err(LineError::TooLong(start)) => Talk::TooLong(start),
            Err(LineError::Closed) => Talk::Closed,
        }
    };
    tokio::select! {
        talk = read => Ok(talk),
        talk = write => Ok(talk),
        breach = watch(process, &watch_limits) => Err(match breach {
            Breach::Memory => Limit::Memory { memory_bytes: limits.memory_bytes },
            Breach::Processes => Limit::Processes { processes: spec.processes },
            Breach::Scratch => Limit::Scratch { scratch_bytes: spec.scratch_bytes },
        }),
        () = stderr.passes(spec.stderr_bytes) => Err(Limit::Output { output_bytes: spec.stderr_bytes }),
        () = sleep(Duration::from_millis(limits.timeout_ms)) => Err(Limit::Time { timeout_ms: limits.timeout_ms }),
    }
}

fn understand(worker: &mut Worker, line: &[u8], id: &str) -> Result<Reply, JobFailure> {
    let number = worker.process.id();
    let reply: Reply = serde_json::from_slice(line).map_err(|error| {
        let line = excerpt(&String::from_utf8_lossy(line));
        tracing::error!(worker = number, %error, line, "a worker's reply is not of the protocol");
        JobFailure::Crashed { detail: "its reply cannot be understood".to_owned() }
    })?;
    if reply.id != id {
        tracing::error!(worker = number, "a worker answered another request than it was given");
        return Err(JobFailure::Crashed { detail: "it answered another request than it was given".to_owned() });
    }
    match reply.crash {
        None => Ok(reply),
        Some(crash) => {
            tracing::error!(worker = number, crash = excerpt(&crash), "a compiler crashed");
            let first_line = crash.lines().next().unwrap_or_default();
            let detail = excerpt(first_line.strip_prefix("the compiler crashed").unwrap_or(first_line));
            Err(JobFailure::Crashed { detail })
        }
    }
}

/// The worker closed its output in the middle of a job.
async fn ended(worker: &mut Worker, spec: &WorkerSpec, limits: &CompileLimits) -> JobFailure {
    let ending = worker.how_it_ended().await;
    if ending == Ending::Retired {
        return JobFailure::Retired;
    }
    let words = worker.stderr.last_words().await;
    tracing::error!(
        worker = worker.process.id(),
        %ending,
        last_words = nil_core::escape_control(&words),
        "a compiler process ended in the middle of a job"
    );
    if let Ending::Exited(exit) = ending
        && let Some(limit) = worker.process.limit_behind(exit, &spec.in_box(limits.memory_bytes).limits)
    {
        return JobFailure::Limit(limit);
    }
    // A JavaScript engine that reaches its heap limit says so and aborts.
    if matches!(ending, Ending::Exited(Exit::Signal(_))) && words.contains("out of memory") {
        return JobFailure::Limit(Limit::Memory { memory_bytes: limits.memory_bytes });
    }
    JobFailure::Crashed { detail: ending.to_string() }
}
