//! Optimal computing budget allocation (OCBA): where the next observations say most about which system is best.
//!
//! C.-H. Chen, J. Lin, E. Yücesan and S. E. Chick, "Simulation budget allocation for further enhancing the efficiency of ordinal
//! optimization", Discrete Event Dynamic Systems 10 (2000). Systems that are close to the best, or noisy, get more. There is
//! no guarantee beforehand: [`super::shortfall`] and [`super::probability`] tell afterwards what was reached.

use super::{Selected, Systems, highest, mean};

/// The procedure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ocba {
    /// Observations of each system before anything is allocated; at least 3.
    pub first: usize,
    /// How many are allocated at a time.
    pub step: usize,
}

impl Ocba {
    /// The best of these systems once the budget is used up; never finished, as there is no end but that.
    ///
    /// # Errors
    /// Those of the observations.
    pub fn select<S: Systems>(&self, systems: &mut S, among: &[usize]) -> Result<Selected, S::Error> {
        let wanted: Vec<(usize, usize)> = among.iter().map(|&system| (system, self.first)).collect();
        let mut going = systems.observe(&wanted)?;
        while going {
            let counts: Vec<usize> = among.iter().map(|&system| systems.observations(system).len()).collect();
            let of = |value: fn(&[f64]) -> f64| -> Vec<f64> {
                among.iter().map(|&system| value(systems.observations(system))).collect()
            };
            let costs = of(|values| -mean(values, values.len()));
            let more = allocate(&costs, &of(variance), &counts, self.step);
            let wanted: Vec<(usize, usize)> =
                among.iter().zip(counts.iter().zip(&more)).map(|(&system, (n, more))| (system, n + more)).collect();
            going = systems.observe(&wanted)?;
        }
        let best = highest(systems, among, usize::MAX);
        Ok(Selected { best, rivals: among.iter().copied().filter(|&system| system != best).collect(), finished: false })
    }
}

fn variance(values: &[f64]) -> f64 {
    let mean = mean(values, values.len());
    values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (values.len() - 1) as f64
}

/// How many of `more` observations each system gets, where lower means are better.
///
/// The classical form: the share of a system is its variance over the square of its distance from the best, that of the
/// best follows from the others, and those that already have more than their share get none. What rounding leaves goes
/// to the best.
pub fn allocate(means: &[f64], variances: &[f64], counts: &[usize], more: usize) -> Vec<usize> {
    let k = means.len();
    let lowest = |except: Option<usize>| {
        (0..k).filter(|&i| Some(i) != except).min_by(|&i, &j| means[i].total_cmp(&means[j])).unwrap_or(0)
    };
    let best = lowest(None);
    let second = lowest(Some(best));
    let largest = variances.iter().copied().fold(0.0, f64::max);
    if k < 2 || largest == 0.0 {
        let mut all = vec![0; k];
        all[best] = more;
        return all;
    }
    // Systems that look free of noise, or as good as the best, would get nothing or everything.
    let variances: Vec<f64> = variances.iter().map(|variance| variance.max(largest * 1e-9)).collect();
    let least = (means[second] - means[best]).max(largest.sqrt() * 1e-6);
    let distance = |i: usize| (means[i] - means[best]).max(least);
    let mut ratios: Vec<f64> =
        (0..k).map(|i| (least / distance(i)).powi(2) * variances[i] / variances[second]).collect();
    let others = (0..k).filter(|&i| i != best).map(|i| ratios[i].powi(2) / variances[i]).sum::<f64>();
    ratios[best] = (variances[best] * others).sqrt();

    let total = more + counts.iter().sum::<usize>();
    let mut shares = counts.to_vec();
    let mut open = vec![true; k];
    loop {
        let left = total - (0..k).filter(|&i| !open[i]).map(|i| shares[i]).sum::<usize>();
        let sum: f64 = (0..k).filter(|&i| open[i]).map(|i| ratios[i]).sum();
        let mut closed = false;
        for i in (0..k).filter(|&i| open[i]).collect::<Vec<_>>() {
            shares[i] = (left as f64 / sum * ratios[i]) as usize;
            if shares[i] < counts[i] {
                (shares[i], open[i], closed) = (counts[i], false, true);
            }
        }
        if !closed {
            break;
        }
    }
    shares[best] += total.saturating_sub(shares.iter().sum());
    shares.iter().zip(counts).map(|(share, count)| share - count).collect()
}

#[cfg(test)]
mod tests {
    use super::super::normal::Normals;
    use super::*;

    #[test]
    fn the_allocation_is_that_of_the_published_example() {
        // The example of C.-H. Chen and L. H. Lee, Stochastic Simulation Optimization (2010), as the R package SPOT has it.
        let (means, variances) = ([1.2, 2.1, 3.4, 4.87, 6.05], [3.3, 2.0, 4.5, 5.3, 6.9]);
        assert_eq!(allocate(&means, &variances, &[12, 6, 5, 5, 4], 100), [48, 38, 11, 2, 1]);
    }

    #[test]
    fn equal_means_no_noise_and_a_single_system_are_allocated_to_somebody() {
        for (means, variances) in [
            (&[1.0, 1.0, 1.0][..], &[1.0, 1.0, 1.0][..]),
            (&[1.0, 2.0, 3.0], &[0.0, 0.0, 0.0]),
            (&[1.0, 2.0, 2.0], &[0.0, 1.0, 0.0]),
            (&[1.0], &[1.0]),
        ] {
            let more = allocate(means, variances, &vec![5; means.len()], 20);
            assert_eq!(more.iter().sum::<usize>(), 20, "{means:?} {variances:?} {more:?}");
        }
    }

    #[test]
    fn the_best_is_chosen_more_often_than_with_equal_shares() {
        let means = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.4, 1.6, 1.7];
        let all: Vec<usize> = (0..10).collect();
        let right = |seed: u64, allocated: bool| {
            let mut systems = Normals::new(&means, &[1.0; 10], 0.0, seed);
            systems.budget = 400;
            if allocated {
                return Ocba { first: 5, step: 10 }.select(&mut systems, &all).unwrap().best == 9;
            }
            systems.observe(&all.iter().map(|&i| (i, 40)).collect::<Vec<_>>()).unwrap();
            highest(&systems, &all, 40) == 9
        };
        let count = |allocated| (0..300).filter(|&seed| right(seed, allocated)).count();
        let (ours, equal) = (count(true), count(false));
        assert!(ours > equal + 20, "{ours} {equal} of 300");
    }
}
