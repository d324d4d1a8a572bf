//! What happens at stations: customers come, are served or stand in line, and leave.

use super::super::engine::{Engine, Event};
use super::super::measure::lock::Taker;
use super::super::pace::ENDLESS;
use super::super::process::Unit;
use super::super::recorder::Recorder;
use super::super::steps::STEPS_WITHOUT_TIME;
use super::super::thread::State;
use super::customer::{Customer, Doing};
use super::{Role, Server, Stations, Stranded};
use crate::kernel::Nanos;
use crate::lock::policy::Free;
use crate::machine::ThreadId;
use crate::workload::code::Op;

/// What a customer that has the lock does next.
#[derive(Clone, Copy)]
enum Next {
    /// It works with it for so long.
    Works(Nanos),
    /// It leaves, does this, and comes back after so long.
    Waits(Doing, Nanos),
    /// It leaves and ends.
    Ends,
    /// It cannot go on here.
    Strands(Stranded),
}

/// What a visit leads to.
#[derive(Clone, Copy)]
enum Outcome {
    /// Whatever comes next is scheduled.
    Scheduled,
    /// The customer has left, and the lock is kept for this one, which comes `at_once` if its event would be the next.
    Calls { heir: ThreadId, at_once: bool },
    /// The customer has the lock, and cannot go on here.
    Strands(Stranded),
}

impl<'a, R: Recorder> Stations<'_, 'a, R> {
    /// A customer gets its core, or has done its work.
    #[inline(always)]
    pub(super) fn core_event(&mut self, thread: ThreadId) {
        let mut desk = self.desk(thread);
        let outcome = if desk.this.doing == Doing::Works { desk.end_work() } else { desk.come() };
        self.follow(outcome);
    }

    /// A customer has waited elsewhere for long enough.
    #[inline(always)]
    pub(super) fn timer(&mut self, thread: ThreadId) {
        let at_once = self.engine.may_come_at_once();
        self.desk(thread).end_wait();
        if at_once { self.come_at_once(thread) } else { self.engine.call_core(thread) }
    }

    /// The next thread of a unit arrives.
    #[inline(always)]
    pub(super) fn arrival(&mut self, unit: usize) {
        let at_once = self.engine.may_come_at_once();
        let thread = self.take_in(unit);
        if !at_once {
            self.engine.call_core(thread);
        }
        self.arrange_next(unit);
        if at_once {
            self.come_at_once(thread);
        }
    }

    /// Makes the next thread of a unit a customer, which is to get its core.
    #[inline(always)]
    fn take_in(&mut self, unit: usize) -> ThreadId {
        let Self { engine, customers, servers, roles, .. } = self;
        let Role { unit: this, entry, account } = &mut roles[unit];
        let random = this.count_in(&mut servers[this.instance].instance);
        let thread = engine.free_slots[this.group].pop().unwrap_or_else(|| {
            customers.push(Customer::new(random.clone(), engine.measures.from));
            engine.add_slot(this.group);
            customers.len() as ThreadId - 1
        });
        let customer = &mut customers[thread as usize];
        let absent = engine.now - customer.since;
        account.states[State::Absent as usize] += absent;
        engine.measures.cores.idle += absent;
        engine.clocks.of_mut(thread).fill(engine.now);
        customer.begin(random, unit, *entry, engine.now);
        thread
    }

    /// Sees to the next arrival of a unit, if there is one.
    #[inline(always)]
    fn arrange_next(&mut self, unit: usize) {
        let Self { engine, servers, roles, .. } = self;
        let this = &mut roles[unit].unit;
        if !this.has_more() {
            // Whoever has just arrived keeps the process alive for now.
            engine.arrivals_pending -= 1;
            servers[this.instance].instance.keeping -= u32::from(!this.daemon);
        } else if let Some(delay) = this.draw_arrival(&engine.code) {
            engine.queue.push(engine.now.saturating_add(delay), Event::Arrival(unit as u32));
        }
    }

    /// The event of a customer's core would be the next one, and fires now.
    #[inline(always)]
    fn come_at_once(&mut self, thread: ThreadId) {
        self.engine.fold_in(Event::Core(thread, 0));
        let outcome = self.desk(thread).come();
        self.follow(outcome);
    }

    /// Sees to those whom visits lead to.
    #[inline(always)]
    fn follow(&mut self, mut outcome: Outcome) {
        while let Outcome::Calls { heir, at_once } = outcome {
            let mut desk = self.desk(heir);
            desk.call();
            if !at_once {
                return;
            }
            self.engine.fold_in(Event::Core(heir, 0));
            outcome = self.desk(heir).come();
        }
        if let Outcome::Strands(stranded) = outcome {
            self.stranded = Some(stranded);
        }
    }

    #[inline(always)]
    fn desk(&mut self, thread: ThreadId) -> Desk<'_, 'a, R> {
        let this = &mut self.customers[thread as usize];
        let role = &mut self.roles[usize::from(this.unit)];
        let server = &mut self.servers[role.unit.instance];
        Desk { thread, from: self.from, engine: self.engine, this, role, server }
    }
}

