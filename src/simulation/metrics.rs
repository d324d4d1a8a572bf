//! The metrics of a run: names, definitions and units.
//!
//! Rates and shares refer to the measured time: from the end of the warm-up to the end of the run.
//!
//! | metric | definition |
//! |---|---|
//! | `run.wall_s` | simulated time from the start to the end of the run |
//! | `run.warm_up_s` | simulated time at which the warm-up ended, where it was found (`warm_up = "auto"`) |
//! | `run.deadlock` | 1 if the run ended in a deadlock, else 0 |
//! | `C.count`, `C.rate_per_s` | how often counter C advanced, and that a second |
//! | `C.latency_*_us` | time from the start of C's clock to its advance |
//! | `lock.acquisitions_per_s` | how often a lock was taken |
//! | `lock.contended_share` | share of acquisitions that had to wait |
//! | `lock.held_share` | share of the time in which a lock was held, mean over locks |
//! | `lock.preempted_share` | share of the time in which a holder had no core |
//! | `lock.handoff_share` | share of the time in which a lock was free while threads waited |
//! | `lock.wait_mean_us` | wait from request to acquire, over all acquisitions |
//! | `lock.wait_p50_us` … `lock.wait_max_us` | the same over acquisitions that had to wait |
//! | `lock.queue_mean` | time average of the number of waiters |
//! | `lock.switches_voluntary`, `lock.switches_forced` | acquisitions by another thread than the last, by how that one released |
//! | `lock.checks` | check points passed while the lock was interrupted |
//! | `lock.drop_requests` | requests to drop the lock |
//! | `lock.wake_ups`, `lock.wake_calls_empty` | wake calls that woke a thread, and that found none asleep |
//! | `lock.wake_calls_per_s` | both kinds of wake calls a second |
//! | `lock.wasted_wake_ups` | threads woken that found the lock taken |
//! | `core.useful_share` … `core.idle_share` | shares of core time: Python and native code, overhead, spinning, switching, idle |
//! | `core.context_switches`, `core.migrations`, `core.preemptions` | counts |
//! | `interpreter.world_stops` | stops of the world |
//! | `G.python_s` … `G.object_wait_s` | time that the threads of group G spent in each state |
//! | `G.work_s` | work done by them, in seconds at speed 1 |
//! | `G.acquisitions` | how often they got the lock |
//! | `G.wait_*_us` | their waits for the lock, over acquisitions that had to wait |

use hdrhistogram::Histogram;

use super::measure::{Durations, LockMeasures, Measures};
use super::outcome::{End, Metric};
use super::thread::State;
use super::{Scenario, WarmUp};
use crate::kernel::Nanos;

/// Quantiles given for waits and latencies.
const QUANTILES: [(&str, f64); 4] = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p999", 0.999)];

/// What the names of a group's times end in, a time for each state: they sum to the time of all its threads.
pub fn states() -> impl Iterator<Item = &'static str> {
    State::NAMED.into_iter().map(|(_, suffix)| suffix)
}

/// Collects metrics under their names.
struct Table(Vec<Metric>);

impl Table {
    fn add(&mut self, name: impl Into<String>, value: f64) {
        self.0.push(Metric { name: name.into(), value });
    }

    fn add_quantiles(&mut self, prefix: &str, durations: &Durations) {
        let microseconds = |value: u64| if durations.is_empty() { f64::NAN } else { value as f64 / 1e3 };
        for (name, quantile) in QUANTILES {
            self.add(format!("{prefix}_{name}_us"), microseconds(durations.value_at_quantile(quantile)));
        }
        self.add(format!("{prefix}_max_us"), microseconds(durations.max()));
    }
}

/// The names of the metrics of a scenario, in their order.
pub(super) fn names(scenario: &Scenario) -> Vec<String> {
    let nothing = Measures::new(scenario.program.threads.len(), scenario.program.counters.len(), 0);
    table(scenario, &nothing, &End::Finished, 0, 0).into_iter().map(|metric| metric.name).collect()
}

/// The metrics of a run that ended at `now` with `cores` cores.
pub(super) fn table(scenario: &Scenario, measures: &Measures, end: &End, now: Nanos, cores: usize) -> Vec<Metric> {
    let mut table = Table(Vec::with_capacity(64));
    let seconds = seconds(now - measures.from);
    table.add("run.wall_s", self::seconds(now));
    table.add("run.deadlock", f64::from(u8::from(matches!(end, End::Deadlock(_)))));
    if let WarmUp::Auto(end) = scenario.limits.warm_up {
        table.add("run.warm_up_s", self::seconds(end));
    }
    counters(&mut table, scenario, measures, seconds);
    locks(&mut table, measures, seconds);
    cores_of(&mut table, measures, seconds * cores as f64);
    groups(&mut table, scenario, measures);
    table.0
}

