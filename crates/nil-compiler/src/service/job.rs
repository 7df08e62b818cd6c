//! One leased job from lease to verdict.

use std::{sync::Arc, time::Duration};

use nil_core::{CompilationReport, CompilationVerdict, truncate_to_char_boundary};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::{
    attempt::{self, Decision},
    heartbeat::until_lost,
    options::ServiceOptions,
    source::{Held, JobSource, Leased},
};
use crate::{
    backoff::Backoff,
    toolchain::{CompileFailure, CompileRequest, Compiled, Toolchain},
};

/// How a job left this service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// With a verdict, or parked.
    Finished,
    /// Given back to the queue.
    Released,
    /// Somebody else has it, or the queue could not be told.
    Lost,
}

/// What all jobs of a loop share.
#[derive(Debug)]
pub(super) struct Context<S> {
    pub(super) source: Arc<S>,
    pub(super) toolchain: Arc<dyn Toolchain>,
    pub(super) options: ServiceOptions,
    /// Cancelled when running jobs must be given back.
    pub(super) give_back: CancellationToken,
}

/// Giving back must not hold up a shutdown; a job that is not given back comes back by itself, later.
const GIVE_BACK_TIMEOUT: Duration = Duration::from_secs(2);

/// First pause when the queue does not answer.
pub(super) const FIRST_QUEUE_RETRY: Duration = Duration::from_millis(200);

/// How a compilation under a heartbeat ended.
enum Worked {
    Compiled(Result<Compiled, CompileFailure>),
    LeaseLost,
    Interrupted,
}

/// Works on one job until it is out of this service's hands.
pub(super) async fn run_job<S: JobSource>(context: &Context<S>, leased: Leased<S::Lease>) -> Outcome {
    let Leased { lease, job, attempt, last_error } = leased;
    let report = |verdict| CompilationReport::Finished { version_id: job.version_id, attempt, verdict };
    let decision = match attempt::before(attempt, last_error.as_deref(), &context.options) {
        Some(reason) => Decision::Park(reason),
        None => {
            let started = CompilationReport::Started { version_id: job.version_id, attempt };
            let request = CompileRequest {
                source: Arc::from(job.source.as_str()),
                files: Arc::new(job.files.clone()),
                limits: job.limits,
            };
            match work(context, &lease, &started, request).await {
                Worked::Compiled(result) => attempt::after(result, context.toolchain.info(), attempt, &context.options),
                Worked::LeaseLost => {
                    tracing::warn!("the lease was lost while compiling; the result is dropped");
                    return Outcome::Lost;
                }
                Worked::Interrupted => {
                    tracing::info!("giving the job back: the service stops");
                    return give_back(context, &lease).await;
                }
            }
        }
    };
    match decision {
        Decision::Finish(verdict) => {
            log_verdict(&verdict);
            let report = report(verdict);
            tell(context, Outcome::Finished, || context.source.finish(&lease, &report)).await
        }
        Decision::Retry { delay, error } => {
            tracing::warn!(error, retry_ms = delay.as_millis() as u64, "the machine could not compile; trying again");
            tell(context, Outcome::Released, || context.source.release(&lease, delay, &error)).await
        }
        Decision::Park(reason) => {
            tracing::error!(attempts = reason.attempts, error = reason.last_error, "giving up: the job is parked");
            let report = report(attempt::parked(&reason));
            tell(context, Outcome::Finished, || context.source.dead_letter(&lease, &reason, &report)).await
        }
    }
}

/// Compiles while the lease is kept. Whatever ends it early drops the compilation, and with it its process.
async fn work<S: JobSource>(
    context: &Context<S>,
    lease: &S::Lease,
    started: &CompilationReport,
    request: CompileRequest,
) -> Worked {
    // Announced beside the compilation, not before it, and yet known to be out before the verdict follows.
    let announce = async {
        match context.source.started(lease, started).await {
            Ok(Held::Yes) => Ok(()),
            Ok(Held::Lost) => Err(Worked::LeaseLost),
            Err(error) => {
                // Only the state COMPILING goes unseen.
                tracing::debug!(%error, "cannot report that the compilation started");
                Ok(())
            }
        }
    };
    let compile = async { Ok(context.toolchain.compile(request).await) };
    tokio::select! {
        biased;
        both = async { tokio::try_join!(announce, compile) } => match both {
            Ok(((), result)) => Worked::Compiled(result),
            Err(early) => early,
        },
        () = until_lost(&*context.source, lease, context.options.visibility) => Worked::LeaseLost,
        () = context.give_back.cancelled() => Worked::Interrupted,
    }
}

/// Repeats `call` until the queue answers: a verdict must survive a restart of the database. When the service
/// has to end before that, the job is delivered again.
async fn tell<S, E, F>(context: &Context<S>, done: Outcome, call: impl Fn() -> F) -> Outcome
where
    E: std::error::Error,
    F: Future<Output = Result<Held, E>>,
{
    let mut backoff = Backoff::new(FIRST_QUEUE_RETRY, context.options.queue_retry_max);
    let mut silent = false;
    let told = async {
        loop {
            match call().await {
                Ok(Held::Yes) => return done,
                Ok(Held::Lost) => {
                    tracing::warn!("the lease was lost; what this service found out about the job is dropped");
                    return Outcome::Lost;
                }
                Err(error) if !silent => {
                    silent = true;
                    tracing::warn!(%error, "the queue cannot be told about a job; trying again");
                }
                Err(error) => tracing::debug!(%error, "the queue still cannot be told"),
            }
            sleep(backoff.next()).await;
        }
    };
    let last_moment = async {
        context.give_back.cancelled().await;
        sleep(GIVE_BACK_TIMEOUT).await;
    };
    tokio::select! {
        biased;
        outcome = told => outcome,
        () = last_moment => {
            tracing::warn!("the service ends before the queue could be told about a job; it will be delivered again");
            Outcome::Lost
        }
    }
}

async fn give_back<S: JobSource>(context: &Context<S>, lease: &S::Lease) -> Outcome {
    let release = context.source.release(lease, Duration::ZERO, "the compiler service was stopped");
    match timeout(GIVE_BACK_TIMEOUT, release).await {
        Ok(Ok(Held::Yes)) => Outcome::Released,
        Ok(Ok(Held::Lost)) => Outcome::Lost,
        Ok(Err(error)) => {
            tracing::warn!(%error, "a job could not be given back; it will be delivered again after its lease");
            Outcome::Lost
        }
        Err(_) => {
            tracing::warn!("a job could not be given back in time; it will be delivered again after its lease");
            Outcome::Lost
        }
    }
}

fn log_verdict(verdict: &CompilationVerdict) {
    match verdict {
        CompilationVerdict::Compiled(artifact) => {
            let wasm_bytes = artifact.wasm_base64.len() / 4 * 3;
            tracing::info!(compile_ms = artifact.compile_ms, wasm_bytes, "compiled");
        }
        CompilationVerdict::Failed { compile_error, .. } => {
            let first_line = compile_error.lines().next().unwrap_or_default();
            tracing::info!(error = truncate_to_char_boundary(first_line, 300), "the source cannot be compiled");
        }
        CompilationVerdict::DeadLettered { .. } => {}
    }
}
