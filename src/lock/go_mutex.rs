//! Go's `sync.Mutex`: barging, until a waiter starves; then hand-off, until nobody does.
//!
//! After `lockSlow` and `unlockSlow` of `src/sync/mutex.go` (Go 1.9 and later; `src/internal/sync/mutex.go` from 1.24 on). A
//! goroutine is a thread here; the queue of goroutines is not modelled, nor is the time slice that a starving hand-off gives
//! away. `mutexWoken` is set while a woken waiter has yet to take the mutex or to sleep again, and, as spinning goroutines
//! set it too if it is not, while anybody spins: a release then wakes nobody.

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
        waiter that was woken: takes the lock if it is free, else spins as an arrival does, during which a release wakes nobody \
        either; then it sleeps again, at the head of the queue. If by the time it was woken it had slept and tried for longer than \
        `starves_after`, the mutex starves from then on.\n\
        starving mode: a release hands the lock to the head of the queue; who arrives neither spins nor tries, and queues \
        at the end. The mode ends with an owner that was the last waiter, or waited for less than `starves_after`.",
    source: "golang/go src/sync/mutex.go; #13086, #33747",
    parameters: &[
        Parameter {
            name: "spin",
            kind: ParameterKind::Duration { default: 3_000, minimum: 0 },
            doc: "how long an arrival or a woken waiter spins: 4 rounds of 30 PAUSEs",
        },
        Parameter {
            name: "starves_after",
            kind: ParameterKind::Duration { default: 1_000_000, minimum: 0 },
            doc: "how long after it first went to sleep a waiter makes the mutex starve (starvationThresholdNs)",
        },
    ],
    defaults: &[],
    make: |setting, _| AnyPolicy::GoMutex(GoMutex::new(setting)),
};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Away,
    /// It has arrived or has been woken, and spins.
    Spinning,
    /// It sleeps, or has been woken and has not looked yet.
    Asleep,
}

/// A waiter; the names of `lockSlow` are in brackets.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Waiter {
    phase: Phase,
    /// When it first went to sleep (`waitStartTime`).
    since: Option<Nanos>,
    /// Whether it has been woken, and answers for the mutex's flag (`awoke`).
    awoke: bool,
    /// Whether it was woken too late (`starving`).
    starved: bool,
    /// When it stops spinning.
    spins_until: Nanos,
}

/// One mutex.
#[derive(Debug, Clone, PartialEq)]
pub struct GoMutex {
    spin: Nanos,
    starves_after: Nanos,
    /// `mutexStarving`.
    starving: bool,
    /// A waiter has been woken that has neither taken the mutex nor gone back to sleep.
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

    /// Whether a thread that looks may take the mutex.
    fn is_free<W: World>(&self, world: &W) -> bool {
        world.holder().is_none() && !self.starving
    }

    fn take<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        self.woken &= !self.waiters.get(thread).awoke;
        self.waiters.set(thread, Waiter::default());
        world.take(thread);
        pay(world, self.last, thread, 1);
        self.last = Some(thread);
        Step::Enter
    }

    /// Spins, or sleeps where that makes no sense.
    fn contend<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        if self.starving || self.spin == 0 {
            return self.sleep(world, thread);
        }
        self.waiters.of(thread).spins_until = world.now().saturating_add(self.spin);
        self.spin_on(world, thread)
    }

    fn spin_on<W: World>(&mut self, world: &W, thread: ThreadId) -> Step {
        self.spinning.push_back(thread);
        let waiter = self.waiters.of(thread);
        waiter.phase = Phase::Spinning;
        Step::Spin(waiter.spins_until - world.now())
    }

    /// Sleeps at the end of the queue, or at its head for a second time.
    fn sleep<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        let now = world.now();
        let waiter = self.waiters.of(thread);
        waiter.phase = Phase::Asleep;
        self.starving |= waiter.starved;
        if std::mem::take(&mut waiter.awoke) {
            self.woken = false;
            world.record_wasted_wake_up();
        }
        if waiter.since.is_some() {
            self.queue.push_front(thread);
        } else {
            waiter.since = Some(now);
            self.queue.push_back(thread);
        }
        let sleep = world.cost(Cost::SleepCall);
        world.charge(sleep);
        Step::Park
    }

    /// A waiter has been woken, as the owner or to look.
    fn wake_up<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        let (now, starves_after) = (world.now(), self.starves_after);
        let waiter = self.waiters.of(thread);
        waiter.starved |= waiter.since.is_some_and(|since| now - since > starves_after);
        if self.heir == Some(thread) {
            self.heir = None;
            self.starving &= waiter.starved && !self.queue.is_empty();
            return self.take(world, thread);
        }
        waiter.awoke = true;
        if self.is_free(world) { self.take(world, thread) } else { self.contend(world, thread) }
    }

    /// The spinning has been ended by a release, or is over.
    fn spun<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        self.spinning.retain(|&other| other != thread);
        if self.is_free(world) {
            self.take(world, thread)
        } else if !self.starving && world.now() < self.waiters.get(thread).spins_until {
            self.spin_on(world, thread)
        } else {
            self.sleep(world, thread)
        }
    }
}

