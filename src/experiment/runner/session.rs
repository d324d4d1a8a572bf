//! One go at a plan: what is known of it, what is missing, and doing that.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use rayon::prelude::*;

use super::batches;
use super::cell::CellRuns;
use super::errand::Errands;
use super::trust::Foreign;
use super::{Done, Missing, Order, Record, Results, Run, RunError, RunnerError};
use crate::experiment::control_variates::Controls;
use crate::experiment::derived;
use crate::experiment::journal::{Columns, Found, Journal};
use crate::experiment::key::Key;
use crate::experiment::output::WriteError;
use crate::experiment::plan::{Cell, Plan};
use crate::experiment::pooled::{Pool, Pooled};
use crate::experiment::shard::Shard;
use crate::simulation;

/// One go at a plan.
pub(super) struct Session<'p> {
    pub(super) errands: Arc<Errands<'p>>,
    cells: Vec<CellRuns>,
    foreign: Foreign,
    /// Which parts of the plan are to be done here; all if it says nothing.
    owned: Option<Vec<bool>>,
    found: Found,
    /// The runs that are to be done and that nobody has begun.
    left: VecDeque<(usize, u64)>,
    /// How many have been begun and not finished.
    under_way: usize,
    failure: Option<RunnerError>,
    done: Done,
    began: Instant,
}

impl<'p> Session<'p> {
    fn new(order: &Order<'p>, shard: Option<Shard>) -> Self {
        let plan = order.plan;
        Self {
            errands: Arc::new(Errands::new(plan, order.journal)),
            cells: plan.cells.iter().map(|_| CellRuns::default()).collect(),
            foreign: Foreign::new(plan.cells.len()),
            owned: shard.map(|shard| shard.parts(parts(plan))),
            found: Found::default(),
            left: VecDeque::new(),
            under_way: 0,
            failure: None,
            done: Done::default(),
            began: Instant::now(),
        }
    }

    /// Finds out what is to be done of a plan, or of the shard that its journal is for.
    pub(super) fn open(order: &Order<'p>) -> Self {
        let mut session = Self::new(order, order.journal.and_then(Journal::shard));
        match session.read() {
            Ok(()) => {
                let doubtful = session.foreign.doubtful();
                session.expect(doubtful);
                session.go_on();
            }
            Err(error) => session.fail(error),
        }
        session
    }

    /// Takes all that the journals have, failures included, to do no run.
    ///
    /// # Errors
    /// A journal cannot be read.
    pub(super) fn kept(order: &Order<'p>) -> Result<Self, RunnerError> {
        let mut session = Self::new(order, None);
        session.read_all()?;
        Ok(session)
    }

