//! One go at a plan: what is known of it, what is missing, and doing that.

use std::collections::HashMap;
use std::time::Instant;

use rayon::prelude::*;

use super::batches;
use super::cell::CellRuns;
use super::progress::Progress;
use super::trust::Foreign;
use super::{Done, Missing, Record, Results, Run, RunError, RunnerError, records};
use crate::experiment::control_variates::Controls;
use crate::experiment::derived;
use crate::experiment::journal::{Columns, Found, Journal};
use crate::experiment::key::{CellKey, Key};
use crate::experiment::output::WriteError;
use crate::experiment::plan::{Cell, Plan};
use crate::experiment::pooled::{Pool, Pooled};
use crate::experiment::repetition::Repetition;
use crate::experiment::shard::Shard;
use crate::simulation::{self, Fault, Outcome, Scenario};

/// One go at a plan.
pub(super) struct Session<'p> {
    plan: &'p Plan,
    journal: Option<&'p Journal>,
    keys: Vec<CellKey>,
    cells: Vec<CellRuns>,
    foreign: Foreign,
    /// Which parts of the plan are to be done here; all if it says nothing.
    owned: Option<Vec<bool>>,
    found: Found,
    done: Done,
    began: Instant,
    /// The threads that did the runs.
    threads: Option<rayon::ThreadPool>,
}

impl<'p> Session<'p> {
    pub(super) fn new(plan: &'p Plan, journal: Option<&'p Journal>, shard: Option<Shard>) -> Self {
        let scenarios = plan.cells.iter().map(|cell| &cell.scenario);
        Self {
            plan,
            journal,
            // Without a journal nobody asks for keys.
            keys: if journal.is_some() { scenarios.map(CellKey::of).collect() } else { Vec::new() },
            cells: plan.cells.iter().map(|_| CellRuns::default()).collect(),
            foreign: Foreign::new(plan.cells.len()),
            owned: shard.map(|shard| shard.parts(parts(plan))),
            found: Found::default(),
            done: Done::default(),
            began: Instant::now(),
            threads: None,
        }
    }

    fn key(&self, cell: usize, replication: u64) -> Key {
        self.keys[cell].run(self.seed(cell), replication)
    }

    fn seed(&self, cell: usize) -> u64 {
        self.plan.repetition.seed_of(&self.plan.cells[cell])
    }

    /// Takes the results that are there from the journals.
    pub(super) fn read(&mut self) -> Result<(), RunnerError> {
        let Some(journal) = self.journal else { return Ok(()) };
        let items: Vec<(usize, u64)> = self.items().collect();
        let keys: Vec<Key> = items.iter().map(|&(cell, replication)| self.key(cell, replication)).collect();
        let wanted: HashMap<Key, usize> = keys.iter().copied().zip(items.iter().map(|&(cell, _)| cell)).collect();
        let columns: Vec<Columns> = self.plan.cells.iter().map(|cell| Columns::of(&cell.scenario)).collect();
        self.found = journal.read(&wanted, &columns)?;
        let records = std::mem::take(&mut self.found.records);
        for ((cell, replication), key) in items.into_iter().zip(keys) {
            let max_events = self.plan.cells[cell].scenario.limits.max_events;
            let within = |record: &&Record| record.events < max_events;
            let Some(kept) = records.get(&key) else { continue };
            match (kept.ours.as_ref().filter(within).cloned(), kept.theirs.as_ref().filter(within).cloned()) {
                (Some(ours), theirs) => {
                    if let Some(theirs) = theirs {
                        self.foreign.compare(cell, &ours, &theirs);
                    }
                    self.keep(cell, replication, ours);
                }
                (None, Some(theirs)) => self.foreign.add(cell, replication, theirs),
                (None, None) => {}
            }
        }
        Ok(())
    }

    /// Takes a run from a journal, which has all metrics of its cell.
    fn keep(&mut self, cell: usize, replication: u64, record: Record) {
        self.cells[cell].metrics.get_or_init(|| simulation::metric_names(&self.plan.cells[cell].scenario));
        self.cells[cell].known.insert(replication, Ok(record));
    }

