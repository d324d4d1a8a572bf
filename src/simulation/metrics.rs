//! The metrics of a run: names, definitions, units and values, all in the tables of [`catalogue`].
//!
//! The unit stands at the end of a name (`_s`, `_us`, `_per_s`); a `_share` or an index has none, nor has a count. Rates
//! and shares refer to the measured time: from the end of the warm-up to the end of the run, or to a batch of it.
//!
//! Metrics come in the order of the tables: run, counters, locks, attribution, cores, groups of threads, then controls
//! (`drawn.rs`). Some are measured only if they are asked for ([`Extras`]). Those that are quantiles say of which distributions they are, so that
//! several runs can be put together before a quantile is taken.

pub mod catalogue;

use std::ops::Range;

use super::attribution::Attribution;
use super::drawn;
use super::measure::Measures;
use super::measure::lives::Births;
use super::outcome::{End, Metric};
use super::thread::State;
use super::{Extras, Scenario, Threshold, WarmUp};
use crate::kernel::Nanos;
use crate::statistics::Distribution;
use crate::workload::ObjectKind;

use self::catalogue::{
    ATTRIBUTION, BIRTH, CORE, COUNTER, Context, ENERGY, EXTRAS, Entry, GATE, GROUP, LOCK, RUN, SHARES, Spread, THREAD,
};

/// A metric that is a quantile.
#[derive(Debug, Clone, PartialEq)]
pub struct Quantile {
    /// Its place among the metrics.
    pub metric: usize,
    /// The distributions that are put together, by their place in [`Outcome::distributions`](super::Outcome).
    pub parts: Range<usize>,
    /// The share of values at or below it; 1 is the largest.
    pub share: f64,
    /// What the values of the distribution are divided by.
    pub divisor: f64,
}

impl Quantile {
    /// Its value in distributions that have been put together; NaN if there are no values.
    pub fn value(&self, distribution: &Distribution) -> f64 {
        distribution.quantile(self.share).map_or(f64::NAN, |value| value as f64 / self.divisor)
    }
}

/// What the names of a group's times end in, a time for each state: they sum to the time of all its threads.
pub fn states() -> impl Iterator<Item = &'static str> {
    State::NAMED.into_iter().map(|(_, suffix)| suffix)
}

/// Collects metrics under their names.
struct Table<'s> {
    metrics: Vec<Metric>,
    quantiles: Vec<Quantile>,
    thresholds: &'s [Threshold],
}

impl Table<'_> {
    fn add(&mut self, name: impl Into<String>, value: f64) {
        self.metrics.push(Metric { name: name.into(), value });
    }

    fn add_all<T>(&mut self, prefix: &str, entries: &[Entry<T>], context: &T) {
        for entry in entries {
            self.add(format!("{prefix}.{}", entry.name), (entry.value)(context));
        }
    }

    /// Adds the quantiles of what some distributions are together.
    fn add_quantiles(&mut self, prefix: &str, spread: &Spread, distributions: &[Distribution], parts: Range<usize>) {
        let mut sum = Distribution::default();
        let whole = match &distributions[parts.clone()] {
            [one] => one,
            several => {
                for part in several {
                    sum.add(part);
                }
                &sum
            }
        };
        for &(name, share) in &SHARES {
            let metric = self.metrics.len();
            let quantile = Quantile { metric, parts: parts.clone(), share, divisor: spread.divisor };
            self.add(format!("{prefix}.{}_{name}{}", spread.name, spread.unit), quantile.value(whole));
            self.quantiles.push(quantile);
        }
        let name = format!("{prefix}.{}", spread.name);
        for threshold in self.thresholds.iter().filter(|threshold| threshold.of == name) {
            let over = whole.count_above(threshold.time) as f64;
            self.add(threshold.metric(), over);
            self.add(format!("{}_share", threshold.metric()), over / whole.count() as f64);
        }
    }
}

/// What a run, or a batch of it, gives: its metrics, and the distributions behind those that are quantiles.
pub(super) struct Measured {
    pub(super) metrics: Vec<Metric>,
    pub(super) distributions: Vec<Distribution>,
}

