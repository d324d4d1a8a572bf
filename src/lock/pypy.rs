//! PyPy: a word that is taken by compare-and-swap, one stealer that polls, and a yield by count of bytecodes.
//!
//! After `rpython/translator/c/src/thread_gil.c` and `thread_pthread.c` (PyPy 7.3). In the terms of those files the
//! lock is free when either of two is: the word `rpy_fastgil` is 0, or `mutex_gil` is unlocked.
//!
//! * A thread that blocks, or calls C code that needs no lock, sets `rpy_fastgil` to 0 and wakes nobody. When it comes
//!   back it takes the word by compare-and-swap if that is still 0: a short call costs next to nothing.
//! * Who finds the word taken counts itself in `rpy_waiting_threads` and first polls for a while (`RPY_GIL_POKE_MIN` to
//!   `RPY_GIL_POKE_MAX` times), until another thread joins or leaves the waiting ones. If it gets the word so, and others
//!   wait, it passes the lock on to the stealer, for fairness, and goes to the end of the queue.
//! * The queue is the mutex `mutex_gil_stealer`. Its owner is the *stealer*: every 0.1 ms (and the slack of the timer) it
//!   looks at the word, and in between it sleeps in a timed wait on `mutex_gil`, from which a yield wakes it. Once it
//!   has the lock it unlocks the mutex, and the next in the queue becomes the stealer.
//! * A *ticker*, which all threads share, counts bytecodes; when it has run out, it is set again and the holder yields if
//!   anybody waits: it unlocks `mutex_gil` but keeps the word, so that only the stealer can have the lock, and queues.
//!   In compiled loops the ticker is counted down once a pass, by a 32nd of the length of the trace (at least 1), where
//!   a bytecode that is interpreted takes 100 (`_get_adapted_tick_counter`, `pypy/module/pypyjit/interp_jit.py`).
//!
//! The mutex is glibc's: whoever finds it free takes it, one sleeper is woken by an unlock, and a thread that has slept for it
//! makes the system call when it unlocks even if nobody sleeps. What lies between two of these steps inside one function,
//! tens of nanoseconds, is atomic here.

use super::policy::{AnyPolicy, Cause, CheckPoints, Cost, Free, PerThread, Policy, Step, World};
use super::preset::{Family, Parameter, ParameterKind, Preset, Setting};
use super::wait_queue::WaitQueue;
use crate::kernel::Nanos;
use crate::lock::Interpreter;
use crate::machine::ThreadId;

/// `sys.setswitchinterval(s)` is `sys.setcheckinterval(2000000 * s)`: so many nanoseconds of it stand for a bytecode.
const BYTECODE: Nanos = 500;

/// `RPY_GIL_POKE_MIN` and `RPY_GIL_POKE_MAX`.
const POKES: std::ops::Range<u64> = 40..400;

/// The entry of the preset table.
pub const PRESET: Preset = Preset {
    name: "pypy",
    family: Family::Interpreter,
    summary: "PyPy: compare-and-swap, one polling stealer, a yield after so many bytecodes",
    description: "\
        free -> held by whoever finds it free; a release wakes nobody.\n\
        waiter: polls for 40 to 400 turns of `poll`, then queues for the stealer's mutex (first in, first out, but \
        whoever finds it free takes it).\n\
        stealer: the one waiter that has the mutex; it looks at the lock, sleeps for `steal_interval` unless a yield wakes \
        it, and looks again. When it has the lock it lets the next waiter become the stealer.\n\
        poller that finds the lock free: yields it to the stealer, if there is one, and queues.\n\
        holder: after `switch_interval` / 500 ns bytecodes of all threads it yields if anybody waits: the lock goes to \
        the stealer, and the holder becomes a waiter.\n\
        A C call of any length is one bytecode.",
    source: "PyPy 7.3 rpython/translator/c/src/thread_gil.c, thread_pthread.c; pypy/interpreter/executioncontext.py; \
             pypy/module/sys/vm.py",
    parameters: &[
        Parameter {
            name: "switch_interval",
            kind: ParameterKind::Duration { default: 5_000_000, minimum: BYTECODE },
            doc: "as sys.setswitchinterval takes it, yet not a time: 500 ns stand for a bytecode, which takes \
                  `interpreter.tick`",
        },
        Parameter {
            name: "steal_interval",
            kind: ParameterKind::Duration { default: 100_000, minimum: 1_000 },
            doc: "how long the stealer sleeps before it looks at the lock again",
        },
        Parameter {
            name: "poll",
            kind: ParameterKind::Duration { default: 25, minimum: 1 },
            doc: "a turn of the early polling: a PAUSE and two loads (24.7 ns on an AMD EPYC of family 25)",
        },
    ],
    defaults: &[],
    make: |setting, interpreter| AnyPolicy::PyPy(PyPy::new(setting, interpreter)),
};

