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
//! The mutex inside is held for tens of nanoseconds and is not modelled: each of these steps is atomic.
//!
//! Which waiter a signal reaches is the business of the operating system and of glibc; the parameter `wake_order` has the choices.

use std::collections::VecDeque;

use super::policy::{Cause, Cost, Free, PerThread, Policy, Step, World};
use super::preset::{Parameter, ParameterKind, Preset, Setting};
use crate::kernel::Nanos;
use crate::machine::ThreadId;

/// The entry of the preset table.
pub const PRESET: Preset = Preset {
    name: "cpython",
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
            kind: ParameterKind::Choice { default: "fifo", names: &["fifo", "lifo", "random", "stealing"] },
            doc: "which waiter a signal reaches; `stealing`: one that is awake, on its way to sleep, before any sleeper",
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
};

/// Which waiter a signal of the condition variable reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum WakeOrder {
    /// The one that began to wait first.
    Fifo,
    /// The one that began to wait last.
    Lifo,
    /// Any, with equal chances.
    Random,
    /// One that is still awake on its way into the wait; if there is none, the first sleeper. The sleeper for which
    /// the signal was meant sleeps on, and its wait goes on unchanged.
    Stealing,
}

/// Where a thread stands in the state machine.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Phase {
    /// It does not want the lock, or has it.
    #[default]
    Away,
    /// It is in the wait on `cond`, still awake.
    FallingAsleep,
    /// As before, and has been given the signal.
    Signalled,
    /// It is in the wait on `cond`, parked.
    Asleep,
    /// It dropped the lock on request and sleeps on `switch_cond`; it will ask for the lock again.
    Switching,
    /// It released the lock to block, and sleeps on `switch_cond`; it will then block.
    LateStart,
}

#[derive(Debug, Clone, Copy, Default)]
struct Waiter {
    phase: Phase,
    /// `switch_number` when the present wait began.
    saved: u64,
    /// When the present wait times out.
    deadline: Nanos,
}

/// One lock under this policy.
#[derive(Debug, Clone)]
pub struct CPython3 {
    interval: Nanos,
    order: WakeOrder,
    forced_switching: bool,
    late_io_start: bool,
    switch_number: u64,
    last_holder: Option<ThreadId>,
    drop_request: bool,
    /// Threads in the wait on `cond`, in the order in which they began it.
    cond: VecDeque<ThreadId>,
    /// Threads that sleep on `switch_cond`.
    switch_cond: VecDeque<ThreadId>,
    waiters: PerThread<Waiter>,
}

impl CPython3 {
    /// A free lock.
    pub fn new(setting: &Setting) -> Self {
        Self {
            interval: setting.duration("switch_interval"),
            order: match setting.choice("wake_order") {
                "fifo" => WakeOrder::Fifo,
                "lifo" => WakeOrder::Lifo,
                "random" => WakeOrder::Random,
                _ => WakeOrder::Stealing,
            },
            forced_switching: setting.flag("forced_switching"),
            late_io_start: setting.flag("late_io_start"),
            switch_number: 0,
            last_holder: None,
            drop_request: false,
            cond: VecDeque::new(),
            switch_cond: VecDeque::new(),
            waiters: PerThread::default(),
        }
    }

