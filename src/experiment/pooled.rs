//! Estimates of a cell that are no means of its runs: quantiles of all observations, and what is computed from such.
//!
//! A quantile is that of the distributions of the runs put together, and its interval goes from one observation to another
//! ([`order`]). What is computed from quantiles, be it a derived metric, a ratio or a difference, is computed from those of
//! all observations; the same of the single runs are the sections that give the interval ([`sectioning`]), which pairs the
//! runs of two cells. No quantiles are averaged.

use super::runner::{Record, Run};
use crate::simulation::metrics::Quantile;
use crate::statistics::distribution::{self, Distribution};
use crate::statistics::order::{self, Tally};
use crate::statistics::paired::Ratio;
use crate::statistics::{Estimate, sectioning};

/// The confidence of the intervals.
const LEVEL: f64 = 0.95;

/// What an estimate is that is no mean of the runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A quantile of all observations.
    Quantile,
    /// Computed from such quantiles.
    Derived,
    /// The largest of all observations, or computed from it: it grows with their number, so there is no interval.
    Largest,
}

impl Kind {
    /// Its name in the summary of results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Quantile => "quantile",
            Self::Derived => "derived",
            Self::Largest => "largest",
        }
    }

    fn of(quantile: &Quantile) -> Self {
        if quantile.share >= 1.0 { Self::Largest } else { Self::Quantile }
    }
}

/// An estimate of a cell from all observations of its runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pooled {
    /// Its value.
    pub value: f64,
    /// What it is.
    pub kind: Kind,
    /// The interval of a quantile.
    pub interval: Option<(f64, f64)>,
}

impl Pooled {
    /// What is computed from quantiles.
    pub fn derived(value: f64, kind: Kind) -> Self {
        Self { value, kind, interval: None }
    }

    /// Itself with its interval, which the values of the runs give if it is computed from quantiles.
    pub fn estimate(self, runs: &[f64]) -> Estimate {
        let sectioned = sectioning::estimate(self.value, runs, LEVEL);
        let interval = if self.kind == Kind::Derived { sectioned.interval } else { self.interval };
        Estimate { interval, ..sectioned }
    }

    /// Itself less another, whose runs are the partners of its own.
    pub fn difference(self, other: Self, runs: (&[f64], &[f64])) -> Estimate {
        self.with(other, runs, |ours, theirs| ours - theirs)
    }

    /// Itself over another, whose runs are the partners of its own.
    pub fn ratio(self, other: Self, runs: (&[f64], &[f64])) -> Ratio {
        let estimate = self.with(other, runs, |ours, theirs| ours / theirs);
        Ratio { n: estimate.n, ratio: estimate.mean, interval: estimate.low().zip(estimate.high()) }
    }

    fn with(self, other: Self, (ours, theirs): (&[f64], &[f64]), compute: fn(f64, f64) -> f64) -> Estimate {
        let sections: Vec<f64> = ours.iter().zip(theirs).map(|(&ours, &theirs)| compute(ours, theirs)).collect();
        let largest = [self.kind, other.kind].contains(&Kind::Largest);
        let kind = if largest { Kind::Largest } else { Kind::Derived };
        Self::derived(compute(self.value, other.value), kind).estimate(&sections)
    }
}

/// The observations of some runs of a cell.
#[derive(Debug, Default)]
pub struct Pool {
    /// The distributions, those of all runs put together.
    wholes: Vec<Distribution>,
    /// The texts of those of each run.
    runs: Vec<Vec<String>>,
}

impl Pool {
    /// Those of the runs that have a result.
    pub fn of(runs: &[Run]) -> Self {
        let mut pool = Self::default();
        runs.iter().filter_map(|run| run.result.as_ref().ok()).for_each(|record| pool.add(record));
        pool
    }

    /// Adds those of a run.
    pub fn add(&mut self, record: &Record) {
        self.wholes.resize_with(record.distributions.len(), Distribution::default);
        for (sum, text) in self.wholes.iter_mut().zip(&record.distributions) {
            // The text has been written by this program, and what comes from a journal has a checksum.
            sum.add_text(text).unwrap_or_default();
        }
        self.runs.push(record.distributions.clone());
    }

    /// A quantile of them, if they have the distributions of which it is one.
    pub fn quantile(&self, quantile: &Quantile) -> Option<Pooled> {
        let parts = self.wholes.get(quantile.parts.clone())?;
        let mut sum = Distribution::default();
        for part in parts {
            sum.add(part);
        }
        let kind = Kind::of(quantile);
        let interval = if kind == Kind::Quantile { self.interval(quantile, &sum) } else { None };
        let in_unit = |value: u64| value as f64 / quantile.divisor;
        let interval = interval.map(|(low, high)| (in_unit(low), in_unit(high)));
        Some(Pooled { value: quantile.value(&sum), kind, interval })
    }

    /// The interval of a quantile of all observations together.
    fn interval(&self, quantile: &Quantile, whole: &Distribution) -> Option<(u64, u64)> {
        let estimate = whole.quantile(quantile.share).filter(|_| self.runs.len() > 1)?;
        let tally = |run: &Vec<String>| {
            let mut sum = Tally::default();
            for text in run.get(quantile.parts.clone())? {
                sum += distribution::tally(text, estimate)?;
            }
            Some(sum)
        };
        let runs: Vec<Tally> = self.runs.iter().filter_map(tally).collect();
        order::interval(whole, quantile.share, &runs, LEVEL)
    }

    /// For each metric of a cell the quantile that it is, if it is one.
    pub fn metrics<'q>(
        &self,
        quantiles: impl IntoIterator<Item = &'q Quantile>,
        metrics: usize,
    ) -> Vec<Option<Pooled>> {
        let mut pooled = vec![None; metrics];
        for quantile in quantiles {
            if let Some(place) = pooled.get_mut(quantile.metric) {
                *place = self.quantile(quantile);
            }
        }
        pooled
    }
}

/// For each of so many metrics what its estimate is, if it is no mean of the runs.
pub fn kinds(quantiles: &[Quantile], metrics: usize) -> Vec<Option<Kind>> {
    let mut kinds = vec![None; metrics];
    for quantile in quantiles {
        kinds[quantile.metric] = Some(Kind::of(quantile));
    }
    kinds
}
