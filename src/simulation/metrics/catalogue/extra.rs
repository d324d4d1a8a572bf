//! Metrics of the lock that only those runs have in which they are asked for, in parts that are measured together.

use super::context::Context;
use super::{Entry, Spread};
use crate::simulation::Extras;
use crate::simulation::measure::extras::LockExtras;
use crate::statistics::Distribution;
use crate::statistics::fairness::{jain, max_over_min, relative_deviation, weighted_jain};

/// A part.
pub(in crate::simulation) struct Extra {
    /// What asks for it.
    pub(in crate::simulation) asked: fn(&mut Extras) -> &mut bool,
    /// Its distribution, if it has one.
    pub(in crate::simulation) spread: Option<(Spread, OfLock)>,
    /// Metrics beside the quantiles of that.
    pub(in crate::simulation) entries: &'static [Entry<Context>],
}

/// Where a lock has a distribution.
type OfLock = fn(&LockExtras) -> Option<&Distribution>;

impl Extra {
    /// Whether it is asked for.
    pub(in crate::simulation) fn is_in(&self, mut extras: Extras) -> bool {
        *(self.asked)(&mut extras)
    }
}

/// All parts, in the order of the results.
pub(in crate::simulation) const EXTRAS: [Extra; 11] = [
    Extra { asked: |extras| &mut extras.windows, spread: None, entries: &WINDOWS },
    Extra { asked: |extras| &mut extras.holds, spread: Some((HOLD, |lock| lock.holds.as_ref())), entries: &[] },
    Extra {
        asked: |extras| &mut extras.bypasses,
        spread: Some((BYPASS, |lock| lock.bypasses.as_ref().map(|bypasses| &bypasses.counts))),
        entries: &[],
    },
    Extra {
        asked: |extras| &mut extras.admissions,
        spread: Some((RETURN, |lock| lock.admissions.as_ref().map(|admissions| &admissions.returns))),
        entries: &ADMISSIONS,
    },
    Extra {
        asked: |extras| &mut extras.drops,
        spread: Some((DROP_DELAY, |lock| lock.drops.as_ref().map(|drops| &drops.delays))),
        entries: &DROPS,
    },
    Extra { asked: |extras| &mut extras.nodes, spread: None, entries: &NODES },
    Extra { asked: |extras| &mut extras.parks, spread: None, entries: &PARKS },
    Extra { asked: |extras| &mut extras.shares, spread: None, entries: &SHARES },
    Extra { asked: |extras| &mut extras.preemptions, spread: None, entries: &PREEMPTIONS },
    Extra { asked: |extras| &mut extras.herds, spread: None, entries: &HERDS },
    Extra { asked: |extras| &mut extras.batches, spread: None, entries: &BATCHES },
];

const WINDOWS: [Entry<Context>; 3] = [
    Entry {
        name: "jain_held_1ms",
        text: "Jain's index of hold times in windows of 1 ms, among the threads that wanted the lock in the window; mean \
               over the windows in which two wanted it and one had it",
        value: |run| run.window_jain(0),
    },
    Entry { name: "jain_held_10ms", text: "the same in windows of 10 ms", value: |run| run.window_jain(1) },
    Entry { name: "jain_held_100ms", text: "the same in windows of 100 ms", value: |run| run.window_jain(2) },
];

const HOLD: Spread =
    Spread { name: "hold", text: "quantiles of the time from acquire to release", unit: "_us", divisor: 1e3 };

const BYPASS: Spread = Spread {
    name: "bypass",
    text: "quantiles of how often a waiter was overtaken: acquisitions, during its wait, by threads that asked after it",
    unit: "",
    divisor: 1.0,
};

const RETURN: Spread = Spread {
    name: "return",
    text: "quantiles of how many acquisitions later a thread took the lock again; the median is the MTTR (Dice)",
    unit: "",
    divisor: 1.0,
};

const ADMISSIONS: [Entry<Context>; 1] = [Entry {
    name: "lws_mean",
    text: "lock working set (Dice): distinct threads among a thousand acquisitions, mean over windows",
    value: |run| {
        let admissions = run.extras().filter_map(|lock| lock.admissions.as_ref());
        let sum = admissions.fold((0, 0), |sum, lock| (sum.0 + lock.distinct_sum, sum.1 + lock.windows));
        sum.0 as f64 / sum.1 as f64
    },
}];

const DROP_DELAY: Spread = Spread {
    name: "drop_delay",
    text: "quantiles of the safe-point delay: the time from a request to drop the lock until the holder dropped it at a \
           check point",
    unit: "_us",
    divisor: 1e3,
};

const DROPS: [Entry<Context>; 1] = [Entry {
    name: "drops_honoured",
    text: "drop requests that the holder obeyed at a check point; the others found the lock released before",
    value: |run| {
        run.extras().filter_map(|lock| lock.drops.as_ref()).map(|drops| drops.delays.count()).sum::<u64>() as f64
    },
}];