impl Policy for GoMutex {
    fn request<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        self.waiters.set(thread, Waiter::default());
        if self.is_free(world) { self.take(world, thread) } else { self.contend(world, thread) }
    }

    fn resume<W: World>(&mut self, world: &mut W, thread: ThreadId, _cause: Cause) -> Step {
        match self.waiters.get(thread).phase {
            Phase::Asleep => self.wake_up(world, thread),
            _ => self.spun(world, thread),
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lock::desk::Desk;

    const SPIN: Nanos = 3_000;
    const MILLISECOND: Nanos = 1_000_000;

    /// A mutex that thread 0 has, and so many that came to it and sleep.
    fn held(sleepers: ThreadId) -> (GoMutex, Desk) {
        let (mut mutex, mut desk) = (GoMutex::new(&Setting::new(&PRESET)), Desk::default());
        assert_eq!(mutex.request(&mut desk, 0), Step::Enter);
        for thread in 1..=sleepers {
            assert_eq!(mutex.request(&mut desk, thread), Step::Spin(SPIN));
            desk.now += SPIN;
            assert_eq!(mutex.resume(&mut desk, thread, Cause::Spent), Step::Park);
        }
        (mutex, desk)
    }

    fn release(mutex: &mut GoMutex, desk: &mut Desk, holder: ThreadId) -> Vec<ThreadId> {
        assert_eq!(desk.holder, Some(holder));
        assert_eq!(mutex.release(desk, holder, Free::Voluntary), Step::Leave);
        std::mem::take(&mut desk.told)
    }

    /// Thread 1 was woken in vain: thread 5 has the mutex, and thread 1 spins.
    fn woken_in_vain(mutex: &mut GoMutex, desk: &mut Desk) {
        assert_eq!(release(mutex, desk, 0), [1]);
        assert_eq!(mutex.request(desk, 5), Step::Enter, "an arrival takes a free mutex before the one that was woken");
        assert_eq!(mutex.resume(desk, 1, Cause::Woken), Step::Spin(SPIN));
    }

    #[test]
    fn a_release_wakes_the_head_of_the_queue_and_nobody_else_before_that_has_looked() {
        let (mut mutex, mut desk) = held(2);
        assert_eq!(release(&mut mutex, &mut desk, 0), [1]);
        assert_eq!(mutex.request(&mut desk, 5), Step::Enter);
        assert!(release(&mut mutex, &mut desk, 5).is_empty(), "mutexWoken is set");
        assert_eq!(mutex.resume(&mut desk, 1, Cause::Woken), Step::Enter);
        assert_eq!(release(&mut mutex, &mut desk, 1), [2]);
    }

    #[test]
    fn while_an_arrival_spins_a_release_wakes_nobody() {
        let (mut mutex, mut desk) = held(1);
        assert_eq!(mutex.request(&mut desk, 5), Step::Spin(SPIN));
        assert_eq!(release(&mut mutex, &mut desk, 0), [5]);
        assert_eq!(mutex.resume(&mut desk, 5, Cause::Poked), Step::Enter);
        assert_eq!(release(&mut mutex, &mut desk, 5), [1]);
    }

    #[test]
    fn a_waiter_that_was_woken_in_vain_spins_beside_the_arrivals_and_then_sleeps_at_the_head() {
        let (mut mutex, mut desk) = held(2);
        woken_in_vain(&mut mutex, &mut desk);
        assert_eq!(release(&mut mutex, &mut desk, 5), [1], "the spinner is told, and nobody woken");
        assert_eq!(mutex.request(&mut desk, 6), Step::Enter);
        desk.now += 1_000;
        assert_eq!(mutex.resume(&mut desk, 1, Cause::Poked), Step::Spin(SPIN - 1_000), "for the rest of its rounds");
        desk.now += SPIN - 1_000;
        assert_eq!(mutex.resume(&mut desk, 1, Cause::Spent), Step::Park);
        assert_eq!(desk.wasted, 1);
        assert_eq!(release(&mut mutex, &mut desk, 6), [1], "before thread 2");
    }

    #[test]
    fn a_waiter_that_is_woken_within_the_threshold_does_not_make_the_mutex_starve() {
        let (mut mutex, mut desk) = held(1);
        desk.now += MILLISECOND;
        woken_in_vain(&mut mutex, &mut desk);
        desk.now += SPIN;
        assert_eq!(mutex.resume(&mut desk, 1, Cause::Spent), Step::Park, "its time is counted when it is woken");
        assert_eq!(release(&mut mutex, &mut desk, 5), [1]);
        assert_eq!(mutex.request(&mut desk, 6), Step::Enter, "barging goes on");
    }

    /// A mutex that starves: thread 6 has it, and thread 1 is at the head of the queue, before so many others.
    fn starving(others: ThreadId) -> (GoMutex, Desk) {
        let (mut mutex, mut desk) = held(1 + others);
        desk.now += MILLISECOND + 1;
        woken_in_vain(&mut mutex, &mut desk);
        desk.now += SPIN;
        assert_eq!(mutex.resume(&mut desk, 1, Cause::Spent), Step::Park);
        (mutex, desk)
    }

    #[test]
    fn a_waiter_that_has_starved_is_given_the_mutex_by_the_next_release_and_nobody_overtakes_it() {
        let (mut mutex, mut desk) = starving(2);
        assert_eq!(mutex.request(&mut desk, 6), Step::Park, "arrivals neither spin nor try");
        assert_eq!(release(&mut mutex, &mut desk, 5), [1]);
        assert_eq!(mutex.request(&mut desk, 7), Step::Park, "though the mutex looks free");
        assert_eq!(mutex.resume(&mut desk, 1, Cause::Woken), Step::Enter);
        for (holder, next) in [(1, 2), (2, 3)] {
            assert_eq!(release(&mut mutex, &mut desk, holder), [next], "those that waited before, in their order");
            assert_eq!(mutex.resume(&mut desk, next, Cause::Woken), Step::Enter);
        }
        assert_eq!(release(&mut mutex, &mut desk, 3), [6]);
        assert_eq!(mutex.resume(&mut desk, 6, Cause::Woken), Step::Enter);
        assert_eq!(release(&mut mutex, &mut desk, 6), [7]);
        assert_eq!(mutex.request(&mut desk, 8), Step::Enter, "an owner that waited for less than 1 ms ends the mode");
    }

    #[test]
    fn the_last_waiter_ends_the_starving_mode_however_long_it_has_waited() {
        let (mut mutex, mut desk) = starving(0);
        assert_eq!(release(&mut mutex, &mut desk, 5), [1]);
        desk.now += MILLISECOND;
        assert_eq!(mutex.resume(&mut desk, 1, Cause::Woken), Step::Enter);
        assert_eq!(mutex.request(&mut desk, 6), Step::Spin(SPIN), "the mutex is in normal mode");
    }

    #[test]
    fn a_waiter_that_has_starved_but_finds_the_mutex_free_takes_it_and_the_mode_stays_normal() {
        let (mut mutex, mut desk) = held(2);
        desk.now += 2 * MILLISECOND;
        assert_eq!(release(&mut mutex, &mut desk, 0), [1]);
        assert_eq!(mutex.resume(&mut desk, 1, Cause::Woken), Step::Enter);
        assert_eq!(mutex.request(&mut desk, 6), Step::Spin(SPIN));
    }
}
