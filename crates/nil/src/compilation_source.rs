//! The compilation queue as the job loop sees it: this is where `nil-store` and `nil-compiler` meet.

use std::time::Duration;

use nil_compiler::{Held, JobSource, LeaseRequest, Leased};
use nil_core::{CompilationReport, DeadLetterReason};
use nil_store::{CompilationQueue, Lease, Store, StoreError};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// A notification may be lost with its connection; the queue is looked at this often anyway.
const POLL: Duration = Duration::from_secs(2);

/// Compilation jobs from PostgreSQL.
pub(crate) struct CompilationSource {
    store: Store,
    queue: CompilationQueue,
}

impl CompilationSource {
    pub(crate) fn new(store: Store) -> Self {
        Self { queue: CompilationQueue::new(store.clone()), store }
    }
}

fn held(yes: bool) -> Held {
    if yes { Held::Yes } else { Held::Lost }
}

impl JobSource for CompilationSource {
    type Lease = Lease;
    type Error = StoreError;

    async fn lease(&self, request: LeaseRequest, stop: &CancellationToken) -> Result<Vec<Leased<Lease>>, StoreError> {
        let deadline = Instant::now() + request.wait;
        let mut wakeups = self.store.job_wakeups();
        loop {
            let jobs = self.queue.lease(request.language, request.max, request.visibility).await?;
            let left = deadline.saturating_duration_since(Instant::now());
            if !jobs.is_empty() || left.is_zero() || stop.is_cancelled() {
                return Ok(jobs
                    .into_iter()
                    .map(|leased| Leased {
                        attempt: u32::try_from(leased.lease.attempt).unwrap_or(1),
                        lease: leased.lease,
                        job: leased.job,
                        last_error: leased.last_error,
                    })
                    .collect());
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

    async fn started(&self, _lease: &Lease, report: &CompilationReport) -> Result<Held, StoreError> {
        self.queue.report_started(report).await.map(|()| Held::Yes)
    }

    async fn renew(&self, lease: &Lease, visibility: Duration) -> Result<Held, StoreError> {
        self.queue.renew(*lease, visibility).await.map(held)
    }

    async fn finish(&self, lease: &Lease, report: &CompilationReport) -> Result<Held, StoreError> {
        self.queue.finish(*lease, report).await.map(held)
    }

    async fn release(&self, lease: &Lease, delay: Duration, error: &str) -> Result<Held, StoreError> {
        self.queue.release(*lease, delay, error).await.map(held)
    }

    async fn dead_letter(
        &self,
        lease: &Lease,
        reason: &DeadLetterReason,
        report: &CompilationReport,
    ) -> Result<Held, StoreError> {
        self.queue.dead_letter(*lease, reason, report).await.map(held)
    }
}