const NODES: [Entry<Context>; 3] = [
    Entry {
        name: "handoffs_local",
        text: "hand-offs to another thread on the same NUMA node: where it runs, or ran before it fell asleep",
        value: |run| run.between_nodes().0 as f64,
    },
    Entry {
        name: "handoffs_remote",
        text: "hand-offs to a thread on another node",
        value: |run| run.between_nodes().1 as f64,
    },
    Entry {
        name: "handoffs_local_share",
        text: "share of the hand-offs to another thread that stayed on a node",
        value: |run| {
            let (local, remote) = run.between_nodes();
            local as f64 / (local + remote) as f64
        },
    },
];

const PARKS: [Entry<Context>; 1] = [Entry {
    name: "parks",
    text: "how often a thread fell asleep for the lock",
    value: |run| run.of_extras(|lock| lock.parks),
}];

const PREEMPTIONS: [Entry<Context>; 3] = [
    Entry {
        name: "preemptions",
        text: "lock-holder preemptions: how often a holder lost its core",
        value: |run| run.of_extras(|lock| lock.preemptions),
    },
    Entry {
        name: "preempted_s",
        text: "time lost by them: that in which a holder, having run with the lock, had no core, summed over locks",
        value: |run| run.locks(|lock| lock.time.idle_held) / 1e9,
    },
    Entry {
        name: "preemption_mean_us",
        text: "mean time lost by one of them",
        value: |run| run.locks(|lock| lock.time.idle_held) / run.of_extras(|lock| lock.preemptions) / 1e3,
    },
];

const HERDS: [Entry<Context>; 2] = [
    Entry {
        name: "woken_per_release_mean",
        text: "thundering herds: mean number of threads woken for the lock from one release to the next, over releases \
               after which one was",
        value: |run| run.of_extras(|lock| lock.herds.sum) / run.of_extras(|lock| lock.herds.count),
    },
    Entry {
        name: "woken_per_release_max",
        text: "the most threads woken from one release to the next",
        value: |run| run.extras().map(|lock| lock.herds.largest).max().unwrap_or(0) as f64,
    },
];

const BATCHES: [Entry<Context>; 3] = [
    Entry {
        name: "delegated_share",
        text: "combiner share, of locks that delegate (`combining`, `rcl`, `ffwd`): share of the sections that a combiner or a \
               server did for another thread",
        value: |run| run.of_extras(|lock| lock.batches.delegated) / run.of_extras(|lock| lock.batches.sections),
    },
    Entry {
        name: "batch_mean",
        text: "batch length of such locks: mean number of sections that one combiner did in a row, its own included, or the \
               server before it had nothing to do",
        value: |run| run.of_extras(|lock| lock.batches.sections) / run.of_extras(|lock| lock.batches.count),
    },
    Entry {
        name: "batch_max",
        text: "the most sections in such a batch",
        value: |run| run.extras().map(|lock| lock.batches.longest).max().unwrap_or(0) as f64,
    },
];

const SHARES: [Entry<Context>; 8] = [
    Entry {
        name: "rsd_acquisitions",
        text: "relative standard deviation of the acquisitions of the threads that wanted the lock (RSTDDEV of Dice)",
        value: |run| relative_deviation(&run.shares(|thread| thread.acquisitions)),
    },
    Entry {
        name: "rsd_held",
        text: "relative standard deviation of the times that they held it",
        value: |run| relative_deviation(&run.shares(|thread| thread.held)),
    },
    Entry {
        name: "max_over_min_acquisitions",
        text: "the most acquisitions of one of them over the fewest; infinite if one had none",
        value: |run| max_over_min(&run.shares(|thread| thread.acquisitions)),
    },
    Entry {
        name: "max_over_min_held",
        text: "the longest time that one of them held it, over the shortest",
        value: |run| max_over_min(&run.shares(|thread| thread.held)),
    },
    Entry {
        name: "jain_held_weighted",
        text: "Jain's index of the times that they held it over their weights",
        value: |run| weighted_jain(&run.shares(|thread| thread.held), &run.weights()),
    },
    Entry {
        name: "jain_opportunity",
        text: "Jain's index of their lock opportunity times (LOT of u-SCL): the time that a thread held the lock, and all \
               time in which the lock was free",
        value: |run| jain(&run.opportunities()),
    },
    Entry {
        name: "opportunity_min_s",
        text: "the lock opportunity time of the thread that had least",
        value: |run| run.opportunities().into_iter().reduce(f64::min).unwrap_or(f64::NAN),
    },
    Entry {
        name: "opportunity_max_s",
        text: "the lock opportunity time of the thread that had most",
        value: |run| run.opportunities().into_iter().reduce(f64::max).unwrap_or(f64::NAN),
    },
];
