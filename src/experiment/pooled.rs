//! Quantiles of all observations of a cell: the distributions of its runs put together.

use super::runner::{Record, Run};
use crate::simulation::metrics::Quantile;
use crate::statistics::paired::Ratio;
use crate::statistics::{Distribution, Estimate, sectioning};

/// The confidence of the intervals.
const LEVEL: f64 = 0.95;

/// A quantile of all observations of a cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pooled {
    /// Its value.
    pub value: f64,
    /// Whether it is the largest value, of which there is no interval.
    pub is_largest: bool,
}

impl Pooled {
    /// Itself with the interval that the values of the runs give.
    pub fn estimate(self, runs: &[f64]) -> Estimate {
        let estimate = sectioning::estimate(self.value, runs, LEVEL);
        Estimate { half_width: estimate.half_width.filter(|_| !self.is_largest), ..estimate }
    }

    /// Itself less another, whose runs are the partners of its own.
    pub fn difference(self, other: Self, (ours, theirs): (&[f64], &[f64])) -> Estimate {
        let differences: Vec<f64> = ours.iter().zip(theirs).map(|(ours, theirs)| ours - theirs).collect();
        Self { value: self.value - other.value, ..self }.estimate(&differences)
    }

    /// Itself over another, whose runs are the partners of its own.
    pub fn ratio(self, other: Self, runs: (&[f64], &[f64])) -> Ratio {
        let Estimate { n, mean, half_width } = sectioning::ratio((self.value, other.value), runs, LEVEL);
        let half_width = half_width.filter(|_| !self.is_largest);
        Ratio { n, ratio: mean, interval: half_width.map(|half| (mean - half, mean + half)) }
    }
}

/// The observations of some runs of a cell, put together.
#[derive(Debug, Default)]
pub struct Pool(Vec<Distribution>);

impl Pool {
    /// Those of the runs that have a result.
    pub fn of(runs: &[Run]) -> Self {
        let mut pool = Self::default();
        runs.iter().filter_map(|run| run.result.as_ref().ok()).for_each(|record| pool.add(record));
        pool
    }

    /// Adds those of a run.
    pub fn add(&mut self, record: &Record) {
        self.0.resize_with(record.distributions.len(), Distribution::default);
        for (sum, text) in self.0.iter_mut().zip(&record.distributions) {
            // The text has been written by this program, and what comes from a journal has a checksum.
            sum.add_text(text).unwrap_or_default();
        }
    }

    /// A quantile of them, if they have the distributions of which it is one.
    pub fn quantile(&self, quantile: &Quantile) -> Option<Pooled> {
        let parts = self.0.get(quantile.parts.clone())?;
        let mut sum = Distribution::default();
        for part in parts {
            sum.add(part);
        }
        Some(Pooled { value: quantile.value(&sum), is_largest: quantile.share >= 1.0 })
    }

    /// For each metric of a cell the quantile that it is, if it is one.
    pub fn metrics(&self, quantiles: &[Quantile], metrics: usize) -> Vec<Option<Pooled>> {
        let mut pooled = vec![None; metrics];
        for quantile in quantiles {
            if let Some(place) = pooled.get_mut(quantile.metric) {
                *place = self.quantile(quantile);
            }
        }
        pooled
    }
}
