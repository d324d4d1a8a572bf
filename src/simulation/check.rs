//! The invariants that are checked in every run, and deadlocks.

use super::engine::{CorePhase, Engine};
use super::outcome::End;
use super::thread::{Kind, Parked, State};
use crate::kernel::Nanos;
use crate::machine::{CoreId, ThreadId};
use crate::workload::ObjectKind;

impl Engine<'_> {
    /// Writes everything up to now to the accounts.
    pub(super) fn settle_accounts(&mut self) {
        for thread in 0..self.threads.len() {
            let this = &self.threads[thread];
            if let Some(core) = this.core
                && this.segment.kind != Kind::None
                && self.cores[core as usize].phase == CorePhase::Running
            {
                self.settle(core, thread as ThreadId);
            }
            self.set_state(thread as ThreadId, self.threads[thread].state);
        }
        for core in 0..self.cores.len() {
            self.set_phase(core as CoreId, self.cores[core].phase);
        }
        for lock in 0..self.locks.len() {
            self.settle_lock(lock);
        }
        let states =
            |state: State| self.measures.groups.iter().map(|group| group.states[state as usize]).sum::<Nanos>();
        self.measures.cores.useful = states(State::Python) + states(State::Native);
        self.measures.cores.overhead = states(State::Overhead);
        self.measures.cores.spinning = states(State::Spinning);
    }

    /// Checks that the accounts, kept in different places, agree to the nanosecond.
    pub(super) fn check_accounts(&mut self) {
        let elapsed = self.now - self.measures.from;
        self.check_thread_times(elapsed);
        self.check_core_times(elapsed);
        self.check_little();
    }

    /// Times in all states sum to N x T.
    fn check_thread_times(&mut self, elapsed: Nanos) {
        let wrong = self.measures.groups.iter().position(|group| {
            let sum: u128 = group.states.iter().map(|&time| u128::from(time)).sum();
            sum != u128::from(group.slots) * u128::from(elapsed)
        });
        if let Some(group) = wrong {
            let name = &self.scenario.program.threads[group].name;
            self.broken(&format!("the times of the states of group {name} do not sum to N x T"), None);
        }
    }

    /// Times of all cores, part of them told by the states of threads, sum to c x T.
    fn check_core_times(&mut self, elapsed: Nanos) {
        let cores = &self.measures.cores;
        let sum: u128 = [cores.useful, cores.overhead, cores.spinning, cores.switching, cores.idle]
            .iter()
            .map(|&time| u128::from(time))
            .sum();
        if sum != self.cores.len() as u128 * u128::from(elapsed) {
            self.broken("core times do not sum to c x T", None);
        }
    }

    /// Little's law, exactly: the integral of the queue length is the sum of the waits.
    fn check_little(&mut self) {
        for lock in 0..self.locks.len() {
            let waiting: u128 = self
                .threads
                .iter()
                .filter(|thread| thread.instance as usize == lock)
                .filter_map(|thread| thread.wait_since)
                .map(|since| u128::from(self.now - since.max(self.measures.from)))
                .sum();
            let measures = &mut self.measures.locks[lock];
            measures.waited += waiting;
            if measures.waited != measures.queue {
                self.broken("Little's law does not hold: the queue's integral differs from the sum of the waits", None);
            }
        }
    }

    /// Ends the run if a thread that has just begun to wait for an object can never go on.
    pub(super) fn look_for_deadlock(&mut self, thread: ThreadId) {
        if self.end.is_none() && self.in_cycle(thread) {
            self.end = self.deadlock_report().map(End::Deadlock);
        }
        self.look_for_standstill();
    }

    /// Ends the run if every thread waits for another.
    pub(super) fn look_for_standstill(&mut self) {
        if self.end.is_none() && self.awaiting_objects == self.living && self.arrivals_pending == 0 {
            self.end = self.deadlock_report().map(End::Deadlock);
        }
    }

    /// Whether the owners of the locks that a thread and those owners wait for lead back to it.
    fn in_cycle(&self, thread: ThreadId) -> bool {
        let mut current = thread;
        for _ in 0..self.threads.len() {
            match self.blocker(current) {
                Some(owner) if owner == thread => return true,
                Some(owner) => current = owner,
                None => return false,
            }
        }
        false
    }

    /// The owner of the lock that a sleeping thread waits for, if only that can release it.
    fn blocker(&self, thread: ThreadId) -> Option<ThreadId> {
        let this = &self.threads[thread as usize];
        let object = self.objects.get(this.awaits as usize).filter(|_| this.parked == Parked::Object)?;
        object.owner.filter(|_| object.kind == ObjectKind::Lock && !object.released_by_others)
    }

    /// Who waits for whom, if anybody waits for an object.
    pub(super) fn deadlock_report(&self) -> Option<String> {
        let lines: Vec<String> = (0..self.threads.len() as ThreadId)
            .filter(|&thread| self.threads[thread as usize].parked == Parked::Object)
            .map(|thread| self.waiting_line(thread))
            .collect();
        (!lines.is_empty()).then(|| lines.join("; "))
    }

    fn waiting_line(&self, thread: ThreadId) -> String {
        let name = self.thread_name(thread);
        let awaits = self.threads[thread as usize].awaits as usize;
        let Some(object) = self.scenario.program.objects.get(awaits) else {
            return format!("{name} waits for threads to end");
        };
        let kind = match object.kind {
            ObjectKind::Lock => "lock",
            ObjectKind::Semaphore(_) => "semaphore",
            ObjectKind::Condition(_) => "condition",
            ObjectKind::Event => "event",
            ObjectKind::Barrier(_) => "barrier",
            ObjectKind::Queue(_) => "queue",
        };
        match self.blocker(thread) {
            Some(owner) => format!("{name} waits for {kind} {}, which {} holds", object.name, self.thread_name(owner)),
            None => format!("{name} waits for {kind} {}", object.name),
        }
    }
}
