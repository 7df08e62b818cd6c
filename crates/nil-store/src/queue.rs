//! Leases on pgmq messages: taken for a time, renewed, given back, and fenced by the try they belong to.
//!
//! pgmq counts reads (`read_ct`). The pair (message, try) is the fence: whoever holds an older try finds
//! nothing to change, so a worker that was paused past its lease cannot commit anything.

use std::time::Duration;

/// A message held for a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Lease {
    /// The message.
    pub message_id: i64,
    /// Which try this is, from 1; the fence.
    pub attempt: i32,
}

/// Whole seconds for pgmq, at least one.
pub(crate) fn seconds(duration: Duration) -> i32 {
    i32::try_from(duration.as_secs().max(1)).unwrap_or(i32::MAX)
}

/// Seconds with fractions, for intervals.
pub(crate) fn fractional_seconds(duration: Duration) -> f64 {
    duration.as_secs_f64()
}
