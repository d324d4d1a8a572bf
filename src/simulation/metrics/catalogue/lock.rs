//! Metrics of the lock that every run has, in families: its time, hand-offs, convoys, fairness, totals.

use super::context::Context;
use super::{Entry, Spread, seconds};
use crate::simulation::measure::lock::HandOff;
use crate::statistics::fairness::{gini, jain};

/// All of them, in the order of the results.
pub(in crate::simulation) const LOCK: [&[Entry<Context>]; 6] =
    [&TIME, &HAND_OFFS, &SERVICES, &CONVOYS, &FAIRNESS, &TOTALS];

/// Where its time goes, and who queues for it.
const TIME: [Entry<Context>; 15] = [
    Entry {
        name: "acquisitions_per_s",
        text: "how often a lock was taken",
        value: |run| run.locks(|lock| lock.acquisitions) / run.seconds(),
    },
    Entry {
        name: "contended_share",
        text: "contention probability: share of acquisitions that had to wait",
        value: |run| run.locks(|lock| lock.contended) / run.locks(|lock| lock.acquisitions),
    },
    Entry {
        name: "held_share",
        text: "utilisation: share of a lock's time in which a thread held it and had begun to run with it; the sum of \
               the useful, overhead and idle-held shares",
        value: |run| run.lock_share(|lock| lock.time.held()),
    },
    Entry {
        name: "useful_share",
        text: "share of a lock's time in which its holder ran Python code or a C call",
        value: |run| run.lock_share(|lock| lock.time.useful),
    },
    Entry {
        name: "overhead_share",
        text: "share of a lock's time in which its holder paid for services of the operating system or of the lock",
        value: |run| run.lock_share(|lock| lock.time.overhead),
    },
    Entry {
        name: "idle_held_share",
        text: "share of a lock's time in which its holder, having run with it, had no core (lock-holder preemption)",
        value: |run| run.lock_share(|lock| lock.time.idle_held),
    },
    Entry {
        name: "granted_share",
        text: "share of a lock's time in which it had been given to a thread, or was kept for one, that had not run since",
        value: |run| run.lock_share(|lock| lock.time.granted),
    },
    Entry {
        name: "free_wanted_share",
        text: "share of a lock's time in which it was free while threads waited for it",
        value: |run| run.lock_share(|lock| lock.time.free_wanted),
    },
    Entry {
        name: "unused_share",
        text: "share of a lock's time in which it was free and nobody waited",
        value: |run| run.lock_share(|lock| lock.time.unused),
    },
    Entry {
        name: "handoff_share",
        text: "share of a lock's time lost in changing hands: granted or free while waited for",
        value: |run| run.lock_share(|lock| lock.time.granted + lock.time.free_wanted),
    },
    Entry {
        name: "wait_mean_us",
        text: "mean wait from request to acquire, over all acquisitions",
        value: |run| {
            let waited: u128 = run.measures.locks.iter().map(|lock| lock.waited).sum();
            waited as f64 / run.locks(|lock| lock.acquisitions) / 1e3
        },
    },
    Entry {
        name: "hold_mean_us",
        text: "mean time that a thread held it",
        value: |run| run.locks(|lock| lock.time.held()) / run.locks(|lock| lock.acquisitions) / 1e3,
    },
    Entry {
        name: "queue_mean",
        text: "time average of the number of waiters",
        value: |run| {
            let queue: u128 = run.measures.locks.iter().map(|lock| lock.queue).sum();
            queue as f64 / 1e9 / run.seconds()
        },
    },
    Entry {
        name: "queue_max",
        text: "the most threads that waited for one lock at a time",
        value: |run| run.measures.locks.iter().map(|lock| lock.queue_max).max().unwrap_or(0) as f64,
    },
    Entry {
        name: "queue_at_arrival_mean",
        text: "mean number of waiters that a request found",
        value: |run| run.locks(|lock| lock.found_waiting) / run.locks(|lock| lock.requests),
    },
];

