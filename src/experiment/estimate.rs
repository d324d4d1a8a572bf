//! What it takes to run a plan: short pilot runs of some cells, extrapolated.
//!
//! A pilot run is stopped after some ten thousand events. What a run with a `duration` then still has before it is known; of
//! a longer one without, only a lower bound is. The time depends on the machine; nothing that is written does.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use super::plan::{Cell, Plan};
use super::runner::{Record, Run};
use crate::kernel::{Nanos, SECOND};
use crate::simulation::{self, Limits, Scenario, WarmUp};

/// So many cells are tried, evenly spread over the plan.
const PILOTS: usize = 12;

/// After so many events a pilot run is stopped.
const EVENTS: u64 = 50_000;

/// Pilot runs begin no more after this time.
const PATIENCE: Duration = Duration::from_millis(1500);

/// Scenarios with more threads are not tried: they take more memory than a look should.
const MOST_THREADS: u64 = 200_000;

/// About what a thread takes, with its events.
const BYTES_OF_THREAD: u64 = 500;

/// What it takes to run a plan.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// Time in seconds with the fewest and with the most replications, if a pilot run was possible.
    pub seconds: Option<(f64, f64)>,
    /// Whether some runs are longer than can be told.
    pub at_least: bool,
    /// Memory: the cells, the runs that are done, and those that run at the same time.
    pub bytes: u64,
}

impl Estimate {
    /// Estimates a plan that runs on so many threads.
    pub fn of(plan: &Plan, jobs: usize) -> Self {
        let began = Instant::now();
        let count = plan.cells.len().min(PILOTS);
        let chosen = (0..count).map(|index| &plan.cells[index * plan.cells.len() / count]);
        let mut pilots = Vec::new();
        for cell in chosen {
            let scenario = &cell.scenario;
            if began.elapsed() < PATIENCE && threads(scenario) <= MOST_THREADS {
                pilots.extend(pilot(scenario, plan.repetition.seed_of(cell)));
            }
        }
        let mean = pilots.iter().map(|(seconds, _)| seconds).sum::<f64>() / pilots.len() as f64;
        let time = |runs: u64| mean * runs as f64 / (jobs as u64).min(runs).max(1) as f64;
        let fewest = plan.cells.len() as u64 * plan.repetition.fewest();
        Self {
            seconds: (!pilots.is_empty()).then(|| (time(fewest), time(plan.runs()))),
            at_least: pilots.iter().any(|(_, whole)| !whole),
            bytes: bytes(plan, jobs),
        }
    }
}

/// How long a run takes, and whether that is all of it; nothing if it cannot be tried.
fn pilot(scenario: &Scenario, seed: u64) -> Option<(f64, bool)> {
    let Limits { duration, warm_up, max_events, .. } = scenario.limits;
    let events = EVENTS.min(max_events);
    let short = Scenario { limits: Limits { max_events: events, ..scenario.limits }, ..scenario.clone() };
    let began = Instant::now();
    let outcome = catch_unwind(AssertUnwindSafe(|| simulation::run(&short, seed, 0))).ok()?;
    // A warm-up that is to be found takes a run of its own.
    let runs = if matches!(warm_up, WarmUp::Auto(_)) { 2.0 } else { 1.0 };
    let seconds = runs * began.elapsed().as_secs_f64();
    Some(match (outcome, duration) {
        (Ok(_), _) => (seconds, true),
        (Err(_), _) if events == max_events => (seconds, true),
        (Err(fault), Some(duration)) if fault.at > 0 => (seconds * (duration as f64 / fault.at as f64).max(1.0), true),
        (Err(_), _) => (seconds, false),
    })
}

fn bytes(plan: &Plan, jobs: usize) -> u64 {
    let Some(first) = plan.cells.first() else { return 0 };
    let values = simulation::metric_names(&first.scenario).len() as u64;
    let run = size_of::<Run>() as u64 + size_of::<Record>() as u64 + 8 * values;
    let largest = plan.cells.iter().map(|cell| bytes_of_run(&cell.scenario)).max().unwrap_or(0);
    let cells = plan.cells.len() as u64 * size_of::<Cell>() as u64;
    let running = largest.saturating_mul((jobs as u64).min(plan.runs()));
    cells.saturating_add(plan.runs().saturating_mul(run)).saturating_add(running)
}

/// A run's threads, and its histograms when they have grown to the length of the run.
fn bytes_of_run(scenario: &Scenario) -> u64 {
    let histograms = (scenario.program.threads.len() + scenario.program.counters.len() + 1) as u64;
    let longest: Nanos = scenario.limits.duration.unwrap_or(100 * SECOND);
    // Three significant digits: 2048 values in the first bucket, and half as many in each of twice the size.
    let buckets = u64::from(longest.max(2048).ilog2()) - 9;
    let histogram = buckets * 1024 * 8;
    threads(scenario).saturating_mul(BYTES_OF_THREAD).saturating_add(histograms * histogram)
}

/// The threads that a scenario has when none has ended; those that arrive are not counted.
fn threads(scenario: &Scenario) -> u64 {
    let program = &scenario.program;
    let groups = program.threads.iter().map(|group| {
        let processes = program.processes.get(group.process).map_or(1, |process| process.count);
        u64::from(group.count.unwrap_or(1)) * u64::from(processes)
    });
    groups.fold(0, u64::saturating_add)
}
