//! How threads and processes end.

use super::core_state::CorePhase;
use super::engine::Engine;
use super::lock_state::Lock;
use super::outcome::End;
use super::recorder::{Entry, Recorder};
use super::thread::{After, Awaits, Kind, Parked, State};
use crate::lock::policy::Free;
use crate::machine::ThreadId;
use crate::workload::code::Read;

impl<R: Recorder> Engine<'_, R> {
    /// A thread that has given up the lock ends; the last one of a process pays for the end of that.
    #[inline(always)]
    pub(super) fn exit(&mut self, thread: ThreadId) {
        let this = &self.threads[thread as usize];
        let instance = &self.instances[this.instance as usize];
        let last = self.units[this.unit as usize].is_last(instance);
        let method = self.scenario.program.processes[instance.process].start;
        let cost = match self.costs.start(method) {
            Some(price) if last => price.exit.draw(&mut self.machine_random),
            _ => 0,
        };
        if cost > 0 {
            self.start_segment(thread, Kind::StartUp, cost, After::End);
        } else {
            self.end_thread(thread);
        }
    }

    #[inline(always)]
    pub(super) fn end_thread(&mut self, thread: ThreadId) {
        self.set_state(thread, State::Absent);
        self.vacate(thread);
        self.void_timer(thread);
        self.has_ended(thread);
    }

    /// A thread is gone: whoever waited for that goes on.
    #[inline(always)]
    fn has_ended(&mut self, thread: ThreadId) {
        let (instance, unit) = self.free_slot(thread);
        if self.unit_ended(unit) {
            for joiner in std::mem::take(&mut self.units[unit].joiners) {
                self.wake_for_object(joiner);
            }
        }
        if !self.units[unit].daemon {
            self.let_go(instance);
        }
        // The one who would pay for the wake calls has ended.
        self.charge = 0;
        self.look_for_standstill();
    }

    /// Takes back one [`Engine::keep`]. The process ends with the last.
    #[inline(always)]
    pub(super) fn let_go(&mut self, instance: usize) {
        self.keeping -= 1;
        let this = &mut self.instances[instance];
        this.keeping -= 1;
        if this.keeping == 0 {
            this.ended = true;
            for joiner in std::mem::take(&mut this.joiners) {
                self.wake_for_object(joiner);
            }
            self.end_process(instance);
        }
        self.end_if_done();
    }

    /// A process ends: the threads that it still has, all of them daemons, are gone wherever they are.
    fn end_process(&mut self, instance: usize) {
        for thread in 0..self.threads.len() as ThreadId {
            let this = &self.threads[thread as usize];
            if this.instance as usize == instance && this.state != State::Absent {
                self.abandon(thread);
            }
        }
        let scenario = self.scenario;
        let process = &scenario.program.processes[self.instances[instance].process];
        let setting = process.lock.as_ref().unwrap_or(&scenario.lock);
        self.settle_lock(instance);
        self.settle_hold(instance);
        let living = u64::from(self.instances[instance].living);
        self.measures.locks[instance].abandoned(living, self.measures.from, self.now);
        if let Some(holder) = self.locks[instance].holder {
            let release = Entry::Release { lock: instance as u32, thread: holder, why: Free::Exit };
            self.recorder.record(self.now, release);
        }
        self.locks[instance] = Lock::new(setting, scenario.interpreter);
    }

    /// Takes a thread out of everything that knows it.
    fn abandon(&mut self, thread: ThreadId) {
        self.void_timer(thread);
        self.stop_waiting(thread);
        let this = &self.threads[thread as usize];
        let ready = this.core.is_none() && this.parked == Parked::No;
        if let Some(core) = this.core {
            if self.cores[core as usize].phase == CorePhase::Running && this.segment.kind != Kind::None {
                self.settle(core, thread);
                self.end_segment(thread);
            }
            self.set_state(thread, State::Absent);
            self.vacate(thread);
        } else if ready {
            self.run_queues.remove(self.number(thread));
        }
        self.set_state(thread, State::Absent);
        self.threads[thread as usize].parked = Parked::No;
        self.free_slot(thread);
    }

    /// Counts a thread that is absent from now on as ended and gives its slot to those to come; gives back its instance and
    /// unit.
    #[inline(always)]
    fn free_slot(&mut self, thread: ThreadId) -> (usize, usize) {
        let this = &self.threads[thread as usize];
        let (instance, unit) = (this.instance as usize, this.unit as usize);
        self.units[unit].count_out(&mut self.instances[instance]);
        self.free_slots[this.group as usize].push(thread);
        self.living -= 1;
        (instance, unit)
    }

    /// Takes a thread out of the queues of its lock and of what it awaits.
    fn stop_waiting(&mut self, thread: ThreadId) {
        let instance = self.threads[thread as usize].instance as usize;
        if let Some(since) = self.threads[thread as usize].wait_since.take() {
            self.settle_lock(instance);
            self.locks[instance].waiting -= 1;
            self.measures.locks[instance].left(thread, self.now);
            self.recorder.record(self.now, Entry::Withdraw { lock: instance as u32, thread });
            self.measures.locks[instance].waited += u128::from(self.now - since.max(self.measures.from));
        }
        if self.threads[thread as usize].parked != Parked::Object {
            return;
        }
        self.awaiting_objects -= 1;
        let others = |other: &ThreadId| *other != thread;
        match self.threads[thread as usize].awaits {
            Awaits::Nothing => {}
            Awaits::Object(object) | Awaits::Message(Read { queue: object, .. }) => {
                let object = &mut self.objects[object as usize];
                object.waiters.retain(others);
                object.putters.retain(others);
            }
            Awaits::Threads(unit) => self.units[unit as usize].joiners.retain(others),
            Awaits::Process(instance) => self.instances[instance as usize].joiners.retain(others),
        }
    }

    pub(super) fn end_if_done(&mut self) {
        if self.keeping == 0 {
            self.end = Some(End::Finished);
        }
    }
}
