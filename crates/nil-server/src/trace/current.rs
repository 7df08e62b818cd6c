//! The trace of the request that is being answered.

use nil_core::{TraceId, TraceParent};

tokio::task_local! {
    pub(super) static CURRENT: TraceParent;
}

/// Where the trace of this request is continued; `None` when it has none.
pub(crate) fn current() -> Option<TraceParent> {
    CURRENT.try_with(|parent| *parent).ok()
}

/// The trace of this request.
pub(crate) fn current_id() -> Option<TraceId> {
    current().map(|parent| parent.trace_id)
}

/// Work that goes on in a task of its own, within the trace of the request that began it.
pub(crate) fn carried_on<F: Future>(work: F) -> impl Future<Output = F::Output> {
    let parent = current();
    async move {
        match parent {
            Some(parent) => CURRENT.scope(parent, work).await,
            None => work.await,
        }
    }
}
