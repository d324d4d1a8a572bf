//! Linux EEVDF in its essentials.
//!
//! * Each core has a time line of its own, on which the eligible thread with the earliest deadline runs ([`timeline`]).
//! * A thread that becomes ready returns to the core it ran on last if that is idle; otherwise, under
//!   [`Wake::IdleCore`], it goes to any idle core (`select_idle_sibling`), and failing that, or under
//!   [`Wake::LastCore`], to its last core. A new one goes to the least loaded core (`sched_balance_find_dst_cpu`); of equal
//!   ones to that which has not been given one for longest, for the threads that start it are running yet.
//! * An idle core chooses when it has woken up, among all that have been put into its line by then: two timers that end
//!   within a few microseconds of each other do not go first come, first served.
//! * On a busy one it takes the core at once if the time line would choose it (`wakeup_preempt_fair`): if the running thread has
//!   had more than its share, or has used up its slice and has the later deadline.
//! * At a tick the running thread makes room if its slice is over and the time line chooses another (`entity_tick`).
//! * A core that runs out of work now and then ([`foraging`]) takes a waiting thread whose cache is cold from the longest
//!   queue (`sched_balance_newidle`).
//! * At a tick a core with two threads more than another is relieved of one: by an idle core, which is told so, wakes up, and
//!   takes whoever waits by then, one whose cache is hot only after it has looked in vain twice (`nohz_balancer_kick`,
//!   `nohz_idle_balance`, `can_migrate_task`); a busy one is handed one (`sched_balance_rq`).
//! * A thread of the system that is bound to a core stays there.
//!
//! Threads weigh by their nice levels ([`crate::machine::nice`]); loads are numbers of threads all the same.
//!
//! Left out: groups, custom slices, NUMA and cache topology, wake-ups drawn to the waker's core.

mod foraging;
mod timeline;

use std::cmp::Reverse;

use super::{CoreView, Placement};
use crate::kernel::streams::Stream;
use crate::kernel::{Nanos, SECOND};
use crate::machine::{CoreId, FairRules, ThreadId, Wake, nice};
use foraging::Foraging;
use timeline::{Entity, Pace, Timeline};

/// The longest slice that makes a difference to anybody.
const HOUR: Nanos = 3_600 * SECOND;

/// So often in a row a core looks in vain before it takes a thread whose cache is hot, and once more: the value of `sd_init`
/// in `kernel/sched/topology.c` for cores that share a cache.
const CACHE_NICE_TRIES: u32 = 1;

/// Where a thread is or was last.
#[derive(Debug, Clone, Copy, Default)]
struct Seat {
    /// The core whose time line it entered last.
    core: CoreId,
    /// When it last left a core.
    left: Nanos,
}

/// A time line of threads for each core.
#[derive(Debug, Clone)]
pub struct FairQueues {
    wake: Wake,
    cache_hot: Nanos,
    /// The cores of the first threads, if they may not leave them.
    bound: Vec<Option<CoreId>>,
    pace: Pace,
    lines: Vec<Timeline>,
    foraging: Vec<Foraging>,
    /// How often in a row each core was woken to relieve another and found nobody who might go (`nr_balance_failed`).
    failures: Vec<u32>,
    /// Whether a thread waited for a core when that was last looked at (`rd->overloaded`).
    overloaded: bool,
    random: Stream,
    /// For each core, how many threads were new when the last one came there.
    newest: Vec<u64>,
    new_threads: u64,
    /// The weight of each thread, if it has been told.
    weights: Vec<i64>,
    entities: Vec<Entity>,
    seats: Vec<Seat>,
}

impl FairQueues {
    pub(super) fn new(cores: u32, rules: FairRules, bound: Vec<Option<CoreId>>, random: Stream) -> Self {
        Self {
            wake: rules.wake,
            cache_hot: rules.cache_hot,
            bound,
            pace: Pace { slice: rules.base_slice.clamp(1, HOUR).cast_signed(), tick: rules.tick.max(1) },
            lines: vec![Timeline::default(); cores as usize],
            foraging: vec![Foraging::default(); cores as usize],
            failures: vec![0; cores as usize],
            overloaded: false,
            random,
            newest: vec![0; cores as usize],
            new_threads: 0,
            weights: Vec::new(),
            entities: Vec::new(),
            seats: Vec::new(),
        }
    }

