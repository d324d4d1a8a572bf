//! The runs of one cell, as far as they are known, and how many of them are wanted.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::{Record, Run, RunError};
use crate::experiment::repetition::{Precision, Repetition};

/// The runs of a cell.
#[derive(Debug, Default)]
pub(super) struct CellRuns {
    /// The names of its metrics, once they are known.
    pub(super) metrics: OnceLock<Vec<String>>,
    /// What came out of its runs, by replication.
    pub(super) known: BTreeMap<u64, Result<Record, RunError>>,
    /// So many replications are known to be too few for the precision.
    too_few: u64,
}

impl CellRuns {
    /// How many replications are wanted, as far as can be known.
    ///
    /// A precision is asked for after each replication in their order; the first that is enough ends the cell, whatever
    /// else may have been done. So the number depends neither on who did which runs nor on how many were done at a time.
    pub(super) fn wanted(&mut self, repetition: &Repetition) -> u64 {
        let Some(precision) = &repetition.until else { return repetition.replications };
        let done = (0..repetition.replications).take_while(|run| self.known.contains_key(run)).count() as u64;
        if done < precision.min {
            return precision.min;
        }
        for count in precision.min.max(self.too_few + 1)..=done {
            if precision.is_reached(&self.values(precision, count)) {
                return count;
            }
            self.too_few = count;
        }
        precision.forecast(&self.values(precision, done)).max(done + 1).min(repetition.replications)
    }

    /// The values of the metrics that are to be precise in the first replications; runs without a result are left out.
    fn values(&self, precision: &Precision, replications: u64) -> Vec<Vec<f64>> {
        let records = || self.known.range(..replications).filter_map(|(_, result)| result.as_ref().ok());
        let values = precision.of.iter().map(|metric| {
            let place = self.metrics.get()?.iter().position(|name| name == metric)?;
            Some(records().map(|record| record.values[place]).collect())
        });
        values.map(Option::unwrap_or_default).collect()
    }

    /// The names of the metrics, and the runs that are wanted.
    pub(super) fn into_results(mut self, cell: usize, repetition: &Repetition) -> (Vec<String>, Vec<Run>) {
        let wanted = self.wanted(repetition);
        let runs = self.known.into_iter().take_while(|(replication, _)| *replication < wanted);
        let runs = runs.map(|(replication, result)| Run { cell, replication, result });
        (self.metrics.into_inner().unwrap_or_default(), runs.collect())
    }
}
