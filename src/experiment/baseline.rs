//! `[baseline]`: the cells that others are compared with, and the comparison.
//!
//! `"lock.policy" = "cpython"` compares every cell with the one that has this value and the same values of all other
//! axes. Under common random numbers replication i of both met the same workload, so they are compared pair by pair:
//!
//! * `diff`, the mean of `ours - theirs` in the unit of the metric, with its paired-t interval;
//! * `rel`, the mean of ours over the mean of theirs, with Fieller's interval: the ratios r for which a paired t test
//!   would not tell `ours - r theirs` from zero. It need not be symmetric, and there is none when the mean of theirs
//!   may be zero.
//!
//! Of a metric that is a quantile, or made of such, both compare the estimates from all observations, with the intervals of
//! [`sectioning`](crate::statistics::sectioning), whose sections are the pairs of runs. With control variates the pairs are
//! adjusted ([`Controls`](super::control_variates::Controls)).

use std::collections::HashMap;

use super::diagnostic::{Checked, Diagnostic};
use super::node::Node;
use super::path::assignments;
use super::runner::{Results, Run};
use super::selection::Selected;
use super::sweep::{self, Axis};
use super::tree::Value;
use crate::statistics::interval::Estimate;
use crate::statistics::paired::Ratio;

/// With which cell each cell is compared.
#[derive(Debug)]
pub struct Baseline {
    /// For each cell the index of the one it is compared with, if that is run.
    partners: Vec<Option<usize>>,
}

/// What the columns of runs are called that compare a metric: its name and these.
pub(super) const COMPARED: [&str; 2] = ["_rel", "_diff"];

/// A metric of a cell beside that of its partner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    /// Ours over theirs.
    pub rel: Ratio,
    /// Ours less theirs.
    pub diff: Estimate,
}

impl Baseline {
    /// Reads the table, for the cells that are run, whose random numbers must not be `independent`.
    pub fn read(node: &Node, independent: bool, axes: &[Axis], cells: &[Selected]) -> Checked<Self> {
        if independent {
            let message = "the cells have random numbers of their own (`independent`): no two runs are a pair";
            return Err(node.error(message, "compares pair by pair").help("leave out one of the two"));
        }
        let Value::Table(table) = &node.item.value else { return Err(node.wants("a table of swept paths and values")) };
        let mut rows: Vec<Option<Vec<usize>>> = vec![None; axes.len()];
        let assignments = assignments(table);
        if assignments.is_empty() {
            return Err(node.wants("at least one swept path and its value"));
        }
        for assignment in &assignments {
            let path = &assignment.path;
            let found = axes.iter().enumerate().find_map(|(index, axis)| {
                axis.columns.iter().find(|column| column.path == *path).map(|column| (index, column))
            });
            let Some((axis, column)) = found else {
                let error = Diagnostic::at(&assignment.place, format!("`{path}` is not swept"), "no axis");
                let paths = axes.iter().flat_map(|axis| &axis.columns).map(|column| column.path.as_str());
                return Err(error.suggest(path, paths));
            };
            let wanted = column.value(&assignment.item.value);
            let fits = |&row: &usize| column.value(&column.items[row].value) == wanted;
            let fitting: Vec<usize> = match rows[axis].take() {
                Some(rows) => rows.into_iter().filter(fits).collect(),
                None => (0..column.items.len()).filter(fits).collect(),
            };
            if fitting.is_empty() {
                let message = format!("`{path}` is never {}", assignment.item.value.describe());
                let error = Diagnostic::at(&assignment.item.place, message, "no cell has this value");
                return Err(error.also(&column.list, "these are its values"));
            }
            rows[axis] = Some(fitting);
        }
        for (axis, rows) in axes.iter().zip(&rows) {
            if rows.as_ref().is_some_and(|rows| rows.len() > 1) {
                let message = format!("several rows of `{}` fit the baseline", axis.name);
                let error = node.error(message, "which one?");
                return Err(error.help("name another of the paths that advance together, too"));
            }
        }
        let fixed: Vec<Option<usize>> = rows.into_iter().map(|rows| rows?.first().copied()).collect();
        let positions: HashMap<u64, usize> =
            cells.iter().enumerate().map(|(index, cell)| (cell.point, index)).collect();
        let partner = |cell: &Selected| {
            let mut choices = sweep::choices(axes, cell.point);
            for (choice, fixed) in choices.iter_mut().zip(&fixed) {
                *choice = fixed.unwrap_or(*choice);
            }
            positions.get(&sweep::index(axes, &choices)).copied()
        };
        Ok(Self { partners: cells.iter().map(partner).collect() })
    }

    /// The cell that a cell is compared with.
    pub fn partner(&self, cell: usize) -> Option<usize> {
        self.partners.get(cell).copied().flatten()
    }

    /// The values of a metric of a cell and those of its partner, replication by replication; NaN where a run failed or
    /// has no such value.
    fn pairs(&self, results: &Results, cell: usize, metric: &str) -> Option<(Vec<f64>, Vec<f64>)> {
        let partner = self.partner(cell)?;
        let theirs = results.metrics[partner].iter().position(|name| name == metric)?;
        let ours = results.metrics[cell].iter().position(|name| name == metric)?;
        let column = |cell: usize, index: usize| -> Vec<f64> {
            let runs = results.of_cell(cell).iter();
            runs.map(|run| run.result.as_ref().map_or(f64::NAN, |record| record.values[index])).collect()
        };
        let (mut ours, mut theirs) = (column(cell, ours), column(partner, theirs));
        let both = ours.len().min(theirs.len());
        ours.truncate(both);
        theirs.truncate(both);
        Some((ours, theirs))
    }

    /// A metric of a run over that of its partner's run with the same number, and less it; NaN where there is none.
    pub fn compare_run(&self, results: &Results, run: &Run, metric: &str) -> [f64; 2] {
        let value = |cell: usize| -> Option<f64> {
            let index = results.metrics[cell].iter().position(|name| name == metric)?;
            let runs = results.of_cell(cell);
            let found = runs.iter().find(|other| other.replication == run.replication)?;
            Some(found.result.as_ref().ok()?.values[index])
        };
        let both = self.partner(run.cell).and_then(|partner| Some((value(run.cell)?, value(partner)?)));
        both.map_or([f64::NAN; 2], |(ours, theirs)| [ours / theirs, ours - theirs])
    }

    /// The comparison of a metric of a cell.
    pub fn compare(&self, results: &Results, cell: usize, metric: &str) -> Option<Comparison> {
        let (ours, theirs) = self.pairs(results, cell, metric)?;
        let pooled = |cell: usize| {
            let index = results.metrics[cell].iter().position(|name| name == metric)?;
            results.pooled(cell, index)
        };
        if let (Some(one), Some(other)) = (pooled(cell), pooled(self.partner(cell)?)) {
            let runs = (ours.as_slice(), theirs.as_slice());
            return Some(Comparison { rel: one.ratio(other, runs), diff: one.difference(other, runs) });
        }
        let (controls, others) = (&results.controls[cell], &results.controls[self.partner(cell)?]);
        let pairs = (ours.as_slice(), theirs.as_slice());
        Some(Comparison { rel: controls.ratio(others, pairs), diff: controls.difference(others, pairs) })
    }
}
