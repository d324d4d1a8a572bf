//! What is measured while a run goes on: integer sums, and distributions of waits and latencies.
//!
//! Everything is counted in nanoseconds and whole numbers and turned into seconds and rates once, at the end. Nothing is
//! allocated for an event. What costs more than a few additions stands in [`extras`] and is measured only if the
//! scenario asks for it. [`Measures::reset`] forgets what happened before the end of the warm-up, or of a batch.

pub(super) mod extras;
pub(super) mod gate;
pub(super) mod lives;
pub(super) mod lock;

use self::gate::GateMeasures;
use self::lives::Lives;
pub(super) use self::lock::LockMeasures;
use self::lock::Taker;
use super::Extras;
use super::thread::State;
use crate::kernel::Nanos;
use crate::kernel::tour::{Kind, Tour, Visitor};
use crate::machine::ThreadId;
use crate::statistics::Distribution;

/// What is measured of a group of threads.
#[derive(Debug, Default)]
pub(super) struct GroupMeasures {
    /// Time that its threads spent in each state.
    pub(super) states: [Nanos; State::COUNT],
    /// Waits for the interpreter's lock, by those who had to wait.
    pub(super) waits: Distribution,
    /// Useful work done: Python code and native code, at speed 1.
    pub(super) work: Nanos,
    /// How often its threads got the lock.
    pub(super) acquisitions: u64,
    /// Slots made for its threads, each with the time at which its account begins.
    pub(super) slots: u64,
}

impl GroupMeasures {
    /// Adds what was measured of the same threads elsewhere.
    pub(super) fn add(&mut self, other: &Self) {
        self.states.iter_mut().zip(other.states).for_each(|(sum, time)| *sum += time);
        self.waits.add(&other.waits);
        self.work += other.work;
        self.acquisitions += other.acquisitions;
        self.slots += other.slots;
    }

    /// One of its threads takes its lock; `contended` if it has waited for another thread.
    #[inline(always)]
    pub(super) fn take(&mut self, taker: &Taker, contended: bool, now: Nanos) {
        self.acquisitions += 1;
        if contended {
            self.waits.record(now - taker.since);
        }
    }
}

/// What is measured of a counter.
#[derive(Debug, Default)]
pub(super) struct CounterMeasures {
    pub(super) count: u64,
    pub(super) latency: Distribution,
    pub(super) latency_sum: u128,
}

impl CounterMeasures {
    /// Counts up, so long after the clock was started.
    #[inline(always)]
    pub(super) fn count(&mut self, latency: Nanos) {
        self.count += 1;
        self.latency_sum += u128::from(latency);
        self.latency.record(latency);
    }
}

/// What a thread, or one after another in the same slot, got of its lock.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ThreadShare {
    pub(super) held: Nanos,
    pub(super) acquisitions: u64,
    /// How long it has been waiting, when accounts were last settled.
    pub(super) waiting_for: Nanos,
    /// Whether it was waiting then.
    pub(super) waits: bool,
    /// Its lock, and the group to which it belongs, or the one that came last.
    pub(super) lock: u32,
    pub(super) group: u32,
}

/// What is measured of the cores.
#[derive(Debug, Clone, Default)]
pub(super) struct CoreMeasures {
    /// Python and native code.
    pub(super) useful: Nanos,
    pub(super) overhead: Nanos,
    /// Starting and ending threads and processes.
    pub(super) start_up: Nanos,
    pub(super) spinning: Nanos,
    /// Wake-up latencies, context switches and migrations.
    pub(super) switching: Nanos,
    /// Threads of the system, the switches to them, and looks of idle cores for work.
    pub(super) system: Nanos,
    pub(super) idle: Nanos,
    pub(super) context_switches: u64,
    pub(super) voluntary: u64,
    pub(super) involuntary: u64,
    pub(super) migrations: u64,
}

