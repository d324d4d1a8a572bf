//! One run of a plan, repeated under the eyes of a recorder.

use std::borrow::Cow;

use super::warm_up;
use crate::experiment::plan::{Cell, Plan};
use crate::simulation::{self, Fault, Outcome, Recorder, Scenario};

/// A run of a plan that can be repeated any number of times, always in the same way.
#[derive(Debug, Clone)]
pub struct Repeatable<'p> {
    /// What is run, with the end of its warm-up.
    pub scenario: Cow<'p, Scenario>,
    /// The seed of its cell.
    pub seed: u64,
    /// The number of its replication.
    pub replication: u64,
}

impl<'p> Repeatable<'p> {
    /// A replication of a cell.
    ///
    /// # Errors
    /// The end of the warm-up is to be found, and the pilot run for that fails.
    pub fn new(plan: &Plan, cell: &'p Cell, replication: u64) -> Result<Self, Fault> {
        let seed = plan.repetition.seed_of(cell);
        let scenario = warm_up::settled(&cell.scenario, seed, replication)?;
        Ok(Self { scenario, seed, replication })
    }

    /// Does the run and tells the recorder what happens.
    ///
    /// # Errors
    /// Those of [`simulation::run`].
    pub fn run(&self, recorder: impl Recorder) -> Result<Outcome, Fault> {
        simulation::record(&self.scenario, self.seed, self.replication, recorder)
    }
}
