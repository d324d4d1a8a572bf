//! Tuning: which setting of a few parameters is best, with what certainty, and why.
//!
//! [`tune`] takes an experiment with a `[tune]` table. It starts with settings that fill the space, goes on with a local
//! search where they are best ([`search`]), and lets the finalists compete under ranking and selection
//! ([`selection`]) with replications that the search has not seen. A space of few settings is not searched: all of them compete. Several
//! objectives without weights have no best setting but a front ([`pareto`]). What matters how much is told by Morris'
//! method and by Sobol indices ([`sensitivity`]).
//!
//! **Why this search.** A mean over replications with common random numbers is a deterministic function of the setting, but only
//! piecewise smooth: where an event overtakes another it jumps a little. Models that interpolate such points bend with the
//! jumps, and gradients do not exist. COBYLA (M. J. D. Powell, 1994; crate `cobyla`) needs none: it fits planes to d + 1 points at a
//! distance that it shrinks only when no progress is left at that scale, so jumps that are small against the distance do not
//! mislead it, and it treats each constraint by itself rather than as a penalty. It works on shares of ranges, logarithmic where
//! the ranges are. The number of replications doubles from stage to stage, so few runs are spent on poor settings.
//!
//! **Contract.** The answer depends on the file, its seed and the model only, unless the budget is a time. All runs go through the
//! ordinary plan, runner and journal.

pub mod answer;
pub mod evaluator;
pub mod figures;
pub mod finals;
pub mod pareto;
pub mod report;
pub mod scoring;
pub mod search;
pub mod selection;
pub mod sensitivity;

use crate::experiment::diagnostic::Diagnostic;
use crate::experiment::runner::RunnerError;

use self::answer::Answer;
use self::evaluator::{Evaluator, Study};
use self::scoring::Scoring;

/// What a tuning is busy with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The setting of the file.
    Default,
    /// Settings that fill the space, or all of them where they are few.
    Start,
    /// The local search.
    Search,
    /// Comparing finalists.
    Selection,
    /// Telling what matters.
    Sensitivity,
}

impl Stage {
    /// Its name in results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Start => "start",
            Self::Search => "search",
            Self::Selection => "selection",
            Self::Sensitivity => "sensitivity",
        }
    }

    /// Whether its runs count towards the budget.
    fn counts(self) -> bool {
        self != Self::Sensitivity
    }
}

/// A tuning cannot be done.
#[derive(Debug, thiserror::Error)]
pub enum TuneError {
    /// The file has a mistake.
    #[error("{0}")]
    Input(#[from] Diagnostic),
    /// Its runs cannot be done or kept.
    #[error("{0}")]
    Runner(#[from] RunnerError),
    /// The default fails.
    #[error("the setting of the file cannot be compared with: {0}")]
    Default(String),
    /// The budget is too small for anything.
    #[error(
        "the budget of {runs} runs does not allow {wanted} replications of the setting of the file and of one more"
    )]
    Budget {
        /// What it allows.
        runs: u64,
        /// What one setting needs.
        wanted: u64,
    },
}

/// Tunes an experiment.
///
/// # Errors
/// A setting is no experiment, the runner fails, or the default has no objective.
pub fn tune(study: Study) -> Result<(Evaluator, Answer), TuneError> {
    let mut evaluator = Evaluator::new(study);
    let default = default(&mut evaluator)?;
    evaluator.scoring = Some(Scoring::new(study.tune, &evaluator.trials[default]));
    let found = if study.tune.is_pareto() {
        pareto::front(&mut evaluator, default)?
    } else {
        let candidates = search::candidates(&mut evaluator, default)?;
        finals::decide(&mut evaluator, default, candidates)?
    };
    let answer = Answer::new(&evaluator, default, found);
    let influences = match study.tune.sensitivity {
        Some(effort) => sensitivity::influences(&mut evaluator, answer.found.best, effort)?,
        None => Vec::new(),
    };
    let answer = Answer { influences, ..answer };
    Ok((evaluator, answer))
}

/// Runs the setting of the file.
fn default(evaluator: &mut Evaluator) -> Result<usize, TuneError> {
    let tune = evaluator.study.tune;
    evaluator.enter(Stage::Default);
    let trials = evaluator.trials_of(vec![tune.space.default()]);
    if tune.budget.runs < 2 * tune.replications || !evaluator.evaluate(&[(trials[0], 0..tune.replications)])? {
        return Err(TuneError::Budget { runs: tune.budget.runs, wanted: tune.replications });
    }
    let trial = &evaluator.trials[trials[0]];
    match &trial.failure {
        Some(failure) => Err(TuneError::Default(failure.clone())),
        // Weights are relative to its objectives.
        None if tune.objectives.iter().any(|of| of.weight.is_some()) && !trial.is_valid() => {
            Err(TuneError::Default("an objective is not a number in some replication".into()))
        }
        None => Ok(trials[0]),
    }
}
