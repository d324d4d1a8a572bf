//! CPython 2 (and 3.0, 3.1): release and re-acquire every 100 ticks, and no forced switch.
//!
//! After `Python/ceval.c` and `Python/thread_pthread.h` of 2.7, and glibc's `nptl/sem_post.c` and `sem_waitcommon.c`. The
//! lock is a semaphore: release makes it free and, if anybody is counted as a waiter, makes a system call that wakes the
//! first sleeper, if there is one; acquire takes it if it is free, else counts itself and makes the call that puts it to
//! sleep. About halfway that call looks whether the lock is free after all, and returns if so; from then on a wake call
//! reaches the thread. Whoever wakes up and finds the lock taken sleeps again, behind the others.
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
    /// It does not want the lock, or has it.
    #[default]
    Away,
    /// It released the lock at a check and is about to take it again.
    Checking,
    /// It makes the system call that would put it to sleep, which has yet to look at the value.
    FallingAsleep,
    /// The call found the lock free, or the thread was woken before it slept: it returns.
    Returning,
    /// The call found the lock taken: a wake call reaches the thread from now on, though it is still awake.
    Dozing,
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
    /// What is left of the system call that a thread makes to sleep.
    rests: PerThread<Nanos>,
}

impl CPython2 {
    /// A free lock.
    pub fn new(setting: &Setting, interpreter: Interpreter) -> Self {
        Self {
            gap: setting.count("check_interval").saturating_mul(interpreter.tick).clamp(1, crate::kernel::SECOND),
            tick: interpreter.tick,
            waiters: WaitQueue::default(),
            phases: PerThread::default(),
            rests: PerThread::default(),
        }
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
            world.interrupt();
        }
        true
    }

    /// The slow path of `sem_wait`: counts itself among the waiters and makes the system call, half of which has passed
    /// when it looks at the value.
    fn sleep<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        self.waiters.remove(thread);
        self.waiters.push_back(thread);
        self.phases.set(thread, Phase::FallingAsleep);
        world.interrupt();
        let call = world.cost(Cost::SleepCall);
        self.rests.set(thread, call - call / 2);
        Step::Spend(call / 2)
    }

    /// The waiter that a wake call would reach.
    fn reached<W: World>(&self, world: &W) -> Option<ThreadId> {
        let reached = |&waiter: &ThreadId| match self.phases.get(waiter) {
            Phase::Dozing => true,
            Phase::Asleep => world.is_parked(waiter),
            _ => false,
        };
        self.waiters.iter().find(reached)
    }

    /// `sem_post`: a system call whenever somebody is counted as a waiter, even if all who are have been woken already.
    fn post<W: World>(&mut self, world: &mut W) {
        match self.reached(world) {
            Some(sleeper) if world.is_parked(sleeper) => world.wake(sleeper),
            // It has its core still, and is spared the sleep.
            Some(dozer) => {
                self.phases.set(dozer, Phase::Returning);
                world.wake_nobody();
            }
            None if !self.waiters.is_empty() => world.wake_nobody(),
            None => {}
        }
    }
}

impl Policy for CPython2 {
    fn request<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        if self.try_take(world, thread) { Step::Enter } else { self.sleep(world, thread) }
    }

    fn resume<W: World>(&mut self, world: &mut W, thread: ThreadId, _cause: Cause) -> Step {
        let phase = self.phases.get(thread);
        match phase {
            Phase::FallingAsleep => {
                let taken = world.holder().is_some();
                self.phases.set(thread, if taken { Phase::Dozing } else { Phase::Returning });
                return Step::Spend(self.rests.get(thread));
            }
            Phase::Dozing => {
                self.phases.set(thread, Phase::Asleep);
                return Step::Park;
            }
            Phase::Returning | Phase::Asleep | Phase::Checking | Phase::Away => {}
        }
        if self.try_take(world, thread) {
            return Step::Enter;
        }
        if phase == Phase::Asleep {
            world.record_wasted_wake_up();
        }
        self.sleep(world, thread)
    }

    fn release<W: World>(&mut self, world: &mut W, _thread: ThreadId, why: Free) -> Step {
        world.free(why);
        self.post(world);
        Step::Leave
    }

    fn check_point<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        world.free(Free::Forced);
        self.post(world);
        self.phases.set(thread, Phase::Checking);
        Step::Spend(0)
    }

    fn check_is_futile<W: World>(&self, world: &W) -> bool {
        !self.waiters.is_empty() && self.reached(world).is_none()
    }

    fn tour(&mut self, _visitor: &mut impl Visitor) -> bool {
        true
    }

    fn check_points(&self, _interpreter: Interpreter) -> CheckPoints {
        CheckPoints { gap: self.gap, signalled_gap: self.tick, signals_concern_all: true, call: self.tick }
    }

    fn pace(&self, alone: bool, lock_pair: Nanos) -> u64 {
        if alone { FULL_SPEED } else { FULL_SPEED * self.gap / self.gap.saturating_add(lock_pair).max(1) }
    }
}
