//! The two tables of results: one row a cell and metric, and one row a run.

use std::collections::HashMap;
use std::path::Path;

use super::baseline::{COMPARED, Comparison};
use super::control_variates::Mean;
use super::output::{self, DataDirectory, WriteError};
use super::plan::Plan;
use super::pooled::Pooled;
use super::runner::{Record, Results};
use crate::simulation::outcome::End;
use crate::statistics::summary::Summary;

/// Columns of the summary after those of the parameters.
///
/// `value` is what `estimate` says: the mean of the runs, the same adjusted by controls (`controlled`), a quantile or the
/// largest of all their observations together, or what is derived from such quantiles.
/// The columns from `sd` on are of the values of the single runs.
const SUMMARY_COLUMNS: [&str; 12] =
    ["metric", "n", "estimate", "value", "low_95", "high_95", "sd", "min", "p25", "median", "p75", "max"];

/// Columns after those of the summary when the experiment has control variates: the names of the controls by which the
/// estimate is adjusted, and the mean of the runs without that.
const CONTROL_COLUMNS: [&str; 4] = ["controls", "mean", "mean_low_95", "mean_high_95"];

/// Columns after those when the experiment has a baseline.
const COMPARISON_COLUMNS: [&str; 6] = ["rel", "rel_low_95", "rel_high_95", "diff", "diff_low_95", "diff_high_95"];

/// Columns of the runs before those of the metrics: the number of the replication or of the batch, and what became of it.
pub(super) const RUN_COLUMNS: [&str; 5] = ["replication", "batch", "end", "events", "fingerprint"];

/// Writes `<stem>.csv` and `<stem>.runs.csv`.
///
/// # Errors
/// A file cannot be written.
pub fn write(plan: &Plan, results: &Results, data: &DataDirectory) -> Result<(), WriteError> {
    write_rows(&data.summary(&plan.stem), summary_rows(plan, results))?;
    write_rows(&data.runs(&plan.stem), run_rows(plan, results))
}

/// Writes the rows of a table.
///
/// # Errors
/// The file cannot be written.
pub fn write_rows(path: &Path, rows: impl Iterator<Item = Vec<String>>) -> Result<(), WriteError> {
    let fail = |error: csv::Error| WriteError::Format { path: path.into(), error: error.into() };
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.write_record(row).map_err(fail)?;
    }
    let bytes = writer.into_inner().map_err(|error| WriteError::Format { path: path.into(), error: error.into() })?;
    output::write(path, &bytes)
}

fn summary_rows(plan: &Plan, results: &Results) -> impl Iterator<Item = Vec<String>> {
    let compared = plan.baseline.is_some().then_some(COMPARISON_COLUMNS.map(str::to_owned)).into_iter().flatten();
    let controlled = plan.control_variates.then_some(CONTROL_COLUMNS.map(str::to_owned)).into_iter().flatten();
    let header = plan.columns.iter().cloned().chain(SUMMARY_COLUMNS.map(str::to_owned));
    let header = header.chain(controlled).chain(compared).collect();
    let cells = results.metrics.iter().enumerate().flat_map(move |(cell, metrics)| {
        let params = cell_params(plan, cell);
        let runs = results.of_cell(cell);
        let records: Vec<&Record> = runs.iter().filter_map(|run| run.result.as_ref().ok()).collect();
        metrics.iter().enumerate().map(move |(index, metric)| {
            let values: Vec<f64> = records.iter().map(|record| record.values[index]).collect();
            let mut row = params.clone();
            row.push(metric.clone());
            let controls = &results.controls[cell];
            let mean = (plan.control_variates && !controls.has(metric)).then(|| controls.mean(&values));
            row.extend(summary_cells(&values, results.pooled(cell, index), mean.as_ref()));
            if plan.control_variates {
                row.extend(control_cells(&values, mean.as_ref().filter(|_| results.pooled(cell, index).is_none())));
            }
            if let Some(baseline) = &plan.baseline {
                row.extend(comparison_cells(baseline.compare(results, cell, metric)));
            }
            row
        })
    });
    std::iter::once(header).chain(cells)
}

