//! What a policy sees of the simulation, and how it acts on it: the [`World`] of one lock.

use super::core_state::CorePhase;
use super::engine::{Engine, Event};
use super::measure::extras::Freed;
use super::measure::lock::Taker;
use super::recorder::{Entry, Recorder};
use super::thread::{After, Kind, OnCore, Parked, State, Thread};
use crate::kernel::Nanos;
use crate::lock::policy::{Cause, Cost, Free, Step, World};
use crate::machine::ThreadId;
use crate::workload::ThreadGroup;
use rand::RngExt;

/// One lock, and through it the simulation, as its policy sees it.
pub(super) struct LockView<'e, 'a, R> {
    pub(super) engine: &'e mut Engine<'a, R>,
    pub(super) lock: usize,
    /// The thread for which the policy is called.
    pub(super) thread: ThreadId,
}

impl<R: Recorder> LockView<'_, '_, R> {
    fn group(&self, thread: ThreadId) -> &ThreadGroup {
        &self.engine.scenario.program.threads[self.engine.threads[thread as usize].group as usize]
    }

    /// Interrupts the lock; a running holder sees it after this delay.
    fn interrupt_after(&mut self, delay: impl FnOnce(&mut Engine<'_, R>) -> Nanos) {
        let engine = &mut *self.engine;
        let lock = &mut engine.locks[self.lock];
        if std::mem::replace(&mut lock.interrupted, true) {
            return;
        }
        if let Some(holder) = lock.holder
            && let Some(core) = engine.threads[holder as usize].core
            && engine.threads[holder as usize].state == State::Python
        {
            engine.settle(core, holder);
            let delay = delay(engine);
            engine.locks[self.lock].overlook(delay);
            engine.plan(core, holder);
        }
    }

    fn record(&mut self, entry: impl FnOnce(u32, ThreadId) -> Entry) {
        self.engine.recorder.record(self.engine.now, entry(self.lock as u32, self.thread));
    }
}

impl<R: Recorder> World for LockView<'_, '_, R> {
    fn now(&self) -> Nanos {
        self.engine.now
    }

    fn holder(&self) -> Option<ThreadId> {
        self.engine.locks[self.lock].holder
    }

    fn is_parked(&self, thread: ThreadId) -> bool {
        self.engine.threads[thread as usize].parked == Parked::Lock
    }

    #[inline(always)]
    fn take(&mut self, thread: ThreadId) {
        let given = thread != self.thread;
        let engine = &mut *self.engine;
        engine.settle_lock(self.lock);
        let lock = &mut engine.locks[self.lock];
        if lock.holder.is_some() {
            return engine.broken("two threads hold one lock", Some(thread));
        }
        engine.recorder.record(engine.now, Entry::Acquire { lock: self.lock as u32, thread });
        let (switched, freed) = lock.pass_to(thread);
        let this = &mut engine.threads[thread as usize];
        let since = this.wait_since.take().unwrap_or(engine.now);
        let Thread { state, woken, group, .. } = *this;
        let taker = Taker { thread, group, state, given, since, woken, switched, freed };
        engine.measures.record_take(self.lock, &taker, engine.now);
        if engine.measures.locks[self.lock].extras.is_some() {
            engine.tell_extras(self.lock, |extras, node, now| extras.taken(thread, taker.switched, node(thread), now));
        }
        if engine.locks[self.lock].inherits {
            engine.reprioritise(thread);
        }
    }

    #[inline(always)]
    fn free(&mut self, why: Free) {
        let engine = &mut *self.engine;
        engine.settle_lock(self.lock);
        engine.settle_hold(self.lock);
        let lock = &mut engine.locks[self.lock];
        let Some(holder) = lock.holder.take() else {
            return engine.broken("a lock is freed that nobody holds", None);
        };
        lock.last_free = why;
        engine.recorder.record(engine.now, Entry::Release { lock: self.lock as u32, thread: holder, why });
        let living = u64::from(engine.instances[self.lock].living);
        let measures = &mut engine.measures.locks[self.lock];
        let (waiting, inherits) = (lock.waiting, lock.inherits);
        measures.freed(waiting, living, engine.measures.from, engine.now);
        if measures.extras.is_some() {
            let hold = measures.hold(engine.now);
            engine.tell_extras(self.lock, |extras, node, now| {
                extras.freed(Freed { holder, hold, why, node: node(holder), waiting }, now);
            });
        }
        if why == Free::Forced {
            engine.begin_wait(holder, false);
        }
        if inherits {
            engine.reprioritise(holder);
        }
    }

    #[inline(always)]
    fn wake_unpaid(&mut self, thread: ThreadId) -> Nanos {
        let engine = &mut *self.engine;
        let cost = engine.costs.wake_call.draw(&mut engine.machine_random);
        let measures = &mut engine.measures.locks[self.lock];
        measures.wake_ups += 1;
        if let Some(extras) = &mut measures.extras {
            extras.woken();
        }
        let wake = Entry::Wake { lock: self.lock as u32, thread: self.thread, woken: thread };
        engine.recorder.record(engine.now, wake);
        let this = &mut engine.threads[thread as usize];
        if this.parked == Parked::Lock {
            this.on_core = OnCore::Lock(Cause::Woken);
            engine.void_timer(thread);
            engine.ready(thread);
        } else {
            this.lock_token = true;
        }
        cost
    }

