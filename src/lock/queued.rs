//! Plain locks with one queue of waiters: direct hand-off, and barging.
//!
//! *Hand-off*: the releaser gives the lock to a waiter, which owns it from then on though it has yet to wake up; nobody
//! can overtake. *Barging*: the releaser makes the lock free and wakes a waiter; whoever comes first takes it, and a
//! waiter that comes too late sleeps again. Neither asks a holder to drop the lock.

use super::policy::{AnyPolicy, Cause, Cost, Free, PerThread, Policy, Step, World};
use super::preset::{Family, Parameter, ParameterKind, Preset, Setting};
use super::wait_queue::WaitQueue;
use crate::kernel::Nanos;
use crate::kernel::tour::Visitor;
use crate::machine::ThreadId;

const ORDER: Parameter = Parameter {
    name: "order",
    kind: ParameterKind::Choice { default: "fifo", names: &["fifo", "lifo", "random"] },
    doc: "which waiter is next",
};

const SPIN: Parameter = Parameter {
    name: "spin",
    kind: ParameterKind::Duration { default: 0, minimum: 0 },
    doc: "how long a waiter spins on its core before it sleeps",
};

/// The entry of the preset table for direct hand-off.
pub const HANDOFF: Preset = Preset {
    name: "handoff",
    family: Family::Control,
    summary: "direct hand-off: a release gives the lock to a waiter, nobody overtakes",
    description: "\
        free -> held by the first that asks.\n\
        waiter: spins for `spin`, then sleeps; when it is woken or poked the lock is its own.\n\
        release: to the next waiter in `order`; the lock is free only while nobody waits.",
    source: "M. Blasgen et al., The convoy phenomenon, ACM SIGOPS OSR 13(2), 1979",
    parameters: &[ORDER, SPIN],
    defaults: &[],
    make: |setting, _| AnyPolicy::Queued(Queued::new(setting)),
};

/// The entry of the preset table for barging.
pub const BARGING: Preset = Preset {
    name: "barging",
    family: Family::Control,
    summary: "barging: a release frees the lock and wakes a waiter, whoever is first takes it",
    description: "\
        free -> held by whoever finds it free.\n\
        waiter: spins for `spin`, then sleeps; woken or poked, it takes the lock if it is free, else it sleeps again.\n\
        release: makes the lock free, then pokes the next spinning waiter in `order` or wakes the next sleeping one.",
    source: "U. Drepper, Futexes are tricky, 2011 (three-state mutex)",
    parameters: &[ORDER, SPIN],
    defaults: &[],
    make: |setting, _| AnyPolicy::Queued(Queued::new(setting)),
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Fifo,
    Lifo,
    Random,
}

/// One lock with a queue of waiters.
#[derive(Debug, Clone, PartialEq)]
pub struct Queued {
    handoff: bool,
    order: Order,
    spin: Nanos,
    waiters: WaitQueue,
    /// Whether a waiter spins.
    spinning: PerThread<bool>,
    /// The waiter that the lock has been handed to and that has not woken up yet.
    heir: Option<ThreadId>,
}

impl Queued {
    /// A free lock.
    pub fn new(setting: &Setting) -> Self {
        Self {
            handoff: setting.preset.name == HANDOFF.name,
            order: match setting.choice("order") {
                "fifo" => Order::Fifo,
                "lifo" => Order::Lifo,
                _ => Order::Random,
            },
            spin: setting.duration("spin"),
            waiters: WaitQueue::default(),
            spinning: PerThread::default(),
            heir: None,
        }
    }

    /// Whether it is handed to the first who asked and still waits, and waiters sleep at once.
    pub(crate) fn is_line(&self) -> bool {
        self.handoff && self.order == Order::Fifo && self.spin == 0
    }

    /// Those who stand in line, first come first.
    pub(crate) fn line(&self) -> impl Iterator<Item = ThreadId> + '_ {
        self.waiters.iter()
    }

    /// Lets these stand in line, first come first, in place of those who did, and the lock be this one's own once it has
    /// woken up.
    pub(crate) fn set_line(&mut self, line: impl IntoIterator<Item = ThreadId>, heir: Option<ThreadId>) {
        self.waiters = WaitQueue::default();
        line.into_iter().for_each(|thread| self.waiters.push_back(thread));
        self.heir = heir;
    }

    fn may_take<W: World>(&self, world: &W, thread: ThreadId) -> bool {
        world.holder().is_none() && self.heir.is_none_or(|heir| heir == thread)
    }

    fn take<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        self.heir = None;
        world.take(thread);
        let pair = world.cost(Cost::LockPair);
        world.charge(pair);
        Step::Enter
    }

    fn wait<W: World>(&mut self, world: &mut W, thread: ThreadId, spinning: bool) -> Step {
        self.waiters.push_back(thread);
        if self.spin > 0 {
            self.spinning.set(thread, spinning);
        }
        if spinning {
            return Step::Spin(self.spin);
        }
        let sleep = world.cost(Cost::SleepCall);
        world.charge(sleep);
        Step::Park
    }

    /// The waiter that is next.
    fn next<W: World>(&self, world: &mut W) -> Option<ThreadId> {
        let mut waiters = self.waiters.iter();
        match self.order {
            _ if self.waiters.is_empty() => None,
            Order::Fifo => waiters.next(),
            Order::Lifo => waiters.next_back(),
            Order::Random => waiters.nth(world.below(self.waiters.len())),
        }
    }

    /// Takes the next waiter out of the queue and lets it know.
    fn call_next<W: World>(&mut self, world: &mut W) {
        let Some(next) = self.next(world) else { return };
        self.waiters.remove(next);
        if self.handoff {
            self.heir = Some(next);
            world.record_heir(next);
        }
        if self.spinning.get(next) {
            world.poke(next);
        } else {
            world.wake(next);
        }
    }
}

impl Policy for Queued {
    fn tour(&mut self, _visitor: &mut impl Visitor) -> bool {
        true
    }

    fn request<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        if self.may_take(world, thread) { self.take(world, thread) } else { self.wait(world, thread, self.spin > 0) }
    }

    fn resume<W: World>(&mut self, world: &mut W, thread: ThreadId, cause: Cause) -> Step {
        if cause == Cause::Spent {
            // Nobody has called it: it still stands in the queue.
            self.waiters.remove(thread);
        }
        if self.may_take(world, thread) {
            return self.take(world, thread);
        }
        if cause == Cause::Woken {
            world.record_wasted_wake_up();
        }
        self.wait(world, thread, cause == Cause::Poked)
    }

    fn release<W: World>(&mut self, world: &mut W, _thread: ThreadId, why: Free) -> Step {
        world.free(why);
        self.call_next(world);
        Step::Leave
    }
}
