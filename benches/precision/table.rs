//! The table of `data/precision.csv`, as it stands in the documentation.

use std::fmt::Write;

use serde::{Deserialize, Serialize};

/// What an experiment takes until its throughput is precise.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Row {
    /// The experiment.
    pub(crate) experiment: String,
    /// The metric that is to be precise.
    pub(crate) metric: String,
    /// Its cells, and those among them in which the metric has the same value in all runs.
    pub(crate) cells: u64,
    pub(crate) constant_cells: u64,
    /// Runs of the cell that takes most, by plain means and by means adjusted by controls.
    pub(crate) most_runs_of_a_cell: u64,
    pub(crate) most_runs_with_controls: u64,
    /// Runs of all cells: as many in each as in the worst, until each is precise, and the same with controls.
    pub(crate) runs_fixed: u64,
    pub(crate) runs_stopped: u64,
    pub(crate) runs_controlled: u64,
    /// Variance of the plain mean over that of the adjusted one: the median over the cells that are not constant.
    pub(crate) variance_ratio: f64,
    /// Whether some cell was given up, and its runs are those that the width of its interval lets expect.
    pub(crate) extrapolated: bool,
    /// Computing time of so many runs.
    pub(crate) seconds_fixed: f64,
    pub(crate) seconds_stopped: f64,
    pub(crate) seconds_controlled: f64,
}

/// The rows as a Markdown table.
pub(crate) fn markdown(rows: &[Row]) -> String {
    let mut text =
        "| experiment | metric | cells (constant) | variance | worst cell | with controls | all cells, as many \
                    runs in each | until precise | with controls | s | s | s | times |\n\
                    |---|---|---|---|---|---|---|---|---|---|---|---|---|\n"
            .to_owned();
    for row in rows {
        let about = if row.extrapolated { "~" } else { "" };
        let _ = writeln!(
            text,
            "| {} | `{}` | {} ({}) | {} | {about}{} | {about}{} | {about}{} | {about}{} | {about}{} | {} | {} | {} | {:.1} |",
            row.experiment,
            row.metric,
            row.cells,
            row.constant_cells,
            row.variance_ratio,
            row.most_runs_of_a_cell,
            row.most_runs_with_controls,
            row.runs_fixed,
            row.runs_stopped,
            row.runs_controlled,
            row.seconds_fixed,
            row.seconds_stopped,
            row.seconds_controlled,
            row.runs_fixed as f64 / row.runs_controlled as f64,
        );
    }
    text
}

/// What ratios of throughputs take until they are precise.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RatioRow {
    /// The experiment.
    pub(crate) experiment: String,
    /// The metric.
    pub(crate) metric: String,
    /// The values of the cells to which others are relative.
    pub(crate) relative_to: String,
    /// How many ratios there are, those without chance left out.
    pub(crate) ratios: u64,
    /// Variance of a ratio with independent random numbers over that with common ones, and with controls besides: medians.
    pub(crate) variance_ratio_common: f64,
    pub(crate) variance_ratio_controls: f64,
    /// Runs of each of them summed.
    pub(crate) runs_independent: u64,
    pub(crate) runs_common: u64,
    pub(crate) runs_controls: u64,
}

/// The rows of ratios as a Markdown table.
pub(crate) fn ratios(rows: &[RatioRow]) -> String {
    let mut text = "| experiment | metric | over that of | ratios | variance, common numbers | and controls | runs, \
                    independent | common numbers | and controls |\n\
                    |---|---|---|---|---|---|---|---|---|\n"
        .to_owned();
    for row in rows {
        let _ = writeln!(
            text,
            "| {} | `{}` | {} | {} | {} | {} | {} | {} | {} |",
            row.experiment,
            row.metric,
            row.relative_to,
            row.ratios,
            row.variance_ratio_common,
            row.variance_ratio_controls,
            row.runs_independent,
            row.runs_common,
            row.runs_controls,
        );
    }
    text
}