/// The names of the metrics of a scenario, in their order.
pub(super) fn names(scenario: &Scenario) -> Vec<String> {
    empty(scenario).metrics.into_iter().map(|metric| metric.name).collect()
}

/// Those metrics of a scenario that are quantiles.
pub(super) fn quantiles(scenario: &Scenario) -> Vec<Quantile> {
    empty(scenario).quantiles
}

/// The names of what thresholds can be of: waits and latencies.
pub fn thresholds(scenario: &Scenario) -> Vec<String> {
    let of_lock = EXTRAS.iter().filter_map(|extra| extra.spread.as_ref()).map(|(spread, _)| spread);
    let of_lock = of_lock.chain([&catalogue::WAIT]).filter(|spread| spread.unit == catalogue::TIME);
    let waits = scenario.program.threads.iter().map(|group| format!("{}.{}", group.name, catalogue::GROUP_WAIT.name));
    let latencies = scenario.program.counters.iter().map(|counter| format!("{counter}.{}", catalogue::LATENCY.name));
    waits.chain(latencies).chain(of_lock.map(|spread| format!("lock.{}", spread.name))).collect()
}

/// The names of the distributions of a scenario, in their order.
pub(super) fn distribution_names(scenario: &Scenario) -> Vec<String> {
    let Scenario { program, extras, .. } = scenario;
    let waits = program.threads.iter().map(|group| format!("{}.{}", group.name, catalogue::GROUP_WAIT.name));
    let latencies = program.counters.iter().map(|counter| format!("{counter}.{}", catalogue::LATENCY.name));
    let asked = EXTRAS.iter().filter(|extra| extra.is_in(*extras)).filter_map(|extra| extra.spread.as_ref());
    waits.chain(latencies).chain(asked.map(|(spread, _)| format!("lock.{}", spread.name))).collect()
}

/// The table of a run in which nothing happened.
fn empty(scenario: &Scenario) -> Table<'_> {
    let Scenario { program, extras, .. } = scenario;
    let mut measures = Measures::new((program.threads.len(), program.counters.len()), 0, 0, *extras);
    table(scenario, &mut measures, &End::Finished, 0, 0).0
}

/// What a run, or a batch of it, gives that ended at `now` with `cores` cores; the distributions are taken out of the
/// measures.
pub(super) fn measured(scenario: &Scenario, measures: &mut Measures, end: &End, now: Nanos, cores: usize) -> Measured {
    let (table, distributions) = table(scenario, measures, end, now, cores);
    Measured { metrics: table.metrics, distributions }
}

