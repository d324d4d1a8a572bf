//! Paired comparison of two systems that met the same random numbers.
//!
//! Value i of both slices comes from replication i. Pairing takes the common randomness out of the comparison, so the
//! interval is narrower than that of two independent means. A pair with a NaN in it is left out.

use super::interval::{Estimate, student_t_quantile};
use super::moments::mean;

/// The mean of `ours[i] - theirs[i]`, in the unit of the values, with its paired-t interval at confidence `level`.
///
/// # Panics
/// When the slices differ in length, or `level` is not between 0 and 1.
pub fn difference(ours: &[f64], theirs: &[f64], level: f64) -> Estimate {
    assert_eq!(ours.len(), theirs.len(), "paired values need the same replications on both sides");
    let differences: Vec<f64> = ours.iter().zip(theirs).map(|(&a, &b)| a - b).collect();
    Estimate::of(&differences, level)
}

/// A ratio of two means with its confidence interval, where there is one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ratio {
    /// How many pairs were used.
    pub n: usize,
    /// The mean of ours over the mean of theirs; no unit.
    pub ratio: f64,
    /// The ends of the interval, which need not be symmetric about the ratio.
    pub interval: Option<(f64, f64)>,
}

/// The mean of `ours` over the mean of `theirs` with Fieller's interval at confidence `level` (E. C. Fieller, 1954):
/// all ratios r for which the paired t test does not tell the mean of `ours[i] - r theirs[i]` from zero.
///
/// There is none for fewer than two pairs, nor when the mean of `theirs` does not differ from zero at this level: then
/// no ratio is too large. A mean of zero in `theirs` makes the ratio infinite, or NaN.
///
/// # Panics
/// When the slices differ in length, or `level` is not between 0 and 1.
pub fn ratio_of_means(ours: &[f64], theirs: &[f64], level: f64) -> Ratio {
    assert_eq!(ours.len(), theirs.len(), "paired values need the same replications on both sides");
    let pairs = ours.iter().zip(theirs).filter(|(one, other)| !one.is_nan() && !other.is_nan());
    let (ours, theirs): (Vec<f64>, Vec<f64>) = pairs.unzip();
    let n = ours.len();
    let (a, b) = (mean(&ours), mean(&theirs));
    let interval = (n > 1).then(|| {
        let t = student_t_quantile(f64::midpoint(1.0, level), (n - 1) as f64);
        let scale = t * t / (n as f64 * (n - 1) as f64);
        let deviations: Vec<(f64, f64)> = ours.iter().zip(&theirs).map(|(x, y)| (x - a, y - b)).collect();
        let sum = |term: &dyn Fn(f64, f64) -> f64| deviations.iter().map(|&(dx, dy)| term(dx, dy)).sum::<f64>();
        let (xy, yy) = (sum(&|dx, dy| dx * dy), sum(&|_, dy| dy * dy));
        // The roots r of (a - r b)^2 = scale * sum of (dx - r dy)^2; the discriminant as sums of squares, so that nothing
        // cancels where the values are proportional.
        let (square, half) = (b * b - scale * yy, a * b - scale * xy);
        let slope = if yy > 0.0 { xy / yy } else { 0.0 };
        let along = scale * sum(&|dx, dy| (a * dy - b * dx).powi(2));
        let across = scale * scale * yy * sum(&|dx, dy| (dx - slope * dy).powi(2));
        let root = (along - across).max(0.0).sqrt();
        (square > 0.0).then(|| ((half - root) / square, (half + root) / square))
    });
    let interval = interval.flatten().filter(|(low, high)| low.is_finite() && high.is_finite());
    Ratio { n, ratio: a / b, interval }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: [f64; 4] = [12.0, 25.0, 9.0, 31.0];
    const THEIRS: [f64; 4] = [10.0, 22.0, 8.0, 29.0];

    #[test]
    fn differences_keep_the_sign_and_lose_the_common_variation() {
        let estimate = difference(&OURS, &THEIRS, 0.95);
        assert_eq!((estimate.n, estimate.mean), (4, 2.0));
        assert!(estimate.excludes(0.0));
        assert!((estimate.half_width().unwrap() - 3.182_446 * (2.0f64 / 3.0).sqrt() / 2.0).abs() < 1e-6);
        assert!(estimate.half_width() < Estimate::of(&OURS, 0.95).half_width());
    }

    #[test]
    fn the_interval_of_a_ratio_is_where_the_paired_test_changes_its_mind() {
        let ratio = ratio_of_means(&OURS, &THEIRS, 0.95);
        assert_eq!((ratio.n, ratio.ratio), (4, 77.0 / 69.0));
        let (low, high) = ratio.interval.unwrap();
        assert!(low < ratio.ratio && ratio.ratio < high);
        for end in [low, high] {
            let scaled: Vec<f64> = THEIRS.iter().map(|value| value * end).collect();
            let estimate = difference(&OURS, &scaled, 0.95);
            assert!((estimate.mean.abs() / estimate.half_width().unwrap() - 1.0).abs() < 1e-9, "{estimate:?}");
        }
    }

    #[test]
    fn the_ratio_of_proportional_values_is_exact() {
        let ours: Vec<f64> = THEIRS.iter().map(|value| value * 3.0).collect();
        let (low, high) = ratio_of_means(&ours, &THEIRS, 0.95).interval.unwrap();
        assert!((low - 3.0).abs() < 1e-9 && (high - 3.0).abs() < 1e-9, "{low} {high}");
    }

    #[test]
    fn a_denominator_that_may_be_zero_leaves_no_interval() {
        let ratio = ratio_of_means(&[1.0, 2.0, 3.0], &[-1.0, 0.5, 1.0], 0.95);
        assert_eq!(ratio.interval, None);
        assert!(ratio_of_means(&[1.0, 1.0], &[0.0, 0.0], 0.95).ratio.is_infinite());
        assert_eq!(ratio_of_means(&[1.0], &[2.0], 0.95), Ratio { n: 1, ratio: 0.5, interval: None });
    }

    #[test]
    fn a_pair_with_a_missing_side_is_left_out() {
        let estimate = difference(&[1.0, f64::NAN, 5.0], &[0.0, 1.0, f64::NAN], 0.95);
        assert_eq!(estimate, Estimate { n: 1, mean: 1.0, interval: None });
    }

    #[test]
    #[should_panic(expected = "same replications")]
    fn slices_of_different_length_are_refused() {
        difference(&[1.0], &[], 0.95);
    }
}