/// How it changes hands.
pub(super) const HAND_OFFS: [Entry<Context>; 13] = [
    Entry {
        name: "switches_voluntary",
        text: "acquisitions by another thread than the last, which had released of its own accord",
        value: |run| run.locks(|lock| lock.switches_voluntary),
    },
    Entry {
        name: "switches_forced",
        text: "acquisitions by another thread than the last, which had been made to release",
        value: |run| run.locks(|lock| lock.switches_forced),
    },
    Entry {
        name: "owner_change_share",
        text: "share of acquisitions by another thread than the last",
        value: |run| {
            run.locks(|lock| lock.switches_voluntary + lock.switches_forced) / run.locks(|lock| lock.acquisitions)
        },
    },
    Entry {
        name: "owner_run_mean",
        text: "mean number of acquisitions in a row by the same thread",
        value: |run| run.locks(|lock| lock.owner_run_sum) / run.locks(|lock| lock.owner_runs),
    },
    Entry {
        name: "owner_run_max",
        text: "the most acquisitions in a row by the same thread",
        value: |run| run.measures.locks.iter().map(|lock| lock.owner_run_max).max().unwrap_or(0) as f64,
    },
    Entry {
        name: "handoffs_again",
        text: "hand-offs (acquisitions of a lock that others waited for when it was released) by the releaser itself",
        value: |run| run.gaps(HandOff::Again).count as f64,
    },
    Entry {
        name: "handoffs_barge",
        text: "hand-offs to a thread that was awake when the lock was released, or asked for it later",
        value: |run| run.gaps(HandOff::Barge).count as f64,
    },
    Entry {
        name: "handoffs_wake",
        text: "hand-offs to a thread that was asleep when the lock was released",
        value: |run| run.gaps(HandOff::Wake).count as f64,
    },
    Entry {
        name: "handoffs_direct",
        text: "hand-offs to a waiter to whom the releaser gave the lock",
        value: |run| run.gaps(HandOff::Direct).count as f64,
    },
    Entry {
        name: "gap_again_mean_us",
        text: "mean time from release until the next holder ran, for hand-offs by the releaser itself",
        value: |run| run.mean_gap_us(HandOff::Again),
    },
    Entry {
        name: "gap_barge_mean_us",
        text: "the same for barging threads",
        value: |run| run.mean_gap_us(HandOff::Barge),
    },
    Entry { name: "gap_wake_mean_us", text: "the same for woken threads", value: |run| run.mean_gap_us(HandOff::Wake) },
    Entry {
        name: "gap_direct_mean_us",
        text: "the same for direct hand-offs",
        value: |run| run.mean_gap_us(HandOff::Direct),
    },
];

/// What is asked of the holder and of the operating system.
const SERVICES: [Entry<Context>; 6] = [
    Entry {
        name: "checks",
        text: "check points passed while the lock was interrupted",
        value: |run| run.locks(|lock| lock.checks),
    },
    Entry {
        name: "drop_requests",
        text: "requests to drop the lock",
        value: |run| run.locks(|lock| lock.drop_requests),
    },
    Entry { name: "wake_ups", text: "wake calls that woke a thread", value: |run| run.locks(|lock| lock.wake_ups) },
    Entry {
        name: "wake_calls_empty",
        text: "wake calls that found no thread asleep",
        value: |run| run.locks(|lock| lock.wake_calls_empty),
    },
    Entry {
        name: "wake_calls_per_s",
        text: "both kinds of wake calls a second",
        value: |run| run.locks(|lock| lock.wake_ups + lock.wake_calls_empty) / run.seconds(),
    },
    Entry {
        name: "wasted_wake_ups",
        text: "threads woken that found the lock taken",
        value: |run| run.locks(|lock| lock.wasted_wake_ups),
    },
];