    /// The nice level of a thread that has yet to be placed for the first time.
    pub(super) fn set_nice(&mut self, thread: ThreadId, nice: i8) {
        let index = thread as usize;
        if index >= self.weights.len() {
            self.weights.resize(index + 1, nice::UNIT);
        }
        self.weights[index] = nice::weight(nice);
    }

    pub(super) fn place(
        &mut self,
        thread: ThreadId,
        last: Option<CoreId>,
        now: Nanos,
        core: impl Fn(CoreId) -> CoreView,
    ) -> Placement {
        self.know(thread, last.is_none());
        if self.entities[thread as usize].delayed {
            let home = self.seats[thread as usize].core;
            let passed = self.update(home, core(home).ran, now);
            self.lines[home as usize].revive(&mut self.entities, thread, self.pace);
            self.overloaded |= self.lines[home as usize].load() > 1;
            return self.contend(home, thread, passed);
        }
        let home = self.bound(thread).unwrap_or_else(|| self.home(last, &core));
        if last.is_none() {
            self.new_threads += 1;
            self.newest[home as usize] = self.new_threads;
        }
        let line = &mut self.lines[home as usize];
        let passed = line.update(&mut self.entities, self.pace, core(home).ran, now) && line.is_contended();
        line.enter(&mut self.entities, thread, self.pace.slice, last.is_none());
        self.overloaded |= line.load() > 1;
        self.seats[thread as usize].core = home;
        if core(home).idle {
            return Placement::Wakes(home);
        }
        self.contend(home, thread, passed)
    }

    /// Whether a thread that has just got into line takes the core.
    fn contend(&self, home: CoreId, thread: ThreadId, passed: bool) -> Placement {
        let line = &self.lines[home as usize];
        let best = line.best(&self.entities);
        if line.current.is_some() && (best == Some(thread) || (passed && best != line.current)) {
            Placement::Preempt(home)
        } else {
            Placement::Queued(home)
        }
    }

    /// The core that a woken or new thread goes to.
    fn home(&self, last: Option<CoreId>, core: impl Fn(CoreId) -> CoreView) -> CoreId {
        let idle = |candidate: CoreId| core(candidate).idle;
        let Some(last) = last else {
            let lines = 0..self.lines.len();
            return lines.min_by_key(|&core| (self.lines[core].load(), self.newest[core])).unwrap_or(0) as CoreId;
        };
        if self.wake == Wake::LastCore || idle(last) {
            return last;
        }
        (0..self.lines.len() as CoreId).find(|&core| idle(core)).unwrap_or(last)
    }

    pub(super) fn next(&mut self, core: CoreId, kicked: bool, now: Nanos) -> Option<ThreadId> {
        let own = self.lines[core as usize].pick(&mut self.entities, self.pace);
        let thread = own.or_else(|| if kicked { self.rescue(core, now) } else { self.forage(core, now) })?;
        self.lines[core as usize].begin(&mut self.entities, thread, now);
        Some(thread)
    }

    pub(super) fn put_back(&mut self, core: CoreId, thread: ThreadId) {
        self.lines[core as usize].insert(&mut self.entities, thread);
    }

    pub(super) fn sleep(&mut self, core: CoreId, thread: ThreadId) {
        self.lines[core as usize].sleep(&mut self.entities, thread, self.pace);
    }

    pub(super) fn remove(&mut self, thread: ThreadId) {
        let core = self.seats[thread as usize].core;
        self.lines[core as usize].withdraw(&mut self.entities, thread, self.pace);
    }

    pub(super) fn leave(&mut self, core: CoreId, thread: ThreadId, ran: Nanos, now: Nanos) {
        self.update(core, ran, now);
        self.lines[core as usize].current = None;
        self.seats[thread as usize].left = now;
    }

    pub(super) fn next_tick(&self, core: CoreId, now: Nanos) -> Option<Nanos> {
        self.lines[core as usize].is_contended().then(|| (now / self.pace.tick + 1) * self.pace.tick)
    }

    pub(super) fn tick(&mut self, core: CoreId, ran: Nanos, now: Nanos) -> bool {
        let passed = self.update(core, ran, now);
        let line = &mut self.lines[core as usize];
        if !line.is_contended() || (!passed && line.is_protected(&self.entities)) {
            return false;
        }
        let best = line.pick(&mut self.entities, self.pace);
        best.is_some() && best != line.current
    }