/// Where a thread stands in the state machine.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Phase {
    /// It does not want the lock, or has it.
    #[default]
    Away,
    /// It yielded, and pays for the signal.
    Yielding,
    /// It polls.
    Polling,
    /// It is about to lock the stealer's mutex.
    Queueing,
    /// It found the stealer's mutex locked and is on its way to sleep.
    FallingAsleep,
    /// It sleeps in the queue for the stealer's mutex.
    Queued,
    /// It is the stealer, on its way into the timed wait.
    Stealing,
    /// It is the stealer, in the timed wait.
    Waiting,
}

/// One lock under this policy.
#[derive(Debug, Clone, PartialEq)]
pub struct PyPy {
    gap: Nanos,
    bytecode: Nanos,
    check_gap: Nanos,
    steal_interval: Nanos,
    poll: Nanos,
    /// Whether `rpy_fastgil` is 0.
    word_free: bool,
    /// Whether `mutex_gil` is unlocked: the lock has been yielded.
    yielded: bool,
    /// `rpy_waiting_threads`.
    waiting: u64,
    /// `rpy_early_poll_n`.
    polls: u64,
    /// The thread that polls. One more makes it stop.
    poller: Option<ThreadId>,
    /// The owner of `mutex_gil_stealer`.
    stealer: Option<ThreadId>,
    /// Whether an unlock of that mutex makes a system call.
    contended: bool,
    /// Threads that wait for that mutex, first come first.
    queue: WaitQueue,
    /// When the stealer's timed wait is over.
    deadline: Nanos,
    phases: PerThread<Phase>,
}

impl PyPy {
    /// A free lock.
    pub fn new(setting: &Setting, interpreter: Interpreter) -> Self {
        let bytecodes = setting.duration("switch_interval") / BYTECODE;
        Self {
            gap: bytecodes.saturating_mul(interpreter.tick).clamp(1, crate::kernel::NEVER / 4),
            bytecode: interpreter.tick,
            check_gap: interpreter.check_gap,
            steal_interval: setting.duration("steal_interval"),
            poll: setting.duration("poll"),
            word_free: true,
            yielded: false,
            waiting: 0,
            polls: 0,
            poller: None,
            stealer: None,
            contended: false,
            queue: WaitQueue::default(),
            deadline: 0,
            phases: PerThread::default(),
        }
    }

