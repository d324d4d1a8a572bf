//! Welch's procedure: how a cell settles, averaged over replications and smoothed over time, to look at.
//!
//! P. D. Welch (1983); A. M. Law, Simulation Modeling and Analysis, 5th ed., 9.5.1. The averages of many replications
//! show the transient that a single run hides; a moving average takes out what is left of the noise. Beside it stands
//! where MSER-5 would end the warm-up of the averages.

use super::plan::Cell;
use super::repetition::Repetition;
use crate::figure::chart::{Axis, Chart, Kind, Panel, Point, Scale, Series};
use crate::kernel::{Nanos, SECOND};
use crate::simulation::{self, Fault};
use crate::statistics::warm_up::{moving_average, mser5};

/// Intervals into which a run is divided.
const INTERVALS: u64 = 1000;

/// How a cell settles.
#[derive(Debug, Clone, PartialEq)]
pub struct Welch {
    /// Length of an interval, in nanoseconds.
    pub every: Nanos,
    /// For each counter its advances in each interval, for all locks the mean number of waiters: averages of the
    /// replications, smoothed.
    pub series: Vec<(String, Vec<f64>)>,
    /// Where MSER-5 ends the warm-up of the averages: the latest of all series, in nanoseconds.
    pub cut: Nanos,
}

impl Welch {
    /// Runs the replications of a cell that has a time limit, and averages them; `window` is the number of intervals on
    /// either side that are averaged as well.
    ///
    /// # Errors
    /// A run fails.
    pub fn of(cell: &Cell, repetition: &Repetition, window: usize) -> Result<Self, Fault> {
        let seed = repetition.seed_of(cell);
        let numbers = if repetition.batches { 0..1 } else { repetition.numbers() };
        let count = (numbers.end - numbers.start) as f64;
        let (mut every, mut sums): (Nanos, Vec<Vec<f64>>) = (1, Vec::new());
        for replication in numbers {
            let pilot = simulation::pilot(&cell.scenario, seed, replication, INTERVALS)?;
            every = pilot.every;
            sums.resize_with(pilot.series.len(), Vec::new);
            for (sum, series) in sums.iter_mut().zip(pilot.series) {
                sum.resize(sum.len().max(series.len()), 0.0);
                sum.iter_mut().zip(series).for_each(|(sum, value)| *sum += value / count);
            }
        }
        let cut = sums.iter().map(|series| mser5(series)).max().unwrap_or(0) as u64 * every;
        let counters = cell.scenario.program.counters.iter().map(|counter| format!("{counter}.count"));
        let names = counters.chain(["lock.queue_mean".to_owned()]);
        let series = names.zip(&sums).map(|(name, series)| (name, moving_average(series, window)));
        Ok(Self { every, series: series.collect(), cut })
    }

    /// The figure: a panel for each series, relative to its mean over the second half, where all should be 1.
    pub fn chart(&self) -> Chart {
        let seconds = |intervals: f64| intervals * self.every as f64 / SECOND as f64;
        let mut x = Axis::new("Simulated time (s)", Scale::Linear);
        x.rules = vec![seconds(self.cut as f64 / self.every as f64)];
        let mut chart = Chart::new(Kind::Line, x, Axis::new("Relative to the second half", Scale::Linear));
        for (name, series) in &self.series {
            let half = &series[series.len() / 2..];
            let level = half.iter().sum::<f64>() / half.len() as f64;
            let points =
                series.iter().enumerate().map(|(at, value)| Point::new(seconds(at as f64 + 0.5), value / level));
            // What never happens has no level.
            if level > 0.0 {
                let series = vec![Series::new("", points.collect())];
                chart.panels.push(Panel { title: name.clone(), series, ..Panel::default() });
            }
        }
        chart
    }
}
