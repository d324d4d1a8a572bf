//! Metrics of threads, each by itself.

use super::context::Context;
use super::{Entry, seconds};
use crate::simulation::measure::lives::{Account, Births};
use crate::statistics::fairness::{gini, jain};

/// What all threads get done, measured only if it is asked for.
pub(in crate::simulation) const THREAD: [Entry<Context>; 9] = [
    Entry {
        name: "jain_cpu",
        text: "CPU fairness: Jain's index of the times in which threads used a core, over all threads that lived (those that \
               came one after another in the same place count once)",
        value: |run| jain(&run.accounts(|thread| thread.ran)),
    },
    Entry {
        name: "gini_cpu",
        text: "Gini coefficient of these times",
        value: |run| gini(&run.accounts(|thread| thread.ran)),
    },
    Entry {
        name: "cpu_min_s",
        text: "the shortest of these times",
        value: |run| run.extreme_s(|thread| thread.ran, f64::min),
    },
    Entry {
        name: "cpu_max_s",
        text: "the longest of these times",
        value: |run| run.extreme_s(|thread| thread.ran, f64::max),
    },
    Entry {
        name: "jain_work",
        text: "progress fairness: Jain's index of the work that they did, in Python and native code",
        value: |run| jain(&run.accounts(|thread| thread.work)),
    },
    Entry {
        name: "gini_work",
        text: "Gini coefficient of that work",
        value: |run| gini(&run.accounts(|thread| thread.work)),
    },
    Entry {
        name: "work_min_s",
        text: "the least work of one of them, in seconds at speed 1",
        value: |run| run.extreme_s(|thread| thread.work, f64::min),
    },
    Entry {
        name: "work_max_s",
        text: "the most work of one of them, in seconds at speed 1",
        value: |run| run.extreme_s(|thread| thread.work, f64::max),
    },
    Entry {
        name: "without_progress",
        text: "threads that lived and did no work",
        value: |run| run.accounts(|thread| thread.work).iter().filter(|&&work| work == 0.0).count() as f64,
    },
];

/// How the threads of a group start, measured only if it is asked for.
pub(in crate::simulation) const BIRTH: [Entry<Births>; 5] = [
    Entry {
        name: "creation_mean_us",
        text: "creation latency: mean time from when another thread began to start a thread of group G, or its process, until it \
               ran its own code for the first time; from its beginning where nobody started it",
        value: |births| births.latency_sum as f64 / births.ready.len() as f64 / 1e3,
    },
    Entry {
        name: "creation_max_us",
        text: "the longest of these times",
        value: |births| if births.ready.is_empty() { f64::NAN } else { births.latency_max as f64 / 1e3 },
    },
    Entry {
        name: "ready_first_s",
        text: "start-up ramp: simulated time, warm-up included, at which the first thread of group G ran its own code",
        value: |births| births.ready_at(0.0).map_or(f64::NAN, seconds),
    },
    Entry {
        name: "ready_half_s",
        text: "the same for half of those that began",
        value: |births| births.ready_at(0.5).map_or(f64::NAN, seconds),
    },
    Entry {
        name: "ready_all_s",
        text: "the same for all of those that began",
        value: |births| births.ready_at(1.0).map_or(f64::NAN, seconds),
    },
];

impl Context {
    /// What the threads that lived have got done.
    fn accounts(&self, what: fn(&Account) -> u64) -> Vec<f64> {
        let accounts = self.measures.lives.iter().flat_map(|lives| &lives.accounts);
        accounts.filter(|account| account.lived > 0).map(|account| what(account) as f64).collect()
    }

    /// The one of these times that `choose` prefers to all others.
    fn extreme_s(&self, what: fn(&Account) -> u64, choose: fn(f64, f64) -> f64) -> f64 {
        self.accounts(what).into_iter().reduce(choose).unwrap_or(f64::NAN) / 1e9
    }
}
