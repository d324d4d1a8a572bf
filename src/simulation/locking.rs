//! Interpreter locks: carrying out what policies order, and counting what they do.

use super::engine::Engine;
use super::lock_view::LockView;
use super::measure::extras::LockExtras;
use super::recorder::{Entry, Recorder};
use super::thread::{After, Intent, Kind, Parked, State};
use crate::kernel::Nanos;
use crate::lock::policy::{AnyPolicy, Cause, Free, Policy, Step};
use crate::machine::{CoreId, ThreadId};

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

    pub(super) fn node(&self, thread: ThreadId) -> u32 {
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
    pub(super) fn begin_wait(&mut self, thread: ThreadId, asks: bool) {
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
    pub(super) fn tell_extras(
        &mut self,
        lock: usize,
        tell: impl FnOnce(&mut LockExtras, &dyn Fn(ThreadId) -> u32, Nanos),
    ) {
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
