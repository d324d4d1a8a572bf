//! `control_variates = true` in `[run]`: means over replications, adjusted by what was drawn at random.
//!
//! The controls of a run are the last of its simulated metrics: for each random law what was drawn less what was to be
//! expected. Means, and paired comparisons with the baseline, are computed from values out of which those controls are taken
//! that pay ([`control_variates`](crate::statistics::control_variates)); estimates from all observations are left alone.

use super::diagnostic::Checked;
use super::node::{Fields, Node};
use super::plan::Cell;
use super::repetition::Repetition;
use crate::simulation::{self, WarmUp};
use crate::statistics::Estimate;
use crate::statistics::control_variates::{Adjusted, FEWEST, adjust};
use crate::statistics::paired::{self, Ratio};

/// The key of `[run]` that asks for them.
pub(super) const KEY: &str = "control_variates";

/// The confidence of the intervals.
const LEVEL: f64 = 0.95;

/// Whether an experiment with such a repetition asks for control variates; then its cells measure the controls.
pub(super) fn read(run: Option<&Fields>, top: &Fields, repetition: &Repetition, cells: &mut [Cell]) -> Checked<bool> {
    let Some(node) = run.and_then(|run| run.get(KEY)) else { return Ok(false) };
    if !node.flag()? {
        return Ok(false);
    }
    for cell in &mut *cells {
        cell.scenario.extras.controls = true;
    }
    check(&node, top, repetition, cells)?;
    Ok(true)
}

fn check(node: &Node, top: &Fields, repetition: &Repetition, cells: &[Cell]) -> Checked<()> {
    let refuse = |message: &str, label: &str, help: &str| Err(node.error(message, label).help(help));
    if top.get("tune").is_some() {
        let message = "the settings of a tuning are compared by a procedure of its own, which takes no controls";
        return refuse(message, "beside [tune]", "leave it out, or run the settings of interest in a sweep");
    }
    if repetition.replications < FEWEST as u64 {
        let message = format!("{repetition} are too few for control variates, which take {FEWEST}");
        return refuse(&message, "never adjusts anything", "do more replications, or leave it out");
    }
    if repetition.batches && cells.iter().any(|cell| matches!(cell.scenario.limits.warm_up, WarmUp::Auto(_))) {
        let message = "with a warm-up that is found, the times at which batches end hang on what is drawn in them";
        return refuse(
            message,
            "has controls of unknown mean",
            "write a warm_up in [run], or replications for batches",
        );
    }
    if cells.iter().all(|cell| simulation::controls(&cell.scenario) == 0) {
        let message = "nothing is drawn at random in any cell: there are no controls";
        return refuse(message, "nothing to adjust by", "leave it out, or name a random law, such as exp(1ms)");
    }
    Ok(())
}

/// The controls of the runs of a cell.
#[derive(Debug, Default)]
pub struct Controls {
    /// Their names.
    names: Vec<String>,
    /// For each of them the values in the runs.
    values: Vec<Vec<f64>>,
}

/// A mean over the runs of a cell.
#[derive(Debug, PartialEq)]
pub struct Mean<'c> {
    /// The mean with its interval.
    pub estimate: Estimate,
    /// The names of the controls that are taken with all runs, if some have been taken out.
    pub taken: Option<Vec<&'c str>>,
}

impl Controls {
    /// Those of runs with these values of their simulated metrics, which have these names, for a cell.
    pub fn of(cell: &Cell, simulated: &[String], runs: &[&[f64]]) -> Self {
        let places = simulated.len() - simulation::controls(&cell.scenario).min(simulated.len())..simulated.len();
        let values = places.clone().map(|place| runs.iter().map(|values| values[place]).collect());
        Self { names: simulated[places.clone()].to_vec(), values: values.collect() }
    }

    /// Whether a metric is one of them.
    pub fn has(&self, metric: &str) -> bool {
        self.names.iter().any(|name| name == metric)
    }

    /// The mean of values of the same runs.
    pub fn mean(&self, values: &[f64]) -> Mean<'_> {
        match adjust(values, [values], &slices(&self.values)) {
            None => Mean { estimate: Estimate::of(values, LEVEL), taken: None },
            Some(Adjusted { values: [adjusted], taken }) => {
                let names = taken.into_iter().map(|place| self.names[place].as_str()).collect();
                Mean { estimate: Estimate::of(&adjusted, LEVEL), taken: Some(names) }
            }
        }
    }

    /// The means of values of the same runs less those of their partners, whose controls are the others.
    pub fn difference(&self, others: &Self, (ours, theirs): (&[f64], &[f64])) -> Estimate {
        let apart: Vec<f64> = ours.iter().zip(theirs).map(|(ours, theirs)| ours - theirs).collect();
        let adjusted = self.adjust_pairs(others, &apart, [&apart]);
        adjusted.map_or_else(|| Estimate::of(&apart, LEVEL), |[apart]| Estimate::of(&apart, LEVEL))
    }

    /// The same of the ratio of the means, adjusted by the controls of the difference in proportion.
    pub fn ratio(&self, others: &Self, (ours, theirs): (&[f64], &[f64])) -> Ratio {
        let plain = paired::ratio_of_means(ours, theirs, LEVEL);
        let apart: Vec<f64> = ours.iter().zip(theirs).map(|(ours, theirs)| ours - plain.ratio * theirs).collect();
        let adjusted = self.adjust_pairs(others, &apart, [ours, theirs]);
        adjusted.map_or(plain, |[ours, theirs]| paired::ratio_of_means(&ours, &theirs, LEVEL))
    }

    /// The controls of pairs are those of both sides. Where both have the same one it is by how much it is higher on ours
    /// that explains a difference, and that takes the place of theirs.
    fn adjust_pairs<const N: usize>(
        &self,
        others: &Self,
        target: &[f64],
        columns: [&[f64]; N],
    ) -> Option<[Vec<f64>; N]> {
        let of_theirs = others.names.iter().zip(&others.values).map(|(name, theirs)| {
            let same = self.names.iter().position(|own| own == name);
            match same.map(|place| &self.values[place]) {
                Some(ours) => ours.iter().zip(theirs).map(|(ours, theirs)| ours - theirs).collect(),
                None => theirs.clone(),
            }
        });
        let controls: Vec<Vec<f64>> = self.values.iter().cloned().chain(of_theirs).collect();
        let of_pairs = controls.iter().map(|values| values.get(..target.len()));
        adjust(target, columns, &of_pairs.collect::<Option<Vec<_>>>()?).map(|adjusted| adjusted.values)
    }
}

fn slices(columns: &[Vec<f64>]) -> Vec<&[f64]> {
    columns.iter().map(Vec::as_slice).collect()
}
