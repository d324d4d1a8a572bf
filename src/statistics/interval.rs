//! Student-t confidence intervals of the mean of independent replications.
//!
//! The interval assumes that the values are independent and their mean nearly normal, which replications with their own
//! random numbers give; it must not be used on successive observations of one run.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

use super::moments::{mean, measured, standard_deviation};

/// A mean with its confidence interval, where there is one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// How many values were used.
    pub n: usize,
    /// Their mean, in the unit of the values; NaN when `n` is 0.
    pub mean: f64,
    /// The ends of the interval, in the unit of the values, which need not be as far from the mean; none for fewer than
    /// two values or infinite ones.
    pub interval: Option<(f64, f64)>,
}

impl Estimate {
    /// The mean of `values` with its interval at confidence `level`: mean +- t(n - 1, (1 + level) / 2) sd / sqrt(n).
    ///
    /// `level` lies strictly between 0 and 1, such as 0.95. NaN values are left out.
    ///
    /// # Panics
    /// When `level` is out of range.
    pub fn of(values: &[f64], level: f64) -> Self {
        assert!(level > 0.0 && level < 1.0, "confidence level {level} is not between 0 and 1");
        let values = measured(values);
        let n = values.len();
        let half_width = (n > 1)
            .then(|| student_t_quantile(f64::midpoint(1.0, level), (n - 1) as f64))
            .map(|t| t * standard_deviation(&values) / (n as f64).sqrt())
            .filter(|width| width.is_finite());
        Self::within(n, mean(&values), half_width)
    }

    /// An estimate from `n` values with an interval that reaches as far down as up.
    pub fn within(n: usize, mean: f64, half_width: Option<f64>) -> Self {
        Self { n, mean, interval: half_width.map(|width| (mean - width, mean + width)) }
    }

    /// The lower end of the interval.
    pub fn low(&self) -> Option<f64> {
        self.interval.map(|(low, _)| low)
    }

    /// The upper end of the interval.
    pub fn high(&self) -> Option<f64> {
        self.interval.map(|(_, high)| high)
    }

    /// Whether `value` lies in the interval, ends included; false when there is none.
    pub fn contains(&self, value: f64) -> bool {
        self.interval.is_some_and(|(low, high)| (low..=high).contains(&value))
    }

    /// Whether there is an interval and `value` lies outside it: the mean differs from `value` at this level.
    pub fn excludes(&self, value: f64) -> bool {
        self.interval.is_some_and(|(low, high)| !(low..=high).contains(&value))
    }

    /// Half the distance of the ends.
    pub fn half_width(&self) -> Option<f64> {
        self.interval.map(|(low, high)| (high - low) / 2.0)
    }

    /// Half-width over the absolute mean, the usual measure of precision; infinite for a mean of zero with some spread.
    pub fn relative_half_width(&self) -> Option<f64> {
        self.half_width().map(|width| if width == 0.0 { 0.0 } else { width / self.mean.abs() })
    }
}

/// Degrees of freedom from which the expansion replaces `statrs`.
///
/// `statrs` 0.19 is right to 3e-12 below 500; from there on single quantiles are off by some 1e-8 (at p = 0.75 or 0.8),
/// and from about 20,000 on all are wrong (1.83 for 1.96 at 10^7).
const EXPANSION_FROM: f64 = 400.0;

/// The `p`-quantile of Student's t law with `freedom` degrees of freedom; no unit.
///
/// `0 < p < 1`, `freedom > 0` (infinity gives the normal law). Up to 400 degrees by `statrs`, above by the
/// Cornish-Fisher expansion about the normal quantile to the fourth order (Abramowitz & Stegun 26.7.5). Right to eight
/// digits or 1e-9, whichever is coarser, for p between 1e-6 and 1 - 1e-6.
///
/// # Panics
/// When `p` or `freedom` is out of range.
pub fn student_t_quantile(p: f64, freedom: f64) -> f64 {
    assert!(p > 0.0 && p < 1.0, "probability {p} is not between 0 and 1");
    if freedom > EXPANSION_FROM {
        return expansion(Normal::standard().inverse_cdf(p), freedom);
    }
    StudentsT::new(0.0, 1.0, freedom).expect("degrees of freedom are positive").inverse_cdf(p)
}

