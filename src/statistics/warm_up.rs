//! Where the warm-up of a run ends: MSER-5.
//!
//! White, Cobb & Spratt (2000), "A comparison of five steady-state truncation heuristics for simulation", Proc. Winter
//! Simulation Conference: the observations are put together in batches of five, and so many batches are dropped that the
//! marginal standard error of those that remain is least. Dropping more than half is not considered: so short a run does
//! not tell where its warm-up ends.

/// Observations of a batch.
const BATCH: usize = 5;

/// How many observations to drop from the beginning of a series; a multiple of five, and at most half of them.
///
/// A series without any change, or of fewer than two batches, has no warm-up.
pub fn mser5(series: &[f64]) -> usize {
    let batches: Vec<f64> = series.chunks_exact(BATCH).map(|batch| batch.iter().sum::<f64>() / BATCH as f64).collect();
    let errors = (0..=batches.len() / 2).map(|dropped| (dropped, squared_error(&batches[dropped..])));
    // The first of equal ones: nothing is dropped without a reason.
    let best = errors.reduce(|best, next| if next.1 < best.1 { next } else { best });
    best.map_or(0, |(dropped, _)| dropped * BATCH)
}

/// The moving average of a series over `window` values on either side, and over fewer at the beginning, where there are no
/// more before; the last `window` values have none (Welch, 1983).
pub fn moving_average(series: &[f64], window: usize) -> Vec<f64> {
    let averages = (0..series.len().saturating_sub(window)).map(|at| {
        let reach = window.min(at);
        let near = &series[at - reach..=at + reach];
        near.iter().sum::<f64>() / near.len() as f64
    });
    averages.collect()
}

/// The square of the standard error of the mean, as if the values were independent: their variance over their number.
fn squared_error(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / (n * n)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers between -0.5 and 0.5 without visible order.
    fn noise(index: usize) -> f64 {
        (crate::kernel::streams::mix(index as u64) >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
    }

    #[test]
    fn the_beginning_is_dropped_up_to_where_the_series_is_level() {
        let ramp = |index: usize| (index as f64 / 200.0).min(1.0) * 20.0 + noise(index);
        let dropped = mser5(&(0..1000).map(ramp).collect::<Vec<_>>());
        assert!((180..=210).contains(&dropped), "{dropped}");
        // Behind the burst all batches have the same mean.
        let burst = |index: usize| if index < 100 { 9.0 } else { (index % 5) as f64 };
        assert_eq!(mser5(&(0..1000).map(burst).collect::<Vec<_>>()), 100);
    }

    #[test]
    fn a_level_series_loses_little_and_a_constant_one_nothing() {
        let level: Vec<f64> = (0..1000).map(noise).collect();
        assert!(mser5(&level) < 100, "{}", mser5(&level));
        assert_eq!((mser5(&[7.0; 1000]), mser5(&[1.0, 2.0, 3.0]), mser5(&[])), (0, 0, 0));
    }

    #[test]
    fn the_moving_average_is_narrow_at_the_beginning_and_ends_before_the_end() {
        assert_eq!(moving_average(&[1.0, 2.0, 6.0, 2.0, 4.0], 1), [1.0, 3.0, 10.0 / 3.0, 4.0]);
        assert_eq!(moving_average(&[1.0, 2.0, 6.0, 1.0, 5.0], 2), [1.0, 3.0, 3.0]);
        assert_eq!(moving_average(&[1.0], 3), [0.0; 0]);
    }

    #[test]
    fn never_more_than_half_is_dropped() {
        let rising: Vec<f64> = (0..1000).map(f64::from).collect();
        assert_eq!(mser5(&rising), 500);
    }
}
