//! Pilot runs: how a run goes along, to find out where its warm-up ends.

use super::engine::{Engine, Event};
use super::fault::Fault;
use super::recorder::{Nothing, Recorder};
use super::{Limits, Scenario, WarmUp};
use crate::kernel::Nanos;

/// How a run went along, in intervals of equal length from its start.
#[derive(Debug, Clone, PartialEq)]
pub struct Pilot {
    /// Length of an interval, in nanoseconds.
    pub every: Nanos,
    /// For each counter how often it advanced in each interval, and for all locks together the mean number of waiters
    /// in each.
    pub series: Vec<Vec<f64>>,
}

/// What has been seen so far: sums at the ends of intervals.
#[derive(Debug)]
pub(super) struct Samples {
    every: Nanos,
    sums: Vec<Vec<u128>>,
}

/// Runs a scenario that has a time limit once, without any warm-up, and looks at it in so many intervals.
///
/// # Errors
/// Those of [`run`](super::run).
pub fn pilot(scenario: &Scenario, seed: u64, replication: u64, intervals: u64) -> Result<Pilot, Fault> {
    let every = (scenario.limits.duration.unwrap_or(0) / intervals.max(1)).max(1);
    let scenario = Scenario { limits: Limits { warm_up: WarmUp::Until(0), ..scenario.limits }, ..scenario.clone() };
    let mut engine = Engine::new(&scenario, seed, replication, Nothing)?;
    engine.queue.push(every, Event::Sample);
    engine.samples = Some(Samples { every, sums: vec![Vec::new(); scenario.program.counters.len() + 1] });
    engine.go();
    let samples = engine.samples.take();
    engine.finish()?;
    let sums = samples.map(|samples| samples.sums).unwrap_or_default();
    let differences = |sums: Vec<u128>| {
        let before = std::iter::once(0).chain(sums.iter().copied()).collect::<Vec<u128>>();
        sums.iter().zip(before).map(|(after, before)| (after - before) as f64).collect::<Vec<f64>>()
    };
    let mut series: Vec<Vec<f64>> = sums.into_iter().map(differences).collect();
    for integral in series.last_mut().into_iter().flatten() {
        *integral /= every as f64;
    }
    Ok(Pilot { every, series })
}

impl<R: Recorder> Engine<'_, R> {
    /// An interval has ended.
    pub(super) fn sample(&mut self) {
        self.settle_accounts();
        let Some(samples) = &mut self.samples else { return };
        let counters = self.measures.counters.iter().map(|counter| u128::from(counter.count));
        let waiters = self.measures.locks.iter().map(|lock| lock.queue).sum::<u128>();
        for (sums, sum) in samples.sums.iter_mut().zip(counters.chain([waiters])) {
            sums.push(sum);
        }
        self.queue.push(self.now.saturating_add(samples.every), Event::Sample);
    }
}
