//! Threads on cores: dispatch, stretches of work, preemption, blocking and waking.
//!
//! Work is counted in nanoseconds at speed 1. [`Engine::plan`] schedules the end of a stretch, [`Engine::settle`]
//! counts what has been done of it; both use whole numbers only.

use super::core_state::{Core, CorePhase};
use super::engine::{Engine, Event};
use super::pace::{ENDLESS, advance, duration};
use super::recorder::{Entry, Recorder};
use super::thread::{After, Intent, Kind, OnCore, Parked, Segment, State, Thread};
use crate::kernel::Nanos;
use crate::lock::policy::{Cause, Policy};
use crate::machine::scheduler::{CoreView, Placement, RunQueues};
use crate::machine::{CoreId, FULL_SPEED, ThreadId};

impl<R: Recorder> Engine<'_, R> {
    #[inline(always)]
    pub(super) fn core_event(&mut self, core: CoreId) {
        let this = &mut self.cores[core as usize];
        this.armed = false;
        match (this.phase, this.thread) {
            (CorePhase::Switching, Some(thread)) => self.arrive(core, thread),
            (CorePhase::Switching, None) => self.core_awake(core),
            (CorePhase::Running, Some(thread)) => self.planned_end(core, thread),
            (CorePhase::System, None) => self.system_event(core),
            _ => self.broken("an event fired for a core without a thread", None),
        }
    }

    /// The switch is over: the thread runs.
    #[inline(always)]
    fn arrive(&mut self, core: CoreId, thread: ThreadId) {
        self.busy_cores += 1;
        let this = &mut self.cores[core as usize];
        this.come_into(CorePhase::Running, self.now, &mut self.measures.cores);
        this.started = self.now;
        let this = &mut self.threads[thread as usize];
        this.last_core = Some(core);
        let on_core = this.on_core;
        self.recorder.record(self.now, Entry::Core { core, phase: CorePhase::Running, thread: Some(thread) });
        if !self.unlimited {
            self.arm_tick(core);
        }
        match on_core {
            OnCore::Segment => self.resume_segment(core, thread),
            OnCore::Lock(cause) => self.resume_policy(thread, cause),
            OnCore::Request => self.request(thread, Intent::Next),
            OnCore::Object => self.object_resumed(thread),
        }
    }

    /// The work planned for a core is done.
    #[inline(always)]
    fn planned_end(&mut self, core: CoreId, thread: ThreadId) {
        let at_check = self.cores[core as usize].planned_check && self.is_interrupted(thread);
        let left = self.settle(core, thread);
        if at_check {
            let (left, at_check) = self.pass_futile_checks(core, thread, left);
            self.end_segment(thread);
            if at_check {
                self.check_point(thread, if left > 0 { Intent::Resume(left) } else { Intent::Next });
            } else {
                self.start_segment(thread, Kind::Compute, left, After::Next);
            }
        } else if left == 0 {
            let after = self.end_segment(thread);
            self.follow(thread, after);
        } else {
            self.plan(core, thread);
        }
    }

    /// Does what comes after a stretch of work.
    #[inline(always)]
    fn follow(&mut self, thread: ThreadId, after: After) {
        match after {
            After::Next => self.run_steps(thread),
            After::CallEnd => self.call_end(thread),
            After::Request => self.request(thread, Intent::Next),
            After::Deliver(queue) => self.deliver(thread, queue),
            After::Handled => self.signals_handled(thread),
            After::Policy => {
                let poked = std::mem::take(&mut self.threads[thread as usize].poked);
                self.resume_policy(thread, if poked { Cause::Poked } else { Cause::Spent });
            }
            After::Step(step) => self.obey(thread, step),
            After::Spawn => self.spawn_paid(thread),
            After::Boot => self.booted(thread),
            After::End => self.end_thread(thread),
        }
    }

    /// Lets a running thread work.
    #[inline(always)]
    pub(super) fn start_segment(&mut self, thread: ThreadId, kind: Kind, work: Nanos, after: After) {
        let this = &mut self.threads[thread as usize];
        this.segment = Segment::new(kind, work, self.now);
        this.after = after;
        let Some(core) = this.core else {
            return self.broken("a thread works without a core", Some(thread));
        };
        self.resume_segment(core, thread);
        if std::mem::take(&mut self.cores[core as usize].preempt) {
            self.preempt(core);
            self.serve(core, true);
        }
    }

    #[inline(always)]
    fn resume_segment(&mut self, core: CoreId, thread: ThreadId) {
        let this = &mut self.threads[thread as usize];
        this.segment.settled = self.now;
        let Segment { kind, .. } = this.segment;
        self.set_state(thread, kind.state());
        if self.paced && kind.is_python() {
            self.instances[self.threads[thread as usize].instance as usize].running_python += 1;
        }
        self.plan(core, thread);
        if self.paced {
            self.retime();
        }
    }

    /// Ends or interrupts a stretch of work that has been settled; gives back what was to come after it.
    #[inline(always)]
    pub(super) fn end_segment(&mut self, thread: ThreadId) -> After {
        let this = &mut self.threads[thread as usize];
        if self.paced && this.segment.kind.is_python() {
            self.instances[this.instance as usize].running_python -= 1;
        }
        this.segment.kind = Kind::None;
        this.after
    }

    /// Schedules the end of a core's work: when it is done or reaches a check point that matters.
    #[inline(always)]
    pub(super) fn plan(&mut self, core: CoreId, thread: ThreadId) {
        let this = &self.threads[thread as usize];
        let Segment { kind, left, done_billionths, .. } = this.segment;
        let lock = &mut self.locks[this.instance as usize];
        let looks_up = kind == Kind::Compute && lock.interrupts(thread);
        let check = looks_up.then(|| lock.until_check()).filter(|check| *check <= left);
        let planned = check.unwrap_or(left);
        let pace = self.pace(core, kind, this.instance as usize);
        let this = &mut self.cores[core as usize];
        this.pace = pace;
        this.planned = planned;
        this.planned_check = check.is_some();
        if this.disarm() {
            self.queue.made_void();
        }
        if planned < ENDLESS && pace > 0 {
            this.armed = true;
            let delay = duration(planned, pace, done_billionths);
            self.queue.push(self.now.saturating_add(delay), Event::Core(core, this.generation));
        }
    }

    /// Schedules a core's event, in place of one that is pending.
    #[inline(always)]
    pub(super) fn arm_core(&mut self, core: CoreId, delay: Nanos) {
        self.void_core(core);
        let this = &mut self.cores[core as usize];
        this.armed = true;
        self.queue.push(self.now.saturating_add(delay), Event::Core(core, this.generation));
    }

    #[inline(always)]
    pub(super) fn void_core(&mut self, core: CoreId) {
        if self.cores[core as usize].disarm() {
            self.queue.made_void();
        }
    }

    /// Counts the work done since it was last counted, and gives back what is left. The planned end stays where it is.
    #[inline(always)]
    pub(super) fn settle(&mut self, core: CoreId, thread: ThreadId) -> Nanos {
        let core = &mut self.cores[core as usize];
        let this = &mut self.threads[thread as usize];
        let elapsed = self.now - this.segment.settled;
        let (done, done_billionths) = advance(elapsed, core.pace, this.segment.done_billionths);
        let (done, done_billionths) = if done < core.planned { (done, done_billionths) } else { (core.planned, 0) };
        this.segment.settled = self.now;
        this.segment.done_billionths = done_billionths;
        if done == 0 {
            return this.segment.left;
        }
        core.planned -= done;
        this.segment.left -= done;
        if matches!(this.segment.kind, Kind::Compute | Kind::Call | Kind::Native) {
            self.measures.groups[this.group as usize].work += done;
            if R::IS_ON
                && let Some(lives) = &mut self.measures.lives
            {
                lives.works(thread, done);
            }
        }
        let lock = &mut self.locks[this.instance as usize];
        if this.segment.kind == Kind::Compute {
            lock.pass(done);
        }
        this.segment.left
    }

    /// Speed of work on a core, in billionths.
    #[inline(always)]
    pub(super) fn pace(&self, core: CoreId, kind: Kind, instance: usize) -> u64 {
        let instance = &self.instances[instance];
        let mut pace = match kind {
            Kind::Compute => instance.python_pace,
            Kind::Call => instance.call_pace,
            _ => FULL_SPEED,
        };
        pace = pace * self.cores[core as usize].speed_milli / 1000;
        if self.paced {
            pace = pace * u64::from(self.scenario.machine.busy_speed_milli(self.busy_cores)) / 1000;
            if kind.is_python() {
                pace = pace * 1000 / (1000 + instance.contention_milli * (instance.running_python - 1));
                pace *= u64::from(!instance.stopped);
            }
        }
        pace
    }

    /// Sets the speed of Python work of a process: checks cost something once it has had more than one thread.
    pub(super) fn set_python_pace(&mut self, instance: usize) {
        let alone = self.instances[instance].threads_begun <= 1;
        if let Some(policy) = &self.locks[instance].policy {
            self.instances[instance].python_pace = policy.pace(alone, self.costs.lock_pair_mean);
            self.instances[instance].call_pace = policy.call_pace();
        }
    }

    /// Plans all running work anew of which the speed has changed: what else runs has.
    pub(super) fn retime(&mut self) {
        for core in 0..self.cores.len() {
            let this = &self.cores[core];
            if this.phase != CorePhase::Running {
                continue;
            }
            let Some(thread) = this.thread else { continue };
            let Thread { segment, instance, .. } = &self.threads[thread as usize];
            let same =
                segment.kind == Kind::None || this.pace == self.pace(core as CoreId, segment.kind, *instance as usize);
            if same {
                continue;
            }
            self.settle(core as CoreId, thread);
            // Otherwise its end or its check point is this very moment, and the event is pending.
            if self.cores[core].planned > 0 {
                self.plan(core as CoreId, thread);
            }
        }
    }

    /// A sleeping or new thread can go on: it gets a core or a place in a queue.
    pub(super) fn ready(&mut self, thread: ThreadId) {
        self.threads[thread as usize].parked = Parked::No;
        self.set_state(thread, State::Ready);
        if self.unlimited {
            return self.wake_own_core(thread);
        }
        self.seat(self.number(thread), self.threads[thread as usize].last_core, CorePhase::Switching);
    }

    /// Whoever became ready, by the scheduler's number, gets a core or a place in a queue; a core that is woken for that
    /// comes into this phase.
    pub(super) fn seat(&mut self, number: ThreadId, last: Option<CoreId>, phase: CorePhase) {
        let (cores, now) = (&self.cores, self.now);
        let view = |core: CoreId| {
            let core: &Core = &cores[core as usize];
            CoreView { idle: core.phase == CorePhase::Idle, ran: core.ran(now) }
        };
        match self.run_queues.place(number, last, cores.len() as u32, now, view) {
            Placement::Idle(core) => {
                self.end_sleep(core);
                let latency = self.costs.wake_latency_idle.draw(&mut self.machine_random);
                self.dispatch(core, number, latency);
            }
            Placement::Wakes(core) => self.wake_core(core, phase),
            Placement::Preempt(core) => self.make_room(core),
            Placement::Queued(core) if matches!(self.run_queues, RunQueues::Fair(_)) => self.arm_tick(core),
            Placement::Queued(_) => (0..self.cores.len()).for_each(|core| self.arm_tick(core as CoreId)),
        }
    }

    /// Gives a core to the thread that the scheduler has chosen in place of the present one.
    pub(super) fn make_room(&mut self, core: CoreId) {
        if self.is_deciding(core) {
            self.cores[core as usize].preempt = true;
        } else {
            self.preempt(core);
            self.serve(core, true);
        }
    }

    /// Whether a core's thread is between two stretches of work: what it does next is being decided this moment.
    fn is_deciding(&self, core: CoreId) -> bool {
        let this = &self.cores[core as usize];
        let working = this.thread.is_some_and(|thread| self.threads[thread as usize].segment.kind != Kind::None);
        this.phase == CorePhase::Running && !working
    }

    /// An idle core wakes up, in this phase, and then chooses a thread.
    pub(super) fn wake_core(&mut self, core: CoreId, phase: CorePhase) {
        self.end_sleep(core);
        let latency = self.costs.wake_latency_idle.draw(&mut self.machine_random);
        if latency == 0 {
            return self.serve(core, false);
        }
        self.recorder.record(self.now, Entry::Core { core, phase, thread: None });
        self.set_phase(core, phase);
        self.arm_core(core, latency);
    }

    /// A core has woken up. If all that it was woken for have ended meanwhile, it has only been idle.
    pub(super) fn core_awake(&mut self, core: CoreId) {
        let Core { phase, since, .. } = self.cores[core as usize];
        self.serve(core, false);
        if self.cores[core as usize].phase == CorePhase::Idle && phase == CorePhase::Switching {
            let waking = self.now - since;
            self.measures.cores.switching -= waking;
            self.measures.cores.idle += waking;
        }
    }

    /// Gives a core to whoever has this number, who runs after the latency and the switch.
    fn dispatch(&mut self, core: CoreId, number: ThreadId, latency: Nanos) {
        let mut delay = latency;
        if self.cores[core as usize].last.replace(number).is_some_and(|last| last != number) {
            self.measures.cores.context_switches += 1;
            delay = delay.saturating_add(self.costs.context_switch.draw(&mut self.machine_random));
        }
        match number.checked_sub(self.background.len() as ThreadId) {
            Some(thread) => self.dispatch_thread(core, thread, latency, delay),
            None => self.dispatch_worker(core, number, latency, delay),
        }
    }

    /// Gives a core to a thread; of the delay this is the latency.
    fn dispatch_thread(&mut self, core: CoreId, thread: ThreadId, latency: Nanos, mut delay: Nanos) {
        self.set_phase(core, CorePhase::Switching);
        self.cores[core as usize].thread = Some(thread);
        if self.threads[thread as usize].core.is_some() {
            self.broken("a thread is dispatched that has a core", Some(thread));
        }
        self.threads[thread as usize].core = Some(core);
        if self.threads[thread as usize].last_core.is_some_and(|last| last != core) {
            self.measures.cores.migrations += 1;
            delay = delay.saturating_add(self.costs.migration.draw(&mut self.machine_random));
        }
        delay = delay.saturating_add(self.cold_start(core, thread));
        self.cores[core as usize].switch_cost = delay - latency;
        self.recorder.record(self.now, Entry::Core { core, phase: CorePhase::Switching, thread: Some(thread) });
        self.void_tick(core);
        self.arm_core(core, delay);
    }

    /// Notes whether a core that was idle has slept for long.
    #[inline(always)]
    pub(super) fn end_sleep(&mut self, core: CoreId) {
        let Some((after, _)) = &self.costs.cold_start else { return };
        let this = &mut self.cores[core as usize];
        if self.now - this.idle_since >= *after {
            this.cold_since = self.now;
        }
    }

    /// What a thread pays on a core that has slept for long since it last ran.
    #[inline(always)]
    pub(super) fn cold_start(&mut self, core: CoreId, thread: ThreadId) -> Nanos {
        let Some((_, time)) = &self.costs.cold_start else { return 0 };
        let cold = self.cores[core as usize].cold_since > self.threads[thread as usize].left;
        if cold { time.draw(&mut self.machine_random) } else { 0 }
    }

    /// Takes the core from a thread that could go on.
    pub(super) fn preempt(&mut self, core: CoreId) {
        if let Some(worker) = self.cores[core as usize].worker() {
            return self.preempt_worker(core, worker);
        }
        self.measures.cores.involuntary += 1;
        let Some(thread) = self.cores[core as usize].thread else { return };
        let kind = self.threads[thread as usize].segment.kind;
        if self.cores[core as usize].phase == CorePhase::Running && kind != Kind::None {
            self.settle(core, thread);
            self.end_segment(thread);
            self.threads[thread as usize].segment.kind = kind;
            self.threads[thread as usize].on_core = OnCore::Segment;
        }
        let holds = self.locks[self.threads[thread as usize].instance as usize].holder == Some(thread);
        self.set_state(thread, if holds { State::Preempted } else { State::Ready });
        self.leave_core(core, thread);
        self.run_queues.put_back(core, self.number(thread));
    }

    /// Puts a running thread to sleep and gives its core to the next.
    #[inline(always)]
    pub(super) fn block(&mut self, thread: ThreadId, state: State, parked: Parked) {
        self.threads[thread as usize].parked = parked;
        self.set_state(thread, state);
        self.vacate(thread);
    }

    /// Frees the core of a thread that needs it no longer.
    #[inline(always)]
    pub(super) fn vacate(&mut self, thread: ThreadId) {
        let this = &mut self.threads[thread as usize];
        let Some(core) = this.core.take() else {
            self.broken("a thread that has no core leaves one", Some(thread));
            return;
        };
        this.left = self.now;
        self.measures.cores.voluntary += 1;
        if self.unlimited {
            return self.leave_own_core(core);
        }
        self.leave_core(core, thread);
        self.run_queues.sleep(core, self.number(thread));
        self.serve(core, false);
    }

    /// Gives a free core to the next ready thread, if any; `woken` if that has just been woken.
    pub(super) fn serve(&mut self, core: CoreId, woken: bool) {
        let kicked = std::mem::take(&mut self.cores[core as usize].kicked);
        if let Some(next) = self.run_queues.next(core, kicked, self.now) {
            let latency = if woken { self.costs.wake_latency_busy.draw(&mut self.machine_random) } else { 0 };
            self.dispatch(core, next, latency);
        } else {
            self.set_phase(core, CorePhase::Idle);
            let this = &mut self.cores[core as usize];
            this.thread = None;
            this.idle_since = self.now;
            self.recorder.record(self.now, Entry::Core { core, phase: CorePhase::Idle, thread: None });
        }
        if self.paced {
            self.retime();
        }
    }

    fn leave_core(&mut self, core: CoreId, thread: ThreadId) {
        self.release_core(core, self.number(thread));
        self.threads[thread as usize].core = None;
        self.threads[thread as usize].left = self.now;
    }

    /// A core is given up by whoever has this number.
    pub(super) fn release_core(&mut self, core: CoreId, number: ThreadId) {
        let this = &mut self.cores[core as usize];
        self.busy_cores -= usize::from(this.is_at_work());
        let ran = this.ran(self.now);
        self.run_queues.leave(core, number, ran, self.now);
        this.thread = None;
        (this.serves_system, this.preempt, this.working) = (false, false, false);
        self.void_core(core);
        self.void_tick(core);
        // Until it is dispatched or idle the core counts as switching, for no time at all.
        self.set_phase(core, CorePhase::Switching);
    }

    #[inline(always)]
    pub(super) fn set_phase(&mut self, core: CoreId, phase: CorePhase) {
        self.cores[core as usize].come_into(phase, self.now, &mut self.measures.cores);
    }
}
