//! The general lock: six axes, of which most locks are a point.
//!
//! The axes (`axes`) are what a release does, which waiter is next, who may compete, what a waiter does, when the
//! longest waiter is served whatever the rest says, and when a holder is made to release. The presets ([`presets`]) are
//! named points; `[lock]` takes every axis as a key, so that each can be changed and swept alone.
//!
//! What it costs: whoever takes the lock pays [`LockPair`] and the transfer of the lock's line from the last
//! holder's core, and, where waiters spin on that line, the answers to those of them that have a core. It pays as holder,
//! so all of it lies on the critical path. Who parks pays [`SleepCall`], who wakes another pays the wake call, after
//! its release. Spinning occupies a core; a spinner that loses it notices nothing until it has one again.
//!
//! [`LockPair`]: crate::lock::policy::Cost::LockPair
//! [`SleepCall`]: crate::lock::policy::Cost::SleepCall

mod axes;
mod bucket;
mod choice;
mod controller;
mod passing_on;
pub mod presets;
#[cfg(test)]
mod tests;
mod waiting;

use std::collections::{BTreeSet, VecDeque};

use super::line::pay;
use super::policy::{Cause, CheckPoints, Free, PerThread, Policy, Step, World};
use super::preset::Setting;
use crate::kernel::{NEVER, Nanos};
use crate::lock::Interpreter;
use crate::machine::ThreadId;
use axes::{Admission, Axes, Fair, Fairness, Forced, Release, Requeue, Sleepers, SpinOn, Successor};
use bucket::Bucket;
use controller::Controller;

/// Where a thread stands in the state machine.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Phase {
    /// It does not want the lock, or has it.
    #[default]
    Away,
    /// It spins until it is called, or until its time is up.
    Spinning,
    /// It lets a pause go by before it looks at the lock again.
    Pausing,
    /// It sleeps, or is on its way.
    Parked,
    /// It makes the call that puts it to sleep if the lock's word says so by then.
    Falling,
    /// It has released the lock, and makes the call that wakes a sleeper.
    Waking,
    /// It has been told to look at the lock.
    Called,
    /// It has released the lock, and looks whether somebody takes it.
    Watching,
    /// It was made to release the lock, and may take it again.
    Retaking,
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Waiter {
    phase: Phase,
    /// Since when it waits.
    since: Nanos,
    /// Since when it spins or pauses.
    spins: Nanos,
    /// Its next pause.
    pause: Nanos,
    /// What a turn of its spinning takes.
    turn: Nanos,
    /// How long it has held the lock so far, divided by its weight.
    usage: Nanos,
    /// Whether it has slept, or was about to, since it asked.
    slept: bool,
}

/// One lock.
#[derive(Debug, Clone, PartialEq)]
pub struct General {
    axes: Axes,
    /// Waiters that compete, in the order in which they queue.
    queue: VecDeque<ThreadId>,
    /// Waiters that have been set aside, the last one first.
    passive: VecDeque<ThreadId>,
    /// Since when each of them waits, if the axes ask for the eldest: the eldest first.
    ages: Option<BTreeSet<(Nanos, ThreadId)>>,
    waiters: PerThread<Waiter>,
    /// How many waiters look at the lock all the time, those set aside included.
    spinners: usize,
    /// How many sleep, and how many are about to.
    sleepers: usize,
    falling: usize,
    /// For [`Sleepers::Flagged`]: whether the lock's word says that somebody may sleep, and the calls that concern
    /// sleepers.
    flag: bool,
    bucket: Bucket,
    /// The waiter that the lock has been handed to and that has yet to take it.
    heir: Option<ThreadId>,
    /// The thread that a free lock is kept for, and until when.
    kept: Option<(ThreadId, Nanos)>,
    /// Waiters that have been called and have not looked yet.
    called: usize,
    last: Option<ThreadId>,
    taken_at: Nanos,
    /// When the lock last went from one thread to another.
    switched_at: Nanos,
    /// The holder has been asked to release.
    asked: bool,
    /// When the clock of [`Fairness::Clock`] runs out.
    fair_at: Nanos,
    /// Acquisitions since the last that was fair.
    unfair: u64,
    /// The waiter that has been woken in vain.
    failed: Option<ThreadId>,
    /// Mean time of successful spinning, for [`Waiting::Adaptive`].
    learnt: Nanos,
    controller: Controller,
    /// Since when the lock is free that its holder was made to release.
    forced_at: Option<Nanos>,
}

