//! Go's `sync.Mutex`: barging, until a waiter starves; then hand-off, until nobody does.
//!
//! After `src/sync/mutex.go` (Go 1.9 and later). A goroutine is a thread here; the queue of goroutines is not modelled,
//! nor is the time slice that a starving hand-off gives away.

use std::collections::VecDeque;

use super::line::pay;
use super::policy::{AnyPolicy, Cause, Cost, Free, PerThread, Policy, Step, World};
use super::preset::{Family, Parameter, ParameterKind, Preset, Setting};
use crate::kernel::Nanos;
use crate::machine::ThreadId;

/// The entry of the preset table.
pub const PRESET: Preset = Preset {
    name: "go-mutex",
    family: Family::Lock,
    summary: "Go's sync.Mutex: barging, and hand-off while a waiter starves",
    description: "\
        normal mode: free -> held by whoever finds it free.\n\
        arrival: spins for `spin`, during which a release wakes nobody; then sleeps at the end of the queue.\n\
        waiter that was woken: takes the lock if it is free, else sleeps again at the head of the queue; if it has waited \
        for longer than `starves_after` by then, the mutex starves.\n\
        starving mode: a release hands the lock to the head of the queue; who arrives neither spins nor tries, and queues \
        at the end. The mode ends with an owner that was the last waiter, or waited for less than `starves_after`.",
    source: "golang/go src/sync/mutex.go; #13086, #33747",
    parameters: &[
        Parameter {
            name: "spin",
            kind: ParameterKind::Duration { default: 3_000, minimum: 0 },
            doc: "how long an arrival spins: 4 rounds of 30 PAUSEs",
        },
        Parameter {
            name: "starves_after",
            kind: ParameterKind::Duration { default: 1_000_000, minimum: 0 },
            doc: "how long a waiter waits before the mutex starves (starvationThresholdNs)",
        },
    ],
    defaults: &[],
    make: |setting, _| AnyPolicy::GoMutex(GoMutex::new(setting)),
};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Away,
    /// It has arrived, and spins.
    Spinning,
    /// It sleeps, or has been woken.
    Asleep,
}

#[derive(Debug, Clone, Copy, Default)]
struct Waiter {
    phase: Phase,
    since: Nanos,
}

/// One mutex.
#[derive(Debug, Clone)]
pub struct GoMutex {
    spin: Nanos,
    starves_after: Nanos,
    starving: bool,
    /// A waiter has been woken and has not tried yet.
    woken: bool,
    spinning: VecDeque<ThreadId>,
    queue: VecDeque<ThreadId>,
    heir: Option<ThreadId>,
    last: Option<ThreadId>,
    waiters: PerThread<Waiter>,
}

impl GoMutex {
    /// A free mutex.
    pub fn new(setting: &Setting) -> Self {
        Self {
            spin: setting.duration("spin"),
            starves_after: setting.duration("starves_after"),
            starving: false,
            woken: false,
            spinning: VecDeque::new(),
            queue: VecDeque::new(),
            heir: None,
            last: None,
            waiters: PerThread::default(),
        }
    }

    fn take<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        world.take(thread);
        pay(world, self.last, thread, 1);
        self.last = Some(thread);
        self.set_phase(thread, Phase::Away);
        Step::Enter
    }

    /// Sleeps at the end of the queue, or at its head for a second time.
    fn sleep<W: World>(&mut self, world: &mut W, thread: ThreadId, again: bool) -> Step {
        if again {
            self.queue.push_front(thread);
        } else {
            self.queue.push_back(thread);
        }
        self.set_phase(thread, Phase::Asleep);
        let sleep = world.cost(Cost::SleepCall);
        world.charge(sleep);
        Step::Park
    }

    /// A waiter has been woken.
    fn woken<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        let starved = world.now() - self.waiters.get(thread).since > self.starves_after;
        if self.heir == Some(thread) {
            self.heir = None;
            self.starving &= starved && !self.queue.is_empty();
            return self.take(world, thread);
        }
        self.woken = false;
        if world.holder().is_none() && !self.starving {
            return self.take(world, thread);
        }
        world.record_wasted_wake_up();
        self.starving |= starved;
        self.sleep(world, thread, true)
    }

    fn set_phase(&mut self, thread: ThreadId, phase: Phase) {
        let waiter = self.waiters.get(thread);
        self.waiters.set(thread, Waiter { phase, ..waiter });
    }
}

impl Policy for GoMutex {
    fn request<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        let taken = world.holder().is_some() || self.starving;
        if !taken {
            return self.take(world, thread);
        }
        self.waiters.set(thread, Waiter { phase: Phase::Spinning, since: world.now() });
        if self.starving || self.spin == 0 {
            return self.sleep(world, thread, false);
        }
        self.spinning.push_back(thread);
        Step::Spin(self.spin)
    }

    fn resume<W: World>(&mut self, world: &mut W, thread: ThreadId, _cause: Cause) -> Step {
        if self.waiters.get(thread).phase == Phase::Asleep {
            return self.woken(world, thread);
        }
        self.spinning.retain(|&other| other != thread);
        if world.holder().is_none() && !self.starving {
            return self.take(world, thread);
        }
        self.sleep(world, thread, false)
    }

    fn release<W: World>(&mut self, world: &mut W, _thread: ThreadId, why: Free) -> Step {
        world.free(why);
        if self.starving {
            self.heir = self.queue.pop_front();
            match self.heir {
                Some(heir) => {
                    world.record_heir(heir);
                    world.wake(heir);
                }
                None => self.starving = false,
            }
        } else if let Some(&spinner) = self.spinning.iter().find(|&&spinner| world.is_running(spinner)) {
            world.poke(spinner);
        } else if !self.woken
            && self.spinning.is_empty()
            && let Some(first) = self.queue.pop_front()
        {
            self.woken = true;
            world.wake(first);
        }
        Step::Leave
    }
}
