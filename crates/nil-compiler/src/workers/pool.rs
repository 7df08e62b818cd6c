//! The pool: warm workers that wait, a turn for each job, and a keeper that starts what is missing.
//!
//! A job goes only to a worker that is warm. A worker that failed a job in any way never sees another one; one
//! that is merely used up goes on until its replacement is warm, so that replacing costs nobody a wait.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{Notify, Semaphore},
    time::sleep,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    exchange::{Job, JobFailure, exchange},
    protocol::Reply,
    spec::{PoolOptions, WorkerSpec},
    worker::{Fitness, Worker},
};
use crate::{backoff::Backoff, sandbox::Sandbox, toolchain::Limit};

/// Between two looks at workers that have nothing to do.
const TEND_EVERY: Duration = Duration::from_secs(5);

/// Workers that retire between two jobs are no job's fault; more than this in a row is no accident either.
const MOST_RETIREMENTS: u32 = 5;

/// A pool of workers of one kind. Dropping it ends them.
#[derive(Debug)]
pub(super) struct Pool {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    sandbox: Sandbox,
    spec: WorkerSpec,
    options: PoolOptions,
    state: Mutex<State>,
    /// A worker became idle, or it became known that none will.
    changed: Notify,
    /// A worker is gone and wants replacing.
    wanted: Notify,
    turns: Semaphore,
    stopping: CancellationToken,
    /// The keeper and every process until it is cleared away: what has to be waited for at the end.
    alive: TaskTracker,
}

#[derive(Debug, Default)]
struct State {
    /// The one that waits longest in front: it has had the most time to tidy up after its last job.
    idle: VecDeque<Worker>,
    /// Warm workers, idle or lent.
    running: usize,
    /// Those of them that are to be replaced.
    due: usize,
    /// Why the last start failed; none once one succeeds.
    trouble: Option<String>,
    /// No worker becomes idle any more.
    stopped: bool,
}

/// Why the pool has no reply.
#[derive(Debug)]
pub(super) enum RunFailure {
    Limit(Limit),
    /// Two workers crashed on it.
    Crashed {
        detail: String,
    },
    /// There is no worker and none can be started.
    NoWorker {
        reason: String,
    },
}

#[derive(Debug, Clone, Copy)]
enum Prefer {
    LongestIdle,
    FewestJobs,
}

impl Pool {
    /// Starts keeping workers; must be called on a runtime.
    pub(super) fn start(sandbox: Sandbox, spec: WorkerSpec, options: PoolOptions) -> Self {
        let workers = options.workers.max(1);
        let shared = Arc::new(Shared {
            sandbox,
            spec,
            options: PoolOptions { workers, ..options },
            state: Mutex::default(),
            changed: Notify::new(),
            wanted: Notify::new(),
            turns: Semaphore::new(workers),
            stopping: CancellationToken::new(),
            alive: TaskTracker::new(),
        });
        let keeper = Arc::clone(&shared);
        shared.alive.spawn(async move {
            tokio::select! {
                () = keep(&keeper) => {}
                () = keeper.stopping.cancelled() => {}
            }
        });
        Self { shared }
    }

    pub(super) fn workers(&self) -> usize {
        self.shared.options.workers
    }

    #[cfg(test)]
    pub(super) fn idle(&self) -> usize {
        self.shared.state().idle.len()
    }

    /// Their boxes, the one that waits longest first.
    #[cfg(test)]
    pub(super) fn idle_ids(&self) -> Vec<i32> {
        self.shared.state().idle.iter().map(|worker| worker.process.id()).collect()
    }

    /// Warm workers that are not idle.
    #[cfg(test)]
    pub(super) fn lent(&self) -> usize {
        let state = self.shared.state();
        state.running - state.idle.len()
    }

    /// Waits until a warm worker is idle; returns how many jobs could start.
    pub(super) async fn ready(&self) -> usize {
        loop {
            let changed = self.shared.changed.notified();
            let mut changed = std::pin::pin!(changed);
            changed.as_mut().enable();
            let idle = self.shared.state().idle.len();
            if idle > 0 {
                return idle.min(self.shared.options.workers);
            }
            changed.await;
        }
    }

    /// Runs one job; a job on which a worker crashes gets a second, preferably fresh one.
    pub(super) async fn run(&self, job: Job<'_>) -> Result<Reply, RunFailure> {
        let stopping = || RunFailure::NoWorker { reason: "the toolchain is being stopped".to_owned() };
        let _turn = self.shared.turns.acquire().await.map_err(|_| stopping())?;
        tokio::select! {
            result = self.run_in_turn(job) => result,
            () = self.shared.stopping.cancelled() => Err(stopping()),
        }
    }

    async fn run_in_turn(&self, job: Job<'_>) -> Result<Reply, RunFailure> {
        let mut prefer = Prefer::LongestIdle;
        let mut retirements = 0;
        loop {
            let mut lent = self.lend(prefer).await?;
            match exchange(lent.worker_mut(), &self.shared.spec, job).await {
                Ok(reply) => {
                    lent.give_back();
                    return Ok(reply);
                }
                Err(JobFailure::Limit(limit)) => return Err(RunFailure::Limit(limit)),
                Err(JobFailure::Retired) if retirements < MOST_RETIREMENTS => retirements += 1,
                Err(JobFailure::Retired) => {
                    let reason = "workers end themselves before they take a job".to_owned();
                    return Err(RunFailure::NoWorker { reason });
                }
                Err(JobFailure::Crashed { detail }) => match prefer {
                    Prefer::LongestIdle => prefer = Prefer::FewestJobs,
                    Prefer::FewestJobs => return Err(RunFailure::Crashed { detail }),
                },
            }
        }
    }

