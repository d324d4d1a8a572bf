//! Runs the scenarios of measured cells.
//!
//! All cells of a scenario run in parallel, with the replications and the seed of the scenario's file. What cannot be
//! predicted is told with the reason, and how many cells it holds for; it never ends the comparison.

use super::cells::{Cell, Params};
use super::comparison::Role;
use super::interpreter::Interpreter;
use super::overrides;
use super::scenarios::Scenario;
use crate::experiment::derived::Metrics;
use crate::experiment::diagnostic::{Checked, Diagnostic};
use crate::experiment::measured::{Match, Measured};
use crate::experiment::path::Assignment;
use crate::experiment::plan::{self, Overrides, Plan};
use crate::experiment::runner::{self, Record, Results, RunError, RunnerError};

/// Everything that a comparison starts from.
#[derive(Debug)]
pub struct Inputs {
    /// The measured cells.
    pub cells: Vec<Cell>,
    /// What is known of their interpreters.
    pub interpreters: Vec<Interpreter>,
    /// The scenarios that claim to be equal.
    pub scenarios: Vec<Scenario>,
    /// The profile of the machine, where it is not that of the scenarios.
    pub machine: Option<String>,
}

/// What the model says of a measured cell.
#[derive(Debug)]
pub struct Prediction<'i> {
    /// The measured cell.
    pub cell: &'i Cell,
    /// The values of all its parameters, the scenario's defaults among them.
    pub params: Params,
    /// The scenario that stands for it.
    pub measured: &'i Measured,
    /// Whether the constants of the interpreter stem from this cell.
    pub role: Role,
    /// The predicted value of each metric that the scenario gives; none for a cell that was not run.
    pub values: Vec<(&'i str, f64)>,
}

/// What came out.
#[derive(Debug)]
pub struct Predictions<'i> {
    /// The cells that can be predicted.
    pub cells: Vec<Prediction<'i>>,
    /// Why others cannot, and how many.
    pub skipped: Vec<(String, usize)>,
}

/// Why a comparison stopped.
#[derive(Debug, thiserror::Error)]
pub enum PredictionError {
    /// A file says what cannot be.
    #[error("{0}")]
    Input(#[from] Diagnostic),
    /// The machine refuses.
    #[error("{0}")]
    Runner(#[from] RunnerError),
}

/// Cells that have a scenario, with what is run of it.
struct Prepared<'i> {
    scenario: usize,
    plan: Plan,
    prediction: Prediction<'i>,
}

impl Inputs {
    /// Predicts all cells that `wanted` picks, and those that they are compared with. The `changes` hold against
    /// everything else that is said of a cell.
    ///
    /// # Errors
    /// A scenario names a metric that there is not, a cell does not have what is to be changed, or the machine refuses
    /// the threads.
    pub fn predict(
        &self,
        wanted: impl Fn(&Cell) -> bool,
        changes: &[Assignment],
        jobs: usize,
    ) -> Result<Predictions<'_>, PredictionError> {
        let mut skipped = Skipped::default();
        let mut prepared = Vec::new();
        for cell in &self.cells {
            match self.prepare(cell, changes) {
                Ok(ready) => prepared.push(ready),
                Err(_) if !wanted(cell) => {}
                Err(Refusal::Cell(reason)) => skipped.note(reason),
                Err(Refusal::Change(error)) => return Err(error.into()),
            }
        }
        let baselines: Vec<Option<usize>> = {
            let all: Vec<&Prediction> = prepared.iter().map(|ready| &ready.prediction).collect();
            (0..all.len()).map(|index| super::comparison::baseline(&all, index)).collect()
        };
        let mut run = prepared.iter().map(|ready| wanted(ready.prediction.cell)).collect::<Vec<bool>>();
        for (index, baseline) in baselines.iter().enumerate() {
            if let (Some(baseline), true) = (baseline, wanted(prepared[index].prediction.cell)) {
                run[*baseline] = true;
            }
        }
        for scenario in 0..self.scenarios.len() {
            let chosen: Vec<usize> =
                (0..prepared.len()).filter(|&index| run[index] && prepared[index].scenario == scenario).collect();
            self.run(scenario, &mut prepared, &chosen, jobs, &mut skipped)?;
        }
        let cells = prepared.into_iter().map(|ready| ready.prediction).collect();
        Ok(Predictions { cells, skipped: skipped.0 })
    }

    /// The plan of a changed cell, or why it has none.
    fn prepare<'i>(&'i self, cell: &'i Cell, changes: &[Assignment]) -> Result<Prepared<'i>, Refusal> {
        let interpreter = self.interpreters.iter().find(|interpreter| interpreter.name == cell.interpreter);
        let interpreter = interpreter.ok_or_else(|| format!("unknown interpreter `{}`", cell.interpreter))?;
        if let Some(reason) = &interpreter.unmodelled {
            return Err(Refusal::Cell(format!("{}: {reason}", interpreter.name)));
        }
        let index = self.scenarios.iter().position(|scenario| scenario.measured.scenario == cell.scenario);
        let index = index.ok_or_else(|| format!("unknown scenario `{}`", cell.scenario))?;
        let scenario = &self.scenarios[index];
        let given = overrides::of(cell, scenario, interpreter, self.machine.as_deref())?;
        let place = format!("{} of {}", cell.scenario, cell.interpreter);
        let mut plan = plan_of(scenario, given.clone()).map_err(|error| format!("{place}: {}", error.message()))?;
        if !changes.is_empty() {
            let changed = plan_of(scenario, [&given, changes].concat());
            plan = changed.map_err(|error| Refusal::Change(error.help(format!("in the cells of {place}"))))?;
        }
        let params = overrides::resolved(cell, &scenario.measured);
        let input = scenario.measured.inputs.iter().any(|conditions| overrides::meets(&params, conditions));
        let role = if input { Role::Input } else { Role::Prediction };
        let prediction = Prediction { cell, params, measured: &scenario.measured, role, values: Vec::new() };
        Ok(Prepared { scenario: index, plan, prediction })
    }

