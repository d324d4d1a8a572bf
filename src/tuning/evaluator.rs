//! Running settings: through the ordinary plan, runner and journal, each run once.
//!
//! **Contract.** What is asked for next depends on what came out before, never on when, where or after how many
//! interruptions it did. So a tuning that is started again asks for the same runs, finds those that were done in the journal, and ends
//! with the same answer. Only a limit of time breaks this, as it must.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::scoring::Scoring;
use super::{Stage, TuneError};
use crate::experiment::journal::Journal;
use crate::experiment::plan::{self, Overrides};
use crate::experiment::runner::{self, Record};
use crate::experiment::source::Source;
use crate::experiment::tune::space::Setting;
use crate::experiment::tune::{Points, Tune, Worth};
use crate::lock;

/// The experiment that is tuned, and on what.
#[derive(Clone, Copy)]
pub struct Study<'s> {
    /// Where the file is.
    pub path: &'s Path,
    /// Its text.
    pub text: &'s Arc<Source>,
    /// What the command line changes of it.
    pub overrides: &'s Overrides,
    /// Its `[tune]`.
    pub tune: &'s Tune,
    /// The seed of its runs.
    pub seed: u64,
    /// Where finished runs are kept.
    pub journal: Option<&'s Journal>,
    /// Threads to run on.
    pub jobs: usize,
    /// Is told how far the tuning is, with the runs that count towards the budget.
    pub observe: &'s dyn Fn(Stage, u64),
}

/// A setting that was tried.
#[derive(Debug)]
pub struct Trial {
    /// The setting.
    pub setting: Setting,
    /// The stage in which it was first tried.
    pub stage: Stage,
    /// What its lock is, once it was run.
    pub lock: Option<lock::Setting>,
    /// The names of its metrics.
    pub metrics: Vec<String>,
    /// Its runs by replication, and what each was worth.
    pub runs: BTreeMap<u64, (Worth, Vec<f64>)>,
    /// Why a run has no result, of the first that has none.
    pub failure: Option<String>,
}

/// What is best so far after so many runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Incumbent {
    /// Runs so far.
    pub runs: u64,
    /// The trial.
    pub trial: usize,
}

/// The settings that were tried, and trying more.
pub struct Evaluator<'s> {
    /// What is tuned.
    pub study: Study<'s>,
    /// The settings tried, in the order of the tuning.
    pub trials: Vec<Trial>,
    /// What was best when.
    pub history: Vec<Incumbent>,
    /// Runs that count towards the budget.
    pub spent: u64,
    /// Runs beyond it.
    pub beyond: u64,
    /// Events of all runs.
    pub events: u64,
    /// What the journals had to tell.
    pub complaints: Vec<String>,
    /// Runs that the present stage leaves to those after it.
    pub reserve: u64,
    /// How trials are compared, once the default is known.
    pub scoring: Option<Scoring>,
    places: HashMap<String, usize>,
    stage: Stage,
    began: Instant,
}

impl<'s> Evaluator<'s> {
    /// Nothing tried yet.
    pub fn new(study: Study<'s>) -> Self {
        Self {
            study,
            trials: Vec::new(),
            history: Vec::new(),
            spent: 0,
            beyond: 0,
            events: 0,
            complaints: Vec::new(),
            reserve: 0,
            scoring: None,
            places: HashMap::new(),
            stage: Stage::Default,
            began: Instant::now(),
        }
    }

    /// A new stage begins.
    pub fn enter(&mut self, stage: Stage) {
        self.stage = stage;
        (self.study.observe)(stage, self.spent);
    }

    /// How long it took so far.
    pub fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// Runs that the budget still has for the present stage.
    pub fn left(&self) -> u64 {
        self.study.tune.budget.runs.saturating_sub(self.spent + self.reserve)
    }

    /// Whether the time is over.
    pub fn is_late(&self) -> bool {
        self.study.tune.budget.time.is_some_and(|time| self.elapsed() >= Duration::from_nanos(time))
    }

    /// The trials of settings, new ones where they have not been tried; equal settings are one.
    pub fn trials_of(&mut self, settings: Vec<Setting>) -> Vec<usize> {
        let place = |setting: Setting| {
            let name = self.study.tune.space.describe(&setting);
            *self.places.entry(name).or_insert_with(|| {
                let (stage, metrics, runs) = (self.stage, Vec::new(), BTreeMap::new());
                self.trials.push(Trial { setting, stage, lock: None, metrics, runs, failure: None });
                self.trials.len() - 1
            })
        };
        settings.into_iter().map(place).collect()
    }

    /// Does those of the replications of trials that are missing, if the budget allows all of them.
    ///
    /// # Errors
    /// A setting is no experiment, or the runner fails.
    pub fn evaluate(&mut self, wanted: &[(usize, Range<u64>)]) -> Result<bool, TuneError> {
        let mut missing: BTreeMap<(u64, u64), Vec<usize>> = BTreeMap::new();
        for (trial, replications) in wanted {
            let runs = &self.trials[*trial].runs;
            let first = replications.clone().find(|run| !runs.contains_key(run));
            if let (Some(first), None) = (first, &self.trials[*trial].failure) {
                let group = missing.entry((first, replications.end)).or_default();
                if !group.contains(trial) {
                    group.push(*trial);
                }
            }
        }
        let count: u64 = missing.iter().map(|((first, end), trials)| (end - first) * trials.len() as u64).sum();
        if count == 0 {
            return Ok(true);
        }
        let counts = self.stage.counts();
        if counts && (count > self.left() || self.is_late()) {
            return Ok(false);
        }
        for ((first, end), trials) in missing {
            self.run(&trials, first..end)?;
        }
        if counts {
            self.spent += count;
            self.note();
        } else {
            self.beyond += count;
        }
        (self.study.observe)(self.stage, self.spent);
        Ok(true)
    }

    fn run(&mut self, trials: &[usize], replications: Range<u64>) -> Result<(), TuneError> {
        let Study { path, text, overrides, tune, journal, jobs, .. } = self.study;
        let settings = trials.iter().map(|&trial| self.trials[trial].setting.clone()).collect();
        let points = Points { space: tune.space.clone(), settings, replications };
        let plan = plan::read(path, text, &Overrides { points: Some(points), ..overrides.clone() })?;
        let mut found = match journal {
            Some(journal) => runner::resume(&plan, jobs, journal)?,
            None => runner::run(&plan, jobs)?,
        };
        self.complaints.append(&mut found.complaints);
        self.events += found.events();
        for (cell, &trial) in plan.cells.iter().zip(trials) {
            let trial = &mut self.trials[trial];
            trial.lock = Some(cell.scenario.lock.clone());
            trial.metrics.clone_from(&found.metrics[cell.index]);
        }
        for run in found.runs {
            let trial = &mut self.trials[trials[run.cell]];
            match run.result {
                Ok(Record { values, .. }) => {
                    let worth = tune.worth(&plan.cells[run.cell], &trial.metrics, &values);
                    trial.runs.insert(run.replication, (worth, values));
                }
                Err(error) => {
                    let failure = || format!("replication {}: {error}", run.replication);
                    trial.failure.get_or_insert_with(failure);
                }
            }
        }
        Ok(())
    }

    /// Notes what is best now.
    fn note(&mut self) {
        let Some(scoring) = &self.scoring else { return };
        if let Some(trial) = scoring.best(&self.trials) {
            self.history.push(Incumbent { runs: self.spent, trial });
        }
    }
}
