//! Which successful calls through a function's own URL go into the record.

use std::sync::atomic::{AtomicU64, Ordering};

/// So many of a hundred, evenly spread.
#[derive(Debug)]
pub(crate) struct Sampling {
    percent: u64,
    calls: AtomicU64,
}

impl Sampling {
    /// `None` records everything.
    pub(super) fn new(percent: Option<u64>) -> Self {
        Self { percent: percent.unwrap_or(100).min(100), calls: AtomicU64::new(0) }
    }

    /// Whether this call is recorded; counts it. The first one is, unless none are.
    pub(super) fn takes(&self) -> bool {
        match self.percent {
            100 => true,
            0 => false,
            percent => self.calls.fetch_add(1, Ordering::Relaxed).wrapping_mul(percent) % 100 < percent,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_of_a_hundred_are_taken_and_the_first_is_one_of_them() {
        for percent in 0..=100 {
            let sampling = Sampling::new(Some(percent));
            let taken: Vec<bool> = (0..1_000).map(|_| sampling.takes()).collect();
            assert_eq!(taken.iter().filter(|taken| **taken).count() as u64, percent * 10, "{percent} %");
            assert_eq!(taken[0], percent > 0);
        }
        assert!(Sampling::new(None).takes());
    }
}
