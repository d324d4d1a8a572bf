//! CPython 3.2 and later: a waiter's patience, a drop request, and a forced switch.
//!
//! After `Python/ceval_gil.c` (`take_gil`, `drop_gil`), all versions from 3.2 on. In the terms of that file:
//!
//! * A waiter reads `switch_number` and waits on `cond` for one interval. When the wait times out and no switch has
//!   happened since, it sets the drop request; then it waits again, always for a full interval. The interval is the
//!   waiter's patience, not the holder's quantum.
//! * The holder sees the request at its next check point, releases, signals `cond` once, and (forced switching)
//!   sleeps on `switch_cond` until another thread has taken the lock. Only then does it queue again.
//! * A thread that blocks releases and signals in the same way; if a request is pending it too sleeps on
//!   `switch_cond`, *before* its blocking call starts (the late I/O start).
//! * Whoever finds the lock free takes it: a thread that comes back from I/O may overtake one that was signalled, which
//!   then waits again with a new number and a full interval, and makes no request meanwhile.
//!
//! All of it happens under `mutex`, and that decides who wins. The thread that has just set the request gives the mutex back
//! and is awake for a moment on its way to sleep, while the holder, on another core, sees the request, takes the
//! mutex, frees the lock and signals. The requester takes that signal, though the signal wakes a sleeper who had waited
//! for longer, and then sleeps on the mutex, which the holder still has, until the holder's unlock wakes it. The thread
//! that was woken finds no signal and sleeps on, and its own patience is worth nothing, for a switch has happened. Mutex
//! and condition are those of the GNU C library (`pthread.rs`); the holder of the lock itself may wait for the mutex.

use std::collections::VecDeque;

use super::policy::{AnyPolicy, Cause, Cost, Free, PerThread, Policy, Step, World};
use super::preset::{Family, Parameter, ParameterKind, Preset, Setting};
use super::pthread::{Condition, Mutex, Signal, Ticket, WakeOrder};
use crate::kernel::Nanos;
use crate::kernel::tour::Visitor;
use crate::machine::ThreadId;

/// The entry of the preset table.
pub const PRESET: Preset = Preset {
    name: "cpython",
    family: Family::Interpreter,
    summary: "CPython 3.2 and later: switch interval, drop request, forced switching",
    description: "\
        free -> held by whoever finds it free (barging is possible between a signal and the wake-up).\n\
        waiter: notes the switch number and waits one switch interval on a condition variable; if that times out, the \
        lock is held and no switch has happened meanwhile, it sets the drop request; then it waits another full \
        interval.\n\
        holder: at a check point with a drop request it releases, signals one waiter and sleeps until another thread has \
        taken the lock (forced switching); then it becomes a waiter.\n\
        blocking call: release and signal; with a request pending, sleep until another thread has taken the lock, and \
        only then start the call.\n\
        A signal is handled by the main thread at its next check point, before a drop request.\n\
        No check point lies inside a C call.",
    source: "CPython Python/ceval_gil.c (take_gil, drop_gil), 3.2 to 3.15",
    parameters: &[
        Parameter {
            name: "switch_interval",
            kind: ParameterKind::Duration { default: 5_000_000, minimum: 1_000 },
            doc: "how long a waiter waits before it requests a drop (sys.setswitchinterval); at least 1 us",
        },
        Parameter {
            name: "wake_order",
            kind: ParameterKind::Choice { default: "fifo", names: &["fifo", "lifo", "random"] },
            doc: "which sleeper a signal wakes: the one that fell asleep first (Linux), last, or any",
        },
        Parameter {
            name: "stealing",
            kind: ParameterKind::Flag { default: true },
            doc: "whether a waiter that is awake, on its way to sleep, may take a signal that wakes a sleeper (glibc)",
        },
        Parameter {
            name: "forced_switching",
            kind: ParameterKind::Flag { default: true },
            doc: "whether a holder that was asked to drop waits until another thread has taken the lock",
        },
        Parameter {
            name: "late_io_start",
            kind: ParameterKind::Flag { default: true },
            doc: "whether that also holds for a holder that blocks while a request is pending",
        },
    ],
    defaults: &[],
    make: |setting, _| AnyPolicy::CPython3(CPython3::new(setting)),
};

