//! Estimates of a cell that are no means of its runs: quantiles of all observations, and what is computed from such.
//!
//! A quantile is that of the distributions of the runs put together, and its interval goes from one observation to another
//! ([`order`]). What is computed from quantiles, be it a derived metric, a ratio or a difference, is computed from those of
//! all observations; the same of the single runs are the sections that give the interval ([`sectioning`]), which pairs the
//! runs of two cells. No quantiles are averaged.

use std::ops::Range;

use rayon::prelude::*;

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
        let records = runs.par_iter().filter_map(|run| run.result.as_ref().ok());
        let with = |mut pool: Self, record| {
            pool.add(record);
            pool
        };
        records.fold(Self::default, with).reduce(Self::default, Self::and)
    }

    /// Together with those of later runs.
    fn and(mut self, later: Self) -> Self {
        self.wholes.resize_with(self.wholes.len().max(later.wholes.len()), Distribution::default);
        std::iter::zip(&mut self.wholes, &later.wholes).for_each(|(sum, more)| sum.add(more));
        self.runs.extend(later.runs);
        self
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
        self.quantiles(&[quantile])?.pop()
    }

    /// Several quantiles of the same observations. The texts of the runs, which are long, are read once for all of them.
    fn quantiles(&self, quantiles: &[&Quantile]) -> Option<Vec<Pooled>> {
        let parts = &quantiles.first()?.parts;
        let mut whole = Distribution::default();
        for part in self.wholes.get(parts.clone())? {
            whole.add(part);
        }
        let estimates: Option<Vec<u64>> = quantiles.iter().map(|quantile| whole.quantile(quantile.share)).collect();
        let runs = estimates.map_or_else(Vec::new, |estimates| self.tallies(parts, &estimates));
        let pooled = |(index, quantile): (usize, &&Quantile)| {
            let kind = Kind::of(quantile);
            let tallies: Vec<Tally> = runs.iter().map(|run| run[index]).collect();
            let interval = order::interval(&whole, quantile.share, &tallies, LEVEL).filter(|_| kind == Kind::Quantile);
            let in_unit = |value: u64| value as f64 / quantile.divisor;
            let interval = interval.map(|(low, high)| (in_unit(low), in_unit(high)));
            Pooled { value: quantile.value(&whole), kind, interval }
        };
        Some(quantiles.iter().enumerate().map(pooled).collect())
    }

    /// For each run how many of its observations there are, and how many at or below each estimate; of a single run, which
    /// gives no interval, nothing.
    fn tallies(&self, parts: &Range<usize>, estimates: &[u64]) -> Vec<Vec<Tally>> {
        let of_run = |run: &Vec<String>| {
            let mut sums = vec![Tally::default(); estimates.len()];
            for text in run.get(parts.clone())? {
                let more = distribution::tallies(text, estimates)?;
                sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
            }
            Some(sums)
        };
        let runs = if self.runs.len() > 1 { self.runs.as_slice() } else { &[] };
        runs.par_iter().filter_map(of_run).collect()
    }

    /// For each metric of a cell the quantile that it is, if it is one.
    pub fn metrics<'q>(
        &self,
        quantiles: impl IntoIterator<Item = &'q Quantile>,
        metrics: usize,
    ) -> Vec<Option<Pooled>> {
        let mut pooled = vec![None; metrics];
        let quantiles: Vec<&Quantile> = quantiles.into_iter().filter(|quantile| quantile.metric < metrics).collect();
        // Those of the same observations stand together.
        for alike in quantiles.chunk_by(|one, next| one.parts == next.parts) {
            for (quantile, found) in alike.iter().zip(self.quantiles(alike).into_iter().flatten()) {
                pooled[quantile.metric] = Some(found);
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
