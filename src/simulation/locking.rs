//! Interpreter locks: carrying out what policies order, and counting what they do.

use super::engine::{Engine, Event};
use super::measure::extras::{Freed, LockExtras};
use super::measure::lock::Taker;
use super::one_core::CorePhase;
use super::recorder::{Entry, Recorder};
use super::thread::{After, Intent, Kind, OnCore, Parked, State, Thread};
use crate::kernel::Nanos;
use crate::lock::policy::{AnyPolicy, Cause, Cost, Free, Policy, Step, World};
use crate::machine::{CoreId, ThreadId};
use crate::workload::ThreadGroup;
use rand::RngExt;

impl<R: Recorder> Engine<'_, R> {
    /// A running thread asks for its interpreter's lock, to go on with `intent`.
    #[inline(always)]
    pub(super) fn request(&mut self, thread: ThreadId, intent: Intent) {
        self.threads[thread as usize].intent = intent;
        self.begin_wait(thread, true);
        let step = self.ask(thread, |policy, world| policy.request(world, thread));
        self.obey(thread, step);
    }

    /// A running thread gives its interpreter's lock up, to go on with `intent`.
    #[inline(always)]
    pub(super) fn release(&mut self, thread: ThreadId, why: Free, intent: Intent) {
        self.threads[thread as usize].intent = intent;
        let step = self.ask(thread, |policy, world| policy.release(world, thread, why));
        self.obey(thread, step);
    }

    #[inline(always)]
    pub(super) fn resume_policy(&mut self, thread: ThreadId, cause: Cause) {
        let step = self.ask(thread, |policy, world| policy.resume(world, thread, cause));
        self.obey(thread, step);
    }

    /// The holder passes a check point while the lock is interrupted.
    pub(super) fn check_point(&mut self, thread: ThreadId, intent: Intent) {
        let instance = self.threads[thread as usize].instance as usize;
        self.threads[thread as usize].intent = intent;
        self.measures.locks[instance].checks += 1;
        if !self.handle_signals(thread) {
            self.ask_at_check_point(thread);
        }
    }

    /// The time that a policy has asked for has come. A later one that it had asked for first has no effect.
    pub(super) fn alarm(&mut self, lock: usize) {
        if self.locks[lock].alarm != Some(self.now) {
            return;
        }
        self.locks[lock].alarm = None;
        let mut policy = self.locks[lock].policy.take().expect("policies are not called from within policies");
        // What comes of it is told of the thread that has the lock, or had it last.
        let thread = self.locks[lock].holder.or(self.locks[lock].last_holder).unwrap_or(0);
        policy.alarm(&mut LockView { engine: self, lock, thread });
        self.locks[lock].policy = Some(policy);
        self.charge = 0;
    }

    /// What a check point asks of the policy.
    pub(super) fn ask_at_check_point(&mut self, thread: ThreadId) {
        let step = self.ask(thread, |policy, world| policy.check_point(world, thread));
        self.obey(thread, step);
    }

    /// A C call that keeps the lock has ended: there may be a check point.
    pub(super) fn call_end(&mut self, thread: ThreadId) {
        let lock = self.threads[thread as usize].instance as usize;
        if self.locks[lock].pass_call() && self.is_interrupted(thread) {
            self.check_point(thread, Intent::Next);
        } else {
            self.run_steps(thread);
        }
    }

    /// Asks the policy of a thread's lock what the thread does next. Steps that take no time, of which there are many on a
    /// machine where nothing costs anything, are done at once.
    #[inline(always)]
    fn ask(
        &mut self,
        thread: ThreadId,
        question: impl FnOnce(&mut AnyPolicy, &mut LockView<'_, '_, R>) -> Step,
    ) -> Step {
        self.consult(thread, |policy, world| {
            let mut step = question(policy, world);
            while step == Step::Spend(0) && world.engine.charge == 0 {
                step = policy.resume(world, thread, Cause::Spent);
            }
            step
        })
    }

    /// Puts a question to the policy of a thread's lock.
    #[inline(always)]
    pub(super) fn consult<T>(
        &mut self,
        thread: ThreadId,
        question: impl FnOnce(&mut AnyPolicy, &mut LockView<'_, '_, R>) -> T,
    ) -> T {
        let lock = self.threads[thread as usize].instance as usize;
        let mut policy = self.locks[lock].policy.take().expect("policies are not called from within policies");
        let answer = question(&mut policy, &mut LockView { engine: self, lock, thread });
        // Nothing is there to be dropped, which the compiler cannot know.
        std::mem::forget(self.locks[lock].policy.replace(policy));
        answer
    }

    /// Lets a thread pay what it owes and do what its policy orders.
    pub(super) fn obey(&mut self, thread: ThreadId, mut step: Step) {
        loop {
            let charge = std::mem::take(&mut self.charge);
            match step {
                Step::Spend(time) => {
                    let work = time.saturating_add(charge);
                    return self.start_segment(thread, Kind::Overhead, work, After::Policy);
                }
                _ if charge > 0 => return self.start_segment(thread, Kind::Overhead, charge, After::Step(step)),
                Step::Park | Step::ParkFor(_) if std::mem::take(&mut self.threads[thread as usize].lock_token) => {
                    step = self.ask(thread, |policy, world| policy.resume(world, thread, Cause::Woken));
                }
                Step::Park => return self.park(thread),
                Step::ParkFor(timeout) => return self.park_for(thread, timeout),
                Step::Spin(_) if std::mem::take(&mut self.threads[thread as usize].poked) => {
                    step = self.ask(thread, |policy, world| policy.resume(world, thread, Cause::Poked));
                }
                Step::Spin(time) => return self.start_segment(thread, Kind::Spin, time, After::Policy),
                Step::Enter => return self.enter(thread),
                Step::Leave => return self.leave(thread),
            }
        }
    }

    fn park(&mut self, thread: ThreadId) {
        self.block(thread, State::LockWait, Parked::Lock);
        let lock = self.threads[thread as usize].instance as usize;
        if let Some(extras) = &mut self.measures.locks[lock].extras {
            extras.parks += 1;
        }
    }

    #[inline(always)]
    fn park_for(&mut self, thread: ThreadId, timeout: Nanos) {
        self.park(thread);
        let slack = self.costs.timer_slack.draw(&mut self.machine_random);
        self.set_timer(thread, timeout.saturating_add(slack));
    }

    /// The policy lets the thread go on with the lock.
    #[inline(always)]
    fn enter(&mut self, thread: ThreadId) {
        let lock = &self.locks[self.threads[thread as usize].instance as usize];
        if lock.exists && lock.holder != Some(thread) {
            return self.broken("a policy lets a thread enter that does not hold the lock", Some(thread));
        }
        match self.threads[thread as usize].intent {
            Intent::Next => self.run_steps(thread),
            Intent::Resume(left) => self.start_segment(thread, Kind::Compute, left, After::Next),
            _ => self.broken("a policy lets a thread enter that wants to leave", Some(thread)),
        }
    }

    /// The policy lets the thread go on without the lock.
    #[inline(always)]
    fn leave(&mut self, thread: ThreadId) {
        let lock = &self.locks[self.threads[thread as usize].instance as usize];
        if lock.holder == Some(thread) {
            return self.broken("a policy lets a thread leave that holds the lock", Some(thread));
        }
        match self.threads[thread as usize].intent {
            Intent::Wait(state, delay) => {
                self.block(thread, state, Parked::Timer);
                self.set_timer(thread, delay);
            }
            Intent::Native(work) => self.start_segment(thread, Kind::Native, work, After::Request),
            Intent::Send(work, queue) => self.start_segment(thread, Kind::Native, work, After::Deliver(queue)),
            Intent::Read(read) => self.read(thread, read),
            Intent::Object => self.wait_for_object(thread),
            Intent::Exit => self.exit(thread),
            Intent::Next | Intent::Resume(_) => {
                self.broken("a policy lets a thread leave that wants to enter", Some(thread));
            }
        }
    }

    /// The core of a thread, or the one that it had last.
    fn core_of(&self, thread: ThreadId) -> Option<CoreId> {
        let thread = &self.threads[thread as usize];
        thread.core.or(thread.last_core)
    }

    fn node(&self, thread: ThreadId) -> u32 {
        self.core_of(thread).map_or(0, |core| self.scenario.machine.node(core))
    }

    /// What it costs to have a line on the core of one thread that another has written on its own.
    pub(super) fn line_transfer(&mut self, from: ThreadId, to: ThreadId) -> Nanos {
        if self.core_of(from) == self.core_of(to) {
            return 0;
        }
        let far = self.node(from) != self.node(to);
        self.costs.line_transfer[usize::from(far)].draw(&mut self.machine_random)
    }

    /// A thread waits for its lock from now on. It `asks` unless it has only been made to give the lock up for a while.
    #[inline(always)]
    fn begin_wait(&mut self, thread: ThreadId, asks: bool) {
        let instance = self.threads[thread as usize].instance as usize;
        let lock = &mut self.locks[instance];
        if lock.exists {
            let measures = &mut self.measures.locks[instance];
            measures.settle(self.now, lock.waiting);
            measures.requested(thread, lock.waiting, asks, self.now);
            lock.waiting += 1;
            self.threads[thread as usize].wait_since = Some(self.now);
            let inherits = lock.inherits;
            self.recorder.record(self.now, Entry::Request { lock: instance as u32, thread });
            if inherits {
                self.reprioritise_owner(thread);
            }
        }
    }

    /// Tells something to what is measured of a lock only if it is asked for; the node of a thread may be part of it.
    #[cold]
    fn tell_extras(&mut self, lock: usize, tell: impl FnOnce(&mut LockExtras, &dyn Fn(ThreadId) -> u32, Nanos)) {
        if let Some(mut extras) = self.measures.locks[lock].extras.take() {
            tell(&mut extras, &|thread| self.node(thread), self.now);
            self.measures.locks[lock].extras = Some(extras);
        }
    }

    /// Writes the time since the last change of a lock to its accounts.
    #[inline(always)]
    pub(super) fn settle_lock(&mut self, lock: usize) {
        self.measures.locks[lock].settle(self.now, self.locks[lock].waiting);
    }

    /// Writes what the holder has had of a lock to its account.
    #[inline(always)]
    pub(super) fn settle_hold(&mut self, lock: usize) {
        if let Some(holder) = self.locks[lock].holder {
            self.measures.record_hold(lock, holder, self.now);
        }
    }

    /// Tells a lock that one of its threads, perhaps the holder, sleeps for it, wakes up, or does something else; `slept`
    /// says whether it slept for the lock before.
    #[inline(always)]
    pub(super) fn tell_lock(&mut self, index: usize, thread: ThreadId, slept: bool, state: State) {
        let lock = &self.locks[index];
        let asleep = state == State::LockWait;
        let holds = lock.holder == Some(thread);
        if asleep == slept && !holds {
            return;
        }
        let measures = &mut self.measures.locks[index];
        measures.settle(self.now, lock.waiting);
        if asleep != slept {
            measures.sleeps(asleep);
        }
        if holds {
            let ran = R::IS_ON && measures.runs();
            measures.holder_in(state, self.now);
            if ran
                && !measures.runs()
                && let Some(extras) = &mut measures.extras
            {
                extras.preemptions += 1;
            }
        }
    }
}

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
}