impl General {
    /// A free lock.
    pub fn new(setting: &Setting) -> Self {
        let axes = Axes::new(setting);
        Self {
            axes,
            controller: Controller::new(axes.controller, setting),
            forced_at: None,
            queue: VecDeque::new(),
            passive: VecDeque::new(),
            ages: axes.ask_for_the_eldest().then(BTreeSet::new),
            waiters: PerThread::default(),
            spinners: 0,
            sleepers: 0,
            falling: 0,
            flag: false,
            bucket: Bucket::default(),
            heir: None,
            kept: None,
            called: 0,
            last: None,
            taken_at: 0,
            switched_at: 0,
            asked: false,
            fair_at: 0,
            unfair: 0,
            failed: None,
            learnt: 0,
        }
    }

    fn may_take<W: World>(&self, world: &W, thread: ThreadId) -> bool {
        let kept = self.kept.is_some_and(|(owner, until)| owner != thread && until > world.now());
        world.holder().is_none() && self.heir.is_none_or(|heir| heir == thread) && !kept
    }

    /// Makes a thread the holder, which has `spun` for the lock or not.
    fn take<W: World>(&mut self, world: &mut W, thread: ThreadId, spun: bool) -> Step {
        self.heir = None;
        self.kept = None;
        world.take(thread);
        self.pay(world, thread, spun);
        if self.last != Some(thread) {
            self.switched_at = world.now();
            let moved = self.last.is_none_or(|last| world.node(last) != world.node(thread));
            if moved && self.axes.successor == Successor::Local {
                self.unfair = 0;
            }
        }
        self.unfair += 1;
        if let Some(forced_at) = self.forced_at.take()
            && self.last != Some(thread)
        {
            self.controller.switched(world.now() - forced_at);
        }
        self.last = Some(thread);
        self.taken_at = world.now();
        self.flag |= self.axes.sleepers == Sleepers::Flagged && self.waiters.get(thread).slept;
        self.set_phase(thread, Phase::Away);
        self.asked = false;
        world.calm();
        self.arm(world);
        Step::Enter
    }

    /// Charges what taking the lock costs.
    fn pay<W: World>(&mut self, world: &mut W, thread: ThreadId, spun: bool) {
        pay(world, self.last, thread, self.axes.lines);
        let halves = match self.axes.spin_on {
            SpinOn::Own => return,
            SpinOn::Shared => 1,
            SpinOn::Written => 2,
            SpinOn::Hammered => 3,
        };
        // Under `local` each node has a line of its own.
        let near = |other| self.axes.successor != Successor::Local || world.node(other) == world.node(thread);
        let looks = |&&other: &&ThreadId| self.spins(other) && world.is_running(other) && near(other);
        let others = self.queue.range(self.first_spinner()..).filter(looks).count();
        let slope = world.coherence(halves * (others + usize::from(spun)));
        world.charge(slope);
    }

    /// A thread that wants the lock looks at it.
    fn attempt<W: World>(&mut self, world: &mut W, thread: ThreadId, cause: Cause) -> Step {
        let phase = self.phase(thread);
        if phase == Phase::Called {
            self.called -= 1;
        }
        if phase == Phase::Falling {
            self.leave_bucket(world);
            if self.flag {
                return self.fall_asleep(world, thread);
            }
        }
        if self.may_take(world, thread) {
            if phase != Phase::Called {
                self.queue.retain(|&other| other != thread);
                self.passive.retain(|&other| other != thread);
                self.forget_age(thread);
            }
            let spun = cause != Cause::Woken && phase != Phase::Retaking && phase != Phase::Falling;
            if spun {
                self.learn(thread, world.now() - self.waiters.get(thread).spins);
            }
            self.controller.waited(world.now() - self.waiters.get(thread).since);
            return self.take(world, thread, spun);
        }
        match phase {
            Phase::Called => {
                if cause == Cause::Woken {
                    world.record_wasted_wake_up();
                    self.failed.get_or_insert(thread);
                }
                self.wait(world, thread, self.axes.requeue == Requeue::Front)
            }
            Phase::Parked => self.park(world, thread),
            Phase::Falling => self.fall(world, thread),
            Phase::Retaking => self.wait(world, thread, false),
            _ => self.look_again(world, thread),
        }
    }

    /// A waiter leaves the queue.
    fn forget_age(&mut self, thread: ThreadId) {
        let since = self.waiters.get(thread).since;
        if let Some(ages) = &mut self.ages {
            ages.remove(&(since, thread));
        }
    }

    /// Writes the holder's time to its account.
    fn account<W: World>(&mut self, world: &W, thread: ThreadId, why: Free) {
        let held = world.now() - self.taken_at;
        let waiter = self.waiters.get(thread);
        let usage = waiter.usage.saturating_add(held.saturating_mul(1000) / world.weight_milli(thread).max(1));
        self.waiters.set(thread, if why == Free::Exit { Waiter::default() } else { Waiter { usage, ..waiter } });
    }

