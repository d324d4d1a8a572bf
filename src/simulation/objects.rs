//! The objects of the Python program: locks, semaphores, conditions, events, barriers, queues.
//!
//! Waiters are served first come, first served (those of a lock that inherits, by priority), but a lock or semaphore is not
//! handed over: a waiter that was woken competes with threads that are awake, as with the semaphore or futex beneath
//! `threading.Lock`. Threads change objects only while they run, so each operation is atomic; wake calls are charged to
//! the thread that wakes.

use std::collections::VecDeque;

use super::engine::Engine;
use super::readers_writers::Gate;
use super::recorder::Recorder;
use super::steps::Flow;
use super::thread::{After, Awaits, Intent, Kind, OnCore, Parked, State};
use crate::kernel::Nanos;
use crate::lock::policy::Free;
use crate::machine::ThreadId;
use crate::workload::ObjectKind;
use crate::workload::code::{Code, Op, Read};

/// An object in a run.
#[derive(Debug)]
pub(super) struct ObjectState {
    pub(super) kind: ObjectKind,
    /// The owner of a lock.
    pub(super) owner: Option<ThreadId>,
    /// Whether threads release it that never acquire it: then its owner is not the only one who may end a wait.
    pub(super) released_by_others: bool,
    /// Free places of a semaphore, items of a queue, threads at a barrier; 1 for an event that is set.
    count: u32,
    /// When each message was put that is there, if a reader's clock starts then.
    stamps: Option<VecDeque<Nanos>>,
    /// Whether a queue is closed.
    closed: bool,
    /// Those who wait: for the object, for an item, for a notification.
    pub(super) waiters: VecDeque<ThreadId>,
    /// Those who wait for room in a queue.
    pub(super) putters: VecDeque<ThreadId>,
    /// The state of a readers-writers lock.
    pub(super) gate: Gate,
}

impl ObjectState {
    /// Object number `number` of a program, of this kind.
    pub(super) fn new(number: u32, kind: ObjectKind, code: &Code) -> Self {
        let count = if let ObjectKind::Semaphore(places) = kind { places } else { 0 };
        let ends = code.entries.iter().skip(1).map(|&entry| entry as usize).chain([code.ops.len()]);
        let mut groups = code.entries.iter().zip(ends).map(|(&entry, end)| &code.ops[entry as usize..end]);
        Self {
            kind,
            owner: None,
            released_by_others: groups
                .any(|ops| ops.contains(&Op::Release(number)) && !ops.contains(&Op::Acquire(number))),
            count,
            stamps: is_timed(number, code).then(VecDeque::new),
            closed: false,
            waiters: VecDeque::new(),
            putters: VecDeque::new(),
            gate: Gate::default(),
        }
    }

    /// Takes a lock or a place of a semaphore, if there is one.
    fn try_acquire(&mut self, thread: ThreadId) -> bool {
        let free = match self.kind {
            ObjectKind::Lock { .. } => self.owner.is_none(),
            _ => self.count > 0,
        };
        if free {
            self.owner = Some(thread);
            self.count = self.count.saturating_sub(1);
        }
        free
    }
}

