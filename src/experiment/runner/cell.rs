//! The runs of one cell, as far as they are known, and how many of them are wanted.

use std::collections::BTreeMap;

use super::sample::Sample;
use super::{Record, Run, RunError};
use crate::experiment::plan::Plan;

/// The runs of a cell.
#[derive(Debug, Default)]
pub(super) struct CellRuns {
    /// What came out of its runs, by replication.
    pub(super) known: BTreeMap<u64, Result<Record, RunError>>,
    /// So many replications are known to be too few for the precision.
    too_few: u64,
}

impl CellRuns {
    /// The number after that of the last replication that is wanted, as far as can be known.
    ///
    /// A precision is asked for after each replication in their order; the first that is enough ends the cell, whatever
    /// else may have been done. So the number depends neither on who did which runs nor on how many were done at a time.
    pub(super) fn wanted(&mut self, plan: &Plan, cell: usize, metrics: &[String]) -> u64 {
        let repetition = &plan.repetition;
        let Some(precision) = &repetition.until else { return repetition.numbers().end };
        let done = repetition.numbers().take_while(|run| self.known.contains_key(run)).count() as u64;
        if done < precision.min {
            return precision.min;
        }
        let mut sample = Sample::new(precision, plan, cell, metrics);
        let mut known = self.known.range(..done).map(|(_, result)| result.as_ref().ok()).fuse();
        let first = precision.min.max(self.too_few + 1);
        for count in 1..=done {
            known.next().flatten().into_iter().for_each(|record| sample.add(record));
            if count >= first && precision.is_reached(&sample.estimates()) {
                return count;
            }
        }
        self.too_few = done;
        precision.forecast(&sample.estimates()).max(done + 1).min(repetition.replications)
    }

    /// The runs that are wanted.
    pub(super) fn into_runs(mut self, plan: &Plan, cell: usize, metrics: &[String]) -> Vec<Run> {
        let wanted = self.wanted(plan, cell, metrics);
        let runs = self.known.into_iter().take_while(|(replication, _)| *replication < wanted);
        runs.map(|(replication, result)| Run { cell, replication, result }).collect()
    }
}
