//! The start: points that fill the space of each branch.

use super::super::TuneError;
use super::super::evaluator::Evaluator;
use super::Places;
use crate::experiment::sweep::sample;
use crate::experiment::tune::space::Branch;

/// Points of a branch with so many numbers.
fn points(numbers: usize) -> u32 {
    match numbers {
        0 => 1,
        1 => 9,
        2 => 16,
        3 => 24,
        4 => 32,
        _ => 40,
    }
}

/// How far apart they are, about.
pub(in super::super) fn radius(evaluator: &Evaluator) -> f64 {
    let numbers = evaluator.study.tune.space.branches().iter().map(|branch| branch.numbers.len()).max().unwrap_or(1);
    if numbers <= 1 { 0.1 } else { 0.15 }
}

/// Runs a start in all branches, and tells where its trials lie.
///
/// A single number gets evenly spaced values with both ends; more get Sobol points. If that is more than half of the budget allows, all
/// branches get fewer.
pub(in super::super) fn fill(evaluator: &mut Evaluator) -> Result<Places, TuneError> {
    let tune = evaluator.study.tune;
    let branches = tune.space.branches();
    let all: u32 = branches.iter().map(|branch| points(branch.numbers.len())).sum();
    let affordable = (tune.budget.runs / 2 / tune.replications).max(1) as f64;
    let part = (affordable / f64::from(all)).min(1.0);
    let mut places = Places::new();
    for (branch, Branch { choices, numbers }) in branches.iter().enumerate() {
        let n = ((f64::from(points(numbers.len())) * part) as u32).max(1);
        let mut shares = vec![0.5; tune.space.dimensions().len()];
        for &(dimension, alternative) in choices {
            let count = tune.space.alternatives(dimension).unwrap_or(1);
            shares[dimension] = (alternative as f64 + 0.5) / count as f64;
        }
        for index in 0..n {
            let mut point = shares.clone();
            for (place, &dimension) in numbers.iter().enumerate() {
                point[dimension] = match (numbers.len(), n) {
                    (1, 1) => 0.5,
                    (1, _) => f64::from(index) / f64::from(n - 1),
                    _ => sample::sobol(index, place as u32, evaluator.study.seed as u32),
                };
            }
            let trial = evaluator.trials_of(vec![tune.space.setting(&point)])[0];
            places.entry(trial).or_insert((branch, point));
        }
    }
    let mut trials: Vec<usize> = places.keys().copied().collect();
    trials.sort_unstable();
    let wanted: Vec<_> = trials.into_iter().map(|trial| (trial, 0..tune.replications)).collect();
    evaluator.evaluate(&wanted)?;
    Ok(places)
}
