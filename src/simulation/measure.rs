//! What is measured while a run goes on: integer sums, and histograms of waits and latencies.
//!
//! Everything is counted in nanoseconds and whole numbers and turned into seconds and rates once, at the end.
//! [`Measures::reset`] forgets what happened before the end of the warm-up.

use hdrhistogram::Histogram;

use super::thread::State;
use crate::kernel::Nanos;

/// A histogram of durations with three significant digits.
pub(super) type Durations = Histogram<u64>;

fn durations() -> Durations {
    Histogram::new(3).expect("three significant digits are within the histogram's range")
}

/// What is measured of a group of threads.
#[derive(Debug)]
pub(super) struct GroupMeasures {
    /// Time that its threads spent in each state.
    pub(super) states: [Nanos; State::COUNT],
    /// Waits for the interpreter's lock, by those who had to wait.
    pub(super) waits: Durations,
    /// Useful work done: Python code and native code, at speed 1.
    pub(super) work: Nanos,
    /// How often its threads got the lock.
    pub(super) acquisitions: u64,
    /// Slots made for its threads, each with the time at which its account begins.
    pub(super) slots: u64,
}

/// What is measured of a counter.
#[derive(Debug)]
pub(super) struct CounterMeasures {
    pub(super) count: u64,
    pub(super) latency: Durations,
    pub(super) latency_sum: u128,
}

/// What is measured of a lock.
#[derive(Debug, Clone, Default)]
pub(super) struct LockMeasures {
    pub(super) acquisitions: u64,
    pub(super) contended: u64,
    pub(super) held: Nanos,
    /// Time in which nobody held the lock while somebody waited.
    pub(super) handoff: Nanos,
    pub(super) switches_voluntary: u64,
    pub(super) switches_forced: u64,
    pub(super) checks: u64,
    pub(super) drop_requests: u64,
    pub(super) wake_ups: u64,
    pub(super) wake_calls_empty: u64,
    pub(super) wasted_wake_ups: u64,
    /// Sum of all waits, those that go on included, clipped at the end of the warm-up.
    pub(super) waited: u128,
    /// Time integral of the number of waiters.
    pub(super) queue: u128,
}

/// What is measured of the cores.
#[derive(Debug, Clone, Default)]
pub(super) struct CoreMeasures {
    /// Python and native code.
    pub(super) useful: Nanos,
    pub(super) overhead: Nanos,
    pub(super) spinning: Nanos,
    /// Wake-up latencies, context switches and migrations.
    pub(super) switching: Nanos,
    pub(super) idle: Nanos,
    pub(super) context_switches: u64,
    pub(super) migrations: u64,
    pub(super) preemptions: u64,
}

/// Everything measured in a run.
#[derive(Debug)]
pub(super) struct Measures {
    /// When measuring began.
    pub(super) from: Nanos,
    pub(super) groups: Vec<GroupMeasures>,
    pub(super) counters: Vec<CounterMeasures>,
    pub(super) locks: Vec<LockMeasures>,
    pub(super) cores: CoreMeasures,
    pub(super) world_stops: u64,
}

impl Measures {
    pub(super) fn new(groups: usize, counters: usize, locks: usize) -> Self {
        let group =
            |_| GroupMeasures { states: [0; State::COUNT], waits: durations(), work: 0, acquisitions: 0, slots: 0 };
        let counter = |_| CounterMeasures { count: 0, latency: durations(), latency_sum: 0 };
        Self {
            from: 0,
            groups: (0..groups).map(group).collect(),
            counters: (0..counters).map(counter).collect(),
            locks: vec![LockMeasures::default(); locks],
            cores: CoreMeasures::default(),
            world_stops: 0,
        }
    }

    /// Begins anew at `now`; the accounts must have been settled up to then.
    pub(super) fn reset(&mut self, now: Nanos) {
        let slots: Vec<u64> = self.groups.iter().map(|group| group.slots).collect();
        *self = Self { from: now, ..Self::new(self.groups.len(), self.counters.len(), self.locks.len()) };
        for (group, slots) in self.groups.iter_mut().zip(slots) {
            group.slots = slots;
        }
    }

    pub(super) fn record_wait(&mut self, group: u32, wait: Nanos) {
        record(&mut self.groups[group as usize].waits, wait);
    }

    pub(super) fn record_count(&mut self, counter: u32, latency: Nanos) {
        let measures = &mut self.counters[counter as usize];
        measures.count += 1;
        measures.latency_sum += u128::from(latency);
        record(&mut measures.latency, latency);
    }
}

/// The histogram grows as needed; longer than this (146 years) it need not be.
fn record(durations: &mut Durations, value: Nanos) {
    let recorded = durations.record(value.min(1 << 62));
    debug_assert!(recorded.is_ok(), "the histogram grows");
}
