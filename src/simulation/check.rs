//! The invariants that are checked in every run.

use super::attribution::Attribution;
use super::core_state::CorePhase;
use super::engine::Engine;
use super::measure::{CoreMeasures, LockMeasures};
use super::recorder::Recorder;
use super::thread::{Kind, State, Thread};
use crate::kernel::Nanos;
use crate::machine::{CoreId, ThreadId};

impl<R: Recorder> Engine<'_, R> {
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
            let Thread { wait_since: since, instance, group, .. } = self.threads[thread];
            let share = &mut self.measures.threads[thread];
            (share.lock, share.group) = (instance, group);
            (share.waits, share.waiting_for) = (since.is_some(), since.map_or(0, |since| self.now - since));
        }
        for core in 0..self.cores.len() {
            self.set_phase(core as CoreId, self.cores[core].phase);
        }
        for lock in 0..self.locks.len() {
            self.settle_lock(lock);
            self.settle_hold(lock);
        }
        let now = self.now;
        self.measures.gates.iter_mut().for_each(|gate| gate.settle(now));
        let measures = &mut self.measures;
        measures.cores.useful = measures.in_state(State::Python) + measures.in_state(State::Native);
        measures.cores.overhead = measures.in_state(State::Overhead);
        measures.cores.start_up = measures.in_state(State::StartUp);
        measures.cores.spinning = measures.in_state(State::Spinning);
    }

    /// Checks that the accounts, kept in different places, agree to the nanosecond.
    pub(super) fn check_accounts(&mut self) {
        let elapsed = self.now - self.measures.from;
        self.check_thread_times(elapsed);
        self.check_core_times(elapsed);
        self.check_lock_times(elapsed);
        self.check_attribution();
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
        let CoreMeasures { useful, overhead, start_up, spinning, switching, system, idle, .. } = *cores;
        let sum: u128 =
            [useful, overhead, start_up, spinning, switching, system, idle].iter().map(|&time| u128::from(time)).sum();
        if sum != self.cores.len() as u128 * u128::from(elapsed) {
            self.broken("core times do not sum to c x T", None);
        }
    }

    /// Every nanosecond of a lock is free or held, and one thing of these only.
    fn check_lock_times(&mut self, elapsed: Nanos) {
        let whole =
            |lock: &LockMeasures| lock.time.held() + lock.time.granted + lock.time.free_wanted + lock.time.unused;
        if self.measures.locks.iter().any(|lock| whole(lock) != elapsed) {
            self.broken("the times of a lock do not sum to T", None);
        }
    }

    /// The parts of the time of all threads sum to it.
    fn check_attribution(&mut self) {
        if let Err(what) = Attribution::of(&self.measures) {
            self.broken(what, None);
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
}
