//! CPython 2 (and 3.0, 3.1): release and re-acquire every 100 ticks, and no forced switch.
//!
//! After `Python/ceval.c` and `Python/thread_pthread.h` of 2.7, and glibc's `nptl/sem_post.c` and `sem_waitcommon.c`. The
//! lock is a semaphore: release makes it free and, if anybody is counted as a waiter, makes a system call that wakes the
//! first sleeper, if there is one; acquire takes it if it is free, else counts itself and makes the call that puts it to
//! sleep. About halfway that call looks whether the lock is free after all, and returns if so; from then on a wake call
//! reaches the thread, which sleeps all the same and is then woken. A wake call looks for sleepers about halfway too.
//! Whoever wakes up and finds the lock taken sleeps again, behind the others.
//!
//! The semaphore is one word, whose cache line is on the core of the thread that touched it last. Whoever releases the
//! lock, takes it, or looks at it in the call that puts it to sleep, first has the line come from there.
//!
//! The holder releases and acquires at every check, so on one core it goes on unless the operating system lets the woken
//! thread run just then, and on several cores the woken thread finds the lock taken again and goes back to sleep: a
//! futile wake-up, paid by the holder with a wake call at each check.
//!
//! A signal that waits for the main thread brings a check after every tick, whoever holds the lock, until the main thread
//! has handled it.
//!
//! A tick is a bytecode, not a time: a C call of any length counts as one. Checks with nobody waiting cost one
//! uncontended release and acquire each; they are folded into the speed of the work instead of being simulated.
//! Programs with one thread have no lock and pay nothing.

use super::policy::{AnyPolicy, Cause, CheckPoints, Cost, Free, PerThread, Policy, Step, World};
use super::preset::{Family, Parameter, ParameterKind, Preset, Setting};
use super::wait_queue::WaitQueue;
use crate::kernel::Nanos;
use crate::kernel::tour::Visitor;
use crate::lock::Interpreter;
use crate::machine::{FULL_SPEED, ThreadId};

/// The entry of the preset table.
pub const PRESET: Preset = Preset {
    name: "cpython2",
    family: Family::Interpreter,
    summary: "CPython 2 and 3.0, 3.1: release and re-acquire every 100 ticks, no forced switch",
    description: "\
        free -> held by whoever finds it free.\n\
        waiter: sleeps until woken; if it then finds the lock taken it sleeps again (a wasted wake-up).\n\
        holder: every `check_interval` ticks it releases, wakes one sleeper (a system call if anybody waits) and tries \
        to take the lock again at once; it goes on unless another thread was faster.\n\
        A signal that waits for the main thread brings a check after every tick, whoever holds the lock.\n\
        A C call of any length is one tick.",
    source: "CPython 2.7 Python/ceval.c and Python/thread_pthread.h; D. Beazley, Inside the Python GIL, 2009",
    parameters: &[Parameter {
        name: "check_interval",
        kind: ParameterKind::Count { default: 100 },
        doc: "ticks (about bytecodes) between two checks (sys.setcheckinterval)",
    }],
    defaults: &[],
    make: |setting, interpreter| AnyPolicy::CPython2(CPython2::new(setting, interpreter)),
};

/// Where a thread stands in the state machine.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Phase {
    /// It does not want the lock, or has it and keeps it.
    #[default]
    Away,
    /// It has the lock and, for this reason, releases it as soon as the line is there.
    Releasing(Free),
    /// It has released the lock and makes the call that wakes a waiter, which has yet to look for one.
    Waking(Free),
    /// The wake call has looked.
    Posted(Free),
    /// It takes the lock, if that is free, as soon as the line is there.
    Taking,
    /// The same, after it was woken.
    Retaking,
    /// It makes the system call that would put it to sleep, which has yet to look at the value.
    FallingAsleep,
    /// That call looks as soon as the line is there.
    Looking,
    /// The call found the lock free, or the thread was woken before it slept: it returns.
    Returning,
    /// The call found the lock taken: the thread will be asleep at this time, and a wake call reaches it from now on.
    Dozing(Nanos),
    /// It sleeps, or has been woken.
    Asleep,
}

/// One lock under this policy.
#[derive(Debug, Clone, PartialEq)]
pub struct CPython2 {
    gap: Nanos,
    tick: Nanos,
    /// Threads that wait, asleep or not, first come first.
    waiters: WaitQueue,
    phases: PerThread<Phase>,
    /// What the system call takes that a thread makes.
    calls: PerThread<Nanos>,
    /// Who touched the semaphore last.
    touched: Option<ThreadId>,
}

impl CPython2 {
    /// A free lock.
    pub fn new(setting: &Setting, interpreter: Interpreter) -> Self {
        Self {
            gap: setting.count("check_interval").saturating_mul(interpreter.tick).clamp(1, crate::kernel::SECOND),
            tick: interpreter.tick,
            waiters: WaitQueue::default(),
            phases: PerThread::default(),
            calls: PerThread::default(),
            touched: None,
        }
    }

    /// Has the line come, for what the thread does next.
    fn touch<W: World>(&mut self, world: &mut W, thread: ThreadId, next: Phase) -> Step {
        self.phases.set(thread, next);
        let last = self.touched.replace(thread).filter(|&last| last != thread);
        Step::Spend(last.map_or(0, |last| world.line_transfer(last, thread)))
    }

    /// Begins a system call of this length: its first half, after which it looks.
    fn call(&mut self, thread: ThreadId, call: Nanos, phase: Phase) -> Step {
        self.phases.set(thread, phase);
        self.calls.set(thread, call);
        Step::Spend(call / 2)
    }

