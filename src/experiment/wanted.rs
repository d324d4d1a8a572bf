//! Which metrics an experiment names. What costs more than a few additions is measured only then.
//!
//! They are named by the figures, by `[metrics]`, by what is tuned, as those that must be precise, or, to have them in the
//! results without any of this, by `metrics = ["lock.jain_held_1ms"]` in `[run]`; a threshold in `[run]` names its distribution.

use std::collections::BTreeSet;

use super::baseline::COMPARED;
use super::derived::Metrics;
use super::diagnostic::Checked;
use super::node::{Fields, Node};
use super::plan::Cell;
use super::repetition::Repetition;
use super::scenario;
use super::tune::Tune;
use crate::figure::FigureSpec;
use crate::simulation::{Extras, metrics};

/// The key of `[run]` that lists them.
pub(super) const KEY: &str = "metrics";

/// Lets the cells measure what is named, and gives the names. `known` are all metrics that some cell can have.
pub(super) fn measure(
    cells: &mut [Cell],
    known: &[String],
    run: Option<&Fields>,
    repetition: &Repetition,
    (derived, tune): (&Metrics, Option<&Tune>),
    figures: &[FigureSpec],
) -> Checked<BTreeSet<String>> {
    let mut named: BTreeSet<String> = derived.used().cloned().collect();
    named.extend(tune.iter().flat_map(|tune| tune.used()).cloned());
    named.extend(repetition.until.iter().flat_map(|until| &until.of).cloned());
    for name in figures.iter().flat_map(FigureSpec::columns) {
        named.insert(metric(name).to_owned());
    }
    if let Some(node) = run.and_then(|run| run.get(KEY)) {
        for node in node.list()? {
            named.insert(check(&node, known)?.to_owned());
        }
    }
    if let Some(node) = run.and_then(|run| run.get(scenario::THRESHOLDS)) {
        for entry in node.entries()? {
            named.insert(check_threshold(&Node::of(entry), cells)?);
        }
    }
    let mut extras = Extras::default();
    for name in &named {
        extras.ask_for(name);
    }
    for cell in cells {
        cell.scenario.extras = extras;
    }
    Ok(named)
}

/// The metric of a column of runs: a comparison with the baseline takes the metric itself.
pub fn metric(column: &str) -> &str {
    COMPARED.iter().find_map(|ending| column.strip_suffix(ending)).unwrap_or(column)
}

/// The distribution of a threshold, which some cell must have.
fn check_threshold(node: &Node, cells: &[Cell]) -> Checked<String> {
    let known: BTreeSet<String> = cells.iter().flat_map(|cell| metrics::thresholds(&cell.scenario)).collect();
    if known.contains(node.key) {
        return Ok(node.key.to_owned());
    }
    let error = node.error(format!("`{}` is no wait or latency", node.key), "nothing of this name is measured");
    Err(error.help("`gilsim metrics` lists them").suggest(node.key, known.iter().map(String::as_str)))
}

fn check<'t>(node: &Node<'t>, known: &[String]) -> Checked<&'t str> {
    let name = node.words()?;
    if known.iter().any(|other| other == name) {
        return Ok(name);
    }
    let error = node.error(format!("there is no metric `{name}`"), "no such metric");
    Err(error.help("`gilsim metrics` lists them").suggest(name, known.iter().map(String::as_str)))
}
