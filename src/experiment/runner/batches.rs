//! Batches of one run are told when they depend on each other: then the intervals that they give are too narrow.

use super::Results;
use crate::experiment::plan::Plan;
use crate::statistics::batches::{Correlation, correlation};

/// How likely it is that independent batches are complained of, over all cells and metrics that are looked at.
const LEVEL: f64 = 0.01;

/// The metrics that the experiment names of which the batches of some cell are correlated.
pub(super) fn complaints(plan: &Plan, results: &Results) -> Vec<String> {
    if !plan.repetition.batches {
        return Vec::new();
    }
    let looked_at: Vec<(usize, &String, Correlation)> = results
        .metrics
        .iter()
        .enumerate()
        .flat_map(|(cell, names)| {
            let named = names.iter().enumerate().filter(|(_, name)| plan.named.contains(*name));
            named.filter_map(move |(index, name)| {
                let runs = results.of_cell(cell).iter().filter_map(|run| run.result.as_ref().ok());
                let values: Vec<f64> = runs.map(|record| record.values[index]).collect();
                Some((cell, name, correlation(&values)?))
            })
        })
        .collect();
    let level = LEVEL / looked_at.len() as f64;
    let told = looked_at.iter().filter(|(.., found)| found.p < level);
    told.map(|(cell, name, Correlation { lag_1, ratio, p })| {
        format!(
            "{}: cell {}: the batches of `{name}` depend on each other (lag-1 correlation {lag_1:.2}, von Neumann's ratio \
             {ratio:.2} where 2 is expected, p = {p:.0e}): its interval is too narrow; take fewer batches or a longer run",
            plan.stem, plan.cells[*cell].number
        )
    })
    .collect()
}