    /// The loop of `take_gil`: takes the lock if it is free, else begins a wait.
    fn take_or_wait<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        if world.holder().is_some() {
            return self.wait(world, thread);
        }
        self.set_phase(thread, Phase::Away);
        world.take(thread);
        let pair = world.cost(Cost::LockPair);
        world.charge(pair);
        if self.last_holder != Some(thread) {
            self.last_holder = Some(thread);
            self.switch_number += 1;
        }
        if let Some(dropper) = self.switch_cond.pop_front() {
            world.wake(dropper);
        }
        self.drop_request = false;
        world.calm();
        Step::Enter
    }

    /// Begins a wait on `cond`: from here on a signal may reach the thread, though it is awake for a moment yet.
    fn wait<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        self.cond.push_back(thread);
        self.waiters.set(
            thread,
            Waiter {
                phase: Phase::FallingAsleep,
                saved: self.switch_number,
                deadline: world.now().saturating_add(self.interval),
            },
        );
        Step::Spend(world.cost(Cost::SleepCall))
    }

    /// Signals `cond` once.
    fn signal<W: World>(&mut self, world: &mut W) {
        let Some(index) = self.signalled(world) else { return };
        let Some(thread) = self.cond.remove(index) else { return };
        if world.is_parked(thread) {
            world.wake(thread);
        } else {
            // The system call is made all the same, for the sleepers of the group.
            world.wake_nobody();
            self.set_phase(thread, Phase::Signalled);
        }
    }

    /// The place in `cond` of the waiter that a signal reaches. Waiters whose time is up have left the wait in all but
    /// name: they look at the lock before anything else, so a signal is not spent on them.
    fn signalled<W: World>(&self, world: &mut W) -> Option<usize> {
        let waits = |thread: ThreadId, world: &W| {
            self.waiters.get(thread).phase == Phase::FallingAsleep || world.is_parked(thread)
        };
        match self.order {
            WakeOrder::Fifo => self.cond.iter().position(|&thread| waits(thread, world)),
            WakeOrder::Lifo => self.cond.iter().rposition(|&thread| waits(thread, world)),
            WakeOrder::Random => {
                let count = self.cond.iter().filter(|&&thread| waits(thread, world)).count();
                let chosen = if count > 1 { world.below(count) } else { 0 };
                let mut waiting = self.cond.iter().enumerate().filter(|&(_, &thread)| waits(thread, world));
                waiting.nth(chosen).map(|(index, _)| index)
            }
            WakeOrder::Stealing => self
                .cond
                .iter()
                .position(|&thread| self.waiters.get(thread).phase == Phase::FallingAsleep)
                .or_else(|| self.cond.iter().position(|&thread| waits(thread, world))),
        }
    }

    fn timed_out<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        // Those whose time is up first stand in front.
        if let Some(index) = self.cond.iter().position(|&waiter| waiter == thread) {
            self.cond.remove(index);
        }
        let unswitched = self.waiters.get(thread).saved == self.switch_number;
        if world.holder().is_some() && unswitched && !self.drop_request {
            self.drop_request = true;
            world.record_drop_request();
            world.interrupt();
        }
        self.take_or_wait(world, thread)
    }

    /// The last part of `drop_gil`: waits on `switch_cond` if the drop was requested.
    fn drop_gil<W: World>(&mut self, world: &mut W, thread: ThreadId, why: Free, wait_in: Phase) -> Option<Step> {
        world.free(why);
        // The number of a thread that has ended may be given to another.
        self.last_holder = (why != Free::Exit).then_some(thread);
        self.signal(world);
        let wait = self.drop_request && self.forced_switching && why != Free::Exit;
        if !wait || (wait_in == Phase::LateStart && !self.late_io_start) {
            return None;
        }
        self.drop_request = false;
        world.calm();
        self.set_phase(thread, wait_in);
        self.switch_cond.push_back(thread);
        Some(Step::Park(None))
    }

    fn set_phase(&mut self, thread: ThreadId, phase: Phase) {
        let waiter = self.waiters.get(thread);
        self.waiters.set(thread, Waiter { phase, ..waiter });
    }
}

impl Policy for CPython3 {
    fn request<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        self.take_or_wait(world, thread)
    }

    fn resume<W: World>(&mut self, world: &mut W, thread: ThreadId, cause: Cause) -> Step {
        let waiter = self.waiters.get(thread);
        match (waiter.phase, cause) {
            (Phase::FallingAsleep, _) => {
                self.set_phase(thread, Phase::Asleep);
                Step::Park(Some(waiter.deadline.saturating_sub(world.now())))
            }
            (Phase::Asleep, Cause::TimedOut) => self.timed_out(world, thread),
            (Phase::LateStart, _) => {
                self.set_phase(thread, Phase::Away);
                Step::Leave
            }
            (phase, _) => {
                if phase == Phase::Asleep && world.holder().is_some() {
                    world.record_wasted_wake_up();
                }
                self.take_or_wait(world, thread)
            }
        }
    }

    fn release<W: World>(&mut self, world: &mut W, thread: ThreadId, why: Free) -> Step {
        self.drop_gil(world, thread, why, Phase::LateStart).unwrap_or(Step::Leave)
    }

    fn check_point<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        if !self.drop_request {
            return Step::Enter;
        }
        self.drop_gil(world, thread, Free::Forced, Phase::Switching).unwrap_or_else(|| {
            // Without forced switching the dropper goes straight back to `take_gil`, once its wake call is paid.
            self.set_phase(thread, Phase::Switching);
            Step::Spend(0)
        })
    }
}
