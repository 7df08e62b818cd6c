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
