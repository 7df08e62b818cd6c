//! One figure: a value, what it is compared with, and what was hoped for.

use serde::Serialize;

use crate::statistics::{median, spread};

/// What a figure should reach.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reach {
    /// The ratio is at least this.
    RatioAtLeast(f64),
    /// The value is at most this.
    ValueAtMost(f64),
}

/// One figure.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Figure {
    /// Stable name.
    pub(crate) id: String,
    /// The unit of `value` and `baseline_value`.
    pub(crate) unit: &'static str,
    /// The median over the rounds.
    pub(crate) value: f64,
    /// What it is compared with, if anything.
    pub(crate) baseline: Option<String>,
    /// The baseline's median over the same rounds.
    pub(crate) baseline_value: Option<f64>,
    /// How many times better than the baseline: `value / baseline_value` of rates, the inverse of times.
    pub(crate) ratio: Option<f64>,
    /// How many rounds.
    pub(crate) rounds: usize,
    /// Least and greatest: of the rounds' ratios where there is a baseline, else of the values.
    pub(crate) spread: [f64; 2],
    /// What it should reach, if anything was said.
    pub(crate) reach: Option<Reach>,
    /// Whether it does.
    pub(crate) reached: Option<bool>,
}

impl Figure {
    /// A figure without a baseline.
    pub(crate) fn single(id: impl Into<String>, unit: &'static str, rounds: &[f64]) -> Self {
        Self {
            id: id.into(),
            unit,
            value: median(rounds),
            baseline: None,
            baseline_value: None,
            ratio: None,
            rounds: rounds.len(),
            spread: spread(rounds),
            reach: None,
            reached: None,
        }
    }

    /// Rates (more is better), round by round beside a baseline's.
    pub(crate) fn rates(
        id: impl Into<String>,
        unit: &'static str,
        ours: &[f64],
        baseline: &str,
        theirs: &[f64],
    ) -> Self {
        let ratios: Vec<f64> = ours.iter().zip(theirs).map(|(ours, theirs)| ours / theirs).collect();
        let ratio = median(ours) / median(theirs);
        Self::compared(Self::single(id, unit, ours), baseline, median(theirs), ratio, &ratios)
    }

    /// Times (less is better), round by round beside a baseline's.
    pub(crate) fn times(
        id: impl Into<String>,
        unit: &'static str,
        ours: &[f64],
        baseline: &str,
        theirs: &[f64],
    ) -> Self {
        let ratios: Vec<f64> = ours.iter().zip(theirs).map(|(ours, theirs)| theirs / ours).collect();
        let ratio = median(theirs) / median(ours);
        Self::compared(Self::single(id, unit, ours), baseline, median(theirs), ratio, &ratios)
    }

    fn compared(self, baseline: &str, baseline_value: f64, ratio: f64, ratios: &[f64]) -> Self {
        Self {
            baseline: Some(baseline.to_owned()),
            baseline_value: Some(baseline_value),
            ratio: Some(ratio),
            spread: spread(ratios),
            ..self
        }
    }

    /// Says what it should reach.
    pub(crate) fn reaching(mut self, reach: Reach) -> Self {
        self.reached = match reach {
            Reach::RatioAtLeast(least) => self.ratio.map(|ratio| ratio >= least),
            Reach::ValueAtMost(most) => Some(self.value <= most),
        };
        self.reach = Some(reach);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_says_how_many_times_better() {
        let rate = Figure::rates("r", "1/s", &[300.0, 100.0, 200.0], "b", &[100.0, 100.0, 100.0]);
        assert_eq!((rate.ratio, rate.spread), (Some(2.0), [1.0, 3.0]));
        let time = Figure::times("t", "ms", &[2.0], "b", &[10.0]);
        assert_eq!(time.ratio, Some(5.0));
    }

    #[test]
    fn a_missed_reach_is_told() {
        let figure = Figure::single("f", "ms", &[5.0]);
        assert_eq!(figure.clone().reaching(Reach::ValueAtMost(4.0)).reached, Some(false));
        assert_eq!(figure.clone().reaching(Reach::ValueAtMost(5.0)).reached, Some(true));
        assert_eq!(figure.reaching(Reach::RatioAtLeast(1.0)).reached, None);
    }
}