/// Everything measured in a run.
#[derive(Debug, Default)]
pub(super) struct Measures {
    /// When measuring began.
    pub(super) from: Nanos,
    pub(super) groups: Vec<GroupMeasures>,
    pub(super) counters: Vec<CounterMeasures>,
    pub(super) locks: Vec<LockMeasures>,
    /// The share of each slot of a thread.
    pub(super) threads: Vec<ThreadShare>,
    pub(super) cores: CoreMeasures,
    pub(super) world_stops: u64,
    /// What was drawn less what was to be expected, by law, in seconds.
    pub(super) excesses: Vec<f64>,
    /// The readers-writers locks of the program, in the places of its objects.
    pub(super) gates: Vec<GateMeasures>,
    /// Each thread by itself, if that is asked for.
    pub(super) lives: Option<Box<Lives>>,
}

impl Measures {
    pub(super) fn new((groups, counters): (usize, usize), locks: usize, gates: usize, extras: Extras) -> Self {
        Self {
            gates: (0..gates).map(|_| GateMeasures::default()).collect(),
            lives: Lives::new(groups, locks, extras),
            groups: (0..groups).map(|_| GroupMeasures::default()).collect(),
            counters: (0..counters).map(|_| CounterMeasures::default()).collect(),
            locks: (0..locks).map(|_| LockMeasures::new(extras)).collect(),
            ..Self::default()
        }
    }

    /// Begins anew at `now`; the accounts must have been settled up to then.
    pub(super) fn reset(&mut self, now: Nanos) {
        for group in &mut self.groups {
            *group = GroupMeasures { slots: group.slots, ..GroupMeasures::default() };
        }
        self.counters.iter_mut().for_each(|counter| *counter = CounterMeasures::default());
        self.locks.iter_mut().for_each(|lock| lock.reset(now));
        self.threads.fill(ThreadShare::default());
        self.cores = CoreMeasures::default();
        self.world_stops = 0;
        self.gates.iter_mut().for_each(GateMeasures::reset);
        self.lives.iter_mut().for_each(|lives| lives.reset());
        self.from = now;
    }

    /// A thread takes a lock.
    #[inline(always)]
    pub(super) fn record_take(&mut self, lock: usize, taker: &Taker, now: Nanos) {
        self.threads[taker.thread as usize].acquisitions += 1;
        let contended = self.locks[lock].taken(taker, self.from, now);
        self.groups[taker.group as usize].take(taker, contended, now);
    }

    /// The holder of a lock, and the time that it has held it since that was last asked.
    #[inline(always)]
    pub(super) fn record_hold(&mut self, lock: usize, holder: ThreadId, now: Nanos) {
        self.threads[holder as usize].held += self.locks[lock].held_since_last_asked(now);
    }

    /// The distributions among it.
    pub(super) fn distributions(&mut self) -> impl Iterator<Item = &mut Distribution> {
        let waits = self.groups.iter_mut().map(|group| &mut group.waits);
        waits.chain(self.counters.iter_mut().map(|counter| &mut counter.latency))
    }

    /// The time that the threads of all groups spent in a state.
    pub(super) fn in_state(&self, state: State) -> Nanos {
        self.groups.iter().map(|group| group.states[state as usize]).sum()
    }
}

/// All but the distributions, and what is measured of programs with gates or of single threads.
impl Tour for Measures {
    fn tour(&mut self, visitor: &mut impl Visitor) {
        // Waits that go on when measuring begins are counted from then on only.
        visitor.moment(&mut self.from);
        for group in &mut self.groups {
            visitor.sums(group.states.each_mut());
            visitor.sums([&mut group.work, &mut group.acquisitions, &mut group.slots]);
        }
        for counter in &mut self.counters {
            visitor.sums([&mut counter.count]);
            visitor.long_sums([&mut counter.latency_sum]);
        }
        self.locks.iter_mut().for_each(|lock| lock.tour(visitor));
        for share in &mut self.threads {
            visitor.sums([&mut share.held, &mut share.acquisitions]);
            visitor.see_short(Kind::Any, &mut share.waiting_for);
        }
        self.cores.tour(visitor);
        visitor.sums([&mut self.world_stops]);
    }
}

impl Tour for CoreMeasures {
    fn tour(&mut self, visitor: &mut impl Visitor) {
        let Self { useful, overhead, start_up, spinning, switching, system, idle, .. } = self;
        visitor.sums([useful, overhead, start_up, spinning, switching, system, idle]);
        let Self { context_switches, voluntary, involuntary, migrations, .. } = self;
        visitor.sums([context_switches, voluntary, involuntary, migrations]);
    }
}
