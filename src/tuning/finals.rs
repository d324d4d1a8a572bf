//! The finals: the candidates compete under ranking and selection.
//!
//! The finalists of a search owe their place to luck as well as to merit, so they compete with replications that the search has not
//! seen. Those that break a constraint are sent away first.

use super::evaluator::Evaluator;
use super::search::Candidates;
use super::selection::kn::Kn;
use super::selection::ocba::Ocba;
use super::selection::{self, Selected, Systems};
use super::{Stage, TuneError};
use crate::experiment::tune::Selection;

/// The fewest replications before finalists are compared.
const FIRST: u64 = 10;

/// So many times the first replications a setting gets to show whether it keeps the constraints.
const PATIENCE: u64 = 8;

/// Replications by which the answer is compared with the default, where the budget allows them.
const EFFECT: u64 = 30;

/// What was chosen, and on what grounds.
#[derive(Debug, Clone)]
pub struct Found {
    /// The trial that is recommended.
    pub best: usize,
    /// Those that it was compared with, itself included.
    pub compared: Vec<usize>,
    /// Those of them that could not be told from it.
    pub rivals: Vec<usize>,
    /// What is promised.
    pub guarantee: Guarantee,
    /// The first replication on which the choice is based.
    pub fresh: u64,
    /// The front, if there are several objectives, the best of the first objective first.
    pub front: Vec<usize>,
}

/// What is promised of a choice.
#[derive(Debug, Clone, PartialEq)]
pub enum Guarantee {
    /// Nothing to compare it with.
    Alone,
    /// The procedure of Kim and Nelson came to its end: with this probability it is the best of so many settings, if that leads by the
    /// indifference zone, given in the unit of the score.
    Kn {
        /// The probability.
        confidence: f64,
        /// The indifference zone.
        indifference: f64,
        /// Whether the settings compared are all that there are.
        complete: bool,
    },
    /// No procedure came to its end: with this confidence no other of the settings compared is better by more than `within`.
    Bound {
        /// The confidence.
        confidence: f64,
        /// The bound, in the unit of the score; may be infinite.
        within: f64,
        /// The estimated probability that no other is better by more than the indifference zone.
        probability: f64,
        /// The indifference zone.
        indifference: f64,
        /// Whether the settings compared are all that there are.
        complete: bool,
    },
    /// A front of means.
    Front {
        /// Replications of each setting on it.
        replications: u64,
        /// Whether all settings were tried.
        complete: bool,
    },
    /// No setting that was tried keeps the constraints: this one breaks them least.
    Impossible,
}

/// Lets the candidates compete.
pub fn decide(evaluator: &mut Evaluator, default: usize, candidates: Candidates) -> Result<Found, TuneError> {
    evaluator.enter(Stage::Selection);
    let Candidates { trials, complete, fresh } = candidates;
    let able = able(evaluator, &trials, fresh)?;
    let found = |best, compared, rivals, guarantee| Found { best, compared, rivals, guarantee, fresh, front: vec![] };
    let mut able = match able {
        able if able.is_empty() => {
            let least = least_violation(evaluator, default);
            return Ok(found(least, trials, Vec::new(), Guarantee::Impossible));
        }
        able => able,
    };
    let first = FIRST.max(evaluator.study.tune.replications) as usize;
    let indifference = indifference(evaluator, &able);
    let confidence = evaluator.study.tune.confidence;
    loop {
        if let [best] = able[..] {
            return Ok(found(best, able, Vec::new(), Guarantee::Alone));
        }
        let mut finalists = Finalists::new(evaluator, &able, fresh);
        let all: Vec<usize> = (0..able.len()).collect();
        let selected = match finalists.evaluator.study.tune.selection {
            Selection::Kn => Kn { indifference, confidence, first }.select(&mut finalists, &all),
            Selection::Ocba => Ocba { first, step: 2 * able.len() }.select(&mut finalists, &all),
        };
        let Selected { best, rivals, finished } = match selected {
            Ok(selected) => selected,
            Err(Stopped::Invalid(trial)) => {
                able.retain(|&other| other != trial);
                continue;
            }
            Err(Stopped::Failed(error)) => return Err(error),
        };
        let guarantee = if finished {
            Guarantee::Kn { confidence, indifference, complete }
        } else {
            Guarantee::Bound {
                confidence,
                within: selection::shortfall(&finalists, best, &all, confidence),
                probability: selection::probability(&finalists, best, &all, indifference),
                indifference,
                complete,
            }
        };
        let rivals = rivals.into_iter().map(|system| able[system]).collect();
        let best = able[best];
        // For the effect; where the budget has no more, what there is must do.
        evaluator.evaluate(&[(best, fresh..fresh + EFFECT), (default, fresh..fresh + EFFECT)])?;
        return Ok(found(best, able, rivals, guarantee));
    }
}

