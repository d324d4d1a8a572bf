//! Laplace-Stieltjes transforms b*(s) = E\[e^(-s S)\] of common laws of hold times; s per second.

/// Always `mean` seconds: e^(-s b).
pub fn deterministic(mean: f64) -> impl Fn(f64) -> f64 {
    move |s| (-s * mean).exp()
}

/// Exponential with `mean` seconds: mu / (mu + s).
pub fn exponential(mean: f64) -> impl Fn(f64) -> f64 {
    move |s| 1.0 / (1.0 + s * mean)
}

/// Erlang with `shape` phases and `mean` seconds: (k / (k + s b))^k.
pub fn erlang(shape: u32, mean: f64) -> impl Fn(f64) -> f64 {
    let phases = f64::from(shape);
    move |s| (phases / (phases + s * mean)).powf(phases)
}

/// Two-branch hyperexponential, rate `first` with probability `p`, else rate `second`: p m1 / (m1 + s) + (1 - p) m2 /
/// (m2 + s).
///
/// Its mean is p / m1 + (1 - p) / m2 seconds.
pub fn hyperexponential(p: f64, first: f64, second: f64) -> impl Fn(f64) -> f64 {
    move |s| p * first / (first + s) + (1.0 - p) * second / (second + s)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transforms_start_at_one_and_fall_with_the_mean() {
        fn check(transform: impl Fn(f64) -> f64, mean: f64) {
            assert!((transform(0.0) - 1.0).abs() < 1e-15);
            let step = 1e-6;
            assert!(((1.0 - transform(step)) / step - mean).abs() < 1e-4);
        }
        check(deterministic(2.0), 2.0);
        check(exponential(2.0), 2.0);
        check(erlang(3, 2.0), 2.0);
        check(hyperexponential(0.25, 4.0, 0.5), 0.25 / 4.0 + 0.75 / 0.5);
    }

    #[test]
    fn one_erlang_phase_is_exponential_and_many_are_deterministic() {
        assert!((erlang(1, 2.0)(0.7) - exponential(2.0)(0.7)).abs() < 1e-15);
        assert!((erlang(1_000_000, 2.0)(0.7) - deterministic(2.0)(0.7)).abs() < 1e-6);
    }
}
