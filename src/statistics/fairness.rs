//! How evenly something (acquisitions, hold time, progress) was shared out. All indices are without unit.
//!
//! Shares are not negative; a negative one makes an index meaningless. NaN shares are left out, and an index of no
//! shares is NaN. Where nobody got anything all got the same, and the index says "perfectly fair".

use super::moments::{mean, measured};

/// Jain's index, (sum x)^2 / (n sum x^2): 1 when all shares are equal, 1/n when one takes everything.
///
/// Source: Jain, Chiu & Hawe, DEC-TR-301 (1984).
pub fn jain(shares: &[f64]) -> f64 {
    let shares = measured(shares);
    let Some(largest) = shares.iter().copied().reduce(f64::max) else { return f64::NAN };
    if largest == 0.0 {
        return 1.0;
    }
    let sum: f64 = shares.iter().map(|share| share / largest).sum();
    let squares: f64 = shares.iter().map(|share| (share / largest) * (share / largest)).sum();
    sum * sum / (shares.len() as f64 * squares)
}

/// Jain's index of `shares[i] / weights[i]`: 1 when everyone got in proportion to a weight above zero.
///
/// # Panics
/// When the slices differ in length, or a weight is not above zero.
pub fn weighted_jain(shares: &[f64], weights: &[f64]) -> f64 {
    assert_eq!(shares.len(), weights.len(), "each share needs a weight");
    assert!(weights.iter().all(|&weight| weight > 0.0), "a weight is not above zero");
    let scaled: Vec<f64> = shares.iter().zip(weights).map(|(share, weight)| share / weight).collect();
    jain(&scaled)
}

/// The Gini coefficient, `sum over i, j of |x_i - x_j| / (2 n sum x)`: 0 when all are equal, 1 - 1/n when one takes
/// everything.
///
/// Computed from the ordered shares as `sum of (2 i - n - 1) x_i / (n sum x)`.
pub fn gini(shares: &[f64]) -> f64 {
    let mut ascending = measured(shares);
    if ascending.is_empty() {
        return f64::NAN;
    }
    ascending.sort_by(f64::total_cmp);
    let n = ascending.len() as f64;
    let total: f64 = ascending.iter().sum();
    if total == 0.0 {
        return 0.0;
    }
    let ranked: f64 = ascending.iter().zip(1u32..).map(|(share, rank)| (2.0 * f64::from(rank) - n - 1.0) * share).sum();
    ranked / (n * total)
}

/// The standard deviation of the shares (divisor n) over their mean: 0 when all are equal, sqrt(n - 1) when one takes
/// everything. NaN of no shares; 0 where nobody got anything.
pub fn relative_deviation(shares: &[f64]) -> f64 {
    let shares = measured(shares);
    let centre = mean(&shares);
    if centre == 0.0 {
        return 0.0;
    }
    let squares: f64 = shares.iter().map(|share| (share - centre).powi(2)).sum();
    (squares / shares.len() as f64).sqrt() / centre
}

/// The largest share over the smallest; infinite where one is zero and not all, 1 where nobody got anything, NaN of none.
pub fn max_over_min(shares: &[f64]) -> f64 {
    let shares = measured(shares);
    let end = |better: fn(f64, f64) -> f64| shares.iter().copied().reduce(better);
    let (Some(most), Some(least)) = (end(f64::max), end(f64::min)) else { return f64::NAN };
    if most == 0.0 { 1.0 } else { most / least }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fifo_with_unequal_holds_has_the_jain_index_of_its_holds() {
        assert!((jain(&[10.0, 1.0]) - 0.5990).abs() < 5e-5);
        assert!((jain(&[2.0, 1.0]) - 0.9).abs() < 1e-15);
        let mut holds = [30e-9; 16];
        holds[8..].fill(10e-9);
        assert!((jain(&holds) - 0.8).abs() < 1e-15);
    }

    #[test]
    fn indices_run_from_one_owner_to_equal_shares() {
        assert_eq!(jain(&[0.0, 8.0, 0.0, 0.0]), 0.25);
        assert_eq!(gini(&[0.0, 8.0, 0.0, 0.0]), 0.75);
        assert_eq!(jain(&[3.0; 5]), 1.0);
        assert_eq!(gini(&[3.0; 5]), 0.0);
    }

    #[test]
    fn the_deviation_of_shares_and_their_extremes_agree_with_jains_index() {
        let shares = [5.0, 1.0, 4.0, 1.0, 9.0];
        let deviation = relative_deviation(&shares);
        assert!((jain(&shares) - 1.0 / (1.0 + deviation * deviation)).abs() < 1e-15);
        assert!((relative_deviation(&[0.0, 0.0, 7.0, 0.0]) - 3f64.sqrt()).abs() < 1e-15);
        assert_eq!((relative_deviation(&[0.1; 7]), relative_deviation(&[0.0, 0.0])), (0.0, 0.0));
        assert_eq!((max_over_min(&shares), max_over_min(&[0.0, 2.0])), (9.0, f64::INFINITY));
        assert_eq!((max_over_min(&[0.0, 0.0]), max_over_min(&[]).is_nan()), (1.0, true));
    }

    #[test]
    fn the_gini_coefficient_is_that_of_the_pairwise_differences() {
        let shares = [5.0, 1.0, 4.0, 1.0, 9.0];
        let pairs: f64 = shares.iter().flat_map(|a| shares.iter().map(move |b| f64::abs(a - b))).sum();
        assert!((gini(&shares) - pairs / (2.0 * 5.0 * 20.0)).abs() < 1e-15);
    }

    #[test]
    fn shares_in_proportion_to_weights_are_fair() {
        assert!((weighted_jain(&[6.0, 3.0, 9.0], &[2.0, 1.0, 3.0]) - 1.0).abs() < 1e-15);
        assert!(weighted_jain(&[1.0, 1.0], &[2.0, 1.0]) < 1.0);
    }

    #[test]
    fn nobody_getting_anything_is_fair_and_nobody_at_all_is_undefined() {
        assert_eq!((jain(&[0.0, 0.0]), gini(&[0.0, 0.0])), (1.0, 0.0));
        assert!(jain(&[]).is_nan() && gini(&[f64::NAN]).is_nan());
    }

    #[test]
    fn scale_does_not_matter_even_at_the_ends_of_the_range() {
        for scale in [1e-200, 1.0, 1e200] {
            assert!((jain(&[10.0 * scale, scale]) - 121.0 / 202.0).abs() < 1e-15);
        }
    }
}
