//! Which metrics an experiment names. What costs more than a few additions is measured only then.
//!
//! They are named by the figures, by `[metrics]`, by what is tuned, as those that must be precise, or, to have them in the
//! results without any of this, by `metrics = ["lock.jain_held_1ms"]` in `[run]`.

use std::collections::BTreeSet;

use super::derived::Metrics;
use super::diagnostic::Checked;
use super::node::{Fields, Node};
use super::plan::Cell;
use super::repetition::Repetition;
use super::tune::Tune;
use crate::figure::FigureSpec;
use crate::simulation::Extras;

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
    column.strip_suffix("_rel").or_else(|| column.strip_suffix("_diff")).unwrap_or(column)
}

fn check<'t>(node: &Node<'t>, known: &[String]) -> Checked<&'t str> {
    let name = node.words()?;
    if known.iter().any(|other| other == name) {
        return Ok(name);
    }
    let error = node.error(format!("there is no metric `{name}`"), "no such metric");
    Err(error.help("`gilsim metrics` lists them").suggest(name, known.iter().map(String::as_str)))
}
