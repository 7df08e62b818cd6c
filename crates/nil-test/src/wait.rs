//! Waiting for a condition instead of for a while: as short as possible, never longer than a deadline.

use std::time::{Duration, Instant};

/// How often a condition is looked at.
const LOOK_AGAIN: Duration = Duration::from_millis(25);

/// Waits until `condition` holds.
///
/// # Panics
///
/// If it does not within `deadline`; `what` says what was waited for.
pub async fn eventually(what: &str, deadline: Duration, mut condition: impl AsyncFnMut() -> bool) {
    eventually_some(what, deadline, async || condition().await.then_some(())).await;
}

/// Waits until `attempt` yields something.
///
/// # Panics
///
/// If it does not within `deadline`; `what` says what was waited for.
pub async fn eventually_some<T>(what: &str, deadline: Duration, mut attempt: impl AsyncFnMut() -> Option<T>) -> T {
    let end = Instant::now() + deadline;
    loop {
        if let Some(found) = attempt().await {
            return found;
        }
        assert!(Instant::now() < end, "waited {deadline:?} in vain: {what}");
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// The same outside of any runtime: `false` when the deadline came first.
pub fn within(deadline: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + deadline;
    loop {
        if condition() {
            return true;
        }
        if Instant::now() >= end {
            return false;
        }
        std::thread::sleep(LOOK_AGAIN);
    }
}
