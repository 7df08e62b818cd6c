//! Settings of the job loop.

use std::time::Duration;

/// How the job loop behaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceOptions {
    /// How long a leased job stays invisible to others; renewed after a third of it. A job whose service died
    /// is delivered again after this. Default 15 s.
    pub visibility: Duration,
    /// How long one look at an empty queue waits. Default 20 s.
    pub wait: Duration,
    /// Deliveries of one job before it is parked. Default 4.
    pub max_tries: u32,
    /// How long running jobs may go on after a request to stop; then they are given back. Default 10 s.
    pub drain: Duration,
    /// Delay of a job's second try after a fault of the machine; doubles with each. Default 1 s.
    pub retry_base: Duration,
    /// The longest pause between two tries to reach a queue that does not answer. Default 10 s.
    pub queue_retry_max: Duration,
}

impl Default for ServiceOptions {
    fn default() -> Self {
        Self {
            visibility: Duration::from_secs(15),
            wait: Duration::from_secs(20),
            max_tries: 4,
            drain: Duration::from_secs(10),
            retry_base: Duration::from_secs(1),
            queue_retry_max: Duration::from_secs(10),
        }
    }
}

impl ServiceOptions {
    /// The delay before the try that follows try number `attempt`, at most a minute.
    pub(super) fn retry_delay(&self, attempt: u32) -> Duration {
        let factor = 1_u32.checked_shl(attempt.saturating_sub(1)).unwrap_or(u32::MAX);
        self.retry_base.saturating_mul(factor).min(Duration::from_secs(60))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_wait_longer_each_time() {
        let options = ServiceOptions::default();
        let delays: Vec<u64> = [1, 2, 3, 40].map(|attempt| options.retry_delay(attempt).as_secs()).to_vec();
        assert_eq!(delays, [1, 2, 4, 60]);
    }
}
