//! `gilsim compare`: simulated beside published points, from the results alone.
//!
//! Points of a distribution are compared where they stand for the same share: its quantiles.

use std::io::Write;
use std::path::PathBuf;

use super::plot::{self, Drawn};
use super::{CliError, Directories, Status, load_all};
use crate::experiment::claims::significant;
use crate::experiment::plan::Overrides;
use crate::figure::{FigureSpec, Plot, Theme};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gilsim compare experiments/convoy.toml
  gilsim compare experiments/*.toml > comparison.md")]
pub(super) struct Arguments {
    /// Experiments that have been run.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    directories: Directories,
}

impl Arguments {
    pub(super) fn run(&self, out: &mut dyn Write) -> Result<Status, CliError> {
        for plan in load_all(&self.files, &Overrides::default())? {
            for drawn in plot::drawings(&plan, &self.directories, &Theme::default())? {
                let comparison = Comparison::of(&drawn);
                if !comparison.rows.is_empty() {
                    comparison.write(&drawn, out)?;
                }
            }
        }
        Ok(Status::Done)
    }
}

/// The reference points of a figure, each with the simulated one that it belongs to.
struct Comparison {
    rows: Vec<Row>,
}

struct Row {
    /// Panel, series, and x or the share, as the figure shows them.
    place: [String; 3],
    reference: f64,
    simulated: Option<f64>,
}

impl Comparison {
    /// Reads the numbers of a drawing: panel, series, x, y, low, high, kind.
    fn of(drawn: &Drawn) -> Self {
        let distribution = is_distribution(drawn.spec);
        let (x, y) = if distribution { (3, 2) } else { (2, 3) };
        let mut reader = csv::Reader::from_reader(drawn.drawing.numbers_csv.as_bytes());
        let records: Vec<csv::StringRecord> = reader.records().flatten().collect();
        let place = |record: &csv::StringRecord| [0, 1, x].map(|column| record[column].to_owned());
        let of_kind = |kind: &'static str| records.iter().filter(move |record| &record[6] == kind);
        let row = |record: &csv::StringRecord| {
            let here = place(record);
            let simulated = of_kind("simulated").find(|other| same_place(&place(other), &here));
            Some(Row {
                place: here,
                reference: record[y].parse().ok()?,
                simulated: simulated.and_then(|other| other[y].parse().ok()),
            })
        };
        let mut rows: Vec<Row> = of_kind("reference").filter_map(row).collect();
        if distribution {
            // Other quantiles may have been measured than are simulated.
            rows.retain(|row| row.simulated.is_some());
            for share in rows.iter_mut().map(|row| &mut row.place[2]) {
                *share = share.parse().map_or_else(|_| share.clone(), significant);
            }
        }
        Self { rows }
    }

    fn write(&self, drawn: &Drawn, out: &mut dyn Write) -> std::io::Result<()> {
        let spec = drawn.spec;
        let published = spec.reference.as_ref().map_or("published", |reference| reference.label.as_str());
        let [panel, series, x] = headings(spec);
        let columns: Vec<(usize, &str)> = [(0, panel), (1, series), (2, x)]
            .into_iter()
            .filter_map(|(column, heading)| Some((column, heading?)))
            .collect();
        let value = if is_distribution(spec) { &spec.x_label } else { &spec.y_label };
        writeln!(out, "### {}: {}\n", drawn.name, value.as_deref().unwrap_or(&spec.y))?;
        let headings: Vec<&str> = columns.iter().map(|(_, heading)| *heading).collect();
        writeln!(out, "| {} | {published} | simulated | error |", headings.join(" | "))?;
        writeln!(out, "|{}", "---|".repeat(columns.len() + 3))?;
        for row in &self.rows {
            let place: Vec<&str> = columns.iter().map(|(column, _)| row.place[*column].as_str()).collect();
            let simulated = row.simulated.map_or_else(|| "-".into(), significant);
            let error = row.simulated.map_or_else(|| "-".into(), |value| error(value, row.reference));
            writeln!(out, "| {} | {} | {simulated} | {error} |", place.join(" | "), significant(row.reference))?;
        }
        writeln!(out)
    }
}

/// Names of the columns that tell panel, series, and x or the share.
fn headings(spec: &FigureSpec) -> [Option<&str>; 3] {
    let panel = spec.panel.as_ref().map(|panel| spec.panel_label.as_ref().unwrap_or(panel).as_str());
    let series = spec.series.as_ref().map(|series| spec.series_label.as_ref().unwrap_or(series).as_str());
    let share = if spec.kind == Plot::Ccdf { "share above" } else { "share at or below" };
    let x = spec.x_label.as_ref().unwrap_or(&spec.x).as_str();
    [panel, series, Some(if is_distribution(spec) { share } else { x })]
}

fn is_distribution(spec: &FigureSpec) -> bool {
    matches!(spec.kind, Plot::Cdf | Plot::Ccdf)
}

/// Places are the same if their texts are, or their numbers up to rounding.
fn same_place(one: &[String; 3], other: &[String; 3]) -> bool {
    one.iter().zip(other).all(|(one, other)| {
        one == other
            || match (one.parse::<f64>(), other.parse::<f64>()) {
                (Ok(one), Ok(other)) => (one - other).abs() <= 1e-9 * one.abs(),
                _ => false,
            }
    })
}

fn error(simulated: f64, reference: f64) -> String {
    if reference == 0.0 {
        return "-".into();
    }
    match ((simulated / reference - 1.0) * 100.0).round() {
        0.0 => "0 %".into(),
        percent => format!("{percent:+.0} %"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_relative_to_the_reference() {
        assert_eq!([error(1.1, 1.0), error(1.001, 1.0), error(1.0, 0.0)], ["+10 %", "0 %", "-"]);
    }
}
