//! One run of one scenario: the event loop that wires machine, locks and programs together.
pub mod outcome;

use crate::kernel::Nanos;
use crate::lock::Setting;
use crate::machine::Machine;
use crate::workload::{Interpreter, Program};

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
}

/// How long a run lasts and which part of it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The run ends at this time, in nanoseconds, if it has not ended before (`None`: when all threads but daemons
    /// have ended).
    pub duration: Option<Nanos>,
    /// What happens before this time, in nanoseconds, does not count.
    pub warm_up: Nanos,
    /// The run is stopped with an error after so many events.
    pub max_events: u64,
}
