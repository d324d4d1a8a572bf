//! What matters how much: Morris' elementary effects, Sobol indices and the swings of a tornado.
//!
//! * Swings: an objective with one parameter at either end of its range (a choice: its worst and its best alternative) and the rest
//!   as recommended.
//! * Morris ([`morris`]): the mean size of the effect of moving one parameter by its whole range, over the whole space, and how much
//!   that varies: it does where parameters interact or the response bends.
//! * Sobol ([`sobol`]): the share of the variance over the space that a parameter explains alone, and with all others.
//!
//! All settings run with the same single replication, so what a parameter does not move is moved by nothing. The intervals cover the choice of
//! settings, not that of the random numbers. These runs come after the answer and do not count towards the budget.

pub mod morris;
pub mod sobol;

use super::evaluator::Evaluator;
use super::{Stage, TuneError};
use crate::experiment::tune::Effort;
use crate::experiment::tune::space::Setting;
use crate::statistics::interval::Estimate;

/// What a parameter does to an objective.
#[derive(Debug, Clone, PartialEq)]
pub struct Influence {
    /// The objective's index.
    pub objective: usize,
    /// The parameter's dimension.
    pub dimension: usize,
    /// The lowest and the highest value of the objective as this parameter alone moves.
    pub swing: (f64, f64),
    /// The mean size of its elementary effects, in the unit of the objective for the whole range.
    pub effect: Estimate,
    /// Their standard deviation.
    pub effect_sd: f64,
    /// The share of the variance that it explains alone.
    pub first: Index,
    /// The share that it has a part in.
    pub total: Index,
}

/// An estimate with a bootstrap interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Index {
    /// The estimate; NaN where nothing varies.
    pub value: f64,
    /// The 2.5 and the 97.5 % quantile of its resamples.
    pub interval: (f64, f64),
}

/// Tells what matters around the recommended setting and over the space. Nothing for a single parameter, which explains all.
///
/// # Errors
/// The runner fails.
pub fn influences(evaluator: &mut Evaluator, best: usize, effort: Effort) -> Result<Vec<Influence>, TuneError> {
    let tune = evaluator.study.tune;
    let dimensions = tune.space.dimensions().len();
    if dimensions < 2 {
        return Ok(Vec::new());
    }
    evaluator.enter(Stage::Sensitivity);
    let seed = evaluator.study.seed;
    let walks = morris::trajectories(dimensions, effort.trajectories, seed);
    let design = sobol::Design::new(dimensions, effort.samples, seed);
    let swings = (0..dimensions).map(|dimension| tune.space.swings(&evaluator.trials[best].setting, dimension));
    let swings: Vec<Vec<Setting>> = swings.collect();

    let points = walks.iter().flat_map(|walk| walk.points.iter()).chain(design.points());
    let mut settings: Vec<Setting> = points.map(|point| tune.space.setting(point)).collect();
    settings.extend(swings.iter().flatten().cloned());
    let trials = evaluator.trials_of(settings);
    let wanted: Vec<_> = trials.iter().map(|&trial| (trial, 0..1)).collect();
    evaluator.evaluate(&wanted)?;

    let mut found = Vec::new();
    for objective in 0..tune.objectives.len() {
        let value = |trial: &usize| {
            let first = evaluator.trials[*trial].runs.get(&0);
            first.map_or(f64::NAN, |(worth, _)| worth.objectives[objective])
        };
        let values: Vec<f64> = trials.iter().map(value).collect();
        let (walked, rest) = values.split_at(walks.len() * (dimensions + 1));
        let (sampled, swung) = rest.split_at(design.len());
        let effects = morris::effects(&walks, walked, dimensions);
        let indices = design.indices(sampled, seed);
        let mut swung = swung.iter();
        for dimension in 0..dimensions {
            let ends = swung.by_ref().take(swings[dimension].len()).copied().filter(|value| !value.is_nan());
            let swing =
                ends.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
            let (effect, effect_sd) = effects[dimension];
            let (first, total) = indices[dimension];
            found.push(Influence { objective, dimension, swing, effect, effect_sd, first, total });
        }
    }
    Ok(found)
}