/// Where a thread stands in the state machine.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Phase {
    /// It does not want the lock, or has it.
    #[default]
    Away,
    /// It found `mutex` taken and is on its way to sleep.
    Blocking(Next),
    /// It sleeps on `mutex`.
    Blocked(Next),
    /// It has `mutex` and begins a wait on `cond`.
    Arming,
    /// It is in the wait on `cond`, still awake.
    FallingAsleep,
    /// It is in the wait on `cond`, parked.
    Asleep,
    /// It has taken the lock and woken a dropper; it has `mutex` yet.
    Taking,
    /// It has freed the lock and signalled; it has `mutex` yet.
    Signalling(Then),
    /// It has given `mutex` back after that.
    Dropped(Then),
    /// It begins to wait on `switch_cond`, still awake.
    Switching(Then),
    /// It sleeps on `switch_cond`.
    Switched(Then),
}

/// What a thread does once it has `mutex`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// The loop of `take_gil`.
    Take,
    /// The same, its wait having timed out.
    TimedOut,
    /// `drop_gil`.
    Drop(Free),
}

/// What a thread does after `drop_gil`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    /// It asks for the lock again.
    Retake,
    /// It blocks.
    Leave,
    /// It ends.
    Exit,
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Waiter {
    phase: Phase,
    /// Its place in `cond`.
    ticket: Ticket,
    /// `switch_number` when the present wait began.
    saved: u64,
    /// When the present wait times out.
    deadline: Nanos,
}

/// What a waiter has saved if there was a switch since, when switches are counted anew: the number never comes.
const SWITCHED: u64 = u64::MAX;

/// One lock under this policy.
#[derive(Debug, Clone, PartialEq)]
pub struct CPython3 {
    interval: Nanos,
    forced_switching: bool,
    late_io_start: bool,
    switch_number: u64,
    last_holder: Option<ThreadId>,
    drop_request: bool,
    mutex: Mutex,
    cond: Condition,
    /// Threads in the wait on `switch_cond`, asleep or nearly.
    switch_cond: VecDeque<ThreadId>,
    waiters: PerThread<Waiter>,
}

impl CPython3 {
    /// A free lock.
    pub fn new(setting: &Setting) -> Self {
        let order = match setting.choice("wake_order") {
            "lifo" => WakeOrder::Lifo,
            "random" => WakeOrder::Random,
            _ => WakeOrder::Fifo,
        };
        Self {
            interval: setting.duration("switch_interval"),
            forced_switching: setting.flag("forced_switching"),
            late_io_start: setting.flag("late_io_start"),
            switch_number: 0,
            last_holder: None,
            drop_request: false,
            mutex: Mutex::default(),
            cond: Condition::new(order, setting.flag("stealing")),
            switch_cond: VecDeque::new(),
            waiters: PerThread::default(),
        }
    }

    /// Takes `mutex`, sooner or later, to go on with `next`.
    fn lock<W: World>(&mut self, world: &mut W, thread: ThreadId, next: Next) -> Step {
        if self.mutex.try_lock(thread, false) {
            return self.locked(world, thread, next);
        }
        self.set_phase(thread, Phase::Blocking(next));
        Step::Spend(world.cost(Cost::SleepCall))
    }

    /// The thread has `mutex`.
    fn locked<W: World>(&mut self, world: &mut W, thread: ThreadId, next: Next) -> Step {
        match next {
            Next::Take => self.take_or_wait(world, thread),
            Next::TimedOut => {
                self.request_drop(world, thread);
                self.take_or_wait(world, thread)
            }
            Next::Drop(why) => self.drop_gil(world, thread, why),
        }
    }

