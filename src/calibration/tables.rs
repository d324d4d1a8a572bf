//! The tables of a comparison: for people, and as CSV.

use std::io::{self, Write};
use std::path::Path;

use super::comparison::{Role, Row};
use super::overrides::in_words;
use super::summary::{Group, Medians};
use crate::experiment::results::number;

const ROW_COLUMNS: [&str; 15] = [
    "interpreter",
    "cores",
    "scenario",
    "params",
    "metric",
    "role",
    "predicted",
    "median",
    "p25",
    "p75",
    "wide",
    "log_error",
    "counted_error",
    "measured_over_baseline",
    "predicted_over_baseline",
];

const GROUP_COLUMNS: [&str; 9] = [
    "interpreter",
    "scenario",
    "cells",
    "values",
    "wide",
    "median_error_factor",
    "p90_error_factor",
    "directions",
    "wrong_directions",
];

/// A row for each cell and metric.
///
/// # Errors
/// The table cannot be put into words.
pub fn rows_csv(rows: &[Row]) -> Result<Vec<u8>, csv::Error> {
    csv(&ROW_COLUMNS, rows.iter().map(row))
}

fn row(row: &Row) -> Vec<String> {
    let (cell, measure) = (row.cell, row.measure);
    let ratio = |value: Option<f64>| value.map_or_else(String::new, number);
    vec![
        cell.interpreter.clone(),
        cell.cores.to_string(),
        cell.scenario.clone(),
        cell.text.clone(),
        measure.metric.clone(),
        if row.role == Role::Input { "input" } else { "prediction" }.into(),
        number(row.predicted),
        number(measure.median),
        number(measure.p25),
        number(measure.p75),
        row.is_wide().to_string(),
        number(row.log_error()),
        number(row.error()),
        ratio(row.direction.map(|direction| direction.measured)),
        ratio(row.direction.map(|direction| direction.predicted)),
    ]
}

/// A row for each group.
///
/// # Errors
/// The table cannot be put into words.
pub fn groups_csv(groups: &[Group]) -> Result<Vec<u8>, csv::Error> {
    let row = |group: &Group| {
        let counts = [group.cells, group.values, group.wide].map(|count| count.to_string());
        let mut row = vec![group.interpreter.clone(), group.scenario.clone()];
        row.extend(counts);
        row.extend([group.median, group.p90].map(|factor| format!("{factor:.4}")));
        row.extend([group.directions, group.astray].map(|count| count.to_string()));
        row
    };
    csv(&GROUP_COLUMNS, groups.iter().map(row))
}

fn csv(header: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(header)?;
    for row in rows {
        writer.write_record(row)?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

/// Reads the median errors of a table of groups.
///
/// # Errors
/// What is wrong with it.
pub fn read_medians(path: &Path) -> Result<Medians, String> {
    let broken = |error: csv::Error| format!("{}: {error}", path.display());
    let mut reader = csv::Reader::from_path(path).map_err(broken)?;
    let headers = reader.headers().map_err(broken)?.clone();
    let place = |name: &str| {
        let place = headers.iter().position(|header| header == name);
        place.ok_or_else(|| format!("{}: there is no column `{name}`", path.display()))
    };
    let places = [place(GROUP_COLUMNS[0])?, place(GROUP_COLUMNS[1])?, place(GROUP_COLUMNS[5])?];
    let mut medians = Medians::new();
    for record in reader.records() {
        let record = record.map_err(broken)?;
        let [interpreter, scenario, median] = places.map(|place| record.get(place).unwrap_or_default().to_owned());
        let line = record.position().map_or(0, csv::Position::line);
        let value = median.parse().map_err(|_| format!("{}, line {line}: no number: {median:?}", path.display()))?;
        medians.insert((interpreter, scenario), value);
    }
    Ok(medians)
}

/// Writes the groups for people.
///
/// # Errors
/// Nobody reads.
pub fn write_groups(groups: &[Group], out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "{:<12} {:<10} {:>6} {:>7} {:>5} {:>8} {:>8} {:>11} {:>6}",
        "interpreter", "scenario", "cells", "values", "wide", "median", "90 %", "directions", "wrong"
    )?;
    for group in groups {
        writeln!(
            out,
            "{:<12} {:<10} {:>6} {:>7} {:>5} {:>8} {:>8} {:>11} {:>6}",
            group.interpreter,
            group.scenario,
            group.cells,
            group.values,
            group.wide,
            format!("x{:.3}", group.median),
            format!("x{:.2}", group.p90),
            group.directions,
            group.astray
        )?;
    }
    Ok(())
}

/// Writes every value whose direction is wrong.
///
/// # Errors
/// Nobody reads.
pub fn write_astray(rows: &[Row], out: &mut dyn Write) -> io::Result<()> {
    for row in rows.iter().filter(|row| row.is_astray()) {
        let Some(direction) = row.direction else { continue };
        let (cell, metric) = (row.cell, &row.measure.metric);
        let cores = if cell.cores == 1 { "core" } else { "cores" };
        writeln!(
            out,
            "wrong direction: {} {}, {} {cores}, {}, {metric}: measured x{:.3} of the baseline, predicted x{:.3}",
            cell.interpreter,
            cell.scenario,
            cell.cores,
            in_words(&cell.params),
            direction.measured,
            direction.predicted
        )?;
    }
    Ok(())
}