fn summary_cells(values: &[f64], pooled: Option<Pooled>, mean: Option<&Mean>) -> [String; 11] {
    let (name, summary) = match (pooled, mean) {
        (None, Some(Mean { estimate, taken: Some(_) })) => ("controlled", Summary::about(*estimate, values)),
        (None, _) => ("mean", Summary::of(values)),
        (Some(pooled), _) => (pooled.kind.name(), Summary::about(pooled.estimate(values), values)),
    };
    let Summary { n, value, interval_95, sd, min, p25, median, p75, max } = summary;
    let (low, high) = interval_95.unwrap_or((f64::NAN, f64::NAN));
    let [value, low, high, sd, min, p25, median, p75, max] =
        [value, low, high, sd, min, p25, median, p75, max].map(number);
    [n.to_string(), name.into(), value, low, high, sd, min, p25, median, p75, max]
}

/// The controls that are taken out of a mean, and the mean without that; empty where they are not.
fn control_cells(values: &[f64], mean: Option<&Mean>) -> [String; 4] {
    let Some(taken) = mean.and_then(|mean| mean.taken.as_ref()) else { return Default::default() };
    let plain = Summary::of(values);
    let (low, high) = plain.interval_95.unwrap_or((f64::NAN, f64::NAN));
    [taken.join(" "), number(plain.value), number(low), number(high)]
}

/// The cells of a metric beside the baseline; empty for what has none.
fn comparison_cells(comparison: Option<Comparison>) -> [String; 6] {
    let Some(Comparison { rel, diff }) = comparison else { return Default::default() };
    let ends = |interval: Option<(f64, f64)>| interval.unwrap_or((f64::NAN, f64::NAN));
    let ((rel_low, rel_high), (diff_low, diff_high)) = (ends(rel.interval), ends(diff.interval));
    [rel.ratio, rel_low, rel_high, diff.mean, diff_low, diff_high].map(number)
}

fn run_rows(plan: &Plan, results: &Results) -> impl Iterator<Item = Vec<String>> {
    let names = union(&results.metrics);
    let columns: HashMap<&str, usize> = names.iter().enumerate().map(|(index, name)| (*name, index)).collect();
    let metrics = names.iter().map(ToString::to_string);
    let compared = names.iter().filter(|_| plan.baseline.is_some());
    let compared = compared.flat_map(|name| COMPARED.map(|ending| format!("{name}{ending}")));
    let [replication, batch, of_run @ ..] = RUN_COLUMNS;
    let of_repetition = if plan.repetition.batches { batch } else { replication };
    let columns_of_run = [of_repetition].into_iter().chain(of_run).map(str::to_owned);
    let header = plan.columns.iter().cloned().chain(columns_of_run).chain(metrics);
    let header = header.chain(compared).collect();
    let width = names.len();
    let rows = results.records().map(move |(run, record)| {
        let mut row = cell_params(plan, run.cell);
        row.push(run.replication.to_string());
        row.push(end(&record.end).into());
        row.push(record.events.to_string());
        row.push(format!("{:016x}", record.fingerprint));
        let metrics_start = row.len();
        row.resize(metrics_start + width, String::new());
        for (name, value) in results.metrics[run.cell].iter().zip(&record.values) {
            row[metrics_start + columns[name.as_str()]] = number(*value);
        }
        if let Some(baseline) = &plan.baseline {
            let compared = names.iter().flat_map(|name| baseline.compare_run(results, run, name));
            row.extend(compared.map(number));
        }
        row
    });
    std::iter::once(header).chain(rows)
}

fn cell_params(plan: &Plan, cell: usize) -> Vec<String> {
    plan.cells[cell].params.iter().map(|(_, value)| value.to_string()).collect()
}

/// All names, in the order in which they are first met.
fn union(metrics: &[Vec<String>]) -> Vec<&str> {
    let mut seen = std::collections::HashSet::new();
    metrics.iter().flatten().map(String::as_str).filter(|name| seen.insert(*name)).collect()
}

/// The name of a way to end.
pub fn end(end: &End) -> &'static str {
    match end {
        End::Finished => "finished",
        End::TimeLimit => "time-limit",
        End::Deadlock(_) => "deadlock",
    }
}

/// A number of nine significant digits in its shortest form; nothing for what is not a number.
pub fn number(value: f64) -> String {
    if value.is_nan() {
        return String::new();
    }
    let rounded: f64 = format!("{value:.8e}").parse().unwrap_or(value);
    format!("{}", if rounded == 0.0 { 0.0 } else { rounded })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_nine_digits_in_their_shortest_form() {
        for (value, text) in [
            (0.1 + 0.2, "0.3"),
            (1.0 / 3.0, "0.333333333"),
            (123_456_789_012.0, "123456789000"),
            (5.0, "5"),
            (-0.0, "0"),
            (f64::NAN, ""),
            (f64::INFINITY, "inf"),
        ] {
            assert_eq!(number(value), text);
        }
    }
}
