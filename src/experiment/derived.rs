//! `[metrics]`: metrics that are computed from others.
//!
//! Each run has a value of its own. The estimate of a cell is the mean of these, like that of any other metric, unless a
//! quantile is in the expression: then it is the expression of the estimates of the cell, and the values of the runs are the
//! sections that give its interval ([`pooled`]).
//!
//! `speed_up = "lock.acquisitions_per_s / machine.cores"`: an expression may use the metrics of the simulation, those
//! above it in the table, the swept paths and the values of the file.

use super::diagnostic::{Checked, Diagnostic};
use super::expression::{Binding, Expression, Kind, Names, Value};
use super::node::Node;
use super::plan::{Cell, Plan};
use super::pooled::{self, Pooled};
use super::runner::Results;
use crate::statistics::Estimate;

/// A metric that is computed from others.
#[derive(Debug)]
pub struct Derived {
    name: String,
    expression: Expression,
}

/// The derived metrics of an experiment.
#[derive(Debug, Default)]
pub struct Metrics {
    derived: Vec<Derived>,
    /// The metrics that expressions may use; their slots follow those of the swept paths.
    names: Vec<String>,
}

impl Metrics {
    /// Reads the table, if there is one, for cells with the names `names` and metrics `simulated`. Adds all metrics to
    /// the names.
    pub fn read(node: Option<&Node>, names: &mut Names, columns: usize, simulated: Vec<String>) -> Checked<Self> {
        let mut metrics = Self { derived: Vec::new(), names: simulated };
        for (index, name) in metrics.names.iter().enumerate() {
            names.insert(name.clone(), Binding::Slot(columns + index, Kind::Number));
        }
        for entry in node.map(Node::entries).transpose()?.unwrap_or_default() {
            let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
            if !entry.key.starts_with(|c: char| c.is_ascii_alphabetic()) || !entry.key.chars().all(good) {
                let error = Diagnostic::at(&entry.place, format!("{:?} cannot be a metric", entry.key), "not a name");
                return Err(error.help("the name of a metric has letters, digits, `_`, `-` and `.`"));
            }
            if names.contains_key(&entry.key) {
                let message = format!("there is a `{}` already", entry.key);
                return Err(Diagnostic::at(&entry.place, message, "another name is needed"));
            }
            let expression = Expression::read(&Node::of(entry), names, Kind::Number)?;
            names.insert(entry.key.clone(), Binding::Slot(columns + metrics.names.len(), Kind::Number));
            metrics.names.push(entry.key.clone());
            metrics.derived.push(Derived { name: entry.key.clone(), expression });
        }
        Ok(metrics)
    }

    /// The names that the expressions use.
    pub fn used(&self) -> impl Iterator<Item = &String> {
        self.derived.iter().flat_map(|derived| &derived.expression.names)
    }

    /// What a metric is made of: itself, and what its expression uses if it is derived.
    pub fn sources<'m>(&'m self, metric: &'m str) -> Vec<&'m str> {
        let mut sources = vec![metric];
        // What an expression uses stands above it.
        for derived in self.derived.iter().rev() {
            if sources.contains(&derived.name.as_str()) {
                sources.extend(derived.expression.names.iter().map(String::as_str));
            }
        }
        sources
    }

    /// The names of the derived metrics.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.derived.iter().map(|derived| derived.name.as_str())
    }

    /// Adds the values of a run of a cell whose metrics have the names `names`.
    pub fn extend(&self, cell: &Cell, names: &[String], values: &mut Vec<f64>) {
        for derived in &self.derived {
            values.push(self.value(&derived.expression, cell, names, values));
        }
    }

    /// Adds what the estimates of the derived metrics are, for a cell whose metrics have the names `names`, those
    /// included: none for a mean of the runs.
    pub fn extend_kinds(&self, names: &[String], kinds: &mut Vec<Option<pooled::Kind>>) {
        for derived in &self.derived {
            let used = names.iter().zip(kinds.iter()).filter(|(name, _)| derived.expression.names.contains(*name));
            let used: Vec<pooled::Kind> = used.filter_map(|(_, kind)| *kind).collect();
            let largest = used.contains(&pooled::Kind::Largest);
            let kind = if largest { pooled::Kind::Largest } else { pooled::Kind::Derived };
            kinds.push((!used.is_empty()).then_some(kind));
        }
    }

    /// Adds the estimates of the derived metrics that are no means of the runs, of which these are the values: of all
    /// metrics of the cell, derived ones included.
    pub fn extend_pooled(&self, cell: &Cell, names: &[String], runs: &[&[f64]], pooled: &mut Vec<Option<Pooled>>) {
        let mut kinds: Vec<Option<pooled::Kind>> =
            pooled.iter().map(|pooled| pooled.map(|pooled| pooled.kind)).collect();
        self.extend_kinds(names, &mut kinds);
        for derived in &self.derived {
            let Some(kind) = kinds[pooled.len()] else {
                pooled.push(None);
                continue;
            };
            let whole = |(index, pooled): (usize, &Option<Pooled>)| match pooled {
                Some(pooled) => pooled.value,
                None if derived.expression.names.contains(&names[index]) => mean(runs, index),
                None => f64::NAN,
            };
            let wholes: Vec<f64> = pooled.iter().enumerate().map(whole).collect();
            let value = self.value(&derived.expression, cell, names, &wholes);
            pooled.push(Some(Pooled::derived(value, kind)));
        }
    }

    /// The value of an expression that uses metrics, in a run of a cell whose metrics have the names `names`.
    pub fn value(&self, expression: &Expression, cell: &Cell, names: &[String], values: &[f64]) -> f64 {
        expression.number(&|slot| {
            if let Some((_, value)) = cell.params.get(slot) {
                return Value::from(value);
            }
            let wanted = &self.names[slot - cell.params.len()];
            let known = names.iter().position(|name| name == wanted);
            Value::Number(known.and_then(|index| values.get(index)).copied().unwrap_or(f64::NAN))
        })
    }
}

/// Adds the derived metrics of a plan to its results. A metric that a cell does not have has no value there.
#[must_use]
pub fn add(plan: &Plan, mut results: Results) -> Results {
    let metrics = &plan.metrics;
    for names in &mut results.metrics {
        names.extend(metrics.names().map(str::to_owned));
    }
    for run in &mut results.runs {
        if let Ok(record) = &mut run.result {
            metrics.extend(&plan.cells[run.cell], &results.metrics[run.cell], &mut record.values);
        }
    }
    for (cell, mut pooled) in std::mem::take(&mut results.pooled).into_iter().enumerate() {
        let records = results.of_cell(cell).iter().filter_map(|run| run.result.as_ref().ok());
        let values: Vec<&[f64]> = records.map(|record| record.values.as_slice()).collect();
        metrics.extend_pooled(&plan.cells[cell], &results.metrics[cell], &values, &mut pooled);
        results.pooled.push(pooled);
    }
    results
}

/// The mean of a metric over some runs, of which these are the values.
fn mean(runs: &[&[f64]], metric: usize) -> f64 {
    let values: Vec<f64> = runs.iter().map(|values| values[metric]).collect();
    Estimate::of(&values, 0.95).mean
}