    /// Takes the results that are there from the journals.
    fn read(&mut self) -> Result<(), RunnerError> {
        let Some(journal) = self.errands.journal else { return Ok(()) };
        let items: Vec<(usize, u64)> = self.items().collect();
        let keys: Vec<Key> = items.iter().map(|&(cell, replication)| self.errands.key(cell, replication)).collect();
        let wanted: HashMap<Key, usize> = keys.iter().copied().zip(items.iter().map(|&(cell, _)| cell)).collect();
        let columns: Vec<Columns> = self.errands.plan.cells.iter().map(|cell| Columns::of(&cell.scenario)).collect();
        self.found = journal.read(&wanted, &columns)?;
        let records = std::mem::take(&mut self.found.records);
        for ((cell, replication), key) in items.into_iter().zip(keys) {
            let max_events = self.errands.plan.cells[cell].scenario.limits.max_events;
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
        self.errands.metrics[cell].get_or_init(|| simulation::metric_names(&self.errands.plan.cells[cell].scenario));
        self.cells[cell].known.insert(replication, Ok(record));
    }

    /// Takes what other builds have kept, as far as it is to be trusted.
    fn settle(&mut self) {
        let (trusted, told) = self.foreign.settle();
        for (cell, replication, record) in trusted {
            self.keep(cell, replication, record);
        }
        self.found.complaints.extend(told.map(|told| format!("{}: {told}", self.errands.plan.stem)));
    }

    /// The same, and the failures of runs that have no result.
    fn read_all(&mut self) -> Result<(), RunnerError> {
        self.read()?;
        self.settle();
        loop {
            let failed: Vec<(usize, u64, String)> = self
                .missing()
                .into_iter()
                .filter_map(|(cell, replication)| {
                    let error = self.found.failures.get(&self.errands.key(cell, replication))?;
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
        let numbers = self.errands.plan.repetition.numbers();
        let items =
            (0..self.errands.plan.cells.len()).flat_map(move |cell| numbers.clone().map(move |run| (cell, run)));
        items.filter(|&(cell, run)| self.owned.as_ref().is_none_or(|owned| owned[part(self.errands.plan, cell, run)]))
    }

    /// Those that have to be done, as far as can be known, and of which nothing is known.
    fn missing(&mut self) -> Vec<(usize, u64)> {
        let cells = self.cells.iter_mut().enumerate();
        let wanted: Vec<u64> =
            cells.map(|(number, cell)| cell.wanted(self.errands.plan, number, self.errands.metrics(number))).collect();
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
            let owned = shard.parts(parts(self.errands.plan));
            missing.iter().any(|&(cell, replication)| owned[part(self.errands.plan, cell, replication)])
        });
        Some(Missing { runs: missing.len() as u64, shards: shards.collect() })
    }

    /// The next run that is left.
    pub(super) fn next(&mut self) -> Option<(usize, u64)> {
        let run = self.left.pop_front()?;
        self.under_way += 1;
        Some(run)
    }

    /// Takes what came out of a run, and tells whether it was the last that was known to be wanted.
    pub(super) fn finish(&mut self, done: Result<Vec<Run>, WriteError>) -> bool {
        self.under_way -= 1;
        match done {
            Ok(runs) => runs.into_iter().for_each(|run| self.take(run)),
            Err(error) => self.fail(error.into()),
        }
        let last = self.is_done();
        self.go_on();
        last
    }

    /// Finds out what is to be done next, if nothing is left of what was to be done.
    fn go_on(&mut self) {
        if self.is_done() && self.failure.is_none() {
            self.settle();
            let missing = self.missing();
            self.expect(missing);
        }
    }

    /// Whether no run is left or under way.
    pub(super) fn is_done(&self) -> bool {
        self.left.is_empty() && self.under_way == 0
    }

    /// These runs are to be done.
    fn expect(&mut self, mut runs: Vec<(usize, u64)>) {
        if runs.is_empty() {
            return;
        }
        if let Some(Err(error)) = self.errands.journal.map(Journal::begin) {
            return self.fail(error.into());
        }
        if self.errands.plan.repetition.batches {
            // One run gives all batches of a cell.
            runs.dedup_by_key(|(cell, _)| *cell);
            for (_, batch) in &mut runs {
                *batch = 0;
            }
        }
        self.errands.progress.expect(runs.len() as u64);
        self.left = runs.into();
    }

    fn take(&mut self, Run { cell, replication, result }: Run) {
        self.done.runs += 1;
        if let Ok(record) = &result {
            self.done.events += record.events;
            self.foreign.check(cell, replication, record);
        }
        self.cells[cell].known.insert(replication, result);
    }

    /// Nothing more can be kept or read.
    fn fail(&mut self, error: RunnerError) {
        self.left.clear();
        self.failure.get_or_insert(error);
    }

    /// What came out, with the derived metrics: journals have those of the simulation only. `threads` make the estimates, or
    /// any that are there.
    ///
    /// # Errors
    /// What was kept cannot be read, or what was done cannot be kept.
    pub(super) fn results(self, threads: Option<&rayon::ThreadPool>) -> Result<Results, RunnerError> {
        self.errands.progress.finish();
        if let Some(error) = self.failure {
            return Err(error);
        }
        let Self { errands, cells, done, found, began, .. } = self;
        let plan = errands.plan;
        let numbered = cells.into_iter().enumerate();
        let runs: Vec<Vec<Run>> =
            numbered.map(|(number, cell)| cell.into_runs(plan, number, errands.metrics(number))).collect();
        let estimates = || -> Vec<_> {
            let cells = plan.cells.par_iter().zip(&runs);
            cells.map(|(cell, runs)| estimates(cell, errands.metrics(cell.index), runs)).collect()
        };
        let estimates = threads.map_or_else(estimates, |threads| threads.install(estimates));
        let (pooled, controls) = estimates.into_iter().unzip();
        let runs: Vec<Run> = runs.into_iter().flatten().collect();
        let results = Results {
            pooled,
            controls,
            metrics: (0..plan.cells.len()).map(|cell| errands.metrics(cell).to_vec()).collect(),
            kept: (runs.len() as u64).saturating_sub(done.runs),
            runs,
            done,
            complaints: found.complaints,
            elapsed: began.elapsed(),
        };
        let mut results = derived::add(plan, results);
        let told = batches::complaints(plan, &results);
        results.complaints.extend(told);
        Ok(results)
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
