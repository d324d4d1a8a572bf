//! The runs of one cell, as far as they are known, and how many of them are wanted.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::{Record, Run, RunError};
use crate::experiment::plan::Plan;
use crate::experiment::repetition::Precision;

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
    /// The number after that of the last replication that is wanted, as far as can be known.
    ///
    /// A precision is asked for after each replication in their order; the first that is enough ends the cell, whatever
    /// else may have been done. So the number depends neither on who did which runs nor on how many were done at a time.
    pub(super) fn wanted(&mut self, plan: &Plan, cell: usize) -> u64 {
        let repetition = &plan.repetition;
        let Some(precision) = &repetition.until else { return repetition.numbers().end };
        let done = repetition.numbers().take_while(|run| self.known.contains_key(run)).count() as u64;
        if done < precision.min {
            return precision.min;
        }
        let values = self.values(precision, plan, cell);
        let of_first = |count: u64| -> Vec<&[f64]> {
            let records = self.known.range(..count).filter(|(_, result)| result.is_ok()).count();
            values.iter().map(|values| &values[..records]).collect()
        };
        for count in precision.min.max(self.too_few + 1)..=done {
            if precision.is_reached(&of_first(count)) {
                return count;
            }
            self.too_few = count;
        }
        precision.forecast(&of_first(done)).max(done + 1).min(repetition.replications)
    }

    /// The values of the metrics that are to be precise, in the runs that have a result.
    fn values(&self, precision: &Precision, plan: &Plan, cell: usize) -> Vec<Vec<f64>> {
        let simulated = self.metrics.get().map(Vec::as_slice).unwrap_or_default();
        let names: Vec<&str> = simulated.iter().map(String::as_str).chain(plan.metrics.names()).collect();
        let place = |metric: &String| names.iter().position(|name| name == metric);
        let places: Vec<Option<usize>> = precision.of.iter().map(place).collect();
        let mut columns = vec![Vec::new(); places.len()];
        for record in self.known.values().flatten() {
            let mut values = record.values.clone();
            plan.metrics.extend(&plan.cells[cell], simulated, &mut values);
            for (column, place) in columns.iter_mut().zip(&places) {
                column.push(place.map_or(f64::NAN, |place| values[place]));
            }
        }
        columns
    }

    /// The names of the metrics, and the runs that are wanted.
    pub(super) fn into_results(mut self, plan: &Plan, cell: usize) -> (Vec<String>, Vec<Run>) {
        let wanted = self.wanted(plan, cell);
        let runs = self.known.into_iter().take_while(|(replication, _)| *replication < wanted);
        let runs = runs.map(|(replication, result)| Run { cell, replication, result });
        (self.metrics.into_inner().unwrap_or_default(), runs.collect())
    }
}
