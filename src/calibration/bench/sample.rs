//! Samples, and the laws that are kept of them.

use crate::kernel::Nanos;
use crate::kernel::law::{Law, Quantile};

/// What takes so many medians was interrupted by something else, which is no part of the cost.
const INTERRUPTED: f64 = 10.0;

/// The shares of the quantiles that a law keeps of a large sample, and the quantiles that stand for them: the ends are
/// the 1st and the 99th percentile.
const LARGE: [(f64, f64); 9] = [
    (0.0, 0.01),
    (0.05, 0.05),
    (0.1, 0.1),
    (0.25, 0.25),
    (0.5, 0.5),
    (0.75, 0.75),
    (0.9, 0.9),
    (0.95, 0.95),
    (1.0, 0.99),
];

/// The same of a small sample, whose percentiles nobody knows.
const SMALL: [(f64, f64); 5] = [(0.0, 0.1), (0.25, 0.25), (0.5, 0.5), (0.75, 0.75), (1.0, 0.9)];

/// From so many values on a sample is large.
const LARGE_FROM: usize = 100;

/// Quartiles farther apart than this share of the median are noise, not a law.
const NOISY: f64 = 0.5;

/// What the values of a sample are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Nanoseconds.
    Nanoseconds,
    /// Picoseconds a byte.
    PicosecondsPerByte,
    /// A ratio.
    Ratio,
}

/// Measured values in ascending order; there is at least one.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    values: Vec<f64>,
    /// What the values are.
    pub unit: Unit,
}

impl Sample {
    /// A sample of the values that are numbers.
    ///
    /// # Errors
    /// There is none.
    pub fn new(unit: Unit, mut values: Vec<f64>) -> Result<Self, String> {
        values.retain(|value| value.is_finite());
        values.sort_by(f64::total_cmp);
        if values.is_empty() { Err("nothing was measured".into()) } else { Ok(Self { values, unit }) }
    }

    /// A sample of durations in nanoseconds.
    ///
    /// # Errors
    /// There is none.
    pub fn nanoseconds(values: Vec<f64>) -> Result<Self, String> {
        Self::new(Unit::Nanoseconds, values)
    }

    /// How many values there are.
    pub fn n(&self) -> usize {
        self.values.len()
    }

    /// The quantile of a share from 0 to 1, linear between neighbours.
    pub fn quantile(&self, share: f64) -> f64 {
        crate::calibration::prediction::quantile(&self.values, share).unwrap_or_default()
    }

    /// Half of the values are less.
    pub fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    /// The same with so much added to each value; none falls below zero.
    #[must_use]
    pub fn shifted(&self, by: f64) -> Self {
        self.map(|value| (value + by).max(0.0))
    }

    /// The same times a factor above zero.
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Self {
        self.map(|value| value * factor)
    }

    fn map(&self, change: impl Fn(f64) -> f64) -> Self {
        Self { values: self.values.iter().map(|&value| change(value)).collect(), unit: self.unit }
    }

    /// Whether the quartiles lie so far apart that other work on the machine is to be suspected.
    pub fn is_noisy(&self) -> bool {
        self.n() > 3 && self.quantile(0.75) - self.quantile(0.25) > NOISY * self.median()
    }

    /// How many values are interruptions: so far above the median that something else must have had the core.
    pub fn interruptions(&self) -> usize {
        let limit = INTERRUPTED * self.median();
        if limit > 0.0 { self.n() - self.values.partition_point(|&value| value <= limit) } else { 0 }
    }

    /// The law of durations that is kept of the sample, in nanoseconds: its quantiles, without interruptions and
    /// without the slowest and the fastest of what is left.
    pub fn law(&self) -> Law {
        let whole = self.n() - self.interruptions();
        let kept = Self { values: self.values[..whole].to_vec(), unit: self.unit };
        let shares: &[(f64, f64)] = if whole < LARGE_FROM { &SMALL } else { &LARGE };
        let point = |&(share, quantile): &(f64, f64)| Quantile {
            share,
            value: kept.quantile(quantile).max(0.0).round() as Nanos,
        };
        let points: Vec<Quantile> = shares.iter().map(point).collect();
        let first = points[0].value;
        if points.iter().all(|point| point.value == first) {
            Law::Constant(first)
        } else {
            Law::Quantiles(points.into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::streams::{Purpose, Streams};

    fn sample(values: impl IntoIterator<Item = f64>) -> Sample {
        Sample::nanoseconds(values.into_iter().collect()).unwrap()
    }

    #[test]
    fn the_law_of_a_sample_has_its_quantiles() {
        let original = Law::LogNormal { median: 12_000.0, sigma: 0.3 }.sampler().unwrap();
        let mut random = Streams::new(1, 0).stream(Purpose::Steps, &[0]);
        let measured = sample((0..5_000).map(|_| original.draw(&mut random) as f64));
        let fitted = measured.law().sampler().unwrap();
        let again = sample((0..50_000).map(|_| fitted.draw(&mut random) as f64));
        for share in [0.1, 0.25, 0.5, 0.75, 0.9, 0.95] {
            let (before, after) = (measured.quantile(share), again.quantile(share));
            assert!((after / before - 1.0).abs() < 0.03, "{share}: {before} and {after}");
        }
    }

    #[test]
    fn interruptions_are_not_part_of_the_law() {
        let measured = sample((0..1_000).map(|index| if index < 50 { 4e6 } else { 1_000.0 + f64::from(index % 10) }));
        assert_eq!(measured.interruptions(), 50);
        let Law::Quantiles(points) = measured.law() else { panic!("{:?}", measured.law()) };
        assert_eq!((points[0].value, points[8].value), (1_000, 1_009));
    }

    #[test]
    fn small_samples_keep_fewer_quantiles_and_equal_values_are_constant() {
        assert_eq!(sample([7.0; 300]).law(), Law::Constant(7));
        let Law::Quantiles(points) = sample((0..11).map(f64::from)).law() else { panic!() };
        assert_eq!(points.iter().map(|point| point.value).collect::<Vec<_>>(), [1, 3, 5, 8, 9]);
        assert!(Sample::nanoseconds(vec![f64::NAN]).is_err());
    }

    #[test]
    fn a_shift_ends_at_zero_and_far_quartiles_are_noise() {
        let near = sample([10.0, 11.0, 12.0, 13.0]);
        assert_eq!(near.shifted(-11.0), sample([0.0, 0.0, 1.0, 2.0]));
        assert!(!near.is_noisy() && sample([1.0, 2.0, 9.0, 20.0]).is_noisy());
    }
}
