//! From counts and classes of durations to figures people read.

use std::collections::BTreeMap;

use nil_api::Totals;
use nil_store::{ClassRow, CountRow};

/// Executions that are added up.
#[derive(Debug, Clone, Default)]
pub(super) struct Sum {
    count: i64,
    failed: i64,
    canceled: i64,
    cold: i64,
    classes: BTreeMap<i16, i64>,
}

impl Sum {
    pub(super) fn add_counts(&mut self, row: &CountRow) {
        self.count += row.count;
        self.failed += row.failed;
        self.canceled += row.canceled;
        self.cold += row.cold;
    }

    pub(super) fn add_class(&mut self, row: &ClassRow) {
        *self.classes.entry(row.class).or_default() += row.count;
    }

    pub(super) fn count(&self) -> (i64, i64) {
        (self.count, self.failed)
    }

    pub(super) fn totals(&self) -> Totals {
        let tried = self.count - self.canceled;
        Totals {
            count: self.count,
            failed: self.failed,
            canceled: self.canceled,
            error_rate: (tried > 0).then(|| self.failed as f64 / tried as f64),
            p50_us: self.percentile(50),
            p95_us: self.percentile(95),
            p99_us: self.percentile(99),
            cold: self.cold,
        }
    }

    /// The duration so many of a hundred stay within; inside a class they are taken to be spread evenly.
    fn percentile(&self, percent: i64) -> Option<i64> {
        let total: i64 = self.classes.values().sum();
        // The rank of the execution in question, from 1.
        let rank = (total * percent + 99) / 100;
        let mut before = 0;
        for (class, count) in &self.classes {
            if before + count >= rank {
                let begin = (f64::from(*class) / 10.0).exp();
                let end = (f64::from(*class + 1) / 10.0).exp();
                let within = (rank - before) as f64 / *count as f64;
                return Some((begin + (end - begin) * within).round() as i64);
            }
            before += count;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `duration_class` in the database.
    fn class_of(duration_us: i64) -> i16 {
        ((duration_us.max(1) as f64).ln() * 10.0).floor() as i16
    }

    #[test]
    fn percentiles_are_off_by_less_than_a_class() {
        let mut sum = Sum::default();
        assert_eq!(sum.totals(), Totals::default());
        for duration_us in 1..=10_000 {
            sum.add_class(&ClassRow { bucket: 0, version: 1, class: class_of(duration_us), count: 1 });
        }
        sum.add_counts(&CountRow { bucket: 0, version: 1, count: 10_000, failed: 400, canceled: 2_000, cold: 3 });
        let totals = sum.totals();
        for (found, exact) in [(totals.p50_us, 5_000.0), (totals.p95_us, 9_500.0), (totals.p99_us, 9_900.0)] {
            let found = found.expect("a percentile") as f64;
            assert!((found - exact).abs() / exact < 0.05, "{found} instead of {exact}");
        }
        assert_eq!((totals.count, totals.failed, totals.error_rate), (10_000, 400, Some(0.05)));
    }
}