    fn update(&mut self, core: CoreId, ran: Nanos, now: Nanos) -> bool {
        self.lines[core as usize].update(&mut self.entities, self.pace, ran, now)
    }

    /// Relieves a core that has two threads more than another: hands one over, or tells which idle core should look.
    pub(super) fn relieve(&mut self, core: CoreId, idle: impl Fn(CoreId) -> bool) -> Option<CoreId> {
        let least = self.least_loaded();
        let fewest = self.lines[least as usize].load();
        if self.lines[core as usize].load() < fewest + 2 {
            return None;
        }
        if fewest == 0 {
            // One that is waking up already will see for itself.
            return Some(least).filter(|&least| idle(least));
        }
        if let Some(thread) = self.movable(core as usize, |_| true) {
            self.carry(thread, core, least);
        }
        None
    }

    /// A core that has run out of work may look for some.
    fn forage(&mut self, core: CoreId, now: Nanos) -> Option<ThreadId> {
        if !self.overloaded {
            return None;
        }
        let weight = self.foraging[core as usize].throw(&mut self.random)?;
        let hot = self.cache_hot;
        let found = self.pull(core, |seat| now - seat.left >= hot);
        self.overloaded = self.lines.iter().any(|line| line.load() > 1);
        self.foraging[core as usize].record(if found.is_some() { weight } else { 0 });
        found
    }

    /// A core that was woken to relieve another takes a thread: one whose cache is hot only if it has often looked in vain.
    fn rescue(&mut self, core: CoreId, now: Nanos) -> Option<ThreadId> {
        let (hot, failures) = (self.cache_hot, self.failures[core as usize]);
        let found = self.pull(core, |seat| failures > CACHE_NICE_TRIES || now - seat.left >= hot);
        let in_vain = found.is_none() && self.lines.iter().any(|line| line.load() > 1);
        self.failures[core as usize] = if in_vain { failures + 1 } else { 0 };
        found
    }

    /// Takes a thread from the core with the longest queue, unless the core is about to run it: a core that is just waking
    /// up for one thread keeps it.
    fn pull(&mut self, to: CoreId, may: impl Fn(Seat) -> bool) -> Option<ThreadId> {
        let overloaded = (0..self.lines.len()).filter(|&other| self.lines[other].load() > 1);
        let from = overloaded.max_by_key(|&other| (self.lines[other].waiting(), Reverse(other)))?;
        let thread = self.movable(from, may)?;
        self.carry(thread, from as CoreId, to);
        Some(thread)
    }

    /// The first of those who wait for a core and may go to another (`can_migrate_task`).
    fn movable(&self, core: usize, may: impl Fn(Seat) -> bool) -> Option<ThreadId> {
        let mut free = self.lines[core].in_line(&self.entities).filter(|&thread| self.bound(thread).is_none());
        free.find(|&thread| may(self.seats[thread as usize]))
    }

    /// The core that a thread may not leave.
    fn bound(&self, thread: ThreadId) -> Option<CoreId> {
        self.bound.get(thread as usize).copied().flatten()
    }

    /// Moves a waiting thread to another core, where it is as far behind the mean as here.
    fn carry(&mut self, thread: ThreadId, from: CoreId, to: CoreId) {
        self.lines[from as usize].withdraw(&mut self.entities, thread, self.pace);
        self.lines[to as usize].enter(&mut self.entities, thread, self.pace.slice, false);
        self.seats[thread as usize].core = to;
    }

    fn least_loaded(&self) -> CoreId {
        let least = (0..self.lines.len()).min_by_key(|&core| self.lines[core].load());
        least.unwrap_or(0) as CoreId
    }

    /// Makes room for a thread's entries; a new thread may have the number of one that has ended.
    fn know(&mut self, thread: ThreadId, new: bool) {
        let count = thread as usize + 1;
        if count > self.entities.len() {
            self.entities.resize(count, Entity::new(nice::UNIT));
            self.seats.resize(count, Seat::default());
        } else if new && self.entities[thread as usize].delayed {
            self.remove(thread);
        }
        if new {
            let weight = self.weights.get(thread as usize).copied().unwrap_or(nice::UNIT);
            self.entities[thread as usize] = Entity::new(weight);
            self.seats[thread as usize] = Seat::default();
        }
    }
}
