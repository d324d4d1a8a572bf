//! Runs plans: every replication of every cell, on several threads, with results in the order of the plan.
//!
//! **Contract.** A work item is one run. A run that fails or panics is recorded and the others go on. With a journal, what
//! earlier processes have done is taken from there, only what is missing runs, and each run is kept as soon as it is
//! done. Which thread or process runs what, when, and after how many interruptions, has no influence on the results.

mod batches;
mod cell;
mod crew;
mod errand;
mod observe;
mod progress;
mod sample;
mod session;
mod trust;
mod warm_up;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;
use std::time::Duration;

use self::crew::Crew;
pub use self::observe::Repeatable;
use self::session::Session;
use super::control_variates::Controls;
use super::journal::{Journal, ReadError};
use super::output::WriteError;
use super::plan::Plan;
use super::pooled::Pooled;
use super::shard::Shard;
use crate::kernel::streams::mix;
use crate::simulation::outcome::{End, Outcome};
use crate::simulation::{Fault, Scenario};
use crate::statistics::Distribution;

/// What came out of a plan.
#[derive(Debug)]
pub struct Results {
    /// The names of each cell's metrics, in the order in which the simulation gives them, then the derived ones.
    pub metrics: Vec<Vec<String>>,
    /// The runs, cell by cell and replication by replication.
    pub runs: Vec<Run>,
    /// For each metric of each cell its estimate from all observations, if that is no mean of the runs.
    pub pooled: Vec<Vec<Option<Pooled>>>,
    /// For each cell the controls of its means; none if some run of it failed.
    pub controls: Vec<Controls>,
    /// How many of them had been kept by earlier processes.
    pub kept: u64,
    /// What this process did; more than is used where a precision was reached before all of it was done.
    pub done: Done,
    /// Journals that have suffered, and batches that depend on each other.
    pub complaints: Vec<String>,
    /// How long it took.
    pub elapsed: Duration,
}

/// What was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Done {
    /// Runs.
    pub runs: u64,
    /// Events that fired in them.
    pub events: u64,
}

/// One replication of one cell.
#[derive(Debug)]
pub struct Run {
    /// Index of the cell.
    pub cell: usize,
    /// Number of the replication.
    pub replication: u64,
    /// What came out.
    pub result: Result<Record, RunError>,
}

/// What is kept of the outcome of a run.
#[derive(Debug, Clone)]
pub struct Record {
    /// How the run ended.
    pub end: End,
    /// How many events fired.
    pub events: u64,
    /// Hash of the stream of events.
    pub fingerprint: u64,
    /// Values of the cell's metrics.
    pub values: Vec<f64>,
    /// The distributions behind those that are quantiles, as text, which is compact.
    pub distributions: Vec<String>,
}

/// Why a run has no result.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The simulation says why.
    #[error("{0}")]
    Fault(#[from] Fault),
    /// The simulation panicked.
    #[error("the simulation panicked: {0}")]
    Panic(String),
    /// The simulation broke its promise that the metrics depend on the scenario only.
    #[error("this run has other metrics than the first of its cell")]
    OtherMetrics,
    /// Another process says why.
    #[error("{0}")]
    Elsewhere(String),
}

/// A plan cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum RunnerError {
    /// The operating system refuses the threads.
    #[error("cannot start {jobs} threads: {error}")]
    Threads {
        /// How many were wanted.
        jobs: usize,
        /// What it said.
        error: rayon::ThreadPoolBuildError,
    },
    /// What was done cannot be kept.
    #[error("{0}; the runs that were kept are not done again")]
    Write(#[from] WriteError),
    /// What was kept cannot be read.
    #[error("{0}")]
    Read(#[from] ReadError),
}

/// The results of a plan that are not there: the shards of which runs are missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// How many runs are missing, as far as can be known.
    pub runs: u64,
    /// The shards that they belong to, for each division of the plan that the journals tell of.
    pub shards: Vec<Shard>,
}

/// A plan that is to be run.
#[derive(Debug, Clone, Copy)]
pub struct Order<'p> {
    /// The plan.
    pub plan: &'p Plan,
    /// Where what is done is kept, and taken from if it is there; the runs of the shard that it is for are done.
    pub journal: Option<&'p Journal>,
}

/// Runs a plan on `jobs` threads (0: as many as there are processors), and keeps nothing.
///
/// # Errors
/// The operating system refuses the threads.
pub fn run(plan: &Plan, jobs: usize) -> Result<Results, RunnerError> {
    run_with(plan, jobs, None, warm_up::simulate)
}

