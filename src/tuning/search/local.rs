//! The local search in a branch: COBYLA on the shares of its numbers.

use std::cell::RefCell;

use cobyla::{Func, RhoBeg, StopTols, minimize};

use super::super::TuneError;
use super::super::evaluator::Evaluator;
use super::Places;

/// The search ends when it moves by less than this share of a range.
pub(super) const SMALLEST: f64 = 0.004;

/// What a point costs whose run has failed, or that the budget does not allow, in sizes of the score.
const PROHIBITIVE: f64 = 1e3;

/// The most evaluations with so many numbers.
fn most(numbers: usize) -> usize {
    15 + 15 * numbers
}

/// Searches from a point on, with so many replications, beginning with steps of `radius`, with at most so many evaluations.
pub(in super::super) fn climb(
    evaluator: &mut Evaluator,
    places: &mut Places,
    branch: usize,
    from: &[f64],
    replications: u64,
    radius: f64,
    evaluations: usize,
) -> Result<(), TuneError> {
    let numbers = evaluator.study.tune.space.branches().swap_remove(branch).numbers;
    if numbers.is_empty() {
        return Ok(());
    }
    let scale = evaluator.scoring.as_ref().map_or(1.0, |scoring| scoring.mean(&evaluator.trials[0]).abs());
    let scale = if scale > 0.0 { scale } else { 1.0 };
    let constraints = evaluator.study.tune.constraints.len();
    let point = |shares: &[f64]| {
        let mut point = from.to_vec();
        numbers.iter().zip(shares).for_each(|(&dimension, share)| point[dimension] = share.clamp(0.0, 1.0));
        point
    };
    let state = RefCell::new((evaluator, places, None::<TuneError>));
    // The trial at a point, if it can be had.
    let trial = |shares: &[f64]| -> Option<usize> {
        let mut state = state.borrow_mut();
        let (evaluator, places, error) = &mut *state;
        if error.is_some() {
            return None;
        }
        let point = point(shares);
        let trial = evaluator.trials_of(vec![evaluator.study.tune.space.setting(&point)])[0];
        match evaluator.evaluate(&[(trial, 0..replications)]) {
            Ok(true) => {
                places.entry(trial).or_insert((branch, point));
                Some(trial)
            }
            Ok(false) => None,
            Err(failed) => {
                *error = Some(failed);
                None
            }
        }
    };
    let value = |shares: &[f64], of: &dyn Fn(&Evaluator, usize) -> f64, otherwise: f64| {
        let Some(trial) = trial(shares) else { return otherwise };
        let state = state.borrow();
        if state.0.trials[trial].is_valid() { of(state.0, trial) } else { otherwise }
    };
    let cost = |shares: &[f64], (): &mut ()| {
        let score = |evaluator: &Evaluator, trial: usize| {
            evaluator.scoring.as_ref().map_or(0.0, |scoring| -scoring.mean(&evaluator.trials[trial]) / scale)
        };
        value(shares, &score, PROHIBITIVE)
    };
    let margins: Vec<_> = (0..constraints)
        .map(|index| {
            move |shares: &[f64], (): &mut ()| {
                value(shares, &|evaluator, trial| evaluator.trials[trial].safe_margin(index), -1.0)
            }
        })
        .collect();
    let margins: Vec<&dyn Func<()>> = margins.iter().map(|margin| margin as &dyn Func<()>).collect();
    let start: Vec<f64> = numbers.iter().map(|&dimension| from[dimension]).collect();
    let tolerances = StopTols { xtol_abs: vec![SMALLEST; start.len()], ..StopTols::default() };
    let bounds = vec![(0.0, 1.0); start.len()];
    let evaluations = most(start.len()).min(evaluations);
    // Where it stopped and why does not matter: what it found is among the trials.
    let _ = minimize(cost, &start, &bounds, &margins, (), evaluations, RhoBeg::All(radius), Some(tolerances));
    state.into_inner().2.map_or(Ok(()), Err)
}

/// Tries the neighbours of a point along each number that has few values: between whole numbers a search sees no slope.
pub(in super::super) fn step_aside(
    evaluator: &mut Evaluator,
    places: &mut Places,
    branch: usize,
    from: &[f64],
    replications: u64,
) -> Result<(), TuneError> {
    let space = &evaluator.study.tune.space;
    let numbers = space.branches().swap_remove(branch).numbers;
    let mut points = Vec::new();
    for dimension in numbers {
        let Some(count) = space.values(dimension).filter(|&count| count > 1) else { continue };
        let step = 1.0 / (count - 1) as f64;
        for share in [from[dimension] - step, from[dimension] + step] {
            if (0.0..=1.0).contains(&share) {
                let mut point = from.to_vec();
                point[dimension] = share;
                points.push(point);
            }
        }
    }
    let trials = evaluator.trials_of(points.iter().map(|point| space.setting(point)).collect());
    let wanted: Vec<_> = trials.iter().map(|&trial| (trial, 0..replications)).collect();
    if evaluator.evaluate(&wanted)? {
        for (trial, point) in trials.into_iter().zip(points) {
            places.entry(trial).or_insert((branch, point));
        }
    }
    Ok(())
}