/// A difference of the score that does not matter.
fn indifference(evaluator: &Evaluator, trials: &[usize]) -> f64 {
    let Some(scoring) = &evaluator.scoring else { return f64::MIN_POSITIVE };
    let best = trials.iter().map(|&trial| scoring.mean(&evaluator.trials[trial])).fold(f64::NEG_INFINITY, f64::max);
    (evaluator.study.tune.budget.precision * best.abs()).max(f64::MIN_POSITIVE)
}

/// The trials that are valid and keep the constraints, each run until that is clear or patience is at its end.
fn able(evaluator: &mut Evaluator, trials: &[usize], fresh: u64) -> Result<Vec<usize>, TuneError> {
    let first = FIRST.max(evaluator.study.tune.replications);
    let mut count = first;
    let mut undecided = trials.to_vec();
    while !undecided.is_empty() && count <= first * PATIENCE {
        let wanted: Vec<_> = undecided.iter().map(|&trial| (trial, fresh..fresh + count)).collect();
        if !evaluator.evaluate(&wanted)? {
            break;
        }
        undecided.retain(|&trial| evaluator.trials[trial].is_valid() && !evaluator.trials[trial].is_decided());
        count *= 2;
    }
    let able = trials.iter().copied();
    Ok(able.filter(|&trial| evaluator.trials[trial].is_valid() && evaluator.trials[trial].keeps()).collect())
}

/// The trial of any stage that breaks the constraints least.
pub(super) fn least_violation(evaluator: &Evaluator, default: usize) -> usize {
    let violation = |trial: usize| evaluator.trials[trial].violation();
    let valid = (0..evaluator.trials.len()).filter(|&trial| evaluator.trials[trial].is_valid());
    valid.fold(default, |best, next| if violation(next) < violation(best) { next } else { best })
}

/// Trials as systems of a selection, from a replication on.
pub(super) struct Finalists<'e, 's> {
    pub(super) evaluator: &'e mut Evaluator<'s>,
    trials: Vec<usize>,
    fresh: u64,
    scores: Vec<Vec<f64>>,
}

/// Why a selection stopped.
pub(super) enum Stopped {
    Failed(TuneError),
    /// A run of this trial has no result, or no value.
    Invalid(usize),
}

impl<'e, 's> Finalists<'e, 's> {
    pub(super) fn new(evaluator: &'e mut Evaluator<'s>, trials: &[usize], fresh: u64) -> Self {
        let mut finalists = Self { evaluator, trials: trials.to_vec(), fresh, scores: vec![Vec::new(); trials.len()] };
        (0..trials.len()).for_each(|system| finalists.take(system, usize::MAX));
        finalists
    }

    /// Takes the scores of the runs that are there, in order and without gaps, up to a count.
    fn take(&mut self, system: usize, count: usize) {
        let Some(scoring) = &self.evaluator.scoring else { return };
        let runs = &self.evaluator.trials[self.trials[system]].runs;
        let of = |index: usize| runs.get(&(self.fresh + index as u64)).map(|(worth, _)| scoring.of(worth));
        let scores = &mut self.scores[system];
        while scores.len() < count
            && let Some(score) = of(scores.len())
        {
            scores.push(score);
        }
    }
}

impl Systems for Finalists<'_, '_> {
    type Error = Stopped;

    fn observe(&mut self, wanted: &[(usize, usize)]) -> Result<bool, Stopped> {
        let runs: Vec<_> = wanted
            .iter()
            .map(|&(system, count)| (self.trials[system], self.fresh..self.fresh + count as u64))
            .collect();
        let done = self.evaluator.evaluate(&runs).map_err(Stopped::Failed)?;
        for &(system, count) in wanted {
            self.take(system, count);
            if done && !self.evaluator.trials[self.trials[system]].is_valid() {
                return Err(Stopped::Invalid(self.trials[system]));
            }
        }
        Ok(done)
    }

    fn observations(&self, system: usize) -> &[f64] {
        &self.scores[system]
    }
}