    /// Takes what other builds have kept, as far as it is to be trusted.
    fn settle(&mut self) {
        let (trusted, told) = self.foreign.settle();
        for (cell, replication, record) in trusted {
            self.keep(cell, replication, record);
        }
        self.found.complaints.extend(told.map(|told| format!("{}: {told}", self.plan.stem)));
    }

    /// The same, and the failures of runs that have no result.
    pub(super) fn read_all(&mut self) -> Result<(), RunnerError> {
        self.read()?;
        self.settle();
        loop {
            let failed: Vec<(usize, u64, String)> = self
                .missing()
                .into_iter()
                .filter_map(|(cell, replication)| {
                    let error = self.found.failures.get(&self.key(cell, replication))?;
                    Some((cell, replication, error.clone()))
                })
                .collect();
            if failed.is_empty() {
                return Ok(());
            }
            for (cell, replication, error) in failed {
                self.cells[cell].known.insert(replication, Err(RunError::Elsewhere(error)));
            }
        }
    }

    /// All runs that may have to be done here.
    fn items(&self) -> impl Iterator<Item = (usize, u64)> {
        let numbers = self.plan.repetition.numbers();
        let items = (0..self.plan.cells.len()).flat_map(move |cell| numbers.clone().map(move |run| (cell, run)));
        items.filter(|&(cell, run)| self.owned.as_ref().is_none_or(|owned| owned[part(self.plan, cell, run)]))
    }

    /// Those that have to be done, as far as can be known, and of which nothing is known.
    fn missing(&mut self) -> Vec<(usize, u64)> {
        let cells = self.cells.iter_mut().enumerate();
        let wanted: Vec<u64> = cells.map(|(number, cell)| cell.wanted(self.plan, number)).collect();
        let missing = |&(cell, replication): &(usize, u64)| {
            replication < wanted[cell] && !self.cells[cell].known.contains_key(&replication)
        };
        self.items().filter(missing).collect()
    }

    /// The shards to which missing runs belong.
    pub(super) fn missing_shards(&mut self) -> Option<Missing> {
        let missing = self.missing();
        if missing.is_empty() {
            return None;
        }
        let shards = self.found.divisions.iter().flat_map(|&count| Shard::all(count)).filter(|shard| {
            let owned = shard.parts(parts(self.plan));
            missing.iter().any(|&(cell, replication)| owned[part(self.plan, cell, replication)])
        });
        Some(Missing { runs: missing.len() as u64, shards: shards.collect() })
    }

    /// Does what is missing.
    pub(super) fn run(
        &mut self,
        jobs: usize,
        simulate: impl Fn(&Scenario, u64, u64) -> Result<Outcome, Fault> + Sync,
    ) -> Result<(), RunnerError> {
        let threads = rayon::ThreadPoolBuilder::new().num_threads(jobs).build();
        let threads = threads.map_err(|error| RunnerError::Threads { jobs, error })?;
        let progress = Progress::new(self.began);
        self.round(&self.foreign.doubtful(), &threads, &progress, &simulate)?;
        self.settle();
        loop {
            let missing = self.missing();
            if missing.is_empty() {
                break;
            }
            self.round(&missing, &threads, &progress, &simulate)?;
        }
        progress.finish();
        self.threads = Some(threads);
        Ok(())
    }

    /// Does some runs, on all threads.
    fn round(
        &mut self,
        items: &[(usize, u64)],
        threads: &rayon::ThreadPool,
        progress: &Progress,
        simulate: &(impl Fn(&Scenario, u64, u64) -> Result<Outcome, Fault> + Sync),
    ) -> Result<(), RunnerError> {
        if items.is_empty() {
            return Ok(());
        }
        if let Some(journal) = self.journal {
            journal.begin()?;
        }
        let mut items = items.to_vec();
        if self.plan.repetition.batches {
            // One run gives all batches of a cell.
            items.dedup_by_key(|(cell, _)| *cell);
            for (_, batch) in &mut items {
                *batch = 0;
            }
        }
        progress.expect(items.len() as u64);
        let one = |&(cell, replication): &(usize, u64)| {
            let runs = self.one(cell, replication, simulate);
            progress.advance();
            runs
        };
        let runs = items.par_iter().with_max_len(1);
        let runs: Result<Vec<Vec<Run>>, WriteError> = threads.install(|| runs.map(one).collect());
        for Run { cell, replication, result } in runs?.into_iter().flatten() {
            self.done.runs += 1;
            if let Ok(record) = &result {
                self.done.events += record.events;
                self.foreign.check(cell, replication, record);
            }
            self.cells[cell].known.insert(replication, result);
        }
        Ok(())
    }