fn counters(table: &mut Table, scenario: &Scenario, measures: &Measures, seconds: f64) {
    for (name, counter) in scenario.program.counters.iter().zip(&measures.counters) {
        table.add(format!("{name}.count"), counter.count as f64);
        table.add(format!("{name}.rate_per_s"), counter.count as f64 / seconds);
        table.add(format!("{name}.latency_mean_us"), counter.latency_sum as f64 / counter.count as f64 / 1e3);
        table.add_quantiles(&format!("{name}.latency"), &counter.latency);
    }
}

fn locks(table: &mut Table, measures: &Measures, seconds: f64) {
    let sum = |value: fn(&LockMeasures) -> u64| measures.locks.iter().map(value).sum::<u64>() as f64;
    let lock_seconds = seconds * measures.locks.len() as f64;
    let acquisitions = sum(|lock| lock.acquisitions);
    let preempted: Nanos = measures.groups.iter().map(|group| group.states[State::Preempted as usize]).sum();
    table.add("lock.acquisitions_per_s", acquisitions / seconds);
    table.add("lock.contended_share", sum(|lock| lock.contended) / acquisitions);
    table.add("lock.held_share", sum(|lock| lock.held) / 1e9 / lock_seconds);
    table.add("lock.preempted_share", self::seconds(preempted) / lock_seconds);
    table.add("lock.handoff_share", sum(|lock| lock.handoff) / 1e9 / lock_seconds);
    let waited: u128 = measures.locks.iter().map(|lock| lock.waited).sum();
    let queue: u128 = measures.locks.iter().map(|lock| lock.queue).sum();
    table.add("lock.wait_mean_us", waited as f64 / acquisitions / 1e3);
    let mut waits: Durations = Histogram::new(3).expect("three significant digits are within the histogram's range");
    for group in &measures.groups {
        waits.add(&group.waits).expect("both histograms grow as needed");
    }
    table.add_quantiles("lock.wait", &waits);
    table.add("lock.queue_mean", queue as f64 / 1e9 / seconds);
    table.add("lock.switches_voluntary", sum(|lock| lock.switches_voluntary));
    table.add("lock.switches_forced", sum(|lock| lock.switches_forced));
    table.add("lock.checks", sum(|lock| lock.checks));
    table.add("lock.drop_requests", sum(|lock| lock.drop_requests));
    table.add("lock.wake_ups", sum(|lock| lock.wake_ups));
    table.add("lock.wake_calls_empty", sum(|lock| lock.wake_calls_empty));
    table.add("lock.wake_calls_per_s", (sum(|lock| lock.wake_ups) + sum(|lock| lock.wake_calls_empty)) / seconds);
    table.add("lock.wasted_wake_ups", sum(|lock| lock.wasted_wake_ups));
}

fn cores_of(table: &mut Table, measures: &Measures, core_seconds: f64) {
    let cores = &measures.cores;
    for (name, time) in [
        ("core.useful_share", cores.useful),
        ("core.overhead_share", cores.overhead),
        ("core.spinning_share", cores.spinning),
        ("core.switching_share", cores.switching),
        ("core.idle_share", cores.idle),
    ] {
        table.add(name, seconds(time) / core_seconds);
    }
    table.add("core.context_switches", cores.context_switches as f64);
    table.add("core.migrations", cores.migrations as f64);
    table.add("core.preemptions", cores.preemptions as f64);
    table.add("interpreter.world_stops", measures.world_stops as f64);
}

fn groups(table: &mut Table, scenario: &Scenario, measures: &Measures) {
    for (group, measures) in scenario.program.threads.iter().zip(&measures.groups) {
        let name = &group.name;
        for (state, suffix) in State::NAMED {
            table.add(format!("{name}.{suffix}"), seconds(measures.states[state as usize]));
        }
        table.add(format!("{name}.work_s"), seconds(measures.work));
        table.add(format!("{name}.acquisitions"), measures.acquisitions as f64);
        table.add_quantiles(&format!("{name}.wait"), &measures.waits);
    }
}

fn seconds(time: Nanos) -> f64 {
    time as f64 / 1e9
}
