//! Which ready thread runs on which core.
//!
//! [`RunQueues`] holds the ready threads and decides; the simulation tells it what happens and moves the threads. A
//! thread that runs or is away is in no queue. All decisions depend only on the order of the calls.
//!
//! The fair scheduler has threads of the system too ([`crate::machine::background`]): their numbers come before those of the
//! program's threads.

mod fair;
mod priorities;
mod single;

use fair::FairQueues;
use priorities::PriorityQueue;
use single::SingleQueue;

use super::{CoreId, Scheduler, ThreadId};
use crate::kernel::Nanos;
use crate::kernel::streams::Stream;

/// Where a thread that became ready goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// It gets this core, which is idle.
    Idle(CoreId),
    /// It has been put into the queue of this core, which is idle and chooses once it has woken up.
    Wakes(CoreId),
    /// It has been put into the queue of this core, and the thread that runs there must make room.
    Preempt(CoreId),
    /// It has been put into the queue of this core.
    Queued(CoreId),
}

/// What the scheduler may know of a core.
#[derive(Debug, Clone, Copy, Default)]
pub struct CoreView {
    /// Whether nothing runs there, and nothing has been woken for it.
    pub idle: bool,
    /// How long it has had it, in nanoseconds.
    pub ran: Nanos,
}

/// The ready threads of a machine.
#[derive(Debug, Clone)]
pub enum RunQueues {
    /// A core for each thread, by number.
    Unlimited,
    /// One queue for all cores.
    Single(SingleQueue),
    /// One queue for all cores, ordered by priority.
    Priority(PriorityQueue),
    /// A queue for each core, ordered by virtual runtime.
    Fair(FairQueues),
}

impl RunQueues {
    /// Empty queues for `cores` cores; `bound` are the cores of the first threads, those of the system, if they are bound to
    /// one; `random` is for the scheduler's own choices.
    pub fn new(scheduler: Scheduler, cores: u32, bound: Vec<Option<CoreId>>, random: Stream) -> Self {
        match scheduler {
            Scheduler::Fair(rules) => Self::Fair(FairQueues::new(cores, rules, bound, random)),
            Scheduler::RoundRobin { quantum } => Self::Single(SingleQueue::new(Some(quantum))),
            Scheduler::Fifo => Self::Single(SingleQueue::new(None)),
            Scheduler::Priority => Self::Priority(PriorityQueue::new(cores)),
        }
    }

    /// Finds a place for a thread that became ready: `last` is the core it ran on before, if it ever ran.
    ///
    /// `core` tells what runs on a core. A thread that is not given a core at once is put into a queue.
    pub fn place(
        &mut self,
        thread: ThreadId,
        last: Option<CoreId>,
        cores: u32,
        now: Nanos,
        core: impl Fn(CoreId) -> CoreView,
    ) -> Placement {
        let idle = |candidate: CoreId| core(candidate).idle;
        let any_idle = || last.filter(|&last| idle(last)).or_else(|| (0..cores).find(|&core| idle(core)));
        match self {
            Self::Unlimited => Placement::Idle(thread),
            Self::Single(queue) => {
                // A thread that waits already goes first, even if a core is idle this very moment.
                match any_idle() {
                    Some(core) if queue.is_empty() => Placement::Idle(core),
                    _ => {
                        queue.push(thread);
                        Placement::Queued(0)
                    }
                }
            }
            Self::Priority(queue) => match queue.place(thread, any_idle()) {
                Ok(core) => Placement::Idle(core),
                Err(Some(core)) => Placement::Preempt(core),
                Err(None) => Placement::Queued(0),
            },
            Self::Fair(queues) => queues.place(thread, last, now, core),
        }
    }

    /// Takes the thread that should run next on a core that became free; `kicked` if it was woken to relieve others.
    pub fn next(&mut self, core: CoreId, kicked: bool, now: Nanos) -> Option<ThreadId> {
        match self {
            Self::Unlimited => None,
            Self::Single(queue) => queue.pop(),
            Self::Priority(queue) => queue.next(core),
            Self::Fair(queues) => queues.next(core, kicked, now),
        }
    }

    /// Tells that a thread has left a core on which it ran for so long. What becomes of it is told next, with
    /// [`RunQueues::put_back`] or [`RunQueues::sleep`].
    pub fn leave(&mut self, core: CoreId, thread: ThreadId, ran: Nanos, now: Nanos) {
        match self {
            Self::Unlimited | Self::Single(_) => {}
            Self::Priority(queue) => queue.leave(core),
            Self::Fair(queues) => queues.leave(core, thread, ran, now),
        }
    }

    /// Puts back a thread that lost its core.
    pub fn put_back(&mut self, core: CoreId, thread: ThreadId) {
        match self {
            Self::Unlimited => {}
            Self::Single(queue) => queue.push(thread),
            Self::Priority(queue) => queue.put_back(thread),
            Self::Fair(queues) => queues.put_back(core, thread),
        }
    }

    /// Lets a thread that gave its core up sleep.
    pub fn sleep(&mut self, core: CoreId, thread: ThreadId) {
        if let Self::Fair(queues) = self {
            queues.sleep(core, thread);
        }
    }

    /// Takes out a ready thread that is no more. Takes O(n) steps.
    pub fn remove(&mut self, thread: ThreadId) {
        match self {
            Self::Unlimited => {}
            Self::Single(queue) => queue.remove(thread),
            Self::Priority(queue) => queue.remove(thread),
            Self::Fair(queues) => queues.remove(thread),
        }
    }

    /// Tells the nice level of a thread that is new, by which some schedulers go.
    pub fn set_nice(&mut self, thread: ThreadId, nice: i8) {
        if let Self::Fair(queues) = self {
            queues.set_nice(thread, nice);
        }
    }

    /// Tells a thread's priority, by which some schedulers go: the core whose thread must make room for another, if any.
    pub fn set_priority(&mut self, thread: ThreadId, priority: i16) -> Option<CoreId> {
        match self {
            Self::Priority(queue) => queue.set_priority(thread, priority),
            _ => None,
        }
    }

    /// When the scheduler wants to be asked next about a core whose thread has run since `since`, if ever.
    pub fn next_tick(&self, core: CoreId, since: Nanos, now: Nanos) -> Option<Nanos> {
        match self {
            Self::Unlimited | Self::Priority(_) => None,
            Self::Single(queue) => queue.next_tick(since, now),
            Self::Fair(queues) => queues.next_tick(core, now),
        }
    }

    /// Whether, at a tick, the thread that has run on a core for `ran` must make room.
    pub fn tick(&mut self, core: CoreId, ran: Nanos, now: Nanos) -> bool {
        match self {
            Self::Unlimited | Self::Priority(_) => false,
            Self::Single(queue) => queue.tick(ran),
            Self::Fair(queues) => queues.tick(core, ran, now),
        }
    }

    /// After a tick: hands a thread from a core that has too many to a busy one; or tells an idle one, which should be woken up
    /// and asked with [`RunQueues::next`] whom it takes.
    pub fn relieve(&mut self, core: CoreId, idle: impl Fn(CoreId) -> bool) -> Option<CoreId> {
        match self {
            Self::Unlimited | Self::Single(_) | Self::Priority(_) => None,
            Self::Fair(queues) => queues.relieve(core, idle),
        }
    }
}
