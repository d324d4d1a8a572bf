//! The summary of one metric over the replications of a cell: centre, spread, interval and quartiles.

use super::interval::Estimate;
use super::moments::{measured, standard_deviation};

/// What a slice of values, one of each run, comes to; every field but `n` in the unit of the values.
///
/// Of no values at all every number is NaN.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    /// How many values were used, NaN left out.
    pub n: usize,
    /// The estimate: their mean, or what all observations of the runs say together.
    pub value: f64,
    /// The sample standard deviation (divisor n - 1); NaN of fewer than two values.
    pub sd: f64,
    /// The ends of its 95 % interval; none for fewer than two values.
    pub interval_95: Option<(f64, f64)>,
    /// The smallest value.
    pub min: f64,
    /// The lower quartile.
    pub p25: f64,
    /// The median.
    pub median: f64,
    /// The upper quartile.
    pub p75: f64,
    /// The largest value.
    pub max: f64,
}

impl Summary {
    /// Summarises `values`, leaving out NaN: their mean with its Student-t interval.
    pub fn of(values: &[f64]) -> Self {
        Self::about(Estimate::of(values, 0.95), values)
    }

    /// Summarises `values` of runs of which something else than their mean is the estimate.
    pub fn about(estimate: Estimate, values: &[f64]) -> Self {
        let mut values = measured(values);
        let sd = standard_deviation(&values);
        values.sort_by(f64::total_cmp);
        Self {
            n: estimate.n,
            value: estimate.mean,
            sd,
            interval_95: estimate.interval,
            min: quantile(&values, 0.0),
            p25: quantile(&values, 0.25),
            median: quantile(&values, 0.5),
            p75: quantile(&values, 0.75),
            max: quantile(&values, 1.0),
        }
    }
}

/// The `p`-quantile of values in ascending order without NaN, in their unit; NaN of an empty slice.
///
/// Linear interpolation at (n - 1) p: type 7 of Hyndman & Fan (1996), the default of R and `NumPy`.
///
/// # Panics
/// When `p` is not between 0 and 1.
pub fn quantile(ascending: &[f64], p: f64) -> f64 {
    assert!((0.0..=1.0).contains(&p), "probability {p} is not between 0 and 1");
    let Some(last) = ascending.len().checked_sub(1) else { return f64::NAN };
    let position = last as f64 * p;
    let index = position as usize;
    let (below, above) = (ascending[index], ascending[last.min(index + 1)]);
    let weight = position - index as f64;
    if weight == 0.0 || below == above { below } else { below + weight * (above - below) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_interpolate_as_type_seven() {
        let summary = Summary::of(&[4.0, 1.0, 3.0, 2.0]);
        assert_eq!((summary.min, summary.p25, summary.median, summary.p75, summary.max), (1.0, 1.75, 2.5, 3.25, 4.0));
        assert_eq!((summary.n, summary.value), (4, 2.5));
        assert!((summary.sd - (5.0f64 / 3.0).sqrt()).abs() < 1e-15);
        let half_width = 3.182_446_305 * summary.sd / 2.0;
        let (low, high) = summary.interval_95.unwrap();
        assert!((low - 2.5 + half_width).abs() < 1e-8 && (high - 2.5 - half_width).abs() < 1e-8);
    }

    #[test]
    fn values_not_measured_are_left_out_and_not_counted() {
        let with = Summary::of(&[f64::NAN, 2.0, 5.0, -f64::NAN, 11.0]);
        assert_eq!(with, Summary::of(&[2.0, 5.0, 11.0]));
        assert_eq!(with.n, 3);
    }

    #[test]
    fn one_value_is_its_own_quartiles_and_has_no_spread() {
        let summary = Summary::of(&[7.0]);
        assert_eq!((summary.n, summary.value, summary.p25, summary.max), (1, 7.0, 7.0, 7.0));
        assert!(summary.sd.is_nan());
        assert_eq!(summary.interval_95, None);
    }

    #[test]
    fn no_values_give_no_numbers() {
        let summary = Summary::of(&[f64::NAN]);
        assert_eq!(summary.n, 0);
        assert!(summary.value.is_nan() && summary.median.is_nan() && summary.max.is_nan());
    }

    #[test]
    fn infinite_values_do_not_make_quantiles_undefined() {
        let ascending = [1.0, 2.0, f64::INFINITY, f64::INFINITY, f64::INFINITY];
        assert_eq!(quantile(&ascending, 0.25), 2.0);
        assert_eq!(quantile(&ascending, 0.6), f64::INFINITY);
    }
}
