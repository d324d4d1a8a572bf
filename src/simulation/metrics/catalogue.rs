//! The tables of metrics: what each is called, what it is, and how it comes out of what was measured.
//!
//! `gilsim metrics` prints them, and `docs/metrics.md` is made of them.

use super::super::attribution::Attribution;
use super::super::measure::lock::{Gaps, HandOff, LockMeasures};
use super::super::measure::{CounterMeasures, GroupMeasures, Measures, ThreadShare, extras};
use super::super::thread::State;
use super::Extras;
use crate::kernel::Nanos;
use crate::statistics::fairness::{gini, jain};

/// What metrics are computed from.
pub(super) struct Context {
    pub(super) measures: Measures,
    pub(super) deadlock: bool,
    pub(super) now: Nanos,
    pub(super) cores: usize,
    pub(super) attribution: Attribution,
}

/// What a counter has counted in so many seconds.
pub(super) struct Counted {
    count: u64,
    latency_sum: u128,
    seconds: f64,
}

/// A metric.
pub(super) struct Entry<T> {
    pub(super) name: &'static str,
    pub(super) text: &'static str,
    pub(super) value: fn(&T) -> f64,
}

/// Quantiles of a distribution.
pub(super) struct Spread {
    pub(super) name: &'static str,
    pub(super) text: &'static str,
    pub(super) unit: &'static str,
    /// What values are divided by.
    pub(super) divisor: f64,
}

