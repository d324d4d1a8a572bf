//! One run of one scenario: the event loop that wires machine, locks and programs together.
//!
//! **Contract.** [`run`] is a pure function of its arguments. Events of the same time fire in the order in which they
//! were scheduled. Times are whole nanoseconds. In every run it is checked that a lock has at most one holder, that a
//! thread has at most one core, that the times of the states of all threads sum to N x T and those of the cores to
//! c x T, to the nanosecond, and that Little's law holds for every lock; a run that breaks one of these ends in a
//! [`Fault`].

mod attribution;
mod background;
mod batches;
mod budget;
mod check;
mod core_state;
mod cores;
mod costs;
mod deadlock;
mod drawn;
mod ending;
mod engine;
mod fast_forward;
mod fault;
mod futile;
mod inheritance;
mod lifecycle;
mod lock_state;
mod lock_view;
mod locking;
mod measure;
pub mod metrics;
mod objects;
pub mod outcome;
mod own_cores;
mod pace;
mod pilot;
mod process;
pub mod recorder;
mod readers_writers;
mod rows;
mod signals;
mod station;
mod steps;
mod thread;
mod threshold;
mod ticks;
mod timers;

pub use core_state::CorePhase;
pub use fault::Fault;
pub use outcome::{End, Metric, Outcome};
pub use pilot::{Pilot, pilot};
pub use recorder::{Entry, Recorder};
pub use thread::State;
pub use threshold::Threshold;

use crate::kernel::Nanos;
use crate::lock::{Interpreter, Setting};
use crate::machine::Machine;
use crate::workload::Program;

/// One fully resolved configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    /// Cores, scheduler, costs.
    pub machine: Machine,
    /// The lock of every interpreter that has none of its own.
    pub lock: Setting,
    /// What interpreters have in common.
    pub interpreter: Interpreter,
    /// What runs.
    pub program: Program,
    /// How long it runs.
    pub limits: Limits,
    /// What is measured beside what always is.
    pub extras: Extras,
    /// Above which time waits and latencies are counted.
    pub thresholds: Vec<Threshold>,
}

impl Scenario {
    /// How many cores the servers of locks take. A machine has one left for threads in any case.
    fn server_cores(&self) -> u32 {
        let servers = |setting| u32::from(crate::lock::rcl::has_server(setting));
        let processes = self.program.processes.iter();
        processes.map(|process| process.count * servers(process.lock.as_ref().unwrap_or(&self.lock))).sum()
    }
}

/// What is measured only if it is asked for, since it takes time or memory. It changes nothing else.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Extras {
    /// Fairness in short windows.
    pub windows: bool,
    /// Who comes again how soon.
    pub admissions: bool,
    /// How often waiters are overtaken.
    pub bypasses: bool,
    /// The distribution of holds.
    pub holds: bool,
    /// How long requests to drop the lock take to be obeyed.
    pub drops: bool,
    /// Whether the lock stays on a node.
    pub nodes: bool,
    /// How often threads fall asleep for the lock.
    pub parks: bool,
    /// More about how evenly it is shared out. It costs nothing while a run goes on.
    pub shares: bool,
    /// How often the holder loses its core.
    pub preemptions: bool,
    /// How many threads a release wakes.
    pub herds: bool,
    /// How many sections a thread or a server does for others.
    pub batches: bool,
    /// What each thread gets done.
    pub progress: bool,
    /// When threads are ready to work.
    pub births: bool,
    /// What was drawn at random, against what was to be expected.
    pub controls: bool,
}

impl Extras {
    /// All of it but the controls, which are for the estimates from several runs.
    pub const ALL: Self = Self {
        windows: true,
        admissions: true,
        bypasses: true,
        holds: true,
        drops: true,
        nodes: true,
        parks: true,
        shares: true,
        preemptions: true,
        herds: true,
        batches: true,
        progress: true,
        births: true,
        controls: false,
    };

    /// Whether something is measured that only an engine with a recorder knows of.
    fn are_of_threads(self) -> bool {
        self.progress || self.births || self.preemptions
    }
}

/// When the warm-up of a run ends, in nanoseconds from the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WarmUp {
    /// At this time.
    Until(Nanos),
    /// At a time that is found for each run, by looking at a [`pilot`] of it; 0 before it has been found.
    Auto(Nanos),
}

impl WarmUp {
    /// The time.
    pub fn end(self) -> Nanos {
        match self {
            Self::Until(end) | Self::Auto(end) => end,
        }
    }
}

/// How long a run lasts and which part of it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The run ends at this time, in nanoseconds, if it has not ended before (`None`: when all threads but daemons
    /// have ended).
    pub duration: Option<Nanos>,
    /// What happens before its end does not count.
    pub warm_up: WarmUp,
    /// What happens after that is divided into so many batches of equal length, each with metrics of its own. More than
    /// one takes a time limit.
    pub batches: u64,
    /// Whether checks that change nothing are done without the event queue, locks of a machine where nothing costs anything are
    /// served by a loop of their own, and cycles that repeat themselves are passed in one step, which changes no result.
    pub shortcuts: bool,
    /// The run is stopped with an error after so many events.
    pub max_events: u64,
    /// The run is stopped with an error when its threads and events take so many bytes.
    pub max_memory: u64,
}

/// Version of the model. It changes whenever a scenario may go another way than before, and stands in every
/// provenance record.
pub const MODEL_VERSION: u32 = 6;

/// The names of the metrics that every run of a scenario has, in their order.
pub fn metric_names(scenario: &Scenario) -> Vec<String> {
    metrics::names(scenario)
}

/// The names of the distributions that every run of a scenario has, in their order.
pub fn distribution_names(scenario: &Scenario) -> Vec<String> {
    metrics::distribution_names(scenario)
}

/// How many metrics of a scenario, the last of them, are controls.
pub fn controls(scenario: &Scenario) -> usize {
    if scenario.extras.controls { drawn::names(scenario).len() } else { 0 }
}

/// Those of the metrics that are quantiles.
pub fn quantiles(scenario: &Scenario) -> Vec<metrics::Quantile> {
    metrics::quantiles(scenario)
}

/// Runs a scenario once.
///
/// # Errors
/// A [`Fault`] if an invariant is broken, a budget is used up, a law has parameters out of range, or the run ends before
/// its warm-up or before its last batch.
pub fn run(scenario: &Scenario, seed: u64, replication: u64) -> Result<Outcome, Fault> {
    if scenario.extras.are_of_threads() {
        record(scenario, seed, replication, recorder::Watching)
    } else {
        record(scenario, seed, replication, recorder::Nothing)
    }
}

/// The same, and tells a recorder what happens. The run goes as it would without; one that is stopped because the
/// recorder is full ends as at a time limit.
///
/// # Errors
/// Those of [`run`].
pub fn record(scenario: &Scenario, seed: u64, replication: u64, recorder: impl Recorder) -> Result<Outcome, Fault> {
    engine::Engine::new(scenario, seed, replication, recorder)?.run()
}
