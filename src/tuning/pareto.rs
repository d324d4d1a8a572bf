//! Several objectives without weights: the settings of which none is better in all of them.
//!
//! A small space is run as a whole. A large one gets a start and then a local search for each of a few directions: the point
//! nearest to the ideal under a weighted Chebyshev distance, which reaches every part of a front, hollow ones too. The front
//! is that of the means; its members get three times the replications, so that luck does not put them there.

use super::evaluator::{Evaluator, Trial};
use super::finals::{Found, Guarantee};
use super::scoring::{Aim, Scoring};
use super::search::{self, local, start};
use super::{Stage, TuneError};
use crate::experiment::tune::Tune;

/// Directions of two objectives.
const DIRECTIONS: usize = 7;

/// How little an objective counts in the direction of another one.
const LEAST: f64 = 0.02;

/// How often the replications of the front are raised.
const ROUNDS: u32 = 4;

/// The front, and the point of it that is nearest to the best of all objectives.
pub fn front(evaluator: &mut Evaluator, default: usize) -> Result<Found, TuneError> {
    let tune = evaluator.study.tune;
    evaluator.enter(Stage::Start);
    let all = search::all(evaluator);
    let complete = all.is_some();
    if let Some(all) = all {
        let trials = evaluator.trials_of(all);
        let wanted: Vec<_> = trials.iter().map(|&trial| (trial, 0..tune.replications)).collect();
        evaluator.evaluate(&wanted)?;
    } else {
        explore(evaluator)?;
    }
    evaluator.enter(Stage::Selection);
    let replications = 3 * tune.replications;
    for _ in 0..ROUNDS {
        let mut wanted: Vec<_> = members(evaluator).into_iter().map(|trial| (trial, 0..replications)).collect();
        wanted.push((default, 0..replications));
        let news = wanted.iter().any(|(trial, _)| (evaluator.trials[*trial].runs.len() as u64) < replications);
        if !news || !evaluator.evaluate(&wanted)? {
            break;
        }
    }
    let front = members(evaluator);
    evaluator.history.clear();
    let compared: Vec<usize> = (0..evaluator.trials.len()).collect();
    if front.is_empty() {
        let best = super::finals::least_violation(evaluator, default);
        let guarantee = Guarantee::Impossible;
        return Ok(Found { best, compared, rivals: Vec::new(), guarantee, fresh: 0, front });
    }
    let replications = front.iter().map(|&trial| evaluator.trials[trial].runs.len() as u64).min().unwrap_or(0);
    let scoring = Scoring::Near(aims(tune, &evaluator.trials, &front, &vec![1.0; tune.objectives.len()]));
    let near = |trial: usize| scoring.mean(&evaluator.trials[trial]);
    let best = front.iter().copied().fold(front[0], |best, next| if near(next) > near(best) { next } else { best });
    evaluator.scoring = Some(scoring.clone());
    let guarantee = Guarantee::Front { replications, complete };
    Ok(Found { best, compared, rivals: Vec::new(), guarantee, fresh: 0, front })
}

/// A start, and a search in each direction.
fn explore(evaluator: &mut Evaluator) -> Result<(), TuneError> {
    let tune = evaluator.study.tune;
    let mut places = start::fill(evaluator)?;
    evaluator.enter(Stage::Search);
    evaluator.reserve = tune.budget.runs / 4;
    let directions = directions(tune.objectives.len());
    let radius = start::radius(evaluator);
    for (index, weights) in directions.iter().enumerate() {
        let front = members(evaluator);
        if front.is_empty() {
            break;
        }
        evaluator.scoring = Some(Scoring::Near(aims(tune, &evaluator.trials, &front, weights)));
        let Some(&best) = search::ranked(evaluator, &places, tune.replications).first() else { break };
        let (branch, point) = places[&best].clone();
        let part = evaluator.left() / tune.replications / (directions.len() - index) as u64;
        local::climb(evaluator, &mut places, branch, &point, tune.replications, radius, part as usize)?;
        local::step_aside(evaluator, &mut places, branch, &point, tune.replications)?;
    }
    evaluator.reserve = 0;
    Ok(())
}