    /// `RPyGilAcquire`.
    fn acquire<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        if !self.word_free {
            return self.start_polling(world, thread);
        }
        self.word_free = false;
        self.enter(world, thread)
    }

    /// `RPyGilAcquireSlowPath`, up to the queue.
    fn start_polling<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        self.count(world, self.waiting + 1);
        self.polls = self.polls * 2 + 1;
        while self.polls >= POKES.end {
            self.polls -= POKES.end - POKES.start;
        }
        self.poller = Some(thread);
        self.phases.set(thread, Phase::Polling);
        Step::Spin((self.polls + 1).saturating_mul(self.poll))
    }

    /// Sets the number of waiting threads, a change of which ends the polling.
    fn count<W: World>(&mut self, world: &mut W, waiting: u64) {
        self.waiting = waiting;
        if let Some(poller) = self.poller.take() {
            self.phases.set(poller, Phase::Queueing);
            world.poke(poller);
        }
        if waiting > 0 { world.interrupt() } else { world.calm() }
    }

    /// The polling is over: if that is because the word was set to 0, the lock is passed on.
    fn polled<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        if self.poller == Some(thread) {
            self.poller = None;
        }
        if !self.word_free {
            return self.queue(world, thread);
        }
        self.word_free = false;
        self.hand_over(world);
        self.phases.set(thread, Phase::Queueing);
        Step::Spend(0)
    }

    /// `mutex2_unlock` of `mutex_gil`.
    fn hand_over<W: World>(&mut self, world: &mut W) {
        self.yielded = true;
        match self.stealer {
            Some(stealer) if world.is_parked(stealer) => world.wake(stealer),
            // It is in the wait, though awake yet or again, so that the system call is made.
            Some(stealer) if matches!(self.phases.get(stealer), Phase::Stealing | Phase::Waiting) => {
                world.wake_nobody();
            }
            _ => {}
        }
    }

    /// `mutex1_lock` of `mutex_gil_stealer`.
    fn queue<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        if self.stealer.is_none() {
            self.contended = false;
            return self.become_stealer(world, thread);
        }
        self.sleep(world, thread)
    }

    /// A thread in the queue is awake: it takes the mutex if that is unlocked.
    fn queued<W: World>(&mut self, world: &mut W, thread: ThreadId, slept: bool) -> Step {
        if slept || self.stealer.is_none() {
            self.queue.remove(thread);
        }
        self.contended = true;
        if self.stealer.is_none() {
            return self.become_stealer(world, thread);
        }
        if slept {
            world.record_wasted_wake_up();
            return self.sleep(world, thread);
        }
        self.phases.set(thread, Phase::Queued);
        Step::Park
    }

    /// Goes to the end of the queue for the mutex.
    fn sleep<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        self.contended = true;
        self.queue.push_back(thread);
        self.phases.set(thread, Phase::FallingAsleep);
        Step::Spend(world.cost(Cost::SleepCall))
    }

    fn become_stealer<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        self.stealer = Some(thread);
        self.steal(world, thread)
    }

    /// The loop of the stealer: looks at the word and at `mutex_gil`, and goes to sleep if neither is free.
    fn steal<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        if std::mem::take(&mut self.word_free) || std::mem::take(&mut self.yielded) {
            return self.stolen(world, thread);
        }
        self.deadline = world.now().saturating_add(self.steal_interval);
        self.phases.set(thread, Phase::Stealing);
        Step::Spend(world.cost(Cost::SleepCall))
    }

    /// The stealer has the lock: another may become the stealer.
    fn stolen<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        self.count(world, self.waiting - 1);
        self.stealer = None;
        if self.contended {
            match self.queue.iter().find(|&sleeper| world.is_parked(sleeper)) {
                Some(sleeper) => world.wake(sleeper),
                None => world.wake_nobody(),
            }
        }
        self.enter(world, thread)
    }

    fn enter<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        self.phases.set(thread, Phase::Away);
        world.take(thread);
        let pair = world.cost(Cost::LockPair);
        world.charge(pair);
        Step::Enter
    }
}

impl Policy for PyPy {
    fn request<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        self.acquire(world, thread)
    }

    fn resume<W: World>(&mut self, world: &mut W, thread: ThreadId, cause: Cause) -> Step {
        match self.phases.get(thread) {
            Phase::Away | Phase::Yielding => self.acquire(world, thread),
            Phase::Polling => self.polled(world, thread),
            Phase::Queueing => self.queue(world, thread),
            Phase::FallingAsleep => self.queued(world, thread, false),
            Phase::Queued => self.queued(world, thread, true),
            Phase::Stealing if !self.yielded => {
                self.phases.set(thread, Phase::Waiting);
                Step::ParkFor(self.deadline.saturating_sub(world.now()))
            }
            // A wait that ends looks at `mutex_gil` first, and at the word only in the next turn of the loop.
            Phase::Stealing | Phase::Waiting if std::mem::take(&mut self.yielded) => self.stolen(world, thread),
            Phase::Stealing | Phase::Waiting => {
                if cause == Cause::Woken {
                    world.record_wasted_wake_up();
                }
                self.steal(world, thread)
            }
        }
    }

    fn release<W: World>(&mut self, world: &mut W, _thread: ThreadId, why: Free) -> Step {
        world.free(why);
        self.word_free = true;
        if let Some(poller) = self.poller.take() {
            world.poke(poller);
        }
        Step::Leave
    }

    /// `RPyGilYieldThread`.
    fn check_point<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        if self.waiting == 0 {
            return Step::Enter;
        }
        world.free(Free::Forced);
        self.hand_over(world);
        self.phases.set(thread, Phase::Yielding);
        Step::Spend(0)
    }

    fn check_points(&self, _interpreter: Interpreter) -> CheckPoints {
        // A signal makes the ticker run out; a thread that is not to handle it yields, and the next does the same.
        CheckPoints { gap: self.gap, signalled_gap: self.check_gap, signals_concern_all: false, call: self.bytecode }
    }
}
