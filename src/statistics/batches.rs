//! Whether batches of one run may be taken for independent.
//!
//! An interval from batch means assumes that the means do not depend on each other, which holds if batches are long
//! enough. Von Neumann's ratio (1941), the mean square of successive differences over the variance, is about 2 for
//! independent values and less for positively correlated ones. Under independence 1 - ratio / 2 is nearly normal with
//! variance (n - 2) / (n^2 - 1) (G. S. Fishman, Grouping observations in digital simulation, Management Science 24(5), 1978).

use statrs::distribution::{ContinuousCDF, Normal};

use super::moments::{mean, measured};

/// How successive values depend on each other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Correlation {
    /// Correlation of each value with the next.
    pub lag_1: f64,
    /// Von Neumann's ratio.
    pub ratio: f64,
    /// How likely independent values would have so small a ratio, or a smaller one.
    pub p: f64,
}

/// The correlation of successive values; none of fewer than eight, or of equal ones. NaN values are left out.
pub fn correlation(values: &[f64]) -> Option<Correlation> {
    let values = measured(values);
    let n = values.len() as f64;
    let centre = mean(&values);
    let squares: f64 = values.iter().map(|value| (value - centre) * (value - centre)).sum();
    if values.len() < 8 || !(squares > 0.0 && squares.is_finite()) {
        return None;
    }
    let products: f64 = values.windows(2).map(|pair| (pair[0] - centre) * (pair[1] - centre)).sum();
    let differences: f64 = values.windows(2).map(|pair| (pair[1] - pair[0]) * (pair[1] - pair[0])).sum();
    let ratio = differences / squares;
    let z = (1.0 - ratio / 2.0) / ((n - 2.0) / (n * n - 1.0)).sqrt();
    Some(Correlation { lag_1: products / squares, ratio, p: Normal::standard().sf(z) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::streams::mix;

    fn noise(index: u64) -> f64 {
        (mix(index) >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
    }

    #[test]
    fn independent_values_are_found_correlated_as_seldom_as_the_level_says() {
        let found = (0..2000).filter(|&start| {
            let values: Vec<f64> = (0..20).map(|index| noise(start * 100 + index)).collect();
            correlation(&values).unwrap().p < 0.05
        });
        // 100 of 2,000 on average, with a standard deviation of 10.
        let found = found.count();
        assert!((65..=135).contains(&found), "{found}");
    }

    #[test]
    fn values_that_follow_their_predecessors_are_correlated() {
        let mut value = 0.0;
        let walk: Vec<f64> = (0..40)
            .map(|index| {
                value = 0.8 * value + noise(index);
                value
            })
            .collect();
        let found = correlation(&walk).unwrap();
        assert!(found.p < 1e-3 && found.lag_1 > 0.5 && found.ratio < 1.0, "{found:?}");
        let alternating: Vec<f64> = (0..40).map(|index| f64::from(index % 2)).collect();
        assert!(correlation(&alternating).unwrap().p > 0.999);
    }

    #[test]
    fn few_values_or_equal_ones_say_nothing() {
        assert_eq!(correlation(&[1.0, 2.0, 3.0, f64::NAN]), None);
        assert_eq!(correlation(&[7.0; 30]), None);
    }
}
