//! A run of a plan as an errand: what it takes to do it on any thread, and to keep what comes out.

use std::sync::OnceLock;

use super::progress::Progress;
use super::{Record, Run, RunError, records};
use crate::experiment::journal::{Columns, Journal};
use crate::experiment::key::{CellKey, Key};
use crate::experiment::output::WriteError;
use crate::experiment::plan::Plan;
use crate::experiment::repetition::Repetition;
use crate::simulation::{Fault, Outcome, Scenario};

/// What all runs of a plan share.
pub(super) struct Errands<'p> {
    pub(super) plan: &'p Plan,
    pub(super) journal: Option<&'p Journal>,
    pub(super) progress: Progress,
    /// The names of each cell's metrics, once they are known.
    pub(super) metrics: Vec<OnceLock<Vec<String>>>,
    keys: Vec<CellKey>,
}

impl<'p> Errands<'p> {
    pub(super) fn new(plan: &'p Plan, journal: Option<&'p Journal>) -> Self {
        let scenarios = plan.cells.iter().map(|cell| &cell.scenario);
        Self {
            plan,
            journal,
            progress: Progress::new(),
            metrics: plan.cells.iter().map(|_| OnceLock::new()).collect(),
            // Without a journal nobody asks for keys.
            keys: if journal.is_some() { scenarios.map(CellKey::of).collect() } else { Vec::new() },
        }
    }

    pub(super) fn key(&self, cell: usize, replication: u64) -> Key {
        self.keys[cell].run(self.seed(cell), replication)
    }

    fn seed(&self, cell: usize) -> u64 {
        self.plan.repetition.seed_of(&self.plan.cells[cell])
    }

    /// The names of a cell's metrics, if they are known.
    pub(super) fn metrics(&self, cell: usize) -> &[String] {
        self.metrics[cell].get().map(Vec::as_slice).unwrap_or_default()
    }

    /// Does one run and keeps what came out: one result, or one for each batch.
    pub(super) fn run(
        &self,
        (cell, replication): (usize, u64),
        simulate: impl Fn(&Scenario, u64, u64) -> Result<Outcome, Fault>,
    ) -> Result<Vec<Run>, WriteError> {
        let Repetition { batches, replications, .. } = self.plan.repetition;
        let seed = self.seed(cell);
        let scenario = &self.plan.cells[cell].scenario;
        let results: Vec<Result<Record, RunError>> =
            match records(|| simulate(scenario, seed, replication), &self.metrics[cell]) {
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
        self.progress.advance();
        let runs = (replication..).zip(results);
        Ok(runs.map(|(replication, result)| Run { cell, replication, result }).collect())
    }
}
