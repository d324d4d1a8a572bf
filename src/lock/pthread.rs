//! The mutex and the condition variable of the GNU C library, at the level of their system calls.
//!
//! What matters for who gets a lock is who is awake. A thread that waits on a condition gives the mutex back, and is
//! awake for some hundred nanoseconds more before it sleeps. A signal in that time it simply takes, though the sleeper
//! whom the same signal wakes had been waiting for longer: that one finds nothing, and sleeps again. After `nptl`
//! (`pthread_mutex_lock.c`, `lowlevellock.c`, `pthread_cond_wait.c`, `pthread_cond_signal.c`) of glibc 2.25 and later; the
//! queue of sleepers is the kernel's, first in first out (`kernel/futex`).
//!
//! Both types only keep the books: spending time, sleeping and waking are the policy's steps.

use std::collections::VecDeque;

use super::policy::World;
use crate::machine::ThreadId;

/// A mutex that puts those who cannot have it to sleep.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Mutex {
    owner: Option<ThreadId>,
    /// Somebody may sleep, so that the unlock makes a system call.
    contended: bool,
    sleepers: VecDeque<ThreadId>,
}

impl Mutex {
    /// Takes the mutex if it is free; `slowly` for a thread that found it taken before.
    pub(super) fn try_lock(&mut self, thread: ThreadId, slowly: bool) -> bool {
        let free = self.owner.is_none();
        if free {
            self.owner = Some(thread);
        }
        self.contended |= slowly || !free;
        free
    }

    /// Counts a thread that found the mutex taken twice among the sleepers.
    pub(super) fn sleep(&mut self, thread: ThreadId) {
        self.sleepers.push_back(thread);
    }

    /// Gives the mutex back and wakes the first sleeper, who may find it taken again. The caller pays.
    pub(super) fn unlock<W: World>(&mut self, world: &mut W) {
        self.owner = None;
        if let Some(first) = self.sleepers.pop_front() {
            world.wake(first);
        } else if self.contended {
            world.wake_nobody();
        }
        self.contended = false;
    }

    /// Whether an unlock makes a system call.
    pub(super) fn is_contended(&self) -> bool {
        self.contended
    }
}

/// Which sleeper a signal wakes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WakeOrder {
    /// The one that fell asleep first, as in Linux.
    Fifo,
    /// The one that fell asleep last.
    Lifo,
    /// Any, with equal chances.
    Random,
}

/// The part of a waiter's state that belongs to the condition.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Ticket {
    /// Index of its group.
    group: usize,
    /// The group's use of that index.
    epoch: u64,
    /// It has been given a signal that nobody can take from it.
    granted: bool,
}

/// The epoch of a ticket whose group has been closed, when epochs are counted anew: it never comes.
const OVER: u64 = u64::MAX;

#[derive(Debug, Clone, Default, PartialEq)]
struct Group {
    epoch: u64,
    /// Waiters for whom no signal has been sent.
    size: usize,
    /// Signals that nobody has taken.
    signals: usize,
    sleepers: VecDeque<ThreadId>,
}

/// A condition variable. Waiters belong to one of two groups: signals go to the older until each of its members has
/// one, and only then the younger becomes the older. A thread that begins to wait joins the younger, so it can take no
/// signal from those who waited when the groups last changed places.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Condition {
    groups: [Group; 2],
    older: usize,
    order: WakeOrder,
    /// Whether a waiter that is awake may take a signal that woke a sleeper.
    stealing: bool,
}

impl Condition {
    pub(super) fn new(order: WakeOrder, stealing: bool) -> Self {
        Self { groups: [Group::default(), Group::default()], older: 0, order, stealing }
    }

    /// Counts the uses of groups anew, from those that go on; `tickets` are those of all who wait.
    pub(super) fn forget_epochs<'t>(&mut self, tickets: impl Iterator<Item = &'t mut Ticket>) {
        for ticket in tickets {
            let goes_on = ticket.epoch == self.groups[ticket.group].epoch;
            ticket.epoch = if goes_on { 0 } else { OVER };
        }
        self.groups.iter_mut().for_each(|group| group.epoch = 0);
    }

    /// Begins a wait.
    pub(super) fn join(&mut self) -> Ticket {
        let group = 1 - self.older;
        self.groups[group].size += 1;
        Ticket { group, epoch: self.groups[group].epoch, granted: false }
    }

    /// Takes a signal if there is one for the waiter, and ends its wait.
    pub(super) fn take_signal(&mut self, ticket: Ticket) -> bool {
        let group = &mut self.groups[ticket.group];
        // A group that was closed had a signal for each member.
        if ticket.granted || group.epoch != ticket.epoch {
            return true;
        }
        let taken = group.signals > 0;
        group.signals -= usize::from(taken);
        taken
    }

    /// Counts a waiter among the sleepers.
    pub(super) fn sleep(&mut self, thread: ThreadId, ticket: Ticket) {
        self.groups[ticket.group].sleepers.push_back(thread);
    }

    /// Ends a wait whose time is up. True if the waiter had been given a signal, which it owes to another.
    pub(super) fn cancel(&mut self, thread: ThreadId, ticket: Ticket) -> bool {
        let group = &mut self.groups[ticket.group];
        // Mostly it is the first: it has slept for longest.
        if let Some(place) = group.sleepers.iter().position(|&sleeper| sleeper == thread) {
            group.sleepers.remove(place);
        }
        if ticket.granted || group.epoch != ticket.epoch {
            return true;
        }
        if group.size == 0 {
            group.signals -= 1;
            return true;
        }
        group.size -= 1;
        false
    }

    /// Sends one signal; nobody if nobody waits.
    pub(super) fn signal<W: World>(&mut self, world: &mut W) -> Signal {
        if self.groups[self.older].size == 0 {
            if self.groups[1 - self.older].size == 0 {
                return Signal::Unheard;
            }
            self.close_older(world);
        }
        let sleeper = self.next_sleeper(world);
        let group = &mut self.groups[self.older];
        group.size -= 1;
        match sleeper {
            Some(thread) if !self.stealing => Signal::Granted(thread),
            Some(thread) => {
                group.signals += 1;
                Signal::Woke(thread)
            }
            None => {
                group.signals += 1;
                Signal::Posted
            }
        }
    }

    /// The groups change places; whoever of the old group has a signal but has not taken it is woken to do so.
    fn close_older<W: World>(&mut self, world: &mut W) {
        let group = &mut self.groups[self.older];
        group.epoch += 1;
        group.signals = 0;
        for thread in group.sleepers.drain(..) {
            if world.is_parked(thread) {
                world.wake(thread);
            }
        }
        self.older = 1 - self.older;
    }

    fn next_sleeper<W: World>(&mut self, world: &mut W) -> Option<ThreadId> {
        let sleepers = &mut self.groups[self.older].sleepers;
        match self.order {
            WakeOrder::Lifo => sleepers.pop_back(),
            WakeOrder::Random if sleepers.len() > 1 => sleepers.remove(world.below(sleepers.len())),
            WakeOrder::Fifo | WakeOrder::Random => sleepers.pop_front(),
        }
    }
}

impl Ticket {
    /// The same with a signal that nobody can take away.
    pub(super) fn granted(self) -> Self {
        Self { granted: true, ..self }
    }
}

/// What became of a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signal {
    /// Nobody waits: no system call.
    Unheard,
    /// All who wait are awake: a system call that wakes nobody.
    Posted,
    /// This sleeper is to be woken; whoever of the group looks first has the signal.
    Woke(ThreadId),
    /// This sleeper is to be woken, and has the signal.
    Granted(ThreadId),
}
