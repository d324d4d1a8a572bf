//! Runs a plan: every replication of every cell, on several threads, with results in the order of the plan.
//!
//! A work item is one run. A run that fails or panics is recorded and the others go on. Which thread runs what has
//! no influence on the results.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rayon::prelude::*;

use super::derived;
use super::plan::Plan;
use crate::kernel::streams::mix;
use crate::simulation::outcome::{End, Outcome};
use crate::simulation::{self, Fault, Scenario};

/// How long work goes on before its progress is shown.
const PATIENCE: Duration = Duration::from_secs(1);

/// What came out of a plan.
#[derive(Debug)]
pub struct Results {
    /// The names of each cell's metrics, in the order in which the simulation gives them.
    pub metrics: Vec<Vec<String>>,
    /// The runs, cell by cell and replication by replication.
    pub runs: Vec<Run>,
    /// How long it took.
    pub elapsed: Duration,
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
#[derive(Debug)]
pub struct Record {
    /// How the run ended.
    pub end: End,
    /// How many events fired.
    pub events: u64,
    /// Hash of the stream of events.
    pub fingerprint: u64,
    /// Values of the cell's metrics.
    pub values: Vec<f64>,
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
}

/// The machine cannot run a plan.
#[derive(Debug, thiserror::Error)]
#[error("cannot start {jobs} threads: {error}")]
pub struct ThreadsError {
    jobs: usize,
    error: rayon::ThreadPoolBuildError,
}

/// Runs a plan on `jobs` threads (0: as many as there are processors).
///
/// # Errors
/// The operating system refuses the threads.
pub fn run(plan: &Plan, jobs: usize) -> Result<Results, ThreadsError> {
    run_with(plan, jobs, simulation::run)
}

/// Runs a plan with another simulation than the ordinary one.
///
/// # Errors
/// The operating system refuses the threads.
pub fn run_with(
    plan: &Plan,
    jobs: usize,
    simulate: impl Fn(&Scenario, u64, u64) -> Result<Outcome, Fault> + Sync,
) -> Result<Results, ThreadsError> {
    let threads = rayon::ThreadPoolBuilder::new().num_threads(jobs).build();
    let threads = threads.map_err(|error| ThreadsError { jobs, error })?;
    let began = Instant::now();
    let progress = Progress::new(plan.runs(), began);
    let metrics: Vec<OnceLock<Vec<String>>> = plan.cells.iter().map(|_| OnceLock::new()).collect();
    let replications = plan.repetition.replications;
    let one = |item: u64| {
        let (cell, replication) = ((item / replications) as usize, plan.repetition.first + item % replications);
        let run = || simulate(&plan.cells[cell].scenario, plan.repetition.seed, replication);
        let result = record(run, &metrics[cell]);
        progress.advance();
        Run { cell, replication, result }
    };
    let runs = (0..plan.runs() as usize).into_par_iter().with_max_len(1);
    let runs = threads.install(|| runs.map(|item| one(item as u64)).collect());
    progress.finish();
    let metrics = metrics.into_iter().map(|names| names.into_inner().unwrap_or_default()).collect();
    Ok(derived::add(plan, Results { metrics, runs, elapsed: began.elapsed() }))
}

/// What is kept of a run; the first run of a cell fixes the names of its metrics.
fn record(run: impl FnOnce() -> Result<Outcome, Fault>, names: &OnceLock<Vec<String>>) -> Result<Record, RunError> {
    let outcome = catch_unwind(AssertUnwindSafe(run));
    let Outcome { end, metrics, events, fingerprint, .. } =
        outcome.map_err(|panic| RunError::Panic(panic_message(panic.as_ref())))??;
    let known = names.get_or_init(|| metrics.iter().map(|metric| metric.name.clone()).collect());
    if !known.iter().eq(metrics.iter().map(|metric| &metric.name)) {
        return Err(RunError::OtherMetrics);
    }
    Ok(Record { end, events, fingerprint, values: metrics.iter().map(|metric| metric.value).collect() })
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".into())
}

impl Results {
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

/// Progress on standard error, if that is a terminal and the work is long.
struct Progress {
    bar: ProgressBar,
    began: Instant,
    done: AtomicU64,
    shown: OnceLock<()>,
}

impl Progress {
    fn new(runs: u64, began: Instant) -> Self {
        let bar = ProgressBar::with_draw_target(Some(runs), ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} runs, {eta} left");
        Self {
            bar: bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())),
            began,
            done: AtomicU64::new(0),
            shown: OnceLock::new(),
        }
    }

    fn advance(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if self.began.elapsed() >= PATIENCE {
            // A draw target of standard error stays hidden when that is no terminal.
            self.shown.get_or_init(|| self.bar.set_draw_target(ProgressDrawTarget::stderr()));
            self.bar.set_position(done);
        }
    }

    fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
