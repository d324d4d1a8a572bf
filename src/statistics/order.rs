//! Intervals for quantiles of all observations of several runs: from one of these observations to another.
//!
//! The estimate is the quantile of all observations put together: a mean of the runs' quantiles would be biased, since
//! each is, and would be so however many runs there were. Its interval takes the quantile of a lower and of a higher share, as
//! order-statistic intervals do, so it need not be symmetric, lies within what was observed, and knows no density.
//!
//! How far apart these shares are is what dependence changes. Observations of one run depend on each other, so that their number
//! says nothing about the precision; the runs are independent. They are *clusters* of observations (R. S. Woodruff, Confidence
//! intervals for medians and other position measures, JASA 47, 1952; C. A. Francisco & W. A. Fuller, Quantile estimation with a
//! complex survey design, Annals of Statistics 19, 1991). Of the `N` observations of `n` runs, of which run i has `n_i`, the share
//! `F` is at or below the estimate, and `c_i` of run i. `F` is a ratio of sums over runs, with the variance
//!
//! v = n / (n - 1) `sum of (c_i - F n_i)^2 / N^2`,
//!
//! and the interval of the quantile of the share p goes from that of p - d to that of p + d, d = t(n - 1) sqrt(v). Runs of one
//! observation each make it the order-statistic interval of independent observations in its normal approximation.
//!
//! Where p + d is 1 or more, it ends at the largest observation; so it does below. That covers as often as it should while some tens
//! of observations lie beyond the estimate. There is no interval where not even independent observations would be
//! enough: when the largest of `N` is below the quantile, p^N, more often than in half of the cases that may be missed.
//!
//! A largest value has no interval: it grows with the number of observations.

use super::distribution::Distribution;
use super::interval::student_t_quantile;

/// What a run has observed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Its observations.
    pub count: u64,
    /// Those at or below the estimate.
    pub below: u64,
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.count += other.count;
        self.below += other.below;
    }
}

/// The interval at confidence `level` of the quantile `share` of all observations, of which `whole` is the distribution and
/// which the runs, tallied, made; in the unit of the observations.
///
/// Runs without observations are left out; fewer than two give no interval, nor does too small a number of observations.
///
/// # Panics
/// When `level` is not between 0 and 1.
pub fn interval(whole: &Distribution, share: f64, runs: &[Tally], level: f64) -> Option<(u64, u64)> {
    assert!(level > 0.0 && level < 1.0, "confidence level {level} is not between 0 and 1");
    let reach = reach(runs, level).filter(|_| is_enough(runs, share, level))?;
    Some((whole.quantile((share - reach).max(0.0))?, whole.quantile((share + reach).min(1.0))?))
}

/// How far the share at or below the estimate may be from the true one.
fn reach(runs: &[Tally], level: f64) -> Option<f64> {
    let runs: Vec<&Tally> = runs.iter().filter(|run| run.count > 0).collect();
    let n = runs.len() as f64;
    let all = runs.iter().map(|run| run.count as f64).sum::<f64>();
    let share = runs.iter().map(|run| run.below as f64).sum::<f64>() / all;
    let squares: f64 = runs.iter().map(|run| (run.below as f64 - share * run.count as f64).powi(2)).sum();
    (runs.len() > 1)
        .then(|| student_t_quantile(f64::midpoint(1.0, level), n - 1.0) * (squares * n / (n - 1.0)).sqrt() / all)
}

/// Whether as many independent observations would reach beyond the quantile on either side.
fn is_enough(runs: &[Tally], share: f64, level: f64) -> bool {
    let count = runs.iter().map(|run| run.count as f64).sum::<f64>();
    share.max(1.0 - share).powf(count) <= (1.0 - level) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::distribution::tests::of;

    /// Runs with so many of so many observations at or below the estimate.
    fn tallies(runs: &[(u64, u64)]) -> Vec<Tally> {
        runs.iter().map(|&(below, count)| Tally { count, below }).collect()
    }

    #[test]
    fn runs_of_one_observation_give_the_ranks_of_the_binomial_law() {
        // Of 100 independent observations the ranks 40 and 61 hold the median in 95 of 100 cases (normal: 50 - 9.8, 50 + 9.8 and
        // one more). With t(99) = 1.984 instead of 1.960 and n - 1 the reach is 0.0997: the ranks 41 and 60.
        let runs: Vec<Tally> = (1..=100).map(|value| Tally { count: 1, below: u64::from(value <= 50) }).collect();
        assert_eq!(interval(&of(1..=100), 0.5, &runs, 0.95), Some((41, 60)));
    }

    #[test]
    fn the_reach_is_that_of_the_variance_between_runs() {
        // F = 0.9; residuals 4, -4, 0, 0 of 100 each: v = 4 / 3 * 32 / 400^2, t(3) = 3.182446.
        let runs = tallies(&[(94, 100), (86, 100), (90, 100), (90, 100)]);
        let reach = 3.182_446 * (4.0 / 3.0 * 32.0_f64).sqrt() / 400.0;
        let (low, high) = interval(&of(1..=400), 0.9, &runs, 0.95).unwrap();
        assert_eq!((low, high), ((400.0 * (0.9 - reach)).ceil() as u64, (400.0 * (0.9 + reach)).ceil() as u64));
        // A run that has twice as many observations with the same share says the same.
        assert_eq!(interval(&of(1..=400), 0.9, &tallies(&[(90, 100), (180, 200)]), 0.95), Some((360, 360)));
    }

    #[test]
    fn an_interval_that_reaches_beyond_all_observations_ends_at_the_last() {
        let runs = tallies(&[(100, 100), (98, 100), (99, 100), (99, 100)]);
        let (low, high) = interval(&of(1..=400), 0.99, &runs, 0.95).unwrap();
        assert!((380..396).contains(&low) && high == 400, "{low} {high}");
    }

    #[test]
    fn too_few_runs_or_observations_give_no_interval() {
        let whole = of(1..=200);
        assert_eq!(interval(&whole, 0.5, &tallies(&[(100, 200)]), 0.95), None);
        assert_eq!(interval(&whole, 0.5, &tallies(&[(100, 200), (0, 0)]), 0.95), None);
        let runs = tallies(&[(99, 100), (99, 100)]);
        // 0.99^368 is just below 0.025.
        assert_eq!(interval(&whole, 0.99, &runs, 0.95), None);
        assert!(interval(&of(1..=400), 0.99, &tallies(&[(198, 200), (198, 200)]), 0.95).is_some());
    }
}