/// The weights of the directions: evenly spaced between two objectives; of more, each alone, each pair and all.
fn directions(objectives: usize) -> Vec<Vec<f64>> {
    if objectives == 2 {
        let share = |index: usize| (index as f64 / (DIRECTIONS - 1) as f64).clamp(LEAST, 1.0 - LEAST);
        return (0..DIRECTIONS).map(|index| vec![share(index), 1.0 - share(index)]).collect();
    }
    let of = |chosen: &[usize]| (0..objectives).map(|i| if chosen.contains(&i) { 1.0 } else { LEAST }).collect();
    let alone = (0..objectives).map(|i| vec![i]);
    let pairs = (0..objectives).flat_map(|i| (i + 1..objectives).map(move |j| vec![i, j]));
    let sets = alone.chain(pairs).chain([(0..objectives).collect()]);
    sets.map(|chosen: Vec<usize>| of(&chosen)).collect()
}

/// What to aim at from a front, with these weights.
fn aims(tune: &Tune, trials: &[Trial], front: &[usize], weights: &[f64]) -> Vec<Aim> {
    let aim = |(index, weight): (usize, &f64)| {
        let sense = tune.objectives[index].sense;
        let gains = front.iter().map(|&trial| sense.gain(trials[trial].objective(index).mean));
        let (worst, ideal) =
            gains.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), gain| (low.min(gain), high.max(gain)));
        let scale = if ideal > worst { ideal - worst } else { ideal.abs().max(f64::MIN_POSITIVE) };
        Aim { sense, ideal, scale, weight: *weight }
    };
    weights.iter().enumerate().map(aim).collect()
}

/// The trials on the front of those that are valid and keep the constraints, in the order of the first objective.
fn members(evaluator: &Evaluator) -> Vec<usize> {
    let tune = evaluator.study.tune;
    let able = (0..evaluator.trials.len()).filter(|&trial| {
        let trial = &evaluator.trials[trial];
        trial.is_valid() && trial.keeps()
    });
    let able: Vec<usize> = able.collect();
    let gains = |&trial: &usize| -> Vec<f64> {
        let of = |(index, objective): (usize, &crate::experiment::tune::Objective)| {
            objective.sense.gain(evaluator.trials[trial].objective(index).mean)
        };
        tune.objectives.iter().enumerate().map(of).collect()
    };
    let gains: Vec<Vec<f64>> = able.iter().map(gains).collect();
    let mut members = undominated(&gains);
    members.sort_by(|&i, &j| gains[j][0].total_cmp(&gains[i][0]));
    members.into_iter().map(|index| able[index]).collect()
}

/// The points that no other one dominates: is as high in every coordinate and higher in one. Of equal points the first.
pub fn undominated(points: &[Vec<f64>]) -> Vec<usize> {
    let as_high = |one: &[f64], other: &[f64]| one.iter().zip(other).all(|(a, b)| a >= b);
    let dominates = |i: usize, j: usize| as_high(&points[i], &points[j]) && (points[i] != points[j] || i < j);
    (0..points.len()).filter(|&j| !(0..points.len()).any(|i| i != j && dominates(i, j))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_point_dominates_is_not_on_the_front() {
        let points: [&[f64]; 6] = [&[1.0, 5.0], &[2.0, 4.0], &[2.0, 3.0], &[0.0, 5.0], &[5.0, 0.0], &[2.0, 4.0]];
        assert_eq!(undominated(&points.map(<[f64]>::to_vec)), [0, 1, 4]);
        assert_eq!(undominated(&[]), [] as [usize; 0]);
    }

    #[test]
    fn directions_reach_from_one_objective_to_the_other() {
        let two = directions(2);
        assert_eq!((two.len(), &two[0], &two[3]), (7, &vec![LEAST, 1.0 - LEAST], &vec![0.5, 0.5]));
        assert_eq!(directions(3).len(), 7);
    }
}