impl<R: Recorder> Engine<'_, R> {
    pub(super) fn use_object(&mut self, thread: ThreadId, op: Op) -> Flow {
        match op {
            Op::Acquire(object) => {
                if self.try_acquire(thread, object) {
                    return Flow::Next;
                }
                self.wait_in(thread, object, Flow::Stop)
            }
            Op::Enter(object, mode) => self.enter_gate(thread, object, mode),
            Op::Release(object) => self.release_object(thread, object),
            Op::WaitCondition(object) => {
                if let ObjectKind::Condition(lock) = self.objects[object as usize].kind {
                    self.release_object(thread, lock as u32);
                }
                self.wait_in(thread, object, Flow::Stop)
            }
            Op::WaitEvent(object) if self.objects[object as usize].count > 0 => Flow::Next,
            Op::WaitEvent(object) => self.wait_in(thread, object, Flow::Stop),
            Op::Notify(object, count) => self.wake_waiters(object, count),
            Op::Set(object) => {
                self.objects[object as usize].count = 1;
                self.wake_waiters(object, u32::MAX)
            }
            Op::Clear(object) => {
                self.objects[object as usize].count = 0;
                Flow::Next
            }
            Op::Barrier(object) => self.pass_barrier(thread, object),
            Op::Put(object) => self.put(thread, object),
            Op::Get { queue, exit } => self.get(thread, queue, exit),
            Op::Close(object) => {
                self.objects[object as usize].closed = true;
                self.wake_waiters(object, u32::MAX)
            }
            _ => {
                self.broken("an operation is not one on an object", Some(thread));
                Flow::Stop
            }
        }
    }

    /// Enters a queue of waiters and gives up the lock; `Flow::Again` has the operation done anew afterwards.
    fn wait_in(&mut self, thread: ThreadId, object: u32, flow: Flow) -> Flow {
        self.objects[object as usize].waiters.push_back(thread);
        self.give_way(thread, object, flow)
    }

    pub(super) fn give_way(&mut self, thread: ThreadId, object: u32, flow: Flow) -> Flow {
        self.threads[thread as usize].awaits = Awaits::Object(object);
        if flow == Flow::Stop {
            self.release(thread, Free::Voluntary, Intent::Object);
        }
        flow
    }

    fn try_acquire(&mut self, thread: ThreadId, object: u32) -> bool {
        let this = &mut self.objects[object as usize];
        let taken = this.try_acquire(thread);
        if taken && this.kind == (ObjectKind::Lock { inherits: true }) {
            self.reprioritise(thread);
        }
        taken
    }

    fn release_object(&mut self, thread: ThreadId, object: u32) -> Flow {
        let this = &mut self.objects[object as usize];
        match this.kind {
            ObjectKind::ReadersWriters(preference) => return self.leave_gate(thread, object, preference),
            ObjectKind::Lock { .. } if this.owner.is_none() => {
                self.broken("a lock is released that nobody holds", Some(thread));
                return Flow::Stop;
            }
            ObjectKind::Lock { inherits } => {
                this.owner = None;
                if inherits {
                    self.reprioritise(thread);
                    return self.wake_highest(object);
                }
            }
            _ => this.count += 1,
        }
        self.wake_waiters(object, 1)
    }

    fn pass_barrier(&mut self, thread: ThreadId, object: u32) -> Flow {
        let this = &mut self.objects[object as usize];
        this.count += 1;
        if ObjectKind::Barrier(this.count) == this.kind {
            this.count = 0;
            return self.wake_waiters(object, u32::MAX);
        }
        self.wait_in(thread, object, Flow::Stop)
    }

    fn put(&mut self, thread: ThreadId, object: u32) -> Flow {
        let this = &mut self.objects[object as usize];
        if let ObjectKind::Queue(room) = this.kind
            && room > 0
            && this.count >= room
        {
            this.putters.push_back(thread);
            return self.give_way(thread, object, Flow::Again);
        }
        this.count += 1;
        if let Some(stamps) = &mut this.stamps {
            stamps.push_back(self.now);
        }
        self.wake_waiters(object, 1)
    }

    /// A message has gone through a pipe; the sender pays the wake call and asks for its lock again.
    pub(super) fn deliver(&mut self, thread: ThreadId, queue: u32) {
        self.put(thread, queue);
        match std::mem::take(&mut self.charge) {
            0 => self.request(thread, Intent::Next),
            charge => self.start_segment(thread, Kind::Overhead, charge, After::Request),
        }
    }

    fn get(&mut self, thread: ThreadId, object: u32, exit: u32) -> Flow {
        if self.take_item(object).is_some() {
            return Flow::Next;
        }
        if self.objects[object as usize].closed {
            self.threads[thread as usize].pc = exit;
            return Flow::Next;
        }
        self.wait_in(thread, object, Flow::Again)
    }

    /// A thread without its lock takes a message, or sleeps until there is one.
    pub(super) fn read(&mut self, thread: ThreadId, read: Read) {
        let begins = self.threads[thread as usize].begin_on_wake;
        if let Some(put) = self.take_item(read.queue) {
            if let Some(counter) = begins {
                self.threads[thread as usize].begin_on_wake = None;
                self.start_clock_at(thread, counter, put);
            }
            let work = self.draw(thread, read.work);
            return self.start_segment(thread, Kind::Native, work, After::Request);
        }
        if self.objects[read.queue as usize].closed {
            self.threads[thread as usize].begin_on_wake = None;
            self.threads[thread as usize].pc = read.exit;
            return self.request(thread, Intent::Next);
        }
        self.objects[read.queue as usize].waiters.push_back(thread);
        self.threads[thread as usize].awaits = Awaits::Message(read);
        self.wait_for_object(thread);
    }

    /// Takes an item from a queue, if there is one, and makes room for a putter: when it was put, or now if that is not kept.
    fn take_item(&mut self, object: u32) -> Option<Nanos> {
        let this = &mut self.objects[object as usize];
        this.count = this.count.checked_sub(1)?;
        let put = this.stamps.as_mut().and_then(VecDeque::pop_front).unwrap_or(self.now);
        if let Some(putter) = this.putters.pop_front() {
            self.wake_for_object(putter);
        }
        Some(put)
    }

    fn wake_waiters(&mut self, object: u32, count: u32) -> Flow {
        for _ in 0..count {
            let Some(waiter) = self.objects[object as usize].waiters.pop_front() else { break };
            self.wake_for_object(waiter);
        }
        Flow::Next
    }

    /// Wakes the waiter with the highest priority, of equal ones the first.
    fn wake_highest(&mut self, object: u32) -> Flow {
        let waiters = self.objects[object as usize].waiters.iter().enumerate();
        let highest = waiters.min_by_key(|&(_, &waiter)| std::cmp::Reverse(self.threads[waiter as usize].priority));
        let place = highest.map(|(place, _)| place);
        if let Some(waiter) = place.and_then(|place| self.objects[object as usize].waiters.remove(place)) {
            self.wake_for_object(waiter);
        }
        Flow::Next
    }

    /// Wakes a thread that waits for an object, and charges the wake call.
    pub(super) fn wake_for_object(&mut self, thread: ThreadId) {
        let cost = self.costs.wake_call.draw(&mut self.machine_random);
        self.charge = self.charge.saturating_add(cost);
        let this = &mut self.threads[thread as usize];
        if this.parked == Parked::Object {
            this.on_core = OnCore::Object;
            self.awaiting_objects -= 1;
            self.ready(thread);
        } else {
            this.object_token = true;
        }
    }

    /// A thread that has given up the lock sleeps until its object wakes it.
    pub(super) fn wait_for_object(&mut self, thread: ThreadId) {
        if std::mem::take(&mut self.threads[thread as usize].object_token) {
            return self.object_resumed(thread);
        }
        self.block(thread, State::ObjectWait, Parked::Object);
        self.awaiting_objects += 1;
        self.reprioritise_owner(thread);
        self.look_for_deadlock(thread);
    }

    /// A thread that was woken for its object runs again.
    pub(super) fn object_resumed(&mut self, thread: ThreadId) {
        if let Awaits::Message(read) = self.threads[thread as usize].awaits {
            return self.read(thread, read);
        }
        if let Awaits::Object(object) = self.threads[thread as usize].awaits
            && matches!(self.objects[object as usize].kind, ObjectKind::Lock { .. } | ObjectKind::Semaphore(_))
            && !self.try_acquire(thread, object)
        {
            self.objects[object as usize].waiters.push_back(thread);
            return self.wait_for_object(thread);
        }
        self.request(thread, Intent::Next);
    }
}

/// Whether a step starts a clock when a message that it reads from this queue was put.
fn is_timed(queue: u32, code: &Code) -> bool {
    let timed = |ops: &[Op]| matches!(ops, [Op::BeginOnWake(_), Op::Read(read)] if read.queue == queue);
    code.ops.windows(2).any(timed)
}
