//! A lock as a station of a queueing network: what follows from an event at the same moment, in one piece.
//!
//! On a machine where nothing costs anything and each thread has a core, a lock that is handed to the first of its queue is
//! the single server of a station, and the threads are its customers: one that arrives, or whose wait elsewhere is over,
//! is served or queues up; one that leaves has the next served. No latency, charge, check point, preemption or overtaking
//! can come between, so the chain of events of one moment (a thread is woken, gets its core, takes the lock, works) is
//! known beforehand, and is done on one record of the thread, its core and its lock: a [`Desk`].
//!
//! **Contract.** States, accounts, draws, event counts and fingerprint are those that the event loop would have given;
//! `run.shortcuts = false` has each event go through the queue, and a test compares. A chain is cut short where another
//! event of the same moment is pending, and whatever else a program does goes the general way, from the same state.

use super::core_state::{Core, CorePhase};
use super::engine::{Engine, Event, Unit};
use super::lock_state::Lock;
use super::measure::{CoreMeasures, GroupMeasures, LockMeasures, ThreadShare};
use super::pace::ENDLESS;
use super::recorder::Recorder;
use super::thread::{After, Intent, Kind, OnCore, Parked, Segment, State, Thread};
use crate::kernel::Nanos;
use crate::lock::policy::{AnyPolicy, Cause, Free};
use crate::lock::queued::Queued;
use crate::machine::{Costs, FULL_SPEED, ThreadId};
use crate::workload::code::{Code, Op};

/// So many branches are taken in a row; more of them than that may be an endless loop, which the interpreter of steps finds.
const BRANCHES: u32 = 8;

/// What a thread that was served does next.
#[derive(Clone, Copy)]
enum Next {
    /// It works with the lock until this time, if that ever comes.
    Works(Option<Nanos>),
    /// It leaves, and is in this state for so long.
    Waits(State, Nanos),
    /// It leaves and ends.
    Ends,
    /// Something that only the interpreter of steps knows.
    Other,
}

