//! Mean and standard deviation, summed in the order of the slice.

/// The values that were measured, in their order.
pub(super) fn measured(values: &[f64]) -> Vec<f64> {
    values.iter().copied().filter(|value| !value.is_nan()).collect()
}

/// The mean; NaN of an empty slice.
///
/// Summed about the first value, so that equal values have exactly that mean and a standard deviation of zero.
pub(super) fn mean(values: &[f64]) -> f64 {
    let Some(&origin) = values.first() else { return f64::NAN };
    origin + values.iter().map(|value| value - origin).sum::<f64>() / values.len() as f64
}

/// The sample standard deviation (divisor n - 1), in two passes; NaN of fewer than two values.
pub(super) fn standard_deviation(values: &[f64]) -> f64 {
    if values.len() < 2 {
        return f64::NAN;
    }
    let mean = mean(values);
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    (squares / (values.len() - 1) as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_have_exactly_their_mean_and_no_spread() {
        let values = [0.1; 37];
        assert_eq!(mean(&values), 0.1);
        assert_eq!(standard_deviation(&values), 0.0);
    }

    #[test]
    fn a_large_common_offset_does_not_hide_the_spread() {
        let values = [1e9 + 4.0, 1e9 + 7.0, 1e9 + 13.0, 1e9 + 16.0];
        assert_eq!(mean(&values), 1e9 + 10.0);
        assert!((standard_deviation(&values) - 30f64.sqrt()).abs() < 1e-12);
    }
}
