//! Locks as stations of a queueing network, served by a loop of their own.
//!
//! On a machine where nothing costs anything and each thread has a core, a lock that is handed to the first of its queue is
//! the single server of a station, and the threads are its customers: one that arrives, or whose wait elsewhere is over,
//! is served or queues up; one that leaves has the next served. No latency, charge, check point, preemption or overtaking
//! can come between. So if threads do nothing but work with the lock, wait elsewhere, branch and count, a thread is no more
//! than a [`Customer`] of one cache line, and the chain of events of one moment (a thread is woken, gets its core, takes the
//! lock, works) is known beforehand.
//!
//! **Contract.** The stations [take over](Engine::serve_stations) all threads and cores, let happen what they know, and give
//! them back before anything else: the end of a warm-up or a batch, a sample, a limit, the end of a process. Whatever is read
//! of them then, accounts, draws, event counts and fingerprint are what the event loop would have given; `run.shortcuts = false`
//! has each event go through it, and a test compares. A chain is cut short where another event of the same moment is pending.

mod customer;
mod exchange;
mod visit;

use std::collections::VecDeque;

use self::customer::Customer;
use super::engine::{Engine, Event};
use super::lock_state::Lock;
use super::measure::{GroupMeasures, LockMeasures};
use super::process::{Instance, Unit};
use super::recorder::Recorder;
use crate::kernel::Nanos;
use crate::lock::policy::AnyPolicy;
use crate::machine::{Costs, ThreadId};
use crate::workload::code::Op;

/// All stations of a run and their customers, while the engine has no threads.
struct Stations<'e, 'a, R> {
    engine: &'e mut Engine<'a, R>,
    /// In the places of the threads.
    customers: Vec<Customer>,
    /// In the places of the locks.
    servers: Vec<Server>,
    /// In the places of the units.
    roles: Vec<Role>,
    /// Since when accounts are kept here.
    from: Nanos,
    /// A holder that cannot go on here.
    stranded: Option<Stranded>,
}

/// Why a holder cannot go on here.
#[derive(Clone, Copy)]
enum Stranded {
    /// It is about to end, and its process with it.
    Ends(ThreadId),
    /// It goes round in a loop that takes no time.
    Circles(ThreadId),
}

/// A lock, its process, its accounts, and the line before it.
struct Server {
    lock: Lock,
    instance: Instance,
    measures: LockMeasures,
    line: VecDeque<ThreadId>,
}

/// What customers of a unit have in common, and their accounts since the stations took over.
struct Role {
    unit: Unit,
    /// Their first operation.
    entry: u32,
    account: GroupMeasures,
}

impl<R: Recorder> Engine<'_, R> {
    /// Whether the locks of this run are stations.
    pub(super) fn finds_stations(&self) -> bool {
        let machine = &self.scenario.machine;
        let is_line = |lock: &Lock| matches!(lock.policy.as_deref(), Some(AnyPolicy::Queued(queue)) if queue.is_line());
        let branches = |op: &Op| matches!(op, Op::Loop { .. } | Op::Again { .. } | Op::Jump(_) | Op::Choose(_));
        let counts = |op: &Op| matches!(op, Op::Begin(_) | Op::BeginOnWake(_) | Op::Count(_));
        let is_known = |op: &Op| {
            let takes_time = matches!(op, Op::Compute(_) | Op::Io(_) | Op::Sleep(_) | Op::Exit);
            takes_time || branches(op) || counts(op)
        };
        self.scenario.limits.shortcuts
            && self.unlimited
            && !self.paced
            && machine.speed_milli.iter().all(|&speed| speed == 1000)
            && machine.costs == Costs::FREE
            && self.scenario.program.signals.is_empty()
            && self.locks.iter().all(is_line)
            && self.measures.locks.iter().all(|measures| measures.extras.is_none())
            && self.code.ops.iter().all(is_known)
            && Customer::can_tell_apart(self.units.len(), self.measures.counters.len())
    }

    /// Lets everything happen up to something that stations do not know, and that too.
    #[inline(never)]
    pub(super) fn serve_stations(&mut self) {
        if !self.are_customers() {
            self.stations = false;
            return;
        }
        let mut stations = Stations::take_over(self);
        let next = stations.serve();
        match (stations.give_back(), next) {
            (Some(Stranded::Ends(thread)), _) => self.run_steps(thread),
            (Some(Stranded::Circles(thread)), _) => self.circles(thread),
            (None, Some((at, event))) => {
                self.now = at;
                self.fire(event);
            }
            (None, None) => self.stalled(),
        }
    }

    /// Whether budgets are looked at with the next event.
    #[inline(always)]
    fn is_watched(&self) -> bool {
        self.events + 1 >= self.watch.next
    }

    /// Whether nothing else is pending for this moment, so that the event of a core that is called now would be the next one.
    #[inline(always)]
    fn may_come_at_once(&self) -> bool {
        self.queue.next_at() != Some(self.now) && !self.is_watched()
    }

    /// Schedules the event of a thread's core for this moment.
    #[cold]
    fn call_core(&mut self, thread: ThreadId) {
        self.queue.push(self.now, Event::Core(thread, 0));
    }
}

impl<R: Recorder> Stations<'_, '_, R> {
    /// Lets everything happen until a holder is stranded, or up to an event that is not known here, which has yet to be counted.
    fn serve(&mut self) -> Option<(Nanos, Event)> {
        while self.stranded.is_none() {
            let (at, event) = self.engine.queue.pop()?;
            self.engine.now = at;
            self.fetch_approached();
            if self.engine.is_watched() && self.engine.used_up(self.engine.events + 1).is_some() {
                return Some((at, event));
            }
            match event {
                Event::Core(thread, _) => {
                    self.engine.fold_in(event);
                    self.core_event(thread);
                }
                Event::Timer(thread, _) => {
                    self.engine.fold_in(event);
                    self.timer(thread);
                }
                Event::Arrival(unit) if self.can_take_in(unit as usize) => {
                    self.engine.fold_in(event);
                    self.arrival(unit as usize);
                }
                _ => return Some((at, event)),
            }
        }
        None
    }

    /// Reads from the customers whose events have come near: of a hundred thousand customers hardly any is in a cache, and here
    /// the loads need not wait for each other.
    #[inline(always)]
    fn fetch_approached(&mut self) {
        for event in self.engine.queue.approached().into_iter().flatten() {
            if let Event::Timer(thread, _) | Event::Core(thread, _) = event {
                std::hint::black_box(self.customers[thread as usize].doing);
            }
        }
    }

    /// Whether the next thread of a unit can begin here.
    #[inline(always)]
    fn can_take_in(&self, unit: usize) -> bool {
        let Unit { group, instance, .. } = self.roles[unit].unit;
        let has_slot = !self.engine.free_slots[group].is_empty() || !self.engine.next_thread_is_looked_at();
        has_slot && !self.servers[instance].instance.ended
    }
}