impl<R: Recorder> Engine<'_, R> {
    /// Whether the locks of this run are stations.
    pub(super) fn finds_stations(&self) -> bool {
        let machine = &self.scenario.machine;
        let is_line = |lock: &Lock| matches!(lock.policy.as_deref(), Some(AnyPolicy::Queued(queue)) if queue.is_line());
        self.scenario.limits.shortcuts
            && self.unlimited
            && !self.paced
            && machine.speed_milli.iter().all(|&speed| speed == 1000)
            && machine.costs == Costs::FREE
            && self.locks.iter().all(is_line)
            && self.measures.locks.iter().all(|measures| measures.extras.is_none())
    }

    /// Does what follows from an event; false, and nothing, if that has to go the general way.
    #[inline(never)]
    pub(super) fn fire_at_station(&mut self, event: Event) -> bool {
        match event {
            Event::Core(core, _) => self.core_event_at_station(core),
            Event::Timer(thread, _) => self.timer_at_station(thread),
            Event::Arrival(unit) => self.arrival_at_station(unit as usize),
            _ => false,
        }
    }

    #[inline(always)]
    fn core_event_at_station(&mut self, thread: ThreadId) -> bool {
        let core = &self.cores[thread as usize];
        let this = &self.threads[thread as usize];
        let gets_core = core.phase == CorePhase::Switching;
        if gets_core && matches!(this.on_core, OnCore::Request | OnCore::Lock(Cause::Woken)) {
            self.begin_at_station(thread);
            return true;
        }
        let done = !gets_core && this.segment.kind == Kind::Compute && !core.planned_check;
        if done {
            self.end_service(thread);
        }
        done
    }

    #[inline(always)]
    fn timer_at_station(&mut self, thread: ThreadId) -> bool {
        if self.threads[thread as usize].begin_on_wake.is_some() || !self.is_quiet() {
            return false;
        }
        let (mut desk, _) = self.desk(thread);
        desk.this.timer_armed = false;
        desk.this.on_core = OnCore::Request;
        desk.make_ready();
        self.go_on(thread);
        true
    }

    #[inline(always)]
    fn arrival_at_station(&mut self, unit: usize) -> bool {
        let Unit { group, instance, .. } = self.units[unit];
        if self.instances[instance].ended || !self.is_quiet() {
            return false;
        }
        let thread = self.add_thread(group, instance);
        self.desk(thread).0.make_ready();
        self.arrange_next(unit);
        self.go_on(thread);
        true
    }

    /// Whether nothing else is pending for this moment.
    #[inline(always)]
    fn is_quiet(&self) -> bool {
        self.queue.next_at() != Some(self.now)
    }

    #[inline(always)]
    fn desk(&mut self, thread: ThreadId) -> (Desk<'_>, &Code) {
        let this = &mut self.threads[thread as usize];
        let measures = &mut self.measures;
        let desk = Desk {
            thread,
            now: self.now,
            from: measures.from,
            core: &mut self.cores[thread as usize],
            lock: &mut self.locks[this.instance as usize],
            share: &mut measures.threads[thread as usize],
            of_group: &mut measures.groups[this.group as usize],
            of_lock: &mut measures.locks[this.instance as usize],
            of_cores: &mut measures.cores,
            this,
        };
        (desk, &self.code)
    }

    /// A thread is ready: the event of its core would be the next one, and fire now.
    #[inline(always)]
    fn go_on(&mut self, thread: ThreadId) {
        if self.end.is_none() && self.fault.is_none() {
            self.count(Event::Core(thread, 0));
            self.begin_at_station(thread);
        }
    }

    /// A thread has got its core: it is served, or queues up.
    #[inline(always)]
    fn begin_at_station(&mut self, thread: ThreadId) {
        let (mut desk, code) = self.desk(thread);
        desk.get_core();
        if desk.this.on_core == OnCore::Request && !desk.ask() {
            return desk.queue_up();
        }
        desk.take();
        let next = desk.operate(code);
        self.busy_cores += 1;
        match next {
            Next::Works(end) => self.await_end(thread, end),
            _ => self.leave_at_once(thread, next),
        }
    }

    /// The planned work of the holder is done.
    #[inline(always)]
    fn end_service(&mut self, thread: ThreadId) {
        let (mut desk, code) = self.desk(thread);
        desk.end_work();
        match desk.operate(code) {
            Next::Works(end) => self.await_end(thread, end),
            Next::Other => self.run_steps(thread),
            next => self.leave_station(thread, next),
        }
    }

    #[inline(always)]
    fn await_end(&mut self, thread: ThreadId, end: Option<Nanos>) {
        let Some(end) = end else { return };
        let core = &mut self.cores[thread as usize];
        core.armed = true;
        self.queue.push(end, Event::Core(thread, core.generation));
    }

    /// A thread that has just taken the lock does something else than work with it.
    #[cold]
    fn leave_at_once(&mut self, thread: ThreadId, next: Next) {
        match next {
            Next::Other => self.run_steps(thread),
            next => self.leave_station(thread, next),
        }
    }

    /// The holder gives the lock up, to the first in line, and goes elsewhere.
    #[inline(always)]
    fn leave_station(&mut self, thread: ThreadId, next: Next) {
        let quiet = self.is_quiet();
        let living = u64::from(self.instances[self.threads[thread as usize].instance as usize].living);
        let (mut desk, _) = self.desk(thread);
        let heir = match next {
            Next::Waits(state, _) => desk.leave(Free::Voluntary, state, Parked::Timer, living),
            _ => desk.leave(Free::Exit, State::Absent, Parked::No, living),
        };
        self.busy_cores -= 1;
        if let Some(heir) = heir {
            self.desk(heir).0.wake();
            if !quiet {
                self.arm_core(heir, 0);
            }
        }
        match next {
            Next::Waits(_, delay) => self.set_timer(thread, delay),
            _ => self.has_ended(thread),
        }
        if let Some(heir) = heir.filter(|_| quiet) {
            self.go_on(heir);
        }
    }
}

/// A thread at a station, its core, the lock, and the accounts of all of them.
struct Desk<'e> {
    thread: ThreadId,
    now: Nanos,
    /// Since when accounts are kept.
    from: Nanos,
    this: &'e mut Thread,
    core: &'e mut Core,
    lock: &'e mut Lock,
    share: &'e mut ThreadShare,
    of_group: &'e mut GroupMeasures,
    of_lock: &'e mut LockMeasures,
    of_cores: &'e mut CoreMeasures,
}