/// A customer and all that one visit of a station concerns.
struct Desk<'d, 'a, R> {
    thread: ThreadId,
    /// Since when accounts are kept here.
    from: Nanos,
    engine: &'d mut Engine<'a, R>,
    this: &'d mut Customer,
    role: &'d mut Role,
    server: &'d mut Server,
}

impl<R: Recorder> Desk<'_, '_, R> {
    /// Writes the time since the customer began to do what it does, in this state, to the accounts.
    #[inline(always)]
    fn settle(&mut self, state: State) {
        // A wait for the lock may have begun before accounts were last written up to date.
        let since = if state == State::LockWait { self.this.since.max(self.from) } else { self.this.since };
        let elapsed = self.engine.now - since;
        self.role.account.states[state as usize] += elapsed;
        if state == State::Python {
            self.role.account.work += elapsed;
        } else {
            self.engine.measures.cores.idle += elapsed;
        }
        self.this.since = self.engine.now;
    }

    /// A customer that waited elsewhere is to get its core.
    #[inline(always)]
    fn end_wait(&mut self) {
        self.settle(if self.this.doing == Doing::Io { State::Io } else { State::Sleep });
        self.this.doing = Doing::Asks;
        let counter = std::mem::replace(&mut self.this.begins, Customer::NO_COUNTER);
        if counter != Customer::NO_COUNTER {
            self.engine.start_clock(self.thread, u32::from(counter));
        }
    }

    /// The customer is there: it is served, or stands in line.
    #[inline(always)]
    fn come(&mut self) -> Outcome {
        if self.this.doing == Doing::Asks && !self.ask() {
            self.queue_up();
            return Outcome::Scheduled;
        }
        self.take();
        self.go_on()
    }

    /// The work is done.
    #[inline(always)]
    fn end_work(&mut self) -> Outcome {
        self.settle(State::Python);
        self.go_on()
    }

    /// Asks for the lock; whether it is free.
    #[inline(always)]
    fn ask(&mut self) -> bool {
        let Server { lock, measures, .. } = &mut *self.server;
        measures.settle(self.engine.now, lock.waiting);
        measures.requested(self.thread, lock.waiting, true, self.engine.now);
        lock.waiting += 1;
        lock.holder.is_none() && lock.heir.is_none()
    }

    /// Falls asleep at the end of the line.
    #[inline(always)]
    fn queue_up(&mut self) {
        self.server.line.push_back(self.thread);
        self.server.measures.sleeps(true);
        self.engine.measures.cores.voluntary += 1;
        self.this.doing = Doing::Queues;
    }

    /// Is called, as the lock is kept for it from now on.
    #[inline(always)]
    fn call(&mut self) {
        self.server.lock.heir = Some(self.thread);
        self.server.measures.kept_for(self.thread);
        self.server.measures.wake_ups += 1;
        self.server.measures.sleeps(false);
        self.this.doing = Doing::Called;
    }