    /// What is left of a system call that has looked.
    fn rest(&self, thread: ThreadId) -> Nanos {
        let call = self.calls.get(thread);
        call - call / 2
    }

    fn try_take<W: World>(&mut self, world: &mut W, thread: ThreadId) -> bool {
        if world.holder().is_some() {
            return false;
        }
        self.waiters.remove(thread);
        self.phases.set(thread, Phase::Away);
        world.take(thread);
        if self.waiters.is_empty() {
            world.calm();
        } else {
            world.interrupt_at_once();
        }
        true
    }

    /// The slow path of `sem_wait`: counts itself among the waiters and makes the system call.
    fn sleep<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        self.waiters.remove(thread);
        self.waiters.push_back(thread);
        // The count is part of the word that the holder changes at each check, so it cannot overlook it.
        world.interrupt_at_once();
        self.call(thread, world.cost(Cost::SleepCall), Phase::FallingAsleep)
    }

    /// The call that puts a thread to sleep looks at the value.
    fn look<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        let rest = self.rest(thread);
        let taken = world.holder().is_some();
        self.phases.set(thread, if taken { Phase::Dozing(world.now().saturating_add(rest)) } else { Phase::Returning });
        Step::Spend(rest)
    }

    /// `sem_post`, once the line is there: a system call whenever somebody is counted as a waiter, even if all who are have
    /// been woken already.
    fn post<W: World>(&mut self, world: &mut W, thread: ThreadId, why: Free) -> Step {
        world.free(why);
        if self.waiters.is_empty() {
            return self.posted(world, thread, why);
        }
        self.call(thread, world.cost(Cost::EmptyCall), Phase::Waking(why))
    }

    /// The waiter that a wake call would reach.
    fn reached<W: World>(&self, world: &W) -> Option<ThreadId> {
        let reached = |&waiter: &ThreadId| match self.phases.get(waiter) {
            Phase::Dozing(_) => true,
            Phase::Asleep => world.is_parked(waiter),
            _ => false,
        };
        self.waiters.iter().find(reached)
    }

    /// The wake call looks for a sleeper. One who is about to be asleep has to be so first: a processor that wakes a thread
    /// waits until another has put it away.
    fn wake<W: World>(&mut self, world: &mut W, thread: ThreadId, why: Free) -> Step {
        let Some(sleeper) = self.reached(world) else {
            world.record_empty_call();
            self.phases.set(thread, Phase::Posted(why));
            return Step::Spend(self.rest(thread));
        };
        match self.phases.get(sleeper) {
            Phase::Dozing(asleep_at) if world.now() < asleep_at => Step::Spend(asleep_at - world.now()),
            // It has lost its core on the way.
            Phase::Dozing(_) => {
                self.phases.set(sleeper, Phase::Returning);
                self.wake(world, thread, why)
            }
            _ => {
                let call = world.wake_unpaid(sleeper);
                self.phases.set(thread, Phase::Posted(why));
                Step::Spend(call.saturating_sub(self.calls.get(thread) / 2))
            }
        }
    }

    /// The release is done: a thread that was only made to release takes the lock again.
    fn posted<W: World>(&mut self, world: &mut W, thread: ThreadId, why: Free) -> Step {
        if why == Free::Forced {
            return self.touch(world, thread, Phase::Taking);
        }
        self.phases.set(thread, Phase::Away);
        Step::Leave
    }
}

impl Policy for CPython2 {
    fn request<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        self.touch(world, thread, Phase::Taking)
    }

    fn resume<W: World>(&mut self, world: &mut W, thread: ThreadId, _cause: Cause) -> Step {
        match self.phases.get(thread) {
            Phase::Releasing(why) => self.post(world, thread, why),
            Phase::Waking(why) => self.wake(world, thread, why),
            Phase::Posted(why) => self.posted(world, thread, why),
            Phase::FallingAsleep => self.touch(world, thread, Phase::Looking),
            Phase::Looking => self.look(world, thread),
            Phase::Dozing(_) => {
                self.phases.set(thread, Phase::Asleep);
                Step::Park
            }
            Phase::Asleep => self.touch(world, thread, Phase::Retaking),
            Phase::Returning => self.touch(world, thread, Phase::Taking),
            phase @ (Phase::Taking | Phase::Retaking | Phase::Away) => {
                if self.try_take(world, thread) {
                    return Step::Enter;
                }
                if phase == Phase::Retaking {
                    world.record_wasted_wake_up();
                }
                self.sleep(world, thread)
            }
        }
    }

    fn release<W: World>(&mut self, world: &mut W, thread: ThreadId, why: Free) -> Step {
        self.touch(world, thread, Phase::Releasing(why))
    }

    fn check_point<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        self.touch(world, thread, Phase::Releasing(Free::Forced))
    }

    fn check_is_futile<W: World>(&self, world: &W) -> bool {
        !self.waiters.is_empty() && self.touched == world.holder() && self.reached(world).is_none()
    }

    fn tour(&mut self, visitor: &mut impl Visitor) -> bool {
        for phase in self.phases.all() {
            if let Phase::Dozing(asleep_at) = phase {
                visitor.moment(asleep_at);
            }
        }
        true
    }

    fn check_points(&self, _interpreter: Interpreter) -> CheckPoints {
        CheckPoints { gap: self.gap, signalled_gap: self.tick, signals_concern_all: true, call: self.tick }
    }

    fn pace(&self, alone: bool, lock_pair: Nanos) -> u64 {
        if alone { FULL_SPEED } else { FULL_SPEED * self.gap / self.gap.saturating_add(lock_pair).max(1) }
    }
}