    fn poke(&mut self, thread: ThreadId) {
        let engine = &mut *self.engine;
        let this = &mut engine.threads[thread as usize];
        let about_to_spin = matches!(this.after, After::Step(Step::Spin(_))) && this.segment.kind != Kind::None;
        if this.segment.kind != Kind::Spin && !about_to_spin {
            return engine.broken("a thread is poked that does not spin", Some(thread));
        }
        this.poked = true;
        if about_to_spin {
            return;
        }
        this.segment.left = 0;
        if this.state == State::Spinning
            && let Some(core) = this.core
        {
            this.segment.settled = engine.now;
            engine.plan(core, thread);
        }
    }

    fn is_running(&self, thread: ThreadId) -> bool {
        let core = self.engine.threads[thread as usize].core;
        core.is_some_and(|core| self.engine.cores[core as usize].phase == CorePhase::Running)
    }

    fn node(&self, thread: ThreadId) -> u32 {
        self.engine.node(thread)
    }

    fn line_transfer(&mut self, from: ThreadId, to: ThreadId) -> Nanos {
        self.engine.line_transfer(from, to)
    }

    fn server_line(&mut self, thread: ThreadId) -> Nanos {
        let engine = &mut *self.engine;
        let far = engine.node(thread) != engine.scenario.machine.last_node();
        engine.costs.line_transfer[usize::from(far)].draw(&mut engine.machine_random)
    }

    fn coherence(&mut self, half_requests: usize) -> Nanos {
        if half_requests == 0 {
            return 0;
        }
        let engine = &mut *self.engine;
        engine.costs.coherence.draw(&mut engine.machine_random).saturating_mul(half_requests as u64) / 2
    }

    fn priority(&self, thread: ThreadId) -> i16 {
        self.engine.threads[thread as usize].priority
    }

    fn weight_milli(&self, thread: ThreadId) -> u64 {
        self.group(thread).weight_milli
    }

    fn set_alarm(&mut self, at: Nanos) {
        let at = at.max(self.engine.now);
        let lock = &mut self.engine.locks[self.lock];
        if lock.alarm.is_none_or(|earlier| earlier > at) {
            lock.alarm = Some(at);
            self.engine.queue.push(at, Event::Alarm(self.lock as u32));
        }
    }

    fn interrupt(&mut self) {
        self.interrupt_after(|engine| engine.costs.store_visible.draw(&mut engine.machine_random));
    }

    fn interrupt_at_once(&mut self) {
        self.interrupt_after(|_| 0);
    }

    fn calm(&mut self) {
        self.engine.locks[self.lock].interrupted = false;
    }

    fn cost(&mut self, cost: Cost) -> Nanos {
        let engine = &mut *self.engine;
        let law = match cost {
            Cost::LockPair => &engine.costs.lock_pair,
            Cost::SleepCall => &engine.costs.sleep_call,
            Cost::WaitBegin => &engine.costs.wait_begin,
            Cost::EmptyCall => &engine.costs.wake_call_empty,
        };
        law.draw(&mut engine.machine_random)
    }

    fn has_bucket_lock(&self) -> bool {
        self.engine.scenario.machine.bucket_lock
    }

    fn charge(&mut self, time: Nanos) {
        self.engine.charge = self.engine.charge.saturating_add(time);
    }

    fn below(&mut self, bound: usize) -> usize {
        self.engine.policy_random.random_range(0..bound)
    }

    fn record_empty_call(&mut self) {
        self.engine.measures.locks[self.lock].wake_calls_empty += 1;
    }

    fn record_drop_request(&mut self) {
        self.engine.measures.locks[self.lock].drop_requests += 1;
        self.engine.tell_extras(self.lock, |extras, _, now| extras.drop_requested(now));
        self.record(|lock, thread| Entry::DropRequest { lock, thread });
    }

    fn record_heir(&mut self, thread: ThreadId) {
        self.engine.settle_lock(self.lock);
        self.engine.measures.locks[self.lock].kept_for(thread);
        self.engine.locks[self.lock].heir = Some(thread);
        if self.engine.locks[self.lock].inherits {
            self.engine.reprioritise(thread);
        }
    }

    fn record_section(&mut self, first: bool, delegated: bool) {
        if let Some(extras) = &mut self.engine.measures.locks[self.lock].extras {
            extras.section(first, delegated);
        }
    }

    fn record_wasted_wake_up(&mut self) {
        self.engine.measures.locks[self.lock].wasted_wake_ups += 1;
        self.record(|lock, thread| Entry::WastedWakeUp { lock, thread });
    }
}
