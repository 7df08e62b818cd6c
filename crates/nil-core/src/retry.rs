//! How often a queued execution is tried, and how long it waits in between.

use std::time::Duration;

/// The most attempts a function or a call may ask for.
pub(crate) const MAX_ATTEMPTS: u64 = 20;

/// The longest first pause, in milliseconds: an hour.
pub(crate) const MAX_BACKOFF_MS: u64 = 3_600_000;

/// The most executions of one function at once, over all servers.
pub(crate) const MAX_ASYNC_CONCURRENCY: u64 = 1_000;

/// Queued executions of one function that run at once unless its settings say otherwise.
pub const DEFAULT_ASYNC_CONCURRENCY: u32 = 16;

/// No pause is longer: an hour.
const LONGEST: Duration = Duration::from_millis(MAX_BACKOFF_MS);

/// Attempts and the pause between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Attempts in all; 1 means never again.
    pub max_attempts: u32,
    /// The pause before the second attempt, in milliseconds.
    pub backoff_ms: u64,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { max_attempts: 3, backoff_ms: 1_000 }
    }
}

impl RetryPolicy {
    /// The most attempts a call may ask for.
    pub const MAX_ATTEMPTS: u32 = MAX_ATTEMPTS as u32;

    /// The pause behind attempt `attempt` (from 1): doubled each time, at most an hour, and between half and one and a
    /// half of that by `chance` (0 to 1), so that what failed together does not come back together.
    #[must_use]
    pub fn pause(&self, attempt: u32, chance: f64) -> Duration {
        let doublings = attempt.saturating_sub(1).min(31);
        let pause = Duration::from_millis(self.backoff_ms.saturating_mul(1 << doublings)).min(LONGEST);
        pause.mul_f64(0.5 + chance.clamp(0.0, 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_and_are_bounded() {
        let policy = RetryPolicy { max_attempts: 20, backoff_ms: 1_000 };
        let seconds = |attempt| policy.pause(attempt, 0.5).as_secs();
        assert_eq!([1, 2, 3, 4].map(seconds), [1, 2, 4, 8]);
        assert_eq!(seconds(20), 3_600);
        assert_eq!(policy.pause(1, 0.0).as_millis(), 500);
        assert_eq!(policy.pause(1, 1.0).as_millis(), 1_500);
        assert_eq!(RetryPolicy { backoff_ms: 0, ..policy }.pause(20, 1.0), Duration::ZERO);
    }
}