    /// Sets the alarm that the axes ask for.
    fn arm<W: World>(&mut self, world: &mut W) {
        if self.is_idle() {
            return;
        }
        if let Some((_, until)) = self.kept {
            world.set_alarm(until);
        }
        match self.axes.forced {
            Forced::Check => self.ask(world),
            Forced::Never => {}
            Forced::Patience if self.asked || world.holder().is_none() => {}
            Forced::Patience => world.set_alarm(self.patience_ends()),
            Forced::Tick => world.set_alarm((world.now() / self.axes.interval + 1) * self.axes.interval),
        }
    }

    /// When the lock has been held for an interval that somebody has waited.
    fn patience_ends(&self) -> Nanos {
        self.switched_at.max(self.eldest_since()).saturating_add(self.controller.interval)
    }

    /// Asks the holder to release.
    fn ask<W: World>(&mut self, world: &mut W) {
        if world.holder().is_some() && !std::mem::replace(&mut self.asked, true) {
            world.record_drop_request();
            world.interrupt();
        }
    }

    fn phase(&self, thread: ThreadId) -> Phase {
        self.waiters.get(thread).phase
    }

    /// Whether a waiter looks at the lock all the time.
    fn spins(&self, thread: ThreadId) -> bool {
        self.phase(thread) == Phase::Spinning
    }

    fn set_phase(&mut self, thread: ThreadId, phase: Phase) {
        let waiter = self.waiters.of(thread);
        let before = std::mem::replace(&mut waiter.phase, phase);
        self.spinners -= usize::from(before == Phase::Spinning);
        self.spinners += usize::from(phase == Phase::Spinning);
        self.sleepers -= usize::from(before == Phase::Parked);
        self.sleepers += usize::from(phase == Phase::Parked);
        self.falling -= usize::from(before == Phase::Falling);
        self.falling += usize::from(phase == Phase::Falling);
    }
}

impl Policy for General {
    fn request<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        self.waiters.of(thread).slept = false;
        if self.may_take(world, thread) {
            return self.take(world, thread, false);
        }
        self.begin_wait(world, thread);
        self.wait(world, thread, false)
    }

    fn resume<W: World>(&mut self, world: &mut W, thread: ThreadId, cause: Cause) -> Step {
        match self.phase(thread) {
            Phase::Falling | Phase::Waking if cause == Cause::Poked => self.make_call(world, thread),
            Phase::Waking => {
                self.leave_bucket(world);
                self.set_phase(thread, Phase::Away);
                Step::Leave
            }
            Phase::Watching => {
                self.set_phase(thread, Phase::Away);
                let free = world.holder().is_none() && self.heir.is_none();
                if free { self.pass_on(world, Some(thread)) } else { Step::Leave }
            }
            _ => self.attempt(world, thread, cause),
        }
    }

    fn release<W: World>(&mut self, world: &mut W, thread: ThreadId, why: Free) -> Step {
        world.free(why);
        self.account(world, thread, why);
        let watches = self.axes.wake_delay > 0 && self.axes.release == Release::Competitive;
        if self.axes.keep > 0 && why == Free::Voluntary {
            self.kept = Some((thread, world.now().saturating_add(self.axes.keep)));
            self.arm(world);
        } else if watches && why == Free::Voluntary && (self.flag || !self.is_idle()) {
            self.set_phase(thread, Phase::Watching);
            return Step::Spend(self.axes.wake_delay);
        } else {
            return self.pass_on(world, Some(thread));
        }
        Step::Leave
    }

    fn check_point<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        if !self.asked || self.is_idle() {
            return Step::Enter;
        }
        self.asked = false;
        world.calm();
        world.free(Free::Forced);
        self.forced_at = Some(world.now());
        self.account(world, thread, Free::Forced);
        self.pass_on(world, None);
        self.begin_wait(world, thread);
        if self.axes.forced_switching {
            return self.wait(world, thread, false);
        }
        self.set_phase(thread, Phase::Retaking);
        Step::Spend(0)
    }

    fn alarm<W: World>(&mut self, world: &mut W) {
        let free = world.holder().is_none() && self.heir.is_none();
        if free && self.kept.is_some_and(|(_, until)| until <= world.now()) {
            self.kept = None;
            self.pass_on(world, None);
        }
        match self.axes.forced {
            Forced::Patience if !self.is_idle() && self.patience_ends() <= world.now() => self.ask(world),
            Forced::Tick if !self.is_idle() && world.now().is_multiple_of(self.axes.interval) => {
                self.ask(world);
                self.arm(world);
            }
            _ => self.arm(world),
        }
    }

    fn inherits(&self) -> bool {
        self.axes.successor == Successor::Inherited
    }

    fn check_points(&self, interpreter: Interpreter) -> CheckPoints {
        let gap = if self.axes.forced == Forced::Check { self.axes.interval } else { interpreter.check_gap };
        CheckPoints { gap, signalled_gap: interpreter.check_gap, signals_concern_all: false, call: NEVER }
    }
}
