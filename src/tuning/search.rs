//! The search: from points that fill the space to the neighbourhood of the best.
//!
//! Each combination of choices is a branch with a space of its own. All branches get a start, the best few a local search.

pub(super) mod local;
pub(super) mod start;

use std::collections::HashMap;

use super::evaluator::Evaluator;
use super::{Stage, TuneError};
use crate::experiment::tune::space::Setting;
use crate::statistics::paired;

/// Spaces of at most so many settings are not searched: all of them are compared.
const FEW: u64 = 256;

/// So many branches get a local search.
const BRANCHES: usize = 3;

/// So many finalists there are, beside the default.
const FINALISTS: usize = 6;

/// Points nearer than this are one finalist.
const APART: f64 = 0.03;

/// The most times that the replications are doubled.
const DOUBLINGS: u32 = 3;

/// The settings that are to be compared.
#[derive(Debug, Clone)]
pub struct Candidates {
    /// The trials.
    pub trials: Vec<usize>,
    /// Whether they are all settings that there are.
    pub complete: bool,
    /// The first replication that no decision has been based on.
    pub fresh: u64,
}

/// Where in the space trials lie: each with its branch and its shares.
pub(super) type Places = HashMap<usize, (usize, Vec<f64>)>;

/// All settings of a small space, or the finalists of a search.
pub fn candidates(evaluator: &mut Evaluator, default: usize) -> Result<Candidates, TuneError> {
    let tune = evaluator.study.tune;
    evaluator.enter(Stage::Start);
    if let Some(all) = all(evaluator) {
        let mut trials = evaluator.trials_of(all);
        if !trials.contains(&default) {
            trials.push(default);
        }
        return Ok(Candidates { trials, complete: true, fresh: 0 });
    }
    let mut places = start::fill(evaluator)?;
    evaluator.enter(Stage::Search);
    let mut replications = tune.replications;
    let mut radius = start::radius(evaluator);
    evaluator.reserve = tune.budget.runs / 3;
    for (branch, point) in starting_points(evaluator, &places) {
        local::climb(evaluator, &mut places, branch, &point, replications, radius, usize::MAX)?;
    }
    for _ in 0..DOUBLINGS {
        let before = ranked(evaluator, &places, replications);
        let Some(&best) = before.first() else { break };
        let (branch, point) = places[&best].clone();
        local::step_aside(evaluator, &mut places, branch, &point, replications)?;
        replications *= 2;
        radius = (radius / 3.0).max(local::SMALLEST * 4.0);
        let leaders: Vec<usize> = ranked(evaluator, &places, 0).into_iter().take(4).collect();
        let wanted: Vec<_> = leaders.iter().map(|&trial| (trial, 0..replications)).collect();
        if !evaluator.evaluate(&wanted)? {
            break;
        }
        let Some(&leader) = ranked(evaluator, &places, replications).first() else { break };
        let (branch, point) = places[&leader].clone();
        local::climb(evaluator, &mut places, branch, &point, replications, radius, usize::MAX)?;
        let Some(&now) = ranked(evaluator, &places, replications).first() else { break };
        if is_settled(evaluator, now, best) {
            break;
        }
    }
    evaluator.reserve = 0;
    let fresh = evaluator.trials.iter().filter_map(|trial| Some(trial.runs.last_key_value()?.0 + 1)).max().unwrap_or(0);
    let mut trials = finalists(evaluator, &places);
    if !trials.contains(&default) {
        trials.push(default);
    }
    Ok(Candidates { trials, complete: false, fresh })
}

/// All settings, if they are few enough for the budget.
pub(super) fn all(evaluator: &Evaluator) -> Option<Vec<Setting>> {
    let tune = evaluator.study.tune;
    let count = tune.space.count()?;
    (count <= FEW && (count + 1) * tune.replications <= tune.budget.runs).then(|| tune.space.all())
}

/// The trials of the search that have so many runs, the best first: those that keep the constraints by their score, then the others by how
/// much they break them.
pub(super) fn ranked(evaluator: &Evaluator, places: &Places, replications: u64) -> Vec<usize> {
    let Some(scoring) = &evaluator.scoring else { return Vec::new() };
    let mut trials: Vec<(usize, f64, f64)> = places
        .keys()
        .map(|&trial| (trial, &evaluator.trials[trial]))
        .filter(|(_, trial)| trial.is_valid() && trial.runs.len() as u64 >= replications)
        .map(|(index, trial)| (index, trial.violation().max(0.0), scoring.mean(trial)))
        .collect();
    trials.sort_by(|a, b| a.1.total_cmp(&b.1).then(b.2.total_cmp(&a.2)).then(a.0.cmp(&b.0)));
    trials.into_iter().map(|(trial, ..)| trial).collect()
}

/// The best point of each of the best branches, and the best one of the best branch that is far from its best.
fn starting_points(evaluator: &Evaluator, places: &Places) -> Vec<(usize, Vec<f64>)> {
    let ranked = ranked(evaluator, places, 0);
    let mut chosen: Vec<(usize, Vec<f64>)> = Vec::new();
    for trial in &ranked {
        let (branch, point) = &places[trial];
        if chosen.len() < BRANCHES && chosen.iter().all(|(other, _)| other != branch) {
            chosen.push((*branch, point.clone()));
        }
    }
    let far = ranked.iter().map(|trial| &places[trial]).find(|(branch, point)| {
        chosen.first().is_some_and(|(best, from)| branch == best && distance(point, from) > 0.3)
    });
    chosen.extend(far.cloned());
    chosen
}

/// Whether the best of a stage is no more than the precision ahead of that of the stage before.
fn is_settled(evaluator: &Evaluator, now: usize, before: usize) -> bool {
    let Some(scoring) = &evaluator.scoring else { return true };
    let (ours, theirs) = (scoring.scores(&evaluator.trials[now]), scoring.scores(&evaluator.trials[before]));
    let n = ours.len().min(theirs.len());
    let lead = paired::difference(&ours[..n], &theirs[..n], 0.95);
    let precision = evaluator.study.tune.budget.precision * scoring.mean(&evaluator.trials[now]).abs();
    lead.high().is_some_and(|high| high <= precision)
}

/// The largest difference of any share.
fn distance(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// The best trials that are apart from each other.
fn finalists(evaluator: &Evaluator, places: &Places) -> Vec<usize> {
    let mut chosen: Vec<usize> = Vec::new();
    for trial in ranked(evaluator, places, evaluator.study.tune.replications) {
        let (branch, point) = &places[&trial];
        let apart = |other: &usize| places[other].0 != *branch || distance(point, &places[other].1) >= APART;
        if chosen.len() < FINALISTS && chosen.iter().all(apart) {
            chosen.push(trial);
        }
    }
    chosen
}
