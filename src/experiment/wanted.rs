//! Which metrics an experiment names. What costs more than a few additions is measured only then.
//!
//! They are named by the figures, by `[metrics]`, by what is tuned, as those that must be precise, or, to have them in the results without any
//! of this, by `metrics = ["lock.jain_held_1ms"]` in `[run]`.

use super::derived::Metrics;
use super::diagnostic::Checked;
use super::node::{Fields, Node};
use super::plan::Cell;
use super::repetition::Repetition;
use super::tune::Tune;
use crate::figure::FigureSpec;
use crate::simulation::Extras;

/// Lets the cells measure what is named. `known` are all metrics that some cell can have.
pub(super) fn measure(
    cells: &mut [Cell],
    known: &[String],
    run: Option<&Fields>,
    repetition: &Repetition,
    (derived, tune): (&Metrics, Option<&Tune>),
    figures: &[FigureSpec],
) -> Checked<()> {
    let mut extras = Extras::default();
    derived.used().chain(tune.iter().flat_map(|tune| tune.used())).for_each(|name| extras.ask_for(name));
    repetition.until.iter().flat_map(|until| &until.of).for_each(|name| extras.ask_for(name));
    for name in figures.iter().flat_map(FigureSpec::columns) {
        // A comparison with the baseline takes the metric itself.
        let name = name.strip_suffix("_rel").or_else(|| name.strip_suffix("_diff")).unwrap_or(name);
        extras.ask_for(name);
    }
    if let Some(node) = run.and_then(|run| run.get("metrics")) {
        node.list()?.try_for_each(|node| check(&node, known).map(|name| extras.ask_for(name)))?;
    }
    for cell in cells {
        cell.scenario.extras = extras;
    }
    Ok(())
}

fn check<'t>(node: &Node<'t>, known: &[String]) -> Checked<&'t str> {
    let name = node.words()?;
    if known.iter().any(|other| other == name) {
        return Ok(name);
    }
    let error = node.error(format!("there is no metric `{name}`"), "no such metric");
    Err(error.help("`gilsim metrics` lists them").suggest(name, known.iter().map(String::as_str)))
}
