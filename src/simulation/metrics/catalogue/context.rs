//! What metrics are computed from.

use super::seconds;
use crate::kernel::Nanos;
use crate::machine::Power;
use crate::simulation::attribution::Attribution;
use crate::simulation::measure::extras::LockExtras;
use crate::simulation::measure::lock::{Gaps, HandOff, LockMeasures};
use crate::simulation::measure::{CoreMeasures, CounterMeasures, Measures, ThreadShare};

/// What metrics are computed from.
pub(in crate::simulation) struct Context {
    pub(in crate::simulation) measures: Measures,
    pub(in crate::simulation) deadlock: bool,
    pub(in crate::simulation) wall: Nanos,
    pub(in crate::simulation) now: Nanos,
    pub(in crate::simulation) cores: usize,
    pub(in crate::simulation) attribution: Attribution,
    /// What a core draws.
    pub(in crate::simulation) power: Option<Power>,
    /// The weight of each group of threads, in thousandths.
    pub(in crate::simulation) weights_milli: Vec<u64>,
    /// How many readers-writers locks the program has.
    pub(in crate::simulation) gate_count: usize,
}

/// What a counter has counted in so many seconds.
pub(in crate::simulation) struct Counted {
    pub(super) count: u64,
    pub(super) latency_sum: u128,
    pub(super) seconds: f64,
}

impl Context {
    pub(super) fn seconds(&self) -> f64 {
        seconds(self.now - self.measures.from)
    }

    pub(in crate::simulation) fn counted(&self, counter: usize) -> Counted {
        let CounterMeasures { count, latency_sum, .. } = self.measures.counters[counter];
        Counted { count, latency_sum, seconds: self.seconds() }
    }

    /// A count, summed over all locks.
    pub(super) fn locks(&self, count: fn(&LockMeasures) -> u64) -> f64 {
        self.measures.locks.iter().map(count).sum::<u64>() as f64
    }

    /// A time as a share of that of all locks.
    pub(super) fn lock_share(&self, time: fn(&LockMeasures) -> Nanos) -> f64 {
        self.locks(time) / 1e9 / (self.seconds() * self.measures.locks.len() as f64)
    }

    pub(super) fn core_share(&self, time: Nanos) -> f64 {
        seconds(time) / (self.seconds() * self.cores as f64)
    }

    pub(super) fn gaps(&self, kind: HandOff) -> Gaps {
        self.measures
            .locks
            .iter()
            .map(|lock| lock.hand_offs[kind as usize])
            .fold(Gaps::default(), |sum, gaps| Gaps { count: sum.count + gaps.count, time: sum.time + gaps.time })
    }

    pub(super) fn mean_gap_us(&self, kind: HandOff) -> f64 {
        let gaps = self.gaps(kind);
        gaps.time as f64 / gaps.count as f64 / 1e3
    }

    /// The threads that wanted a lock.
    fn wanting(&self) -> impl Iterator<Item = &ThreadShare> {
        self.measures.threads.iter().filter(|thread| thread.acquisitions > 0 || thread.waits)
    }

    /// The shares of the threads that wanted a lock.
    pub(super) fn shares(&self, share: fn(&ThreadShare) -> u64) -> Vec<f64> {
        self.wanting().map(|thread| share(thread) as f64).collect()
    }

    /// The weights of the threads that wanted a lock.
    pub(super) fn weights(&self) -> Vec<f64> {
        self.wanting().map(|thread| self.weights_milli[thread.group as usize] as f64 / 1e3).collect()
    }

    /// Lock opportunity time of the threads that wanted a lock: in seconds, how long they held it or could have had it.
    pub(super) fn opportunities(&self) -> Vec<f64> {
        let free = |thread: &ThreadShare| {
            let time = &self.measures.locks[thread.lock as usize].time;
            time.unused + time.free_wanted
        };
        self.wanting().map(|thread| seconds(thread.held + free(thread))).collect()
    }

    /// Energy of all cores in joules.
    pub(super) fn energy(&self) -> f64 {
        let Some(Power { active_w, spin_w, idle_w }) = self.power else { return f64::NAN };
        let CoreMeasures { useful, overhead, start_up, switching, spinning, system, idle, .. } = self.measures.cores;
        let active = seconds(useful + overhead + start_up + switching + system);
        active * active_w + seconds(spinning) * spin_w + seconds(idle) * idle_w
    }

    /// What was asked for of each lock.
    pub(super) fn extras(&self) -> impl Iterator<Item = &LockExtras> {
        self.measures.locks.iter().filter_map(|lock| lock.extras.as_deref())
    }

    /// A count of what was asked for, summed over all locks.
    pub(super) fn of_extras(&self, count: fn(&LockExtras) -> u64) -> f64 {
        self.extras().map(count).sum::<u64>() as f64
    }

    /// Hand-offs within a node, and from one to another.
    pub(super) fn between_nodes(&self) -> (u64, u64) {
        let nodes = self.extras().filter_map(|lock| lock.nodes.as_ref());
        nodes.fold((0, 0), |sum, nodes| (sum.0 + nodes.local, sum.1 + nodes.remote))
    }

    /// Jain's index averaged over the windows of a length.
    pub(super) fn window_jain(&self, length: usize) -> f64 {
        let windows = self.extras().filter_map(|lock| lock.windows.as_ref());
        let sums = windows.fold((0, 0), |(jain, count), windows| {
            (jain + windows[length].jain_billionths, count + windows[length].count)
        });
        sums.0 as f64 / sums.1 as f64 / 1e9
    }
}
