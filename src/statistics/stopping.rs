//! When enough replications have been done: the half-width of an estimate's interval, relative to the estimate.
//!
//! The estimate may be a mean with Student's interval, a quantile of all observations with that of [`order`](super::order),
//! or made of such with that of [`sectioning`](super::sectioning). Of an interval that reaches farther to one side the
//! half-width is half of its width: what is to be narrow is the range of values that may be the true one.
//!
//! Whoever asks after each replication, in their order, and stops at the first yes decides by the data alone: how many
//! replications were done at a time changes nothing. The price of looking again and again is that the interval holds the
//! true value a little less often than it says, the more so the fewer replications it may stop at (Law, Simulation Modeling and
//! Analysis, 5th ed., 9.4.1, advises ten or more).

use super::interval::Estimate;

/// Whether the half-width is at most so large a part of the estimate.
///
/// An estimate without spread is as precise as can be. One without an interval has no precision.
pub fn is_precise(estimate: &Estimate, relative: f64) -> bool {
    estimate.relative_half_width().is_some_and(|width| width <= relative)
}

/// How many replications are likely to be enough: the half-width falls with the square root of their number.
///
/// At least one more than there are, and at most twice as many, since the spread of few values says little.
pub fn forecast(estimate: &Estimate, relative: f64) -> u64 {
    let n = estimate.n as u64;
    let needed = estimate.relative_half_width().map(|width| n as f64 * (width / relative).powi(2));
    let most = (2 * n).max(n + 1);
    needed.filter(|needed| *needed < most as f64).map_or(most, |needed| (needed.ceil() as u64).max(n + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_precise_mean(values: &[f64], relative: f64) -> bool {
        is_precise(&Estimate::of(values, 0.95), relative)
    }

    #[test]
    fn values_are_precise_when_the_half_width_is_small_against_the_mean() {
        let values = [9.0, 10.0, 11.0, 10.0];
        // t(3, 0.975) = 3.182446, sd = 0.816497, so the half-width is 1.299228 and 12.99228 % of the mean.
        assert!(is_precise_mean(&values, 0.129_93) && !is_precise_mean(&values, 0.129_92));
        let negative = values.map(|value| -value);
        assert!(is_precise_mean(&negative, 0.129_93) && !is_precise_mean(&negative, 0.129_92));
    }

    #[test]
    fn what_has_no_interval_is_not_precise_and_what_has_no_spread_is() {
        let is_precise = is_precise_mean;
        assert!(!is_precise(&[], 0.5) && !is_precise(&[1.0], 0.5) && !is_precise(&[1.0, f64::INFINITY], 0.5));
        assert!(!is_precise(&[f64::NAN; 9], 0.5) && !is_precise(&[-1.0, 1.0], 0.5));
        assert!(is_precise(&[2.0, 2.0], 1e-9) && is_precise(&[0.0, 0.0], 1e-9));
    }

    #[test]
    fn the_forecast_follows_the_square_of_the_width_within_bounds() {
        let estimate = Estimate::of(&[9.0, 10.0, 11.0, 10.0, 9.0, 11.0, 10.0, 10.0], 0.95);
        let width = estimate.relative_half_width().unwrap();
        assert_eq!(forecast(&estimate, width / 1.2), 12);
        assert_eq!(forecast(&estimate, width / 10.0), 16);
        assert_eq!(forecast(&estimate, width * 10.0), 9);
        let of = |values: &[f64]| forecast(&Estimate::of(values, 0.95), 0.1);
        assert_eq!((of(&[]), of(&[1.0])), (1, 2));
    }
}