    /// Runs the chosen cells of one scenario.
    fn run<'i>(
        &'i self,
        scenario: usize,
        prepared: &mut [Prepared<'i>],
        chosen: &[usize],
        jobs: usize,
        skipped: &mut Skipped,
    ) -> Result<(), PredictionError> {
        let Some(&first) = chosen.first() else { return Ok(()) };
        let plan = merged(&self.scenarios[scenario].plan, prepared, chosen, first);
        let results = runner::run(&plan, jobs)?;
        for (place, &index) in chosen.iter().enumerate() {
            let prediction = &mut prepared[index].prediction;
            match values(&results, place, prediction.measured)? {
                Ok(values) => prediction.values = values,
                Err(error) => skipped.note(format!("{}: {error}", prediction.cell.scenario)),
            }
        }
        Ok(())
    }
}

/// Why a cell has no plan.
enum Refusal {
    /// It cannot be predicted, for this reason.
    Cell(String),
    /// It could be, but for what is to be changed.
    Change(Diagnostic),
}

impl From<String> for Refusal {
    fn from(reason: String) -> Self {
        Self::Cell(reason)
    }
}

fn plan_of(scenario: &Scenario, given: Vec<Assignment>) -> Checked<Plan> {
    plan::read(&scenario.path, &scenario.text, &Overrides { given, ..Overrides::default() })
}

/// One plan of the cells of many.
fn merged(base: &Plan, prepared: &[Prepared], chosen: &[usize], first: usize) -> Plan {
    let cells = chosen.iter().enumerate().map(|(index, &place)| {
        let scenario = prepared[place].plan.cells[0].scenario.clone();
        plan::Cell { index, number: index as u64, params: Vec::new(), scenario }
    });
    Plan {
        stem: base.stem.clone(),
        text: std::sync::Arc::clone(&base.text),
        title: base.title.clone(),
        question: base.question.clone(),
        source: None,
        repetition: prepared[first].plan.repetition.clone(),
        control_variates: false,
        columns: Vec::new(),
        axes: Vec::new(),
        cells: cells.collect(),
        named: std::collections::BTreeSet::new(),
        metrics: Metrics::default(),
        baseline: None,
        figures: Vec::new(),
        measured: None,
        tune: None,
        configuration: serde_json::Value::Null,
        inputs: Vec::new(),
    }
}

/// The values of a cell's metrics, or why one of its runs failed.
fn values<'m>(results: &Results, cell: usize, measured: &'m Measured) -> Checked<Result<Vec<(&'m str, f64)>, String>> {
    let records: Result<Vec<&Record>, &RunError> =
        results.of_cell(cell).iter().map(|run| run.result.as_ref()).collect();
    let records = match records {
        Ok(records) => records,
        Err(error) => return Ok(Err(format!("a run failed: {error}"))),
    };
    let names = &results.metrics[cell];
    let value = |wanted: &'m Match| {
        let Some(index) = names.iter().position(|name| *name == wanted.metric) else {
            let message = format!("the simulation has no metric `{}`", wanted.metric);
            let error = Diagnostic::at(&wanted.place, message, "no such metric");
            return Err(error.maybe_help(nearest_metric(&wanted.metric, names)));
        };
        let mut found: Vec<f64> = records.iter().map(|record| record.values[index]).collect();
        found.retain(|value| value.is_finite());
        found.sort_by(f64::total_cmp);
        // A metric has no value when nothing was counted: what was waited for never came.
        let value = quantile(&found, wanted.quantile).unwrap_or(f64::INFINITY);
        Ok((wanted.name.as_str(), value * wanted.factor))
    };
    Ok(Ok(measured.metrics.iter().map(value).collect::<Checked<_>>()?))
}

fn nearest_metric(wanted: &str, names: &[String]) -> Option<String> {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    crate::experiment::diagnostic::nearest(wanted, &names).map(|name| format!("did you mean `{name}`?"))
}

/// A quantile of sorted values, linear between neighbours.
pub(super) fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = share * last as f64;
    let (low, part) = (place.floor() as usize, place.fract());
    let (low, high) = (sorted[low], sorted[(low + 1).min(last)]);
    // Equal neighbours may both be infinite.
    Some(if part == 0.0 || low == high { low } else { low + (high - low) * part })
}

/// Reasons, in the order in which they are first met.
#[derive(Default)]
struct Skipped(Vec<(String, usize)>);

impl Skipped {
    fn note(&mut self, reason: String) {
        match self.0.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, count)) => *count += 1,
            None => self.0.push((reason, 1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_lie_between_their_neighbours() {
        let sorted = [1.0, 2.0, 4.0];
        assert_eq!([0.0, 0.5, 0.75, 1.0].map(|share| quantile(&sorted, share)), [1.0, 2.0, 3.0, 4.0].map(Some));
        assert_eq!(quantile(&[1.0, f64::INFINITY, f64::INFINITY], 0.9), Some(f64::INFINITY));
        assert_eq!(quantile(&[], 0.5), None);
    }
}
