//! Linux CFS/EEVDF in its essentials.
//!
//! * Each core has a queue ordered by virtual runtime: the processor time a thread has used. Least first.
//! * A thread that becomes ready goes to the core it ran on last if that is idle, else to any idle core, else to its
//!   last core; a new one to the least loaded core (`select_task_rq_fair`).
//! * It enters with at least the queue's least virtual runtime minus one base slice, so that a sleeper gains a little
//!   and cannot hoard (`place_entity`); it preempts the running thread if it is behind by more than the wake-up
//!   granularity (`check_preempt_wakeup`).
//! * At a tick the running thread makes room if it has used its base slice and the first in the queue is behind it
//!   (`entity_tick`).
//! * A core that runs out of work takes a thread from the longest queue (`newidle_balance`); at a tick a core with two
//!   threads more than another hands one over (`load_balance`).
//!
//! Left out: weights, groups, NUMA and cache topology, the deadlines of EEVDF (with equal weights and slices they order
//! threads as virtual runtimes do).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::{CoreView, Placement};
use crate::kernel::Nanos;
use crate::machine::{CoreId, ThreadId};

#[derive(Debug, Clone, Default)]
struct Queue {
    /// Virtual runtime, order of arrival, thread.
    ready: BinaryHeap<Reverse<(Nanos, u64, ThreadId)>>,
    /// The least virtual runtime seen here; it never falls.
    floor: Nanos,
    /// Whether a thread runs on the core.
    busy: bool,
}

impl Queue {
    fn load(&self) -> usize {
        self.ready.len() + usize::from(self.busy)
    }
}

/// A queue of ready threads for each core.
#[derive(Debug, Clone)]
pub struct FairQueues {
    base_slice: Nanos,
    wakeup_granularity: Nanos,
    tick: Nanos,
    queues: Vec<Queue>,
    /// Virtual runtime of each thread, relative to `BASE`, on the core it was last queued on.
    runtime: Vec<Nanos>,
    arrivals: u64,
}

/// Virtual runtimes start here, so that a thread may start below the least of its queue without passing zero.
const BASE: Nanos = 1 << 40;

impl FairQueues {
    pub(super) fn new(cores: u32, base_slice: Nanos, wakeup_granularity: Nanos, tick: Nanos) -> Self {
        let queue = Queue { floor: BASE, ..Queue::default() };
        Self {
            base_slice,
            wakeup_granularity,
            tick: tick.max(1),
            queues: vec![queue; cores as usize],
            runtime: Vec::new(),
            arrivals: 0,
        }
    }

    pub(super) fn place(
        &mut self,
        thread: ThreadId,
        last: Option<CoreId>,
        core: impl Fn(CoreId) -> CoreView,
    ) -> Placement {
        let cores = self.queues.len() as CoreId;
        let idle = |candidate: CoreId| core(candidate).thread.is_none();
        let home = last.filter(|&last| idle(last)).or_else(|| (0..cores).find(|&core| idle(core)));
        if let Some(home) = home {
            self.enter(home, thread, last);
            self.queues[home as usize].busy = true;
            return Placement::Idle(home);
        }
        let home = last.unwrap_or_else(|| self.least_loaded());
        self.enter(home, thread, last);
        let view = core(home);
        if let Some(running) = view.thread {
            let ahead = (self.runtime_of(running) + view.ran).saturating_sub(self.runtime_of(thread));
            if ahead > self.wakeup_granularity {
                return Placement::Preempt(home);
            }
        }
        self.enqueue(home, thread);
        Placement::Queued(home)
    }

    pub(super) fn next(&mut self, core: CoreId) -> Option<ThreadId> {
        let own = self.pop(core);
        let thread = own.or_else(|| {
            let longest =
                (0..self.queues.len()).max_by_key(|&other| (self.queues[other].ready.len(), Reverse(other)))?;
            self.pull(longest as CoreId, core)
        });
        self.queues[core as usize].busy = thread.is_some();
        thread
    }