/// Convoys.
const CONVOYS: [Entry<Context>; 6] = [
    Entry {
        name: "convoys",
        text: "convoys: times from one release to another in which every release found a waiter and the lock changed its \
               owner at least as often as its process had threads, so that each left the queue only to queue again",
        value: |run| run.locks(|lock| lock.convoys.count),
    },
    Entry {
        name: "convoy_index",
        text: "share of a lock's time that belonged to a convoy",
        value: |run| run.lock_share(|lock| lock.convoys.time),
    },
    Entry {
        name: "convoy_longest_s",
        text: "the longest convoy",
        value: |run| seconds(run.measures.locks.iter().map(|lock| lock.convoys.longest).max().unwrap_or(0)),
    },
    Entry {
        name: "convoy_onset_s",
        text: "simulated time at which the first convoy began",
        value: |run| {
            let first = run.measures.locks.iter().filter_map(|lock| lock.convoys.onset).min();
            first.map_or(f64::NAN, seconds)
        },
    },
    Entry {
        name: "convoy_recovery_mean_s",
        text: "mean time from the most waiters of a convoy to the release that ended it, for those that ended",
        value: |run| run.locks(|lock| lock.convoys.recovery) / run.locks(|lock| lock.convoys.recovered) / 1e9,
    },
    Entry {
        name: "convoy_queue_max",
        text: "the most waiters in a convoy",
        value: |run| run.measures.locks.iter().map(|lock| lock.convoys.most).max().unwrap_or(0) as f64,
    },
];

/// How evenly it is shared out.
const FAIRNESS: [Entry<Context>; 7] = [
    Entry {
        name: "jain_acquisitions",
        text: "Jain's fairness index of the acquisitions of the threads that wanted the lock: 1 when all are equal, 1/n \
               when one has all",
        value: |run| jain(&run.shares(|thread| thread.acquisitions)),
    },
    Entry {
        name: "jain_held",
        text: "Jain's index of the times that they held it",
        value: |run| jain(&run.shares(|thread| thread.held)),
    },
    Entry {
        name: "gini_acquisitions",
        text: "Gini coefficient of the acquisitions: 0 when all are equal, 1 - 1/n when one has all",
        value: |run| gini(&run.shares(|thread| thread.acquisitions)),
    },
    Entry {
        name: "gini_held",
        text: "Gini coefficient of the times that they held it",
        value: |run| gini(&run.shares(|thread| thread.held)),
    },
    Entry {
        name: "threads_wanting",
        text: "threads that wanted the lock (those that came one after another in the same place count once)",
        value: |run| run.shares(|thread| thread.acquisitions).len() as f64,
    },
    Entry {
        name: "threads_starved",
        text: "threads among them that never got it",
        value: |run| run.shares(|thread| thread.acquisitions).iter().filter(|&&count| count == 0.0).count() as f64,
    },
    Entry {
        name: "wait_unfinished_max_us",
        text: "the longest wait that had not ended when measuring did",
        value: |run| run.measures.threads.iter().map(|thread| thread.waiting_for).max().unwrap_or(0) as f64 / 1e3,
    },
];

/// Sums over the run.
const TOTALS: [Entry<Context>; 4] = [
    Entry {
        name: "requests",
        text: "how often threads asked for the lock",
        value: |run| run.locks(|lock| lock.requests),
    },
    Entry {
        name: "acquisitions",
        text: "how often threads took the lock",
        value: |run| run.locks(|lock| lock.acquisitions),
    },
    Entry {
        name: "held_s",
        text: "time that a lock was held, summed over locks",
        value: |run| run.locks(|lock| lock.time.held()) / 1e9,
    },
    Entry {
        name: "handoff_s",
        text: "time lost in changing hands, summed over locks",
        value: |run| run.locks(|lock| lock.time.granted + lock.time.free_wanted) / 1e9,
    },
];

/// The waits for it.
pub(in crate::simulation) const WAIT: Spread = Spread {
    name: "wait",
    text: "quantiles of the wait from request to acquire, over acquisitions that had to wait",
    unit: "_us",
    divisor: 1e3,
};
