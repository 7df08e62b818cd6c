//! The queue as the job loop sees it. Whoever owns a queue implements it; this crate never does.

use std::{future::Future, time::Duration};

use nil_core::{CompilationJob, CompilationReport, DeadLetterReason, Language};
use tokio_util::sync::CancellationToken;

/// A durable queue of compilation jobs. A lease is one delivery of one job; every call that takes one is fenced:
/// once another delivery has begun it changes nothing and answers [`Held::Lost`].
///
/// Methods may be called from several tasks at once. None may wait for ever: an error is always better, since
/// the loop tries again.
pub trait JobSource: Send + Sync + 'static {
    /// Names one delivery, such as message id and read count.
    type Lease: Send + Sync + 'static;

    /// Why the queue could not be asked. Never about a job.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Leases up to `request.max` jobs, waiting up to `request.wait` for the first, then returning none.
    /// Returns at once with what it has when `stop` is cancelled; the loop never drops the future before.
    fn lease(
        &self,
        request: LeaseRequest,
        stop: &CancellationToken,
    ) -> impl Future<Output = Result<Vec<Leased<Self::Lease>>, Self::Error>> + Send;

    /// Sends [`CompilationReport::Runtime`]; sending the same again does no harm.
    fn provide(&self, report: &CompilationReport) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Sends [`CompilationReport::Started`].
    fn started(
        &self,
        lease: &Self::Lease,
        report: &CompilationReport,
    ) -> impl Future<Output = Result<Held, Self::Error>> + Send;

    /// Keeps the job invisible to others for `visibility` from now.
    fn renew(
        &self,
        lease: &Self::Lease,
        visibility: Duration,
    ) -> impl Future<Output = Result<Held, Self::Error>> + Send;

    /// Sends [`CompilationReport::Finished`] and removes the job, in one transaction.
    fn finish(
        &self,
        lease: &Self::Lease,
        report: &CompilationReport,
    ) -> impl Future<Output = Result<Held, Self::Error>> + Send;

    /// Gives the job back: visible again after `delay`, with `error` as the next delivery's
    /// [`Leased::last_error`].
    fn release(
        &self,
        lease: &Self::Lease,
        delay: Duration,
        error: &str,
    ) -> impl Future<Output = Result<Held, Self::Error>> + Send;

    /// Parks the job with `reason` and sends `report`, a finished one that says so, in one transaction.
    fn dead_letter(
        &self,
        lease: &Self::Lease,
        reason: &DeadLetterReason,
        report: &CompilationReport,
    ) -> impl Future<Output = Result<Held, Self::Error>> + Send;
}

/// What the loop asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeaseRequest {
    /// The language that has free workers.
    pub language: Language,
    /// The most jobs to lease; at least 1.
    pub max: usize,
    /// How long they stay invisible to others unless renewed.
    pub visibility: Duration,
    /// How long to wait for a first job.
    pub wait: Duration,
}

/// A leased job.
#[derive(Debug, Clone)]
pub struct Leased<L> {
    /// This delivery.
    pub lease: L,
    /// What to do.
    pub job: CompilationJob,
    /// Which delivery of the job this is, from 1.
    pub attempt: u32,
    /// Why the delivery before was given back; absent when its service vanished.
    pub last_error: Option<String>,
}

/// Whether the lease still stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// It did, and the call took effect.
    Yes,
    /// Another delivery has begun, or the job is gone; nothing was changed.
    Lost,
}
