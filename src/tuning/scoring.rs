//! What makes one setting better than another: one number, and whether the constraints hold.

use super::evaluator::Trial;
use crate::experiment::tune::{Sense, Tune, Worth};
use crate::statistics::interval::Estimate;

/// How runs become numbers of which the highest is best.
#[derive(Debug, Clone, PartialEq)]
pub enum Scoring {
    /// The sum of objectives, each with its way and what its value is multiplied by.
    Sum(Vec<(Sense, f64)>),
    /// How near the objectives come to the best that each could be (augmented weighted Chebyshev distance, negative).
    Near(Vec<Aim>),
}

/// How an objective weighs in a distance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Aim {
    /// Which way is better.
    pub sense: Sense,
    /// The best gain.
    pub ideal: f64,
    /// The difference of gains that counts as much as another objective's.
    pub scale: f64,
    /// How much it counts.
    pub weight: f64,
}

/// How much the sum of distances counts beside the largest: only so much that of equal ones the better is preferred.
const AUGMENTED: f64 = 0.02;

impl Scoring {
    /// The only objective in its unit; of weighted ones the sum of weight times value over that of the default.
    pub fn new(tune: &Tune, default: &Trial) -> Self {
        let factor = |(index, weight): (usize, Option<f64>)| match weight {
            None => 1.0,
            Some(weight) => weight / default.objective(index).mean.abs(),
        };
        let factors = tune.objectives.iter().enumerate();
        Self::Sum(factors.map(|(index, of)| (of.sense, factor((index, of.weight)))).collect())
    }

    /// The score of objectives.
    pub fn of(&self, worth: &Worth) -> f64 {
        let values = &worth.objectives;
        match self {
            Self::Sum(factors) => {
                values.iter().zip(factors).map(|(value, (sense, factor))| sense.gain(*value) * factor).sum()
            }
            Self::Near(aims) => {
                let distance =
                    |(value, aim): (&f64, &Aim)| (aim.weight, (aim.ideal - aim.sense.gain(*value)) / aim.scale);
                let distances: Vec<(f64, f64)> = values.iter().zip(aims).map(distance).collect();
                let largest = distances.iter().map(|(weight, far)| weight * far).fold(f64::NEG_INFINITY, f64::max);
                -largest - AUGMENTED * distances.iter().map(|(_, far)| far).sum::<f64>()
            }
        }
    }

    /// The scores of a trial's runs.
    pub fn scores(&self, trial: &Trial) -> Vec<f64> {
        trial.runs.values().map(|(worth, _)| self.of(worth)).collect()
    }

    /// The score of the means of a trial; NaN for one without runs.
    pub fn mean(&self, trial: &Trial) -> f64 {
        let Some((worth, _)) = trial.runs.values().next() else { return f64::NAN };
        let objectives = (0..worth.objectives.len()).map(|index| trial.objective(index).mean).collect();
        self.of(&Worth { objectives, margins: Vec::new(), scales: Vec::new() })
    }

    /// The best of those that keep the constraints.
    pub fn best(&self, trials: &[Trial]) -> Option<usize> {
        let able = (0..trials.len()).filter(|&trial| trials[trial].is_valid() && trials[trial].violation() <= 0.0);
        able.map(|trial| (trial, self.mean(&trials[trial])))
            .fold(None, |best: Option<(usize, f64)>, next| match best {
                Some(best) if best.1 >= next.1 => Some(best),
                _ => Some(next),
            })
            .map(|(trial, _)| trial)
    }
}

/// The level of the intervals.
const LEVEL: f64 = 0.95;

impl Trial {
    /// Whether every run has a result, and a value of every objective.
    pub fn is_valid(&self) -> bool {
        let measured = |worth: &Worth| worth.objectives.iter().all(|value| value.is_finite());
        self.failure.is_none() && !self.runs.is_empty() && self.runs.values().all(|(worth, _)| measured(worth))
    }

    /// An objective over the runs.
    pub fn objective(&self, index: usize) -> Estimate {
        self.estimate(|worth| worth.objectives[index])
    }

    /// How far a constraint is kept over the runs: by how much the larger side is larger. One that has no value in some run, such as the
    /// latency of requests of which none was answered, is broken without limit.
    pub fn margin(&self, index: usize) -> Estimate {
        if self.runs.values().any(|(worth, _)| worth.margins[index].is_nan()) {
            return Estimate { n: self.runs.len(), mean: f64::NEG_INFINITY, interval: None };
        }
        self.estimate(|worth| worth.margins[index])
    }

    fn estimate(&self, value: impl Fn(&Worth) -> f64) -> Estimate {
        let values: Vec<f64> = self.runs.values().map(|(worth, _)| value(worth)).collect();
        Estimate::of(&values, LEVEL)
    }

    fn margins(&self) -> impl Iterator<Item = Estimate> {
        (0..self.constraints()).map(|index| self.margin(index))
    }

    fn constraints(&self) -> usize {
        self.runs.values().next().map_or(0, |(worth, _)| worth.margins.len())
    }

    /// Whether the means keep all constraints.
    pub fn keeps(&self) -> bool {
        self.margins().all(|margin| margin.mean >= 0.0)
    }

    /// Whether it is certain that they do, or that they do not.
    pub fn is_decided(&self) -> bool {
        let certain =
            |margin: &Estimate| margin.mean.is_infinite() || margin.half_width() == Some(0.0) || margin.excludes(0.0);
        self.margins().all(|margin| certain(&margin))
            || self.margins().any(|margin| certain(&margin) && margin.mean < 0.0)
    }

    /// By how much the constraints are broken at worst, as [`Trial::safe_margin`] tells; at most zero if they are kept.
    pub fn violation(&self) -> f64 {
        (0..self.constraints()).map(|index| -self.safe_margin(index)).fold(f64::NEG_INFINITY, f64::max)
    }

    /// How far a constraint is kept at the lower end of its interval, against the size of its sides: from -1 to 1.
    ///
    /// A search by this margin ends as near to the limit as can be told, and on the right side of it.
    pub fn safe_margin(&self, index: usize) -> f64 {
        let scale = self.estimate(|worth| worth.scales[index]).mean;
        let margin = self.margin(index);
        let margin = margin.low().unwrap_or(margin.mean);
        if scale > 0.0 { (margin / scale).clamp(-1.0, 1.0) } else { margin.clamp(-1.0, 1.0) }
    }
}