fn expansion(z: f64, freedom: f64) -> f64 {
    let square = z * z;
    let first = (square + 1.0) / 4.0;
    let second = ((5.0 * square + 16.0) * square + 3.0) / 96.0;
    let third = (((3.0 * square + 19.0) * square + 17.0) * square - 15.0) / 384.0;
    let fourth = ((((79.0 * square + 776.0) * square + 1482.0) * square - 1920.0) * square - 945.0) / 92_160.0;
    z * (1.0 + (first + (second + (third + fourth / freedom) / freedom) / freedom) / freedom)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(value: f64, expected: f64, tolerance: f64) {
        assert!((value - expected).abs() <= tolerance, "{value} is not {expected} to {tolerance}");
    }

    #[test]
    fn quantiles_match_the_printed_tables() {
        for (freedom, expected) in [(1.0, 12.706), (2.0, 4.303), (9.0, 2.262), (29.0, 2.045), (120.0, 1.980)] {
            near(student_t_quantile(0.975, freedom), expected, 5.1e-4);
        }
        near(student_t_quantile(0.995, 9.0), 3.250, 5.1e-4);
        near(student_t_quantile(0.95, 19.0), 1.729, 5.1e-4);
    }

    #[test]
    fn quantiles_match_the_closed_forms_for_one_and_two_degrees() {
        for p in [0.501, 0.6, 0.75, 0.9, 0.975, 0.995, 0.999_999] {
            let cauchy = (std::f64::consts::PI * (p - 0.5)).tan();
            near(student_t_quantile(p, 1.0) / cauchy, 1.0, 1e-8);
            let two = (2.0 * p - 1.0) / (2.0 * p * (1.0 - p)).sqrt();
            near(student_t_quantile(p, 2.0) / two, 1.0, 1e-8);
        }
    }

    #[test]
    fn many_degrees_of_freedom_tend_to_the_normal_quantile() {
        let normal = 1.959_963_984_540_054;
        near(student_t_quantile(0.975, f64::INFINITY), normal, 1e-12);
        let mut last = student_t_quantile(0.975, 100.0);
        for freedom in [500.0, 1e3, 1e4, 2e4, 1e5, 1e6, 1e7, 1e9, 1e12] {
            let quantile = student_t_quantile(0.975, freedom);
            assert!(quantile < last && quantile > normal - 1e-12, "{quantile} at {freedom}");
            near(quantile, normal + (normal.powi(3) + normal) / (4.0 * freedom), 4.0 / (freedom * freedom) + 1e-14);
            last = quantile;
        }
    }

    #[test]
    fn the_two_methods_meet_where_one_takes_over() {
        for freedom in [EXPANSION_FROM - 50.0, EXPANSION_FROM] {
            for p in [1e-6, 0.005, 0.025, 0.3, 0.5001, 0.75, 0.8, 0.9, 0.975, 0.995, 0.999_999] {
                near(student_t_quantile(p, freedom), expansion(Normal::standard().inverse_cdf(p), freedom), 1e-9);
            }
        }
    }

    #[test]
    fn quantiles_are_symmetric() {
        for freedom in [1.0, 4.0, 399.0, 5_000.0] {
            near(student_t_quantile(0.025, freedom), -student_t_quantile(0.975, freedom), 1e-9);
            near(student_t_quantile(0.5, freedom), 0.0, 1e-9);
        }
    }

    #[test]
    fn one_value_has_a_mean_and_no_interval() {
        let estimate = Estimate::of(&[3.0], 0.95);
        assert_eq!(estimate, Estimate { n: 1, mean: 3.0, interval: None });
        assert!(estimate.low().is_none() && estimate.high().is_none());
        assert!(!estimate.contains(3.0) && !estimate.excludes(4.0));
        assert_eq!(Estimate::of(&[], 0.95).n, 0);
    }

    #[test]
    fn the_interval_of_five_values_is_that_of_the_textbook() {
        let estimate = Estimate::of(&[1.0, 2.0, f64::NAN, 3.0, 4.0, 5.0], 0.95);
        assert_eq!((estimate.n, estimate.mean), (5, 3.0));
        near(estimate.half_width().unwrap(), 2.776_445_105 * 2.5f64.sqrt() / 5f64.sqrt(), 1e-8);
        near(estimate.relative_half_width().unwrap(), 1.963_243_161 / 3.0, 1e-8);
        assert!(estimate.contains(1.04) && estimate.excludes(1.03));
    }

    #[test]
    fn a_higher_level_gives_a_wider_interval() {
        let width = |level| Estimate::of(&[1.0, 4.0, 2.0, 8.0], level).half_width().unwrap();
        assert!(width(0.5) < width(0.9) && width(0.9) < width(0.95) && width(0.95) < width(0.99));
    }

    #[test]
    fn an_infinite_value_leaves_no_interval() {
        assert_eq!(Estimate::of(&[1.0, f64::INFINITY], 0.95).interval, None);
    }
}
