//! Paired comparison of two systems that met the same random numbers.
//!
//! Value i of both slices comes from replication i. Pairing takes the common randomness out of the comparison, so the
//! interval is narrower than that of two independent means. A pair with a NaN in it is left out.

use super::interval::Estimate;

/// The mean of `ours[i] - theirs[i]`, in the unit of the values, with its paired-t interval at confidence `level`.
///
/// # Panics
/// When the slices differ in length, or `level` is not between 0 and 1.
pub fn difference(ours: &[f64], theirs: &[f64], level: f64) -> Estimate {
    paired(ours, theirs, level, |a, b| a - b)
}

/// The mean of `ours[i] / theirs[i]`, without unit, with its paired-t interval at confidence `level`.
///
/// This is the mean of the ratios, not the ratio of the means. A zero in `theirs` makes the ratio infinite and leaves
/// no interval; zero over zero is left out.
///
/// # Panics
/// When the slices differ in length, or `level` is not between 0 and 1.
pub fn ratio(ours: &[f64], theirs: &[f64], level: f64) -> Estimate {
    paired(ours, theirs, level, |a, b| a / b)
}

fn paired(ours: &[f64], theirs: &[f64], level: f64, compare: impl Fn(f64, f64) -> f64) -> Estimate {
    assert_eq!(ours.len(), theirs.len(), "paired values need the same replications on both sides");
    let compared: Vec<f64> = ours.iter().zip(theirs).map(|(&a, &b)| compare(a, b)).collect();
    Estimate::of(&compared, level)
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
        assert!((estimate.half_width.unwrap() - 3.182_446 * (2.0f64 / 3.0).sqrt() / 2.0).abs() < 1e-6);
        assert!(estimate.half_width < Estimate::of(&OURS, 0.95).half_width);
    }

    #[test]
    fn ratios_are_taken_per_replication() {
        let estimate = ratio(&[2.0, 9.0], &[1.0, 3.0], 0.95);
        assert_eq!((estimate.n, estimate.mean), (2, 2.5));
    }

    #[test]
    fn a_pair_with_a_missing_side_is_left_out() {
        let estimate = difference(&[1.0, f64::NAN, 5.0], &[0.0, 1.0, f64::NAN], 0.95);
        assert_eq!(estimate, Estimate { n: 1, mean: 1.0, half_width: None });
    }

    #[test]
    fn a_zero_denominator_leaves_no_interval() {
        assert_eq!(ratio(&[1.0, 1.0, 2.0], &[0.0, 1.0, 1.0], 0.95).half_width, None);
    }

    #[test]
    #[should_panic(expected = "same replications")]
    fn slices_of_different_length_are_refused() {
        difference(&[1.0], &[], 0.95);
    }
}