impl Desk<'_> {
    /// A thread that waited elsewhere, or is new, is to get its core.
    #[inline(always)]
    fn make_ready(&mut self) {
        self.this.parked = Parked::No;
        self.this.come_into(State::Ready, self.now, self.of_group);
        self.this.core = Some(self.thread);
        self.core.come_into(CorePhase::Switching, self.now, self.of_cores);
        self.core.thread = Some(self.thread);
    }

    /// The first in line has been given the lock.
    #[inline(always)]
    fn wake(&mut self) {
        self.lock.heir = Some(self.thread);
        self.of_lock.kept_for(self.thread);
        self.of_lock.wake_ups += 1;
        self.of_lock.sleeps(false);
        self.this.woken = self.now;
        self.this.on_core = OnCore::Lock(Cause::Woken);
        self.make_ready();
    }

    #[inline(always)]
    fn get_core(&mut self) {
        self.core.armed = false;
        self.core.come_into(CorePhase::Running, self.now, self.of_cores);
        self.core.started = self.now;
        self.core.last = Some(self.thread);
        self.this.last_core = Some(self.thread);
    }

    #[inline(always)]
    fn leave_core(&mut self) {
        self.of_cores.voluntary += 1;
        self.this.core = None;
        self.this.left = self.now;
        self.core.come_into(CorePhase::Idle, self.now, self.of_cores);
        self.core.thread = None;
        self.core.idle_since = self.now;
    }

    /// Asks for the lock; whether it is free.
    #[inline(always)]
    fn ask(&mut self) -> bool {
        self.this.intent = Intent::Next;
        self.of_lock.settle(self.now, self.lock.waiting);
        self.of_lock.requested(self.thread, self.lock.waiting, true, self.now);
        self.lock.waiting += 1;
        self.this.wait_since = Some(self.now);
        self.lock.holder.is_none() && self.lock.heir.is_none()
    }

    /// Falls asleep at the end of the line.
    #[inline(always)]
    fn queue_up(&mut self) {
        line(self.lock).join(self.thread);
        self.of_lock.sleeps(true);
        self.this.woken = self.now;
        self.this.parked = Parked::Lock;
        self.this.come_into(State::LockWait, self.now, self.of_group);
        self.leave_core();
    }

    /// Takes the lock.
    #[inline(always)]
    fn take(&mut self) {
        line(self.lock).taken();
        let taker = self.lock.pass_to(self.thread, false, self.this, self.now);
        self.share.acquisitions += 1;
        self.of_group.take(&taker, self.of_lock.taken(&taker, self.from, self.now), self.now);
    }

    /// Does the next operation of the holder that takes time, if it is one that is known here.
    #[inline(always)]
    fn operate(&mut self, code: &Code) -> Next {
        for _ in 0..BRANCHES {
            let op = code.ops[self.this.pc as usize];
            self.this.pc += 1;
            match op {
                Op::Compute(law) if !self.lock.interrupts(self.thread) => {
                    let work = code.draw(law, &mut self.this.random);
                    return self.work(work);
                }
                Op::Io(law) => return Next::Waits(State::Io, code.draw(law, &mut self.this.random)),
                Op::Sleep(law) => return Next::Waits(State::Sleep, code.draw(law, &mut self.this.random)),
                Op::Exit => return Next::Ends,
                Op::Loop { .. } | Op::Again(_) | Op::Jump(_) | Op::Choose(_) => self.this.branch(op, code),
                _ => {
                    self.this.pc -= 1;
                    break;
                }
            }
        }
        Next::Other
    }

    /// Works so long with the lock.
    #[inline(always)]
    fn work(&mut self, work: Nanos) -> Next {
        if work == 0 {
            return Next::Other;
        }
        self.this.segment = Segment::new(Kind::Compute, work, self.now);
        self.this.after = After::Next;
        if self.this.come_into(State::Python, self.now, self.of_group) != State::Python {
            self.of_lock.holder_in(State::Python, self.now);
        }
        self.core.pace = FULL_SPEED;
        self.core.planned = work;
        self.core.planned_check = false;
        Next::Works((work < ENDLESS).then(|| self.now.saturating_add(work)))
    }

    /// All the work is done.
    #[inline(always)]
    fn end_work(&mut self) {
        self.core.armed = false;
        let done = std::mem::take(&mut self.core.planned);
        self.this.segment = Segment::new(Kind::None, self.this.segment.left - done, self.now);
        self.of_group.work += done;
        self.lock.pass(done);
    }

    /// Gives the lock up and is in another state without a core from now on, of `living` threads of the process; gives back
    /// the first in line.
    #[inline(always)]
    fn leave(&mut self, why: Free, state: State, parked: Parked, living: u64) -> Option<ThreadId> {
        self.of_lock.settle(self.now, self.lock.waiting);
        self.share.held += self.of_lock.held_since_last_asked(self.now);
        self.lock.holder = None;
        self.lock.last_free = why;
        self.of_lock.freed(self.lock.waiting, living, self.from, self.now);
        self.this.parked = parked;
        self.this.come_into(state, self.now, self.of_group);
        self.leave_core();
        line(self.lock).first()
    }
}

/// The line before a station.
#[inline(always)]
fn line(lock: &mut Lock) -> &mut Queued {
    match lock.policy.as_deref_mut() {
        Some(AnyPolicy::Queued(queue)) => queue,
        _ => unreachable!("only such locks are stations"),
    }
}
