//! The user-space scheduler-cooperative lock: who has used the lock for long is banned from it for long.
//!
//! After `u-scl/fairlock.h` of scheduler-cooperative-locks/proportional-share. A *slice* belongs to one thread, which
//! takes the lock in it as often as it likes, without queueing; the lock may be free meanwhile and nobody else have it.
//! Every release moves the end of the thread's *ban* on by the time it held the lock times the sum of all weights over
//! its own. The first waiter spins, the others sleep.

use std::collections::VecDeque;

use super::line::pay;
use super::policy::{AnyPolicy, Cause, Cost, Free, PerThread, Policy, Step, World};
use super::preset::{Family, Parameter, ParameterKind, Preset, Setting};
use crate::kernel::{NEVER, Nanos};
use crate::machine::ThreadId;

/// The entry of the preset table.
pub const PRESET: Preset = Preset {
    name: "u-scl",
    family: Family::Lock,
    summary: "scheduler-cooperative lock: equal time at the lock, by slices and bans",
    description: "\
        slice owner: takes the lock without queueing until its slice of `slice` is over or it is banned.\n\
        release: moves the end of the thread's ban on by its hold time x (all weights / its weight), counted from its first \
        request; if the slice is over or the thread banned, the lock goes to the first waiter, with a new slice.\n\
        banned: sleeps until the end of its ban, then asks.\n\
        waiter: the first spins until the slice is over, the others sleep.",
    source: "Y. Patel et al., Avoiding scheduler subversion using scheduler-cooperative locks, EuroSys 2020; \
             u-scl/fairlock.h",
    parameters: &[Parameter {
        name: "slice",
        kind: ParameterKind::Duration { default: 2_000_000, minimum: 0 },
        doc: "how long the lock belongs to one thread",
    }],
    defaults: &[],
    make: |setting, _| AnyPolicy::UScl(UScl::new(setting)),
};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Away,
    Banned,
    /// It sleeps in the queue.
    Asleep,
    /// It is the first waiter, and spins.
    Next,
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Account {
    phase: Phase,
    /// Whether the thread is counted among the users of the lock.
    known: bool,
    banned_until: Nanos,
}

/// One lock.
#[derive(Debug, Clone, PartialEq)]
pub struct UScl {
    slice: Nanos,
    /// Whose slice it is, and when it ends.
    owner: Option<ThreadId>,
    slice_ends: Nanos,
    taken_at: Nanos,
    queue: VecDeque<ThreadId>,
    last: Option<ThreadId>,
    weights_milli: u64,
    accounts: PerThread<Account>,
}

impl UScl {
    /// A free lock.
    pub fn new(setting: &Setting) -> Self {
        Self {
            slice: setting.duration("slice"),
            owner: None,
            slice_ends: 0,
            taken_at: 0,
            queue: VecDeque::new(),
            last: None,
            weights_milli: 0,
            accounts: PerThread::default(),
        }
    }

    /// A thread that is not banned asks for the lock.
    fn ask<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        let own = self.owner == Some(thread) && world.now() < self.slice_ends;
        if world.holder().is_none() && (own || (self.slice_is_over(world) && self.queue.is_empty())) {
            return self.take(world, thread);
        }
        self.queue.push_back(thread);
        world.set_alarm(self.slice_ends);
        if self.queue.len() == 1 {
            return self.spin(thread);
        }
        self.set_phase(thread, Phase::Asleep);
        let sleep = world.cost(Cost::SleepCall);
        world.charge(sleep);
        Step::Park
    }

    fn slice_is_over<W: World>(&self, world: &W) -> bool {
        self.owner.is_none() || world.now() >= self.slice_ends
    }

    fn spin(&mut self, thread: ThreadId) -> Step {
        self.set_phase(thread, Phase::Next);
        Step::Spin(NEVER)
    }

    fn take<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        world.take(thread);
        pay(world, self.last, thread, 1);
        if self.owner != Some(thread) || world.now() >= self.slice_ends {
            self.owner = Some(thread);
            self.slice_ends = world.now().saturating_add(self.slice);
        }
        self.taken_at = world.now();
        self.last = Some(thread);
        self.set_phase(thread, Phase::Away);
        Step::Enter
    }

    /// The first waiter has the lock if it is free and nobody's.
    fn call_next<W: World>(&mut self, world: &mut W) {
        if world.holder().is_none()
            && self.slice_is_over(world)
            && let Some(&first) = self.queue.front()
            && self.accounts.get(first).phase == Phase::Next
        {
            world.poke(first);
        }
    }

    fn set_phase(&mut self, thread: ThreadId, phase: Phase) {
        let account = self.accounts.get(thread);
        self.accounts.set(thread, Account { phase, ..account });
    }
}

impl Policy for UScl {
    fn request<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        let account = self.accounts.get(thread);
        if !account.known {
            self.weights_milli += world.weight_milli(thread);
            self.accounts.set(thread, Account { known: true, banned_until: world.now(), ..account });
        }
        match self.accounts.get(thread).banned_until.saturating_sub(world.now()) {
            0 => self.ask(world, thread),
            ban => {
                self.set_phase(thread, Phase::Banned);
                Step::ParkFor(ban)
            }
        }
    }

    fn resume<W: World>(&mut self, world: &mut W, thread: ThreadId, _cause: Cause) -> Step {
        match self.accounts.get(thread).phase {
            Phase::Away | Phase::Banned => self.ask(world, thread),
            // The first of the queue may be told twice, or too late.
            Phase::Asleep | Phase::Next if world.holder().is_some() || !self.slice_is_over(world) => self.spin(thread),
            Phase::Asleep | Phase::Next => {
                self.queue.pop_front();
                let step = self.take(world, thread);
                if let Some(&next) = self.queue.front() {
                    world.wake(next);
                }
                step
            }
        }
    }

    fn release<W: World>(&mut self, world: &mut W, thread: ThreadId, why: Free) -> Step {
        world.free(why);
        let now = world.now();
        let account = self.accounts.get(thread);
        let held = u128::from(now - self.taken_at);
        let weight = world.weight_milli(thread).max(1);
        // Rounded up: what is rounded down adds up, section by section, to more than its share.
        let ban = (held * u128::from(self.weights_milli)).div_ceil(u128::from(weight)) as Nanos;
        let banned_until = account.banned_until.saturating_add(ban);
        self.accounts.set(thread, Account { banned_until, ..account });
        if why == Free::Exit {
            self.weights_milli -= world.weight_milli(thread);
            self.accounts.set(thread, Account::default());
        }
        if why == Free::Exit || now < banned_until || now >= self.slice_ends {
            self.owner = None;
            self.call_next(world);
        } else if !self.queue.is_empty() {
            world.set_alarm(self.slice_ends);
        }
        Step::Leave
    }

    fn alarm<W: World>(&mut self, world: &mut W) {
        if self.slice_is_over(world) {
            self.call_next(world);
        } else if !self.queue.is_empty() {
            world.set_alarm(self.slice_ends);
        }
    }
}