/// The quantiles that are given of each distribution; the last is the largest value.
pub(super) const SHARES: [(&str, f64); 6] =
    [("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("p999", 0.999), ("max", 1.0)];

/// Nanoseconds as seconds.
pub(super) fn seconds(time: Nanos) -> f64 {
    time as f64 / 1e9
}

impl Context {
    fn seconds(&self) -> f64 {
        seconds(self.now - self.measures.from)
    }

    pub(super) fn counted(&self, counter: usize) -> Counted {
        let CounterMeasures { count, latency_sum, .. } = self.measures.counters[counter];
        Counted { count, latency_sum, seconds: self.seconds() }
    }

    /// A count, summed over all locks.
    fn locks(&self, count: fn(&LockMeasures) -> u64) -> f64 {
        self.measures.locks.iter().map(count).sum::<u64>() as f64
    }

    /// A time as a share of that of all locks.
    fn lock_share(&self, time: fn(&LockMeasures) -> Nanos) -> f64 {
        self.locks(time) / 1e9 / (self.seconds() * self.measures.locks.len() as f64)
    }

    fn core_share(&self, time: Nanos) -> f64 {
        seconds(time) / (self.seconds() * self.cores as f64)
    }

    fn gaps(&self, kind: HandOff) -> Gaps {
        self.measures
            .locks
            .iter()
            .map(|lock| lock.hand_offs[kind as usize])
            .fold(Gaps::default(), |sum, gaps| Gaps { count: sum.count + gaps.count, time: sum.time + gaps.time })
    }

    fn mean_gap_us(&self, kind: HandOff) -> f64 {
        let gaps = self.gaps(kind);
        gaps.time as f64 / gaps.count as f64 / 1e3
    }

    /// The shares of the threads that wanted a lock.
    fn shares(&self, share: fn(&ThreadShare) -> u64) -> Vec<f64> {
        let wanted = self.measures.threads.iter().filter(|thread| thread.acquisitions > 0 || thread.waits);
        wanted.map(|thread| share(thread) as f64).collect()
    }

    /// Jain's index averaged over the windows of a length.
    fn window_jain(&self, length: usize) -> f64 {
        let windows = self.measures.locks.iter().filter_map(|lock| lock.extras.as_ref()?.windows.as_ref());
        let sums = windows.fold((0, 0), |(jain, count), windows| {
            (jain + windows[length].jain_billionths, count + windows[length].count)
        });
        sums.0 as f64 / sums.1 as f64 / 1e9
    }
}

pub(super) const RUN: [Entry<Context>; 2] = [
    Entry {
        name: "wall_s",
        text: "simulated time from the start to the end of the run, or of the batch",
        value: |run| seconds(run.now),
    },
    Entry {
        name: "deadlock",
        text: "1 if the run ended in a deadlock, else 0",
        value: |run| f64::from(u8::from(run.deadlock)),
    },
];

/// The last entry of the table of runs, which only some runs have.
const WARM_UP: (&str, &str) =
    ("run.warm_up_s", "simulated time at which the warm-up ended, where it was found (`warm_up = \"auto\"`)");

pub(super) const COUNTER: [Entry<Counted>; 3] = [
    Entry { name: "count", text: "how often counter C advanced", value: |counter| counter.count as f64 },
    Entry { name: "rate_per_s", text: "the same a second", value: |counter| counter.count as f64 / counter.seconds },
    Entry {
        name: "latency_mean_us",
        text: "mean time from the start of C's clock to its advance",
        value: |counter| counter.latency_sum as f64 / counter.count as f64 / 1e3,
    },
];

pub(super) const LATENCY: Spread =
    Spread { name: "latency", text: "quantiles of that time", unit: "_us", divisor: 1e3 };

pub(super) const LOCK: [Entry<Context>; 51] = [
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

pub(super) const WAIT: Spread = Spread {
    name: "wait",
    text: "quantiles of the wait from request to acquire, over acquisitions that had to wait",
    unit: "_us",
    divisor: 1e3,
};

pub(super) const WINDOWS: [Entry<Context>; extras::WINDOWS.len()] = [
    Entry {
        name: "jain_held_1ms",
        text: "Jain's index of hold times in windows of 1 ms, among the threads that wanted the lock in the window; mean \
               over the windows in which two wanted it and one had it",
        value: |run| run.window_jain(0),
    },
    Entry { name: "jain_held_10ms", text: "the same in windows of 10 ms", value: |run| run.window_jain(1) },
    Entry { name: "jain_held_100ms", text: "the same in windows of 100 ms", value: |run| run.window_jain(2) },
];

/// What asks for it, its distribution, and further metrics of it.
type LockExtra = (fn(&mut Extras) -> &mut bool, &'static Spread, &'static [Entry<Context>]);

pub(super) const LOCK_EXTRAS: [LockExtra; 3] = [
    (
        |extras| &mut extras.holds,
        &Spread { name: "hold", text: "quantiles of the time from acquire to release", unit: "_us", divisor: 1e3 },
        &[],
    ),
    (
        |extras| &mut extras.bypasses,
        &Spread {
            name: "bypass",
            text: "quantiles of how often a waiter was overtaken: acquisitions, during its wait, by threads that asked \
                   after it",
            unit: "",
            divisor: 1.0,
        },
        &[],
    ),
    (
        |extras| &mut extras.admissions,
        &Spread {
            name: "return",
            text: "quantiles of how many acquisitions later a thread took the lock again; the median is the MTTR (Dice)",
            unit: "",
            divisor: 1.0,
        },
        &[Entry {
            name: "lws_mean",
            text: "lock working set (Dice): distinct threads among a thousand acquisitions, mean over windows",
            value: |run| {
                let admissions = run.measures.locks.iter().filter_map(|lock| lock.extras.as_ref()?.admissions.as_ref());
                let sum = admissions.fold((0, 0), |sum, lock| (sum.0 + lock.distinct_sum, sum.1 + lock.windows));
                sum.0 as f64 / sum.1 as f64
            },
        }],
    ),
];

pub(super) const ATTRIBUTION: [Entry<Context>; 12] = [
    Entry {
        name: "lived_s",
        text: "time that all threads lived: exactly the sum of the parts that follow",
        value: |run| seconds(run.attribution.lived),
    },
    Entry {
        name: "ideal_s",
        text: "part in which they did what they would do alone and free of cost: Python and native code, I/O, sleep",
        value: |run| seconds(run.attribution.ideal),
    },
    Entry {
        name: "awaited_s",
        text: "part in which they waited for other threads: objects, messages, joins",
        value: |run| seconds(run.attribution.awaited),
    },
    Entry {
        name: "serial_s",
        text: "part in which they slept for the lock while its holder ran",
        value: |run| seconds(run.attribution.serial),
    },
    Entry {
        name: "handoff_s",
        text: "part in which they slept for the lock while nobody ran with it: free, or given to a thread, or kept for \
               one, that had not run since",
        value: |run| seconds(run.attribution.hand_off),
    },
    Entry {
        name: "idle_held_s",
        text: "part in which they slept for the lock while its holder had no core",
        value: |run| seconds(run.attribution.idle_held),
    },
    Entry { name: "spin_s", text: "part in which they spun for the lock", value: |run| seconds(run.attribution.spin) },
    Entry {
        name: "ready_s",
        text: "part in which they stood in the queue for a core",
        value: |run| seconds(run.attribution.ready),
    },
    Entry {
        name: "switching_s",
        text: "part in which a core was switched to them: wake-up latency, context switch, migration, cold start",
        value: |run| seconds(run.attribution.switching),
    },
    Entry {
        name: "overhead_s",
        text: "part in which they paid for services of the operating system or of the lock",
        value: |run| seconds(run.attribution.overhead),
    },
    Entry {
        name: "start_up_s",
        text: "part in which they paid for the start or end of threads and processes",
        value: |run| seconds(run.attribution.start_up),
    },
    Entry {
        name: "slow_down",
        text: "response over service: the time that they lived, less that awaited, over the ideal",
        value: |run| {
            let Attribution { lived, awaited, ideal, .. } = run.attribution;
            (lived - awaited) as f64 / ideal as f64
        },
    },
];

pub(super) const CORE: [Entry<Context>; 10] = [
    Entry {
        name: "useful_share",
        text: "share of core time in Python and native code",
        value: |run| run.core_share(run.measures.cores.useful),
    },
    Entry {
        name: "overhead_share",
        text: "share of core time in services of the operating system or of the lock",
        value: |run| run.core_share(run.measures.cores.overhead),
    },
    Entry {
        name: "start_up_share",
        text: "share of core time in starting and ending threads and processes",
        value: |run| run.core_share(run.measures.cores.start_up),
    },
    Entry {
        name: "spinning_share",
        text: "share of core time spent spinning for the lock",
        value: |run| run.core_share(run.measures.cores.spinning),
    },
    Entry {
        name: "switching_share",
        text: "share of core time in switches: wake-up latency, context switch, migration, cold start",
        value: |run| run.core_share(run.measures.cores.switching),
    },
    Entry {
        name: "idle_share",
        text: "share of core time without a thread",
        value: |run| run.core_share(run.measures.cores.idle),
    },
    Entry {
        name: "context_switches",
        text: "switches of a core to another thread than it had last",
        value: |run| run.measures.cores.context_switches as f64,
    },
    Entry {
        name: "leaves_voluntary",
        text: "how often a thread left its core to sleep or end (voluntary context switches of getrusage)",
        value: |run| run.measures.cores.voluntary as f64,
    },
    Entry {
        name: "leaves_involuntary",
        text: "how often a thread was preempted (involuntary context switches of getrusage)",
        value: |run| run.measures.cores.involuntary as f64,
    },
    Entry {
        name: "migrations",
        text: "how often a thread came to another core than its last",
        value: |run| run.measures.cores.migrations as f64,
    },
];

const WORLD_STOPS: (&str, &str) = ("interpreter.world_stops", "stops of the world of free-threaded interpreters");

/// An entry for the time in a state.
macro_rules! state {
    ($name:literal, $state:ident, $text:literal) => {
        Entry { name: $name, text: $text, value: |group| seconds(group.states[State::$state as usize]) }
    };
}

pub(super) const GROUP: [Entry<GroupMeasures>; 14] = [
    state!("python_s", Python, "time that the threads of group G ran Python code or a C call that keeps the lock"),
    state!("native_s", Native, "time that they ran a C call that needs no lock"),
    state!("overhead_s", Overhead, "time that they paid for services of the operating system or of the lock"),
    state!("start_up_s", StartUp, "time that they paid for the start or end of threads and processes"),
    state!("spin_s", Spinning, "time that they spun for the lock"),
    state!("ready_s", Ready, "time that they waited for a core, or for the switch to it to end"),
    state!("preempted_s", Preempted, "the same while they held the lock"),
    state!("lock_wait_s", LockWait, "time that they slept for the lock"),
    state!("io_s", Io, "time that they waited for a device"),
    state!("sleep_s", Sleep, "time that they slept"),
    state!("object_wait_s", ObjectWait, "time that they waited for another thread"),
    Entry { name: "work_s", text: "work done by them, in seconds at speed 1", value: |group| seconds(group.work) },
    Entry { name: "acquisitions", text: "how often they got the lock", value: |group| group.acquisitions as f64 },
    Entry {
        name: "slow_down",
        text: "response over service: the time that they lived, less that for other threads, over that in Python and \
               native code, I/O and sleep",
        value: |group| {
            let time = |state: State| group.states[state as usize];
            let lived: Nanos = State::NAMED.iter().map(|&(state, _)| time(state)).sum();
            let ideal: Nanos = [State::Python, State::Native, State::Io, State::Sleep].map(time).iter().sum();
            (lived - time(State::ObjectWait)) as f64 / ideal as f64
        },
    },
];

pub(super) const GROUP_WAIT: Spread = Spread {
    name: "wait",
    text: "quantiles of their waits for the lock, over acquisitions that had to wait",
    unit: "_us",
    divisor: 1e3,
};

/// What a metric is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// Its name, or those of several quantiles; C stands for a counter and G for a group of threads.
    pub name: String,
    /// Its unit.
    pub unit: &'static str,
    /// What it is.
    pub text: &'static str,
    /// Whether it is measured only if it is named.
    pub extra: bool,
}

/// The tables under their headings.
pub fn definitions() -> Vec<(&'static str, Vec<Definition>)> {
    let mut lock = of_all("lock", &LOCK);
    lock.push(of_spread("lock", &WAIT, false));
    lock.extend(of_all("lock", &WINDOWS).into_iter().map(|metric| Definition { extra: true, ..metric }));
    for (_, spread, entries) in LOCK_EXTRAS {
        lock.push(of_spread("lock", spread, true));
        lock.extend(of_all("lock", entries).into_iter().map(|metric| Definition { extra: true, ..metric }));
    }
    let alone = |(name, text): (&str, &'static str)| of_name(name.into(), text);
    let with_spread = |mut metrics: Vec<Definition>, spread| {
        metrics.push(spread);
        metrics
    };
    vec![
        ("The run", with_spread(of_all("run", &RUN), alone(WARM_UP))),
        ("Each counter C", with_spread(of_all("C", &COUNTER), of_spread("C", &LATENCY, false))),
        ("The lock, or all locks together", lock),
        ("Attribution: where the time of all threads went", of_all("attribution", &ATTRIBUTION)),
        ("The cores", with_spread(of_all("core", &CORE), alone(WORLD_STOPS))),
        ("Each group of threads G", with_spread(of_all("G", &GROUP), of_spread("G", &GROUP_WAIT, false))),
    ]
}

fn of_all<T>(prefix: &str, entries: &[Entry<T>]) -> Vec<Definition> {
    entries.iter().map(|entry| of_name(format!("{prefix}.{}", entry.name), entry.text)).collect()
}

fn of_name(name: String, text: &'static str) -> Definition {
    Definition { unit: unit(&name), name, text, extra: false }
}

fn of_spread(prefix: &str, spread: &Spread, extra: bool) -> Definition {
    let [(first, _), .., (last, _)] = SHARES;
    let name = |share: &str| format!("{prefix}.{}_{share}{}", spread.name, spread.unit);
    let name = format!("{}, …, {}", name(first), name(last));
    Definition { unit: unit(&name), name, text: spread.text, extra }
}

/// The unit that the end of a name tells.
fn unit(name: &str) -> &'static str {
    const UNITS: [(&str, &str); 3] = [("_per_s", "1/s"), ("_us", "us"), ("_s", "s")];
    UNITS.iter().find(|(ending, _)| name.ends_with(ending)).map_or("", |(_, unit)| unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_has_a_name_of_its_own_and_a_text_that_is_a_phrase() {
        let all: Vec<Definition> = definitions().into_iter().flat_map(|(_, metrics)| metrics).collect();
        for (index, metric) in all.iter().enumerate() {
            assert!(!all[..index].iter().any(|other| other.name == metric.name), "{}", metric.name);
            assert!(metric.text.len() > 10 && !metric.text.ends_with('.'), "{}", metric.text);
        }
        let places = HandOff::COUNT;
        assert_eq!(LOCK.iter().filter(|entry| entry.name.starts_with("gap_")).count(), places);
    }
}
