//! Comparison with values as a table prints them.

/// Fails unless `value` rounds to `expected` at that many decimals.
#[track_caller]
pub(super) fn assert_printed(value: f64, expected: f64, decimals: i32) {
    let tolerance = 0.5001 * 10f64.powi(-decimals);
    assert!((value - expected).abs() <= tolerance, "{value} is not {expected} to {decimals} decimals");
}
