//! Priority inheritance: who has a lock that inherits runs at the highest priority of those that wait for it.
//!
//! The rule is that of Linux's `rt_mutex`, and so of PI futexes: a thread's priority is the highest of its own and of those
//! that wait for what it has, which may have inherited theirs. It holds at every moment: each change of a wait or of an owner
//! is followed up along the chain of owners. Schedulers without priorities take no notice.

use super::engine::Engine;
use super::recorder::Recorder;
use super::thread::{Awaits, Parked};
use crate::machine::ThreadId;
use crate::workload::ObjectKind;

impl<R: Recorder> Engine<'_, R> {
    /// Sets a thread's priority anew, and those of the threads that it waits for, after something has changed for it.
    pub(super) fn reprioritise(&mut self, mut thread: ThreadId) {
        loop {
            let priority = self.due_priority(thread);
            let before = std::mem::replace(&mut self.threads[thread as usize].priority, priority);
            if before == priority {
                return;
            }
            if let Some(core) = self.run_queues.set_priority(self.number(thread), priority) {
                self.make_room(core);
            }
            let Some(owner) = self.waits_for(thread) else { return };
            thread = owner;
        }
    }

    /// The same for the owner of what a thread waits for.
    pub(super) fn reprioritise_owner(&mut self, waiter: ThreadId) {
        if let Some(owner) = self.waits_for(waiter) {
            self.reprioritise(owner);
        }
    }

    /// The highest of a thread's own priority and those of the threads that wait for it. Takes O(n) steps.
    fn due_priority(&self, thread: ThreadId) -> i16 {
        let group = self.threads[thread as usize].group as usize;
        let own = self.scenario.program.threads[group].priority;
        let waiters = (0..self.threads.len() as ThreadId).filter(|&other| self.waits_for(other) == Some(thread));
        waiters.map(|waiter| self.threads[waiter as usize].priority).fold(own, i16::max)
    }

    /// The owner of the lock that a thread waits for, if that inherits.
    fn waits_for(&self, thread: ThreadId) -> Option<ThreadId> {
        let this = &self.threads[thread as usize];
        let lock = &self.locks[this.instance as usize];
        if this.wait_since.is_some() {
            return lock.holder.or(lock.heir).filter(|&owner| lock.inherits && owner != thread);
        }
        match this.awaits {
            Awaits::Object(object) if this.parked == Parked::Object => {
                let object = &self.objects[object as usize];
                object.owner.filter(|_| object.kind == ObjectKind::Lock { inherits: true })
            }
            _ => None,
        }
    }
}