    /// The loop of `take_gil`: takes the lock if it is free, else begins a wait.
    fn take_or_wait<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        if world.holder().is_some() {
            self.set_phase(thread, Phase::Arming);
            return Step::Spend(world.cost(Cost::WaitBegin));
        }
        world.take(thread);
        let pair = world.cost(Cost::LockPair);
        world.charge(pair);
        if self.last_holder != Some(thread) {
            self.last_holder = Some(thread);
            self.switch_number += 1;
        }
        self.drop_request = false;
        world.calm();
        let Some(dropper) = self.switch_cond.pop_front() else { return self.taken(world, thread) };
        if world.is_parked(dropper) {
            world.wake(dropper);
        } else {
            world.wake_nobody();
        }
        self.set_phase(thread, Phase::Taking);
        Step::Spend(0)
    }

    fn taken<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        self.set_phase(thread, Phase::Away);
        self.mutex.unlock(world);
        Step::Enter
    }

    /// The wait on `cond` has begun: gives `mutex` back. From here on a signal may reach the thread, though it is
    /// awake for a moment yet.
    fn wait<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        self.waiters.set(
            thread,
            Waiter {
                phase: Phase::FallingAsleep,
                ticket: self.cond.join(),
                saved: self.switch_number,
                deadline: world.now().saturating_add(self.interval),
            },
        );
        self.mutex.unlock(world);
        Step::Spend(world.cost(Cost::SleepCall))
    }

    /// A waiter looks whether there is a signal for it; if not, it sleeps, unless its time is up already.
    fn look<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        let waiter = self.waiters.get(thread);
        if self.cond.take_signal(waiter.ticket) {
            return self.lock(world, thread, Next::Take);
        }
        match waiter.deadline.checked_sub(world.now()) {
            None | Some(0) => self.timed_out(world, thread),
            Some(left) => {
                self.cond.sleep(thread, waiter.ticket);
                self.set_phase(thread, Phase::Asleep);
                Step::ParkFor(left)
            }
        }
    }

    /// A sleeper has been woken for a signal, which another may have taken, as may have been the lock.
    fn woken<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        let signalled = self.cond.take_signal(self.waiters.get(thread).ticket);
        if !signalled || world.holder().is_some() {
            world.record_wasted_wake_up();
        }
        if signalled {
            return self.lock(world, thread, Next::Take);
        }
        self.set_phase(thread, Phase::FallingAsleep);
        Step::Spend(world.cost(Cost::SleepCall))
    }

    fn timed_out<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        if self.cond.cancel(thread, self.waiters.get(thread).ticket) {
            self.signal(world);
        }
        self.lock(world, thread, Next::TimedOut)
    }

    fn request_drop<W: World>(&mut self, world: &mut W, thread: ThreadId) {
        let unswitched = self.waiters.get(thread).saved == self.switch_number;
        if world.holder().is_some() && unswitched && !self.drop_request {
            self.drop_request = true;
            world.record_drop_request();
            world.interrupt();
        }
    }

    /// `drop_gil`, as far as the system call of the signal. If nobody waits there is none.
    fn drop_gil<W: World>(&mut self, world: &mut W, thread: ThreadId, why: Free) -> Step {
        world.free(why);
        // The number of a thread that has ended may be given to another.
        self.last_holder = (why != Free::Exit).then_some(thread);
        let then = match why {
            Free::Forced => Then::Retake,
            Free::Voluntary => Then::Leave,
            Free::Exit => Then::Exit,
        };
        if self.signal(world) || self.mutex.is_contended() {
            self.set_phase(thread, Phase::Signalling(then));
            return Step::Spend(0);
        }
        self.mutex.unlock(world);
        self.dropped(world, thread, then)
    }

    /// Signals `cond`; true if that is a system call.
    fn signal<W: World>(&mut self, world: &mut W) -> bool {
        match self.cond.signal(world) {
            Signal::Unheard => return false,
            Signal::Posted => world.wake_nobody(),
            Signal::Woke(thread) => self.wake(world, thread),
            Signal::Granted(thread) => {
                let waiter = self.waiters.of(thread);
                waiter.ticket = waiter.ticket.granted();
                self.wake(world, thread);
            }
        }
        true
    }

    /// Wakes a sleeper of `cond`. One whose time has just run out is awake by itself, and goes on as if woken.
    fn wake<W: World>(&mut self, world: &mut W, thread: ThreadId) {
        if world.is_parked(thread) {
            world.wake(thread);
        } else {
            self.set_phase(thread, Phase::FallingAsleep);
            world.wake_nobody();
        }
    }

    /// The last part of `drop_gil`: waits on `switch_cond` if the drop was requested and nobody has taken the lock yet.
    fn dropped<W: World>(&mut self, world: &mut W, thread: ThreadId, then: Then) -> Step {
        let switching = match then {
            Then::Retake => self.forced_switching,
            Then::Leave => self.forced_switching && self.late_io_start,
            Then::Exit => false,
        };
        if !switching || !self.drop_request || self.last_holder != Some(thread) {
            return self.after_drop(world, thread, then);
        }
        self.drop_request = false;
        world.calm();
        self.switch_cond.push_back(thread);
        self.set_phase(thread, Phase::Switching(then));
        Step::Spend(world.cost(Cost::SleepCall))
    }

    fn after_drop<W: World>(&mut self, world: &mut W, thread: ThreadId, then: Then) -> Step {
        self.set_phase(thread, Phase::Away);
        match then {
            Then::Retake => self.lock(world, thread, Next::Take),
            Then::Leave | Then::Exit => Step::Leave,
        }
    }

    fn set_phase(&mut self, thread: ThreadId, phase: Phase) {
        self.waiters.of(thread).phase = phase;
    }
}