/// Runs what is missing of a plan, or of a shard of it, and keeps it in the journal.
///
/// # Errors
/// The operating system refuses the threads, or the journal cannot be read or written.
pub fn resume(plan: &Plan, jobs: usize, journal: &Journal) -> Result<Results, RunnerError> {
    run_with(plan, jobs, Some(journal), warm_up::simulate)
}

/// Runs a plan with another simulation than the ordinary one.
///
/// # Errors
/// Those of [`resume`].
pub fn run_with(
    plan: &Plan,
    jobs: usize,
    journal: Option<&Journal>,
    simulate: impl Fn(&Scenario, u64, u64) -> Result<Outcome, Fault> + Sync,
) -> Result<Results, RunnerError> {
    Crew::at_work(&[Order { plan, journal }], jobs, simulate, Crew::results)
}

/// Runs what is missing of several plans, and gives the results of each to `take`, in their order. While it makes use of them,
/// runs of the next plans are done.
///
/// # Errors
/// Those of [`resume`], and of `take`; either ends it all.
pub fn each<E: From<RunnerError>>(
    orders: &[Order],
    jobs: usize,
    mut take: impl FnMut(&Order, Results) -> Result<(), E>,
) -> Result<(), E> {
    Crew::at_work(orders, jobs, warm_up::simulate, |crew| {
        orders.iter().try_for_each(|order| take(order, crew.results()?))
    })
}

/// The results of a plan from the journals alone, failures included, or what is missing.
///
/// # Errors
/// A journal cannot be read.
pub fn merge(plan: &Plan, journal: &Journal) -> Result<Result<Results, Missing>, RunnerError> {
    let mut session = Session::kept(&Order { plan, journal: Some(journal) })?;
    match session.missing_shards() {
        Some(missing) => Ok(Err(missing)),
        None => Ok(Ok(session.results(None)?)),
    }
}

/// What is kept of a run, or of each of its batches; the first run of a cell fixes the names of its metrics.
fn records(
    run: impl FnOnce() -> Result<Outcome, Fault>,
    names: &OnceLock<Vec<String>>,
) -> Result<Vec<Record>, RunError> {
    let outcome = catch_unwind(AssertUnwindSafe(run));
    let mut outcome = outcome.map_err(|panic| RunError::Panic(panic_message(panic.as_ref())))??;
    let before = std::mem::take(&mut outcome.before);
    before.into_iter().chain([outcome]).map(|outcome| record_one(outcome, names)).collect()
}

fn record_one(outcome: Outcome, names: &OnceLock<Vec<String>>) -> Result<Record, RunError> {
    let Outcome { end, metrics, distributions, events, fingerprint, .. } = outcome;
    let known = names.get_or_init(|| metrics.iter().map(|metric| metric.name.clone()).collect());
    if !known.iter().eq(metrics.iter().map(|metric| &metric.name)) {
        return Err(RunError::OtherMetrics);
    }
    let values = metrics.iter().map(|metric| metric.value).collect();
    let distributions = distributions.iter().map(Distribution::to_text).collect();
    Ok(Record { end, events, fingerprint, values, distributions })
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".into())
}

impl Results {
    /// The runs of a cell.
    pub fn of_cell(&self, cell: usize) -> &[Run] {
        let first = self.runs.partition_point(|run| run.cell < cell);
        let count = self.runs[first..].partition_point(|run| run.cell == cell);
        &self.runs[first..][..count]
    }

    /// The estimate of a metric from all observations of a cell, if it is no mean of the runs.
    pub fn pooled(&self, cell: usize, metric: usize) -> Option<Pooled> {
        self.pooled[cell].get(metric).copied().flatten()
    }

    /// The runs that have a result.
    pub fn records(&self) -> impl Iterator<Item = (&Run, &Record)> {
        self.runs.iter().filter_map(|run| run.result.as_ref().ok().map(|record| (run, record)))
    }

    /// The runs that have none, and why.
    pub fn failures(&self) -> impl Iterator<Item = (&Run, &RunError)> {
        self.runs.iter().filter_map(|run| run.result.as_ref().err().map(|error| (run, error)))
    }

    /// The runs that ended in a deadlock, and who waits for whom.
    pub fn deadlocks(&self) -> impl Iterator<Item = (&Run, &str)> {
        self.records().filter_map(|(run, record)| match &record.end {
            End::Deadlock(report) => Some((run, report.as_str())),
            _ => None,
        })
    }

    /// How many events fired in all runs.
    pub fn events(&self) -> u64 {
        self.records().map(|(_, record)| record.events).sum()
    }

    /// Hash of the event streams of all runs, in the order of the plan.
    pub fn fingerprint(&self) -> u64 {
        self.records().fold(0, |hash, (run, record)| {
            mix(hash ^ mix(run.cell as u64) ^ mix(run.replication).rotate_left(32) ^ record.fingerprint)
        })
    }
}
