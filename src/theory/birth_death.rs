//! Stationary law of a finite birth-and-death chain.

/// The probabilities of states 0, 1, 2, ... given the ratio of each state's probability to the one before it.
///
/// Weights are kept as logarithms: a chain may have several modes with valleys too deep for a product of ratios.
pub(super) fn stationary(ratios: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut weights = vec![0.0];
    let mut logarithm = 0.0;
    for ratio in ratios {
        logarithm += ratio.ln();
        weights.push(logarithm);
    }
    let largest = weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    for weight in &mut weights {
        *weight = (*weight - largest).exp();
    }
    let total: f64 = weights.iter().sum();
    weights.iter().map(|weight| weight / total).collect()
}

/// The mean of `value(state)` under `law`.
pub(super) fn mean(law: &[f64], value: impl Fn(f64) -> f64) -> f64 {
    law.iter().enumerate().map(|(state, probability)| value(state as f64) * probability).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constant_ratios_give_the_geometric_law() {
        let law = stationary(std::iter::repeat_n(0.5, 3));
        for (probability, expected) in law.iter().zip([8.0, 4.0, 2.0, 1.0]) {
            assert!((probability - expected / 15.0).abs() < 1e-15);
        }
    }

    #[test]
    fn two_modes_keep_their_weight_across_a_deep_valley() {
        let law = stationary((0..2_000).map(|step| if step < 1_000 { 0.1 } else { 10.0 }));
        assert!((law[0] - 0.45).abs() < 1e-9 && (law[2_000] - 0.45).abs() < 1e-9);
    }

    #[test]
    fn an_impossible_transition_cuts_the_chain() {
        assert_eq!(stationary([1.0, 0.0, 5.0].into_iter()), [0.5, 0.5, 0.0, 0.0]);
    }
}