    /// Waits for a warm worker, unless none is running and none can be started.
    async fn lend(&self, prefer: Prefer) -> Result<Lent, RunFailure> {
        loop {
            let changed = self.shared.changed.notified();
            let mut changed = std::pin::pin!(changed);
            changed.as_mut().enable();
            if let Some(worker) = self.shared.take(prefer) {
                return Ok(Lent { worker: Some(worker), shared: Arc::clone(&self.shared) });
            }
            {
                let state = self.shared.state();
                if let (0, Some(reason)) = (state.running, &state.trouble) {
                    return Err(RunFailure::NoWorker { reason: reason.clone() });
                }
            }
            changed.await;
        }
    }

    /// Ends every worker, busy ones too, and returns when they are gone.
    pub(super) async fn stop(&self) {
        self.shared.stopping.cancel();
        self.shared.turns.close();
        let idle = {
            let mut state = self.shared.state();
            state.stopped = true;
            std::mem::take(&mut state.idle)
        };
        for worker in idle {
            self.shared.end(worker);
        }
        self.shared.alive.close();
        self.shared.alive.wait().await;
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.stopping.cancel();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes an idle worker that is still alive.
    fn take(&self, prefer: Prefer) -> Option<Worker> {
        loop {
            let worker = {
                let mut state = self.state();
                let at = match prefer {
                    Prefer::LongestIdle => state.idle.iter().position(|worker| !worker.due).unwrap_or(0),
                    Prefer::FewestJobs => (0..state.idle.len()).min_by_key(|at| state.idle[*at].jobs)?,
                };
                state.idle.remove(at)?
            };
            if worker.is_alive() {
                return Some(worker);
            }
            self.end(worker);
        }
    }

    fn put(&self, worker: Worker) {
        let mut state = self.state();
        if state.stopped {
            drop(state);
            return self.end(worker);
        }
        state.idle.push_back(worker);
        drop(state);
        self.changed.notify_waiters();
    }

    /// Ends a warm worker and asks for another.
    fn end(&self, worker: Worker) {
        let due = worker.due;
        drop(worker);
        {
            let mut state = self.state();
            state.running -= 1;
            state.due -= usize::from(due);
        }
        self.wanted.notify_one();
        self.changed.notify_waiters();
    }

    /// Whether enough workers are warm, not counting those to be replaced.
    fn is_full(&self) -> bool {
        let state = self.state();
        state.running - state.due >= self.options.workers + self.options.spares
    }

    /// Puts a worker where it belongs between two jobs.
    fn settle(&self, mut worker: Worker) {
        let id = worker.process.id();
        match worker.fitness(&self.options) {
            Fitness::Fit => self.put(worker),
            Fitness::Unfit(why) => {
                tracing::warn!(worker = id, why, "ending a worker");
                self.end(worker);
            }
            Fitness::Due(why) => {
                if !worker.due {
                    tracing::debug!(worker = id, jobs = worker.jobs, why, "replacing a worker");
                    worker.due = true;
                    self.state().due += 1;
                    self.wanted.notify_one();
                }
                if self.is_full() { self.end(worker) } else { self.put(worker) }
            }
        }
    }

    /// Looks after workers that have nothing to do.
    fn tend(&self) {
        let idle = std::mem::take(&mut self.state().idle);
        for worker in idle {
            self.settle(worker);
        }
    }
}

/// A worker on loan. Dropped without being given back, the worker is ended.
struct Lent {
    worker: Option<Worker>,
    shared: Arc<Shared>,
}

impl Lent {
    fn worker_mut(&mut self) -> &mut Worker {
        self.worker.as_mut().expect("a lent worker is there until it is given back")
    }

    fn give_back(mut self) {
        if let Some(worker) = self.worker.take() {
            self.shared.settle(worker);
        }
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(worker) = self.worker.take() {
            self.shared.end(worker);
        }
    }
}

/// Starts workers until there are enough, one after the other so that the first is warm as soon as possible.
async fn keep(shared: &Shared) {
    let mut backoff = Backoff::new(Duration::from_millis(250), Duration::from_secs(30));
    loop {
        if shared.is_full() {
            tokio::select! {
                () = shared.wanted.notified() => {}
                () = sleep(TEND_EVERY) => shared.tend(),
            }
            continue;
        }
        match Worker::start(&shared.sandbox, &shared.spec, &shared.options, shared.alive.token()).await {
            Ok(worker) => {
                backoff.reset();
                let trouble = {
                    let mut state = shared.state();
                    state.running += 1;
                    state.trouble.take()
                };
                if trouble.is_some() {
                    tracing::info!("workers can be started again");
                }
                shared.put(worker);
                // Whoever is due has been waiting for this.
                shared.tend();
            }
            Err(failure) => {
                let reason = failure.to_string();
                let known = shared.state().trouble.replace(reason.clone()).is_some();
                if !known {
                    tracing::error!(reason, "a worker cannot be started; trying again");
                }
                shared.changed.notify_waiters();
                sleep(backoff.next()).await;
            }
        }
    }
}