    /// Does one run and keeps what came out: one result, or one for each batch.
    fn one(
        &self,
        cell: usize,
        replication: u64,
        simulate: impl Fn(&Scenario, u64, u64) -> Result<Outcome, Fault>,
    ) -> Result<Vec<Run>, WriteError> {
        let Repetition { batches, replications, .. } = self.plan.repetition;
        let seed = self.seed(cell);
        let scenario = &self.plan.cells[cell].scenario;
        let results: Vec<Result<Record, RunError>> =
            match records(|| simulate(scenario, seed, replication), &self.cells[cell].metrics) {
                Ok(records) => records.into_iter().map(Ok).collect(),
                Err(error) if batches => {
                    let told = error.to_string();
                    let others = (1..replications).map(|_| Err(RunError::Elsewhere(told.clone())));
                    std::iter::once(Err(error)).chain(others).collect()
                }
                Err(error) => vec![Err(error)],
            };
        if let Some(journal) = self.journal {
            let columns = Columns::of(scenario);
            for (number, result) in (replication..).zip(&results) {
                journal.add(self.key(cell, number), (seed, number), &columns, result)?;
            }
        }
        let runs = (replication..).zip(results);
        Ok(runs.map(|(replication, result)| Run { cell, replication, result }).collect())
    }

    /// What came out, with the derived metrics: journals have those of the simulation only.
    pub(super) fn results(self) -> Results {
        let cells = self.cells.into_iter().enumerate().map(|(number, cell)| cell.into_results(self.plan, number));
        let (metrics, runs): (Vec<Vec<String>>, Vec<Vec<Run>>) = cells.unzip();
        let estimates = || -> Vec<_> {
            let cells = self.plan.cells.par_iter().zip(&metrics).zip(&runs);
            cells.map(|((cell, metrics), runs)| estimates(cell, metrics, runs)).collect()
        };
        let estimates = self.threads.as_ref().map_or_else(estimates, |threads| threads.install(estimates));
        let (pooled, controls) = estimates.into_iter().unzip();
        let runs: Vec<Run> = runs.into_iter().flatten().collect();
        let results = Results {
            pooled,
            controls,
            metrics,
            kept: (runs.len() as u64).saturating_sub(self.done.runs),
            runs,
            done: self.done,
            complaints: self.found.complaints,
            elapsed: self.began.elapsed(),
        };
        let mut results = derived::add(self.plan, results);
        let told = batches::complaints(self.plan, &results);
        results.complaints.extend(told);
        results
    }
}

/// What is no mean of the runs of a cell, and its control variates.
fn estimates(cell: &Cell, metrics: &[String], runs: &[Run]) -> (Vec<Option<Pooled>>, Controls) {
    let pooled = Pool::of(runs).metrics(&simulation::quantiles(&cell.scenario), metrics.len());
    let values = runs.iter().map(|run| run.result.as_ref().ok().map(|record| record.values.as_slice()));
    let values: Option<Vec<&[f64]>> = values.collect();
    (pooled, values.map(|values| Controls::of(cell, metrics, &values)).unwrap_or_default())
}

/// Into how many parts shards divide a plan: its runs, or its cells if each decides how often it is run or has one run.
fn parts(plan: &Plan) -> usize {
    let by_cell = plan.repetition.until.is_some() || plan.repetition.batches;
    if by_cell { plan.cells.len() } else { plan.runs() as usize }
}

/// The part to which a run belongs.
fn part(plan: &Plan, cell: usize, replication: u64) -> usize {
    match plan.repetition.until {
        Some(_) => cell,
        None if plan.repetition.batches => cell,
        None => cell * plan.repetition.replications as usize + (replication - plan.repetition.first) as usize,
    }
}
