//! One loop a toolchain: lease as many jobs as workers are free, start them, see them off.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use nil_core::{CompilationJob, CompilationReport};
use tokio::{sync::Semaphore, task::JoinSet, time::sleep};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use super::{
    job::{Context, FIRST_QUEUE_RETRY, Outcome, run_job},
    run::Drained,
    source::{JobSource, LeaseRequest, Leased},
};
use crate::backoff::Backoff;

/// Takes jobs until `shutdown`, then sees the running ones off under the deadline.
pub(super) async fn take_jobs<S: JobSource>(context: Context<S>, shutdown: CancellationToken) -> Drained {
    let context = Arc::new(context);
    let mut jobs = Jobs::new(context.toolchain.workers());
    let mut queue = QueueState::new(&context);
    tokio::select! {
        () = shutdown.cancelled() => {}
        () = provide_runtime(&context, &mut queue) => {}
    }
    loop {
        let free = tokio::select! {
            biased;
            () = shutdown.cancelled() => break,
            free = free_workers(&context, &mut jobs) => free,
        };
        let request = LeaseRequest {
            language: context.toolchain.language(),
            max: free,
            visibility: context.options.visibility,
            wait: context.options.wait,
        };
        match context.source.lease(request, &shutdown).await {
            Ok(leased) => {
                queue.answered();
                for leased in leased {
                    jobs.start(&context, leased);
                }
            }
            Err(error) => {
                let pause = queue.failed(&error);
                tokio::select! {
                    () = shutdown.cancelled() => {}
                    () = sleep(pause) => {}
                }
            }
        }
    }
    drain(&context, jobs).await
}

/// Sends the runtime the toolchain's modules need, before the first of them.
async fn provide_runtime<S: JobSource>(context: &Context<S>, queue: &mut QueueState) {
    let Some(runtime) = context.toolchain.runtime() else { return };
    let report = CompilationReport::Runtime(nil_core::SharedRuntimeReport {
        digest: runtime.digest.clone(),
        version: runtime.version.clone(),
        wasm_base64: STANDARD.encode(&runtime.wasm),
    });
    loop {
        match context.source.provide(&report).await {
            Ok(()) => return queue.answered(),
            Err(error) => sleep(queue.failed(&error)).await,
        }
    }
}

/// Waits until a job could start at once; returns how many could.
async fn free_workers<S: JobSource>(context: &Context<S>, jobs: &mut Jobs) -> usize {
    // A turn first: while every worker is busy, whether one more is warm does not matter.
    let turns = Arc::clone(&jobs.turns);
    let turn = jobs.while_counting(turns.acquire()).await;
    let ready = jobs.while_counting(context.toolchain.ready()).await;
    drop(turn);
    ready.min(turns.available_permits()).max(1)
}

async fn drain<S: JobSource>(context: &Context<S>, mut jobs: Jobs) -> Drained {
    let running = jobs.tasks.len();
    if running > 0 {
        tracing::info!(running, deadline_ms = context.options.drain.as_millis() as u64, "finishing running jobs");
    }
    let deadline = async {
        sleep(context.options.drain).await;
        context.give_back.cancel();
        std::future::pending().await
    };
    tokio::select! {
        () = jobs.finish_all() => {}
        () = deadline => {}
    }
    jobs.drained
}

/// The jobs a loop has running.
struct Jobs {
    tasks: JoinSet<Outcome>,
    /// One for each worker; held by a job until the queue was told about it.
    turns: Arc<Semaphore>,
    drained: Drained,
}

impl Jobs {
    fn new(workers: usize) -> Self {
        Self { tasks: JoinSet::new(), turns: Arc::new(Semaphore::new(workers)), drained: Drained::default() }
    }

    fn start<S: JobSource>(&mut self, context: &Arc<Context<S>>, leased: Leased<S::Lease>) {
        let CompilationJob { function_id, version_id, function_name, .. } = &leased.job;
        let span = tracing::info_span!(
            "compile",
            function = nil_core::escape_control(function_name),
            %function_id,
            %version_id,
            attempt = leased.attempt
        );
        let (context, turns) = (Arc::clone(context), Arc::clone(&self.turns));
        // Taken here, not in the task: the next look at what is free comes before the task's first step.
        let taken = Arc::clone(&turns).try_acquire_owned();
        let job = async move {
            let _turn = match taken {
                Ok(turn) => Some(turn),
                // The source sent more than it was asked for; the surplus waits.
                Err(_) => turns.acquire_owned().await.ok(),
            };
            run_job(&context, leased).await
        };
        self.tasks.spawn(job.instrument(span));
    }

    /// Waits for `future`, counting jobs that end meanwhile.
    async fn while_counting<T>(&mut self, future: impl Future<Output = T>) -> T {
        let mut future = std::pin::pin!(future);
        loop {
            tokio::select! {
                value = &mut future => return value,
                Some(ended) = self.tasks.join_next() => self.count(ended),
            }
        }
    }

    async fn finish_all(&mut self) {
        while let Some(ended) = self.tasks.join_next().await {
            self.count(ended);
        }
    }

    fn count(&mut self, ended: Result<Outcome, tokio::task::JoinError>) {
        match ended {
            Ok(Outcome::Finished) => self.drained.finished += 1,
            Ok(Outcome::Released) => self.drained.released += 1,
            Ok(Outcome::Lost) => {}
            Err(error) => {
                tracing::error!(%error, "a job's task failed; the job will be delivered again after its lease")
            }
        }
    }
}

/// Whether the queue answers; logs changes only.
struct QueueState {
    backoff: Backoff,
    down: bool,
}

impl QueueState {
    fn new<S: JobSource>(context: &Context<S>) -> Self {
        Self { backoff: Backoff::new(FIRST_QUEUE_RETRY, context.options.queue_retry_max), down: false }
    }

    fn answered(&mut self) {
        self.backoff.reset();
        if std::mem::take(&mut self.down) {
            tracing::info!("the queue answers again");
        }
    }

    fn failed(&mut self, error: &dyn std::error::Error) -> std::time::Duration {
        if !std::mem::replace(&mut self.down, true) {
            tracing::warn!(%error, "the queue does not answer; trying again");
        }
        self.backoff.next()
    }
}
