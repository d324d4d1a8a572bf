//! What the first runs of a cell say of the metrics that are to be precise.

use crate::experiment::control_variates::Controls;
use crate::experiment::plan::{Cell, Plan};
use crate::experiment::pooled::Pool;
use crate::experiment::repetition::Precision;
use crate::experiment::runner::Record;
use crate::simulation;
use crate::simulation::metrics::Quantile;
use crate::statistics::Estimate;

/// Runs of a cell, and what it takes to estimate metrics from them.
pub(super) struct Sample<'p> {
    plan: &'p Plan,
    cell: &'p Cell,
    /// The names of all metrics of the cell, and how many of them are not derived.
    names: Vec<String>,
    simulated: usize,
    /// The places of the metrics that are to be precise.
    wanted: Vec<Option<usize>>,
    /// The quantiles that it takes for that.
    quantiles: Vec<Quantile>,
    /// The values of all metrics in each run.
    runs: Vec<Vec<f64>>,
    pool: Pool,
}

impl<'p> Sample<'p> {
    /// No runs of a cell whose metrics have these names.
    pub(super) fn new(precision: &Precision, plan: &'p Plan, cell: usize, metrics: &[String]) -> Self {
        let cell = &plan.cells[cell];
        let names: Vec<String> = metrics.iter().cloned().chain(plan.metrics.names().map(str::to_owned)).collect();
        let used: Vec<&String> = plan.metrics.used().chain(&precision.of).collect();
        let mut quantiles = simulation::quantiles(&cell.scenario);
        quantiles.retain(|quantile| names.get(quantile.metric).is_some_and(|name| used.contains(&name)));
        let place = |metric: &String| names.iter().position(|name| name == metric);
        let wanted = precision.of.iter().map(place).collect();
        let simulated = metrics.len();
        Self { plan, cell, names, simulated, wanted, quantiles, runs: Vec::new(), pool: Pool::default() }
    }

    /// Adds a run.
    pub(super) fn add(&mut self, record: &Record) {
        let mut values = record.values.clone();
        self.plan.metrics.extend(self.cell, &self.names[..self.simulated], &mut values);
        self.runs.push(values);
        if !self.quantiles.is_empty() {
            self.pool.add(record);
        }
    }

    /// What they say of the metrics that are to be precise: the mean of the runs, adjusted if that is asked for, or, where the metric is a quantile or
    /// made of such, the estimate from all observations.
    pub(super) fn estimates(&self) -> Vec<Estimate> {
        let runs: Vec<&[f64]> = self.runs.iter().map(Vec::as_slice).collect();
        let mut pooled = self.pool.metrics(&self.quantiles, self.simulated);
        self.plan.metrics.extend_pooled(self.cell, &self.names, &runs, &mut pooled);
        let simulated: Vec<&[f64]> = runs.iter().map(|values| &values[..self.simulated]).collect();
        let controls = Controls::of(self.cell, &self.names[..self.simulated], &simulated);
        let estimate = |place: &Option<usize>| {
            let values: Vec<f64> = runs.iter().map(|values| place.map_or(f64::NAN, |place| values[place])).collect();
            let pooled = place.and_then(|place| pooled[place]);
            pooled.map_or_else(|| controls.mean(&values).estimate, |pooled| pooled.estimate(&values))
        };
        self.wanted.iter().map(estimate).collect()
    }
}
