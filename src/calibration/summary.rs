//! How good the predictions are: by interpreter and scenario, and whether they got worse.

use std::collections::BTreeMap;

use super::comparison::{Role, Row};
use super::prediction::quantile;

/// What stands for all scenarios of an interpreter, or for all interpreters.
pub const ALL: &str = "all";

/// What stands for the cells from which the constants of an interpreter stem.
pub const INPUTS: &str = "inputs";

/// What stands for the values of all scenarios that were not measured with a wide spread.
pub const NARROW: &str = "narrow";

/// A median error may grow by this factor before it counts as worse.
pub const TOLERANCE: f64 = 1.02;

/// The rows of one interpreter and scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// The interpreter.
    pub interpreter: String,
    /// The scenario.
    pub scenario: String,
    /// How many cells there are.
    pub cells: usize,
    /// How many values: a cell has one for each metric.
    pub values: usize,
    /// How many of them were measured with a wide spread.
    pub wide: usize,
    /// Median of the absolute errors, as a factor.
    pub median: f64,
    /// Their 90th percentile, as a factor.
    pub p90: f64,
    /// How many values show a direction.
    pub directions: usize,
    /// How many of them in the wrong one.
    pub astray: usize,
}

impl Group {
    fn of<'r>(interpreter: &str, scenario: &str, rows: impl Iterator<Item = &'r Row<'r>>) -> Option<Self> {
        let rows: Vec<&Row> = rows.collect();
        let mut errors: Vec<f64> = rows.iter().map(|row| row.error()).collect();
        errors.sort_by(f64::total_cmp);
        let mut lines: Vec<u64> = rows.iter().map(|row| row.cell.line).collect();
        lines.sort_unstable();
        lines.dedup();
        Some(Self {
            interpreter: interpreter.into(),
            scenario: scenario.into(),
            cells: lines.len(),
            values: rows.len(),
            wide: rows.iter().filter(|row| row.is_wide()).count(),
            median: quantile(&errors, 0.5)?.exp(),
            p90: quantile(&errors, 0.9)?.exp(),
            directions: rows.iter().filter(|row| row.direction.is_some()).count(),
            astray: rows.iter().filter(|row| row.is_astray()).count(),
        })
    }
}

/// The groups of all rows: each interpreter's scenarios, all its scenarios, those of its values that are not wide, its
/// inputs; then all interpreters.
pub fn groups(rows: &[Row]) -> Vec<Group> {
    let predictions = || rows.iter().filter(|row| row.role == Role::Prediction);
    let mut groups = Vec::new();
    for interpreter in distinct(rows.iter().map(|row| row.cell.interpreter.as_str())) {
        let own = || predictions().filter(move |row| row.cell.interpreter == interpreter);
        for scenario in distinct(own().map(|row| row.cell.scenario.as_str())) {
            groups.extend(Group::of(interpreter, scenario, own().filter(|row| row.cell.scenario == scenario)));
        }
        groups.extend(Group::of(interpreter, ALL, own()));
        groups.extend(Group::of(interpreter, NARROW, own().filter(|row| !row.is_wide())));
        let inputs = rows.iter().filter(|row| row.role == Role::Input && row.cell.interpreter == interpreter);
        groups.extend(Group::of(interpreter, INPUTS, inputs));
    }
    for scenario in distinct(predictions().map(|row| row.cell.scenario.as_str())) {
        groups.extend(Group::of(ALL, scenario, predictions().filter(|row| row.cell.scenario == scenario)));
    }
    groups.extend(Group::of(ALL, ALL, predictions()));
    groups.extend(Group::of(ALL, NARROW, predictions().filter(|row| !row.is_wide())));
    groups
}

fn distinct<'t>(names: impl Iterator<Item = &'t str>) -> Vec<&'t str> {
    names.fold(Vec::new(), |mut found, name| {
        if !found.contains(&name) {
            found.push(name);
        }
        found
    })
}

/// Median errors by interpreter and scenario.
pub type Medians = BTreeMap<(String, String), f64>;

/// What got worse than it was, in words.
pub fn worse(before: &Medians, now: &[Group]) -> Vec<String> {
    let mut told = Vec::new();
    for ((interpreter, scenario), &before) in before {
        match now.iter().find(|group| group.interpreter == *interpreter && group.scenario == *scenario) {
            None => told.push(format!("{interpreter}, {scenario}: no longer predicted")),
            Some(group) if group.median > before * TOLERANCE => {
                let now = group.median;
                told.push(format!("{interpreter}, {scenario}: the median error was x{before:.3} and is x{now:.3}"));
            }
            Some(_) => {}
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_that_grew_by_more_than_two_per_cent_is_told() {
        let group = |median| Group {
            interpreter: "py311".into(),
            scenario: "ping".into(),
            cells: 1,
            values: 1,
            wide: 0,
            median,
            p90: 2.0,
            directions: 0,
            astray: 0,
        };
        let before = Medians::from([(("py311".into(), "ping".into()), 1.1)]);
        assert_eq!(worse(&before, &[group(1.12)]), Vec::<String>::new());
        assert_eq!(worse(&before, &[group(1.13)]), ["py311, ping: the median error was x1.100 and is x1.130"]);
        assert_eq!(worse(&before, &[]), ["py311, ping: no longer predicted"]);
    }
}