impl<R: Recorder> LockView<'_, '_, R> {
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
        lock.holder = Some(thread);
        lock.heir = None;
        lock.waiting -= 1;
        // The slot of a holder that has ended may have been used again.
        let switched = lock.last_free == Free::Exit || lock.last_holder.is_some_and(|last| last != thread);
        lock.last_holder = Some(thread);
        engine.recorder.record(engine.now, Entry::Acquire { lock: self.lock as u32, thread });
        let this = &mut engine.threads[thread as usize];
        let since = this.wait_since.take().unwrap_or(engine.now);
        let wait = engine.now - since;
        let group = this.group;
        let measures = &mut engine.measures.locks[self.lock];
        let Thread { state, woken, .. } = *this;
        measures.taken(Taker { thread, state, given, woken, switched }, engine.now);
        match lock.last_free {
            Free::Forced if switched => measures.switches_forced += 1,
            _ if switched => measures.switches_voluntary += 1,
            _ => {}
        }
        engine.measures.threads[thread as usize].acquisitions += 1;
        engine.measures.groups[group as usize].acquisitions += 1;
        if wait > 0 {
            measures.waited += u128::from(engine.now - since.max(engine.measures.from));
            // A holder that takes the lock back at a check point has not waited for anybody.
            if switched || lock.last_free != Free::Forced {
                measures.contended += 1;
                engine.measures.record_wait(group, wait);
            }
        }
        if engine.measures.locks[self.lock].extras.is_some() {
            engine.tell_extras(self.lock, |extras, node, now| extras.taken(thread, switched, node(thread), now));
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
    fn wake(&mut self, thread: ThreadId) {
        let engine = &mut *self.engine;
        let cost = engine.costs.wake_call.draw(&mut engine.machine_random);
        engine.charge = engine.charge.saturating_add(cost);
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
    }

    fn wake_nobody(&mut self) {
        let engine = &mut *self.engine;
        let cost = engine.costs.wake_call_empty.draw(&mut engine.machine_random);
        engine.charge = engine.charge.saturating_add(cost);
        engine.measures.locks[self.lock].wake_calls_empty += 1;
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
            let delay = engine.costs.store_visible.draw(&mut engine.machine_random);
            engine.locks[self.lock].overlook(delay);
            engine.plan(core, holder);
        }
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
        };
        law.draw(&mut engine.machine_random)
    }

    fn charge(&mut self, time: Nanos) {
        self.engine.charge = self.engine.charge.saturating_add(time);
    }

    fn below(&mut self, bound: usize) -> usize {
        self.engine.policy_random.random_range(0..bound)
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
