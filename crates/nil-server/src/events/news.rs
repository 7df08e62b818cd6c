//! From what the server knows of an execution to what it tells of it.

use chrono::{SubsecRound as _, Utc};
use nil_core::ExecutionStatus;
use nil_store::{Claimed, ExecutionNews, ExecutionRecord, NewQueued};

/// An execution that is over and recorded.
pub(crate) fn news_of_record(record: &ExecutionRecord) -> ExecutionNews {
    ExecutionNews {
        id: record.id,
        function_id: record.function_id,
        status: record.status,
        mode: record.mode,
        version: record.version_number,
        duration_us: Some(record.receipt.duration_us),
        error_kind: record.error.as_ref().map(|(kind, _)| kind.clone()),
        at: record.completed_at,
        has_logs: !record.logs.is_empty(),
    }
}

/// An execution that was accepted just now.
pub(crate) fn news_of_accepted(new: &NewQueued) -> ExecutionNews {
    ExecutionNews {
        id: new.id,
        function_id: new.function_id,
        status: ExecutionStatus::Pending,
        mode: new.mode,
        version: new.version_number,
        duration_us: None,
        error_kind: None,
        at: new.created_at,
        has_logs: false,
    }
}

/// A queued execution that is in `status` from now on.
pub(crate) fn news_of_queued(claimed: &Claimed, status: ExecutionStatus) -> ExecutionNews {
    ExecutionNews {
        id: claimed.hold.id,
        function_id: claimed.function_id,
        status,
        mode: claimed.mode,
        version: claimed.version_number,
        duration_us: None,
        error_kind: None,
        at: Utc::now().trunc_subsecs(6),
        has_logs: false,
    }
}
