//! What compilers work on as the job loop sees it: this is where `nil-store` and `nil-compiler` meet.
//!
//! There are two kinds of work: versions, from the durable queue, and checks, for which somebody waits. To the job loop
//! they are the same.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use nil_compiler::{Held, JobSource, LeaseRequest, Leased};
use nil_core::{CompilationJob, CompilationReport, CompilationVerdict, DeadLetterReason, FunctionId, VersionId};
use nil_store::{CheckLease, CompilationQueue, Lease, LeasedCheck, LeasedJob, Store, StoreError};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// A notification may be lost with its connection; the queue is looked at this often anyway.
const POLL: Duration = Duration::from_secs(2);

/// Work for compilers from PostgreSQL.
pub(crate) struct CompilationSource {
    store: Store,
    queue: CompilationQueue,
    /// Which kind is looked for first; the other kind at the next look, so that neither starves the other.
    checks_first: AtomicBool,
    /// Whether checks could be read the last time. A role that was granted its rights before there were checks cannot.
    checks_work: AtomicBool,
}

impl CompilationSource {
    pub(crate) fn new(store: Store) -> Self {
        Self {
            queue: CompilationQueue::new(store.clone()),
            store,
            checks_first: AtomicBool::new(false),
            checks_work: AtomicBool::new(true),
        }
    }

    async fn look(&self, request: &LeaseRequest) -> Result<Vec<Leased<Hold>>, StoreError> {
        let mut found = Vec::new();
        let checks_first = self.checks_first.fetch_xor(true, Ordering::Relaxed);
        if checks_first {
            found.extend(self.checks(request, request.max).await);
        }
        if found.len() < request.max {
            let jobs = self.queue.lease(request.language, request.max - found.len(), request.visibility).await;
            match jobs {
                Ok(jobs) => found.extend(jobs.into_iter().map(version)),
                // What is leased is worked on; the next look hears of the trouble again.
                Err(error) if found.is_empty() => return Err(error),
                Err(_) => {}
            }
        }
        if !checks_first && found.len() < request.max {
            found.extend(self.checks(request, request.max - found.len()).await);
        }
        Ok(found)
    }

    /// Trouble with checks must not keep versions from being built.
    async fn checks(&self, request: &LeaseRequest, at_most: usize) -> Vec<Leased<Hold>> {
        match self.queue.lease_checks(request.language, at_most, request.visibility).await {
            Ok(checks) => {
                self.checks_work.store(true, Ordering::Relaxed);
                checks.into_iter().map(check).collect()
            }
            Err(error) => {
                if self.checks_work.swap(false, Ordering::Relaxed) && !error.is_transient() {
                    let hint = "grant the compiler's role its rights again with `nil migrate --compiler-role`";
                    tracing::warn!(%error, hint, "cannot read what is to be checked; versions are built all the same");
                }
                Vec::new()
            }
        }
    }
}

/// The hold on one piece of work.
pub(crate) enum Hold {
    Version(Lease),
    Check(CheckLease),
}

fn version(leased: LeasedJob) -> Leased<Hold> {
    Leased {
        attempt: u32::try_from(leased.lease.attempt).unwrap_or(1),
        lease: Hold::Version(leased.lease),
        job: leased.job,
        last_error: leased.last_error,
    }
}

/// The job loop names the version it works on, in its log and its reports. Of a check, which has none, it names the
/// check.
fn check(leased: LeasedCheck) -> Leased<Hold> {
    let LeasedCheck { lease, request, last_error } = leased;
    let job = CompilationJob {
        version_id: VersionId(lease.id.0),
        function_id: FunctionId(lease.id.0),
        function_name: "(check)".to_owned(),
        language: request.language,
        source: request.source,
        files: request.files,
        limits: request.limits,
    };
    Leased { attempt: u32::try_from(lease.attempt).unwrap_or(1), lease: Hold::Check(lease), job, last_error }
}

fn held(yes: bool) -> Held {
    if yes { Held::Yes } else { Held::Lost }
}

impl JobSource for CompilationSource {
    type Lease = Hold;
    type Error = StoreError;

    async fn lease(&self, request: LeaseRequest, stop: &CancellationToken) -> Result<Vec<Leased<Hold>>, StoreError> {
        let deadline = Instant::now() + request.wait;
        let mut wakeups = self.store.job_wakeups();
        loop {
            let found = self.look(&request).await?;
            let left = deadline.saturating_duration_since(Instant::now());
            if !found.is_empty() || left.is_zero() || stop.is_cancelled() {
                return Ok(found);
            }
            tokio::select! {
                () = wakeups.wait(left.min(POLL)) => {}
                () = stop.cancelled() => {}
            }
        }
    }

    async fn provide(&self, report: &CompilationReport) -> Result<(), StoreError> {
        self.queue.provide(report).await
    }

    async fn started(&self, hold: &Hold, report: &CompilationReport) -> Result<Held, StoreError> {
        match hold {
            Hold::Version(_) => self.queue.report_started(report).await.map(|()| Held::Yes),
            // Whoever waits sees that it is held.
            Hold::Check(_) => Ok(Held::Yes),
        }
    }

    async fn renew(&self, hold: &Hold, visibility: Duration) -> Result<Held, StoreError> {
        match hold {
            Hold::Version(lease) => self.queue.renew(*lease, visibility).await.map(held),
            // Lost as well when nobody waits any more: then the compilation is dropped.
            Hold::Check(lease) => self.queue.renew_check(*lease, visibility).await.map(held),
        }
    }

    async fn finish(&self, hold: &Hold, report: &CompilationReport) -> Result<Held, StoreError> {
        match (hold, report) {
            (Hold::Version(lease), report) => self.queue.finish(*lease, report).await.map(held),
            (Hold::Check(lease), CompilationReport::Finished { verdict, .. }) => {
                self.queue.answer_check(*lease, verdict).await.map(held)
            }
            (Hold::Check(_), _) => Ok(Held::Lost),
        }
    }

    async fn release(&self, hold: &Hold, delay: Duration, error: &str) -> Result<Held, StoreError> {
        match hold {
            Hold::Version(lease) => self.queue.release(*lease, delay, error).await.map(held),
            Hold::Check(lease) => self.queue.release_check(*lease, delay, error).await.map(held),
        }
    }

    async fn dead_letter(
        &self,
        hold: &Hold,
        reason: &DeadLetterReason,
        report: &CompilationReport,
    ) -> Result<Held, StoreError> {
        match hold {
            Hold::Version(lease) => self.queue.dead_letter(*lease, reason, report).await.map(held),
            // Nothing to requeue: who waits is told, and may ask again.
            Hold::Check(lease) => {
                let compile_error = format!("it gave up after {} tries: {}", reason.attempts, reason.last_error);
                let verdict = CompilationVerdict::DeadLettered { compile_error };
                self.queue.answer_check(*lease, &verdict).await.map(held)
            }
        }
    }
}