    /// Takes the lock.
    #[inline(always)]
    fn take(&mut self) {
        let since = self.this.since;
        if self.this.doing == Doing::Called {
            self.settle(State::LockWait);
        }
        let (thread, now) = (self.thread, self.engine.now);
        let (switched, freed) = self.server.lock.pass_to(thread);
        let group = self.role.unit.group as u32;
        let taker = Taker { thread, group, state: State::Ready, given: false, since, woken: now, switched, freed };
        let contended = self.server.measures.taken(&taker, self.engine.measures.from, now);
        self.this.acquisitions += 1;
        self.role.account.take(&taker, contended, now);
    }

    /// Goes on with the lock.
    #[inline(always)]
    fn go_on(&mut self) -> Outcome {
        match self.next() {
            Next::Works(work) => {
                self.server.measures.holder_in(State::Python, self.engine.now);
                self.this.doing = Doing::Works;
                if work < ENDLESS {
                    self.engine.queue.push(self.engine.now.saturating_add(work), Event::Core(self.thread, 0));
                }
                Outcome::Scheduled
            }
            Next::Waits(doing, delay) => {
                let outcome = self.leave(Free::Voluntary, doing);
                self.engine.queue.push(self.engine.now.saturating_add(delay), Event::Timer(self.thread, 0));
                outcome
            }
            Next::Ends => {
                let outcome = self.leave(Free::Exit, Doing::Absent);
                let Unit { group, daemon, .. } = self.role.unit;
                self.role.unit.count_out(&mut self.server.instance);
                self.server.instance.keeping -= u32::from(!daemon);
                self.engine.free_slots[group].push(self.thread);
                outcome
            }
            Next::Strands(stranded) => {
                self.this.doing = Doing::Strands;
                Outcome::Strands(stranded)
            }
        }
    }

    /// Does the operations up to one that takes time.
    #[inline(always)]
    fn next(&mut self) -> Next {
        let Customer { pc, random, begins, .. } = &mut *self.this;
        let engine = &mut *self.engine;
        for _ in 0..STEPS_WITHOUT_TIME {
            let op = engine.code.ops[*pc as usize];
            *pc += 1;
            match op {
                Op::Compute(law) => match engine.code.draw(law, random) {
                    0 => {}
                    work => return Next::Works(work),
                },
                Op::Io(law) => return Next::Waits(Doing::Io, engine.code.draw(law, random)),
                Op::Sleep(law) => return Next::Waits(Doing::Sleeps, engine.code.draw(law, random)),
                Op::Begin(counter) => engine.start_clock(self.thread, counter),
                Op::BeginOnWake(counter) => *begins = counter as u8,
                Op::Count(counter) => engine.count_up(self.thread, counter),
                Op::Exit if self.role.unit.is_last(&self.server.instance) => {
                    *pc -= 1;
                    return Next::Strands(Stranded::Ends(self.thread));
                }
                Op::Exit => return Next::Ends,
                _ => *pc = engine.code.branch(op, *pc, engine.rounds.of_mut(self.thread), random),
            }
        }
        Next::Strands(Stranded::Circles(self.thread))
    }

    /// Gives the lock up, to the first in line, and does something else from now on.
    #[inline(always)]
    fn leave(&mut self, why: Free, doing: Doing) -> Outcome {
        let Server { lock, instance, measures, line } = &mut *self.server;
        measures.settle(self.engine.now, lock.waiting);
        self.this.held += measures.held_since_last_asked(self.engine.now);
        lock.holder = None;
        lock.last_free = why;
        measures.freed(lock.waiting, u64::from(instance.living), self.engine.measures.from, self.engine.now);
        self.engine.measures.cores.voluntary += 1;
        self.this.doing = doing;
        let Some(heir) = line.pop_front() else { return Outcome::Scheduled };
        let at_once = self.engine.may_come_at_once();
        if !at_once {
            self.engine.call_core(heir);
        }
        Outcome::Calls { heir, at_once }
    }
}