    pub(super) fn enqueue(&mut self, core: CoreId, thread: ThreadId) {
        self.arrivals += 1;
        let entry = Reverse((self.runtime_of(thread), self.arrivals, thread));
        self.queues[core as usize].ready.push(entry);
    }

    pub(super) fn remove(&mut self, thread: ThreadId) {
        for queue in &mut self.queues {
            queue.ready.retain(|Reverse((.., other))| *other != thread);
        }
    }

    pub(super) fn account(&mut self, core: CoreId, thread: ThreadId, ran: Nanos) {
        *self.runtime_mut(thread) += ran;
        self.raise_floor(core, self.runtime_of(thread));
    }

    pub(super) fn next_tick(&self, core: CoreId, now: Nanos) -> Option<Nanos> {
        let waited_for = !self.queues[core as usize].ready.is_empty();
        waited_for.then(|| (now / self.tick + 1) * self.tick)
    }

    pub(super) fn tick(&mut self, core: CoreId, thread: ThreadId, ran: Nanos) -> bool {
        self.balance(core);
        let Some(&Reverse((first, ..))) = self.queues[core as usize].ready.peek() else { return false };
        ran >= self.base_slice && first < self.runtime_of(thread) + ran
    }

    /// Hands a thread to a core that has two fewer.
    fn balance(&mut self, core: CoreId) {
        let least = self.least_loaded();
        if self.queues[core as usize].load() >= self.queues[least as usize].load() + 2
            && let Some(thread) = self.pull(core, least)
        {
            self.enqueue(least, thread);
        }
    }

    fn pop(&mut self, core: CoreId) -> Option<ThreadId> {
        let Reverse((runtime, _, thread)) = self.queues[core as usize].ready.pop()?;
        self.raise_floor(core, runtime);
        Some(thread)
    }

    /// Takes the first thread of one queue and carries its runtime over to another core.
    fn pull(&mut self, from: CoreId, to: CoreId) -> Option<ThreadId> {
        let thread = self.pop(from)?;
        self.carry(thread, from, to);
        Some(thread)
    }

    fn enter(&mut self, core: CoreId, thread: ThreadId, last: Option<CoreId>) {
        match last {
            Some(last) if last != core => self.carry(thread, last, core),
            Some(_) => {}
            None => *self.runtime_mut(thread) = self.queues[core as usize].floor,
        }
        let least = self.queues[core as usize].floor - self.base_slice.min(BASE);
        let runtime = self.runtime_mut(thread);
        *runtime = (*runtime).max(least);
    }

    /// Keeps a thread's distance from the least virtual runtime when it moves.
    fn carry(&mut self, thread: ThreadId, from: CoreId, to: CoreId) {
        let (old, new) = (self.queues[from as usize].floor, self.queues[to as usize].floor);
        let runtime = self.runtime_mut(thread);
        *runtime = (*runtime + new).saturating_sub(old).max(BASE.min(new));
    }

    fn raise_floor(&mut self, core: CoreId, candidate: Nanos) {
        let queue = &mut self.queues[core as usize];
        let first = queue.ready.peek().map_or(candidate, |Reverse((runtime, ..))| candidate.min(*runtime));
        queue.floor = queue.floor.max(first);
    }

    fn least_loaded(&self) -> CoreId {
        let least = (0..self.queues.len()).min_by_key(|&core| self.queues[core].load());
        least.unwrap_or(0) as CoreId
    }

    fn runtime_of(&self, thread: ThreadId) -> Nanos {
        self.runtime.get(thread as usize).copied().unwrap_or(BASE)
    }

    fn runtime_mut(&mut self, thread: ThreadId) -> &mut Nanos {
        let index = thread as usize;
        if index >= self.runtime.len() {
            self.runtime.resize(index + 1, BASE);
        }
        &mut self.runtime[index]
    }
}