impl Policy for CPython3 {
    fn request<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        self.lock(world, thread, Next::Take)
    }

    fn resume<W: World>(&mut self, world: &mut W, thread: ThreadId, cause: Cause) -> Step {
        match self.waiters.get(thread).phase {
            Phase::Blocking(next) if self.mutex.try_lock(thread, true) => self.locked(world, thread, next),
            Phase::Blocking(next) => {
                self.mutex.sleep(thread);
                self.set_phase(thread, Phase::Blocked(next));
                Step::Park
            }
            Phase::Blocked(next) if self.mutex.try_lock(thread, true) => self.locked(world, thread, next),
            Phase::Blocked(next) => {
                self.set_phase(thread, Phase::Blocking(next));
                Step::Spend(world.cost(Cost::SleepCall))
            }
            Phase::Arming => self.wait(world, thread),
            Phase::FallingAsleep => self.look(world, thread),
            Phase::Asleep if cause == Cause::TimedOut => self.timed_out(world, thread),
            Phase::Asleep => self.woken(world, thread),
            Phase::Taking => self.taken(world, thread),
            Phase::Signalling(then) => {
                self.mutex.unlock(world);
                self.set_phase(thread, Phase::Dropped(then));
                Step::Spend(0)
            }
            Phase::Dropped(then) => self.dropped(world, thread, then),
            // The taker signals those that have not fallen asleep yet as well: they then do not.
            Phase::Switching(then) if self.switch_cond.contains(&thread) => {
                self.set_phase(thread, Phase::Switched(then));
                Step::Park
            }
            Phase::Switching(then) | Phase::Switched(then) => self.after_drop(world, thread, then),
            Phase::Away => self.lock(world, thread, Next::Take),
        }
    }

    fn release<W: World>(&mut self, world: &mut W, thread: ThreadId, why: Free) -> Step {
        self.lock(world, thread, Next::Drop(why))
    }

    fn check_point<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        if !self.drop_request {
            return Step::Enter;
        }
        self.lock(world, thread, Next::Drop(Free::Forced))
    }

    fn tour(&mut self, visitor: &mut impl Visitor) -> bool {
        self.cond.forget_epochs(self.waiters.all().map(|waiter| &mut waiter.ticket));
        for waiter in self.waiters.all() {
            waiter.saved = if waiter.saved == self.switch_number { 0 } else { SWITCHED };
            visitor.moment(&mut waiter.deadline);
        }
        self.switch_number = 0;
        true
    }
}