fn table<'s>(
    scenario: &'s Scenario,
    measures: &mut Measures,
    end: &End,
    now: Nanos,
    cores: usize,
) -> (Table<'s>, Vec<Distribution>) {
    let distributions = distributions(measures, scenario.extras);
    let (groups, counters) = (measures.groups.len(), measures.counters.len());
    let attribution = Attribution::of(measures).unwrap_or_default();
    let measured = std::mem::take(measures);
    let wall = if scenario.limits.batches > 1 { now - measured.from } else { now };
    let deadlock = matches!(end, End::Deadlock(_));
    let weights_milli = scenario.program.threads.iter().map(|group| group.weight_milli).collect();
    let power = scenario.machine.power;
    let is_gate = |kind: ObjectKind| matches!(kind, ObjectKind::ReadersWriters(_));
    let gate_count = scenario.program.objects.iter().filter(|object| is_gate(object.kind)).count();
    let context =
        Context { measures: measured, deadlock, wall, now, cores, attribution, power, weights_milli, gate_count };
    let thresholds = &scenario.thresholds;
    let mut table = Table { metrics: Vec::with_capacity(128), quantiles: Vec::new(), thresholds };

    table.add_all("run", &RUN, &context);
    if let WarmUp::Auto(end) = scenario.limits.warm_up {
        table.add("run.warm_up_s", catalogue::seconds(end));
    }
    for (index, name) in scenario.program.counters.iter().enumerate() {
        table.add_all(name, &COUNTER, &context.counted(index));
        table.add_quantiles(name, &catalogue::LATENCY, &distributions, groups + index..groups + index + 1);
    }
    for family in LOCK {
        table.add_all("lock", family, &context);
    }
    table.add_quantiles("lock", &catalogue::WAIT, &distributions, 0..groups);
    lock_extras(&mut table, scenario.extras, &context, &distributions, groups + counters);
    table.add_all("attribution", &ATTRIBUTION, &context);
    table.add_all("core", &CORE, &context);
    if power.is_some() {
        table.add_all("core", &ENERGY, &context);
    }
    table.add("interpreter.world_stops", context.measures.world_stops as f64);
    if gate_count > 0 {
        table.add_all("rwlock", &GATE, &context);
    }
    if scenario.extras.progress {
        table.add_all("thread", &THREAD, &context);
    }
    let births = context.measures.lives.iter().filter(|_| scenario.extras.births).map(|lives| &lives.births);
    let births: Vec<&Births> = births.flatten().collect();
    for (index, (group, measures)) in scenario.program.threads.iter().zip(&context.measures.groups).enumerate() {
        table.add_all(&group.name, &GROUP, measures);
        table.add_quantiles(&group.name, &catalogue::GROUP_WAIT, &distributions, index..index + 1);
        if let Some(births) = births.get(index) {
            table.add_all(&group.name, &BIRTH, births);
        }
    }
    if scenario.extras.controls {
        let values = context.measures.excesses.iter().copied().chain(std::iter::repeat(f64::NAN));
        drawn::names(scenario).into_iter().zip(values).for_each(|(name, value)| table.add(name, value));
    }
    *measures = context.measures;
    (table, distributions)
}

/// What is measured only if it is asked for.
fn lock_extras(table: &mut Table, extras: Extras, context: &Context, distributions: &[Distribution], first: usize) {
    let mut next = first;
    for extra in EXTRAS.iter().filter(|extra| extra.is_in(extras)) {
        if let Some((spread, _)) = &extra.spread {
            table.add_quantiles("lock", spread, distributions, next..next + 1);
            next += 1;
        }
        table.add_all("lock", extra.entries, context);
    }
}

impl Extras {
    /// Asks for what it takes to know a metric, or a distribution of which metrics are quantiles.
    pub fn ask_for(&mut self, metric: &str) {
        let Some((of, name)) = metric.rsplit_once('.') else { return };
        self.progress |= of == "thread" && THREAD.iter().any(|entry| entry.name == name);
        self.births |= BIRTH.iter().any(|entry| entry.name == name);
        let Some(metric) = metric.strip_prefix("lock.") else { return };
        for extra in &EXTRAS {
            let of_spread = extra.spread.as_ref().is_some_and(|(spread, _)| {
                let quantile = |(share, _): &(&str, f64)| format!("{}_{share}{}", spread.name, spread.unit) == metric;
                spread.name == metric || SHARES.iter().any(quantile)
            });
            *(extra.asked)(self) |= of_spread || extra.entries.iter().any(|entry| entry.name == metric);
        }
    }
}

/// Takes the distributions out of the measures: the waits of each group, the latencies of each counter, then what was
/// asked for, over all locks.
fn distributions(measures: &mut Measures, extras: Extras) -> Vec<Distribution> {
    let waits = measures.groups.iter_mut().map(|group| std::mem::take(&mut group.waits));
    let latencies = measures.counters.iter_mut().map(|counter| std::mem::take(&mut counter.latency));
    let mut all: Vec<Distribution> = waits.chain(latencies).collect();
    for (_, of_lock) in EXTRAS.iter().filter(|extra| extra.is_in(extras)).filter_map(|extra| extra.spread.as_ref()) {
        let mut sum = Distribution::default();
        let locks = measures.locks.iter().filter_map(|lock| of_lock(lock.extras.as_deref()?));
        locks.for_each(|distribution| sum.add(distribution));
        all.push(sum);
    }
    all
}
