//! What a waiter of the general lock does: it spins, pauses, sleeps, and looks again.

use super::axes::{Sleepers, SpinIf, SpinOn, Waiting};
use super::{General, Phase, Waiter};
use crate::kernel::{NEVER, Nanos};
use crate::lock::policy::{Cost, Step, World};
use crate::machine::ThreadId;

/// A turn of a loop with a PAUSE, in nanoseconds (see [`super::presets`]), by which `adaptive` counts.
const TURN: Nanos = 25;

impl General {
    /// A thread waits from now on.
    pub(super) fn begin_wait<W: World>(&mut self, world: &W, thread: ThreadId) {
        let waiter = self.waiters.of(thread);
        (waiter.since, waiter.slept) = (world.now(), false);
    }

    /// Queues a thread that cannot have the lock.
    pub(super) fn wait<W: World>(&mut self, world: &mut W, thread: ThreadId, front: bool) -> Step {
        if front {
            self.queue.push_front(thread);
        } else {
            self.queue.push_back(thread);
        }
        let (now, pause) = (world.now(), self.axes.backoff);
        let waiter = self.waiters.get(thread);
        self.waiters.set(thread, Waiter { spins: now, pause, ..waiter });
        if let Some(ages) = &mut self.ages {
            ages.insert((waiter.since, thread));
        }
        self.arm(world);
        let limit = if self.may_spin(thread) { self.begin_to_spin(world, thread) } else { 0 };
        match limit {
            0 => self.park(world, thread),
            _ if pause > 0 => self.pause(thread, limit),
            _ => {
                self.set_phase(thread, Phase::Spinning);
                Step::Spin(limit)
            }
        }
    }

    /// Whether a waiter may spin before it sleeps.
    fn may_spin(&self, thread: ThreadId) -> bool {
        match self.axes.spin_if {
            SpinIf::Always => true,
            SpinIf::Arriving => !self.waiters.get(thread).slept,
            SpinIf::NobodySleeps => self.sleepers == 0 && !self.flag,
            SpinIf::NobodySpins => self.spinners == 0,
        }
    }

    /// How long a waiter that begins to spin now does so before it parks.
    fn begin_to_spin<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Nanos {
        if self.axes.waiting == Waiting::Adaptive {
            self.waiters.of(thread).turn = self.turn(world, thread);
        }
        self.spin_limit(thread)
    }

    /// How long a waiter spins before it parks.
    fn spin_limit(&self, thread: ThreadId) -> Nanos {
        let spin = self.axes.spin;
        match self.axes.waiting {
            Waiting::Spin => NEVER,
            Waiting::Park => 0,
            Waiting::SpinThenPark | Waiting::OwnerRuns => spin,
            Waiting::Adaptive => {
                spin.min(2 * self.learnt + spin / 10).saturating_mul(self.waiters.get(thread).turn) / TURN
            }
        }
    }

    /// How long a turn of a loop takes in which a waiter writes the lock's line: it is the waiter's turn once the line
    /// has come, and has answered the others that write it all the time.
    fn turn<W: World>(&self, world: &mut W, thread: ThreadId) -> Nanos {
        if self.axes.spin_on != SpinOn::Hammered || self.spinners == 0 {
            return TURN;
        }
        let line = self.last.map_or(0, |last| world.line_transfer(last, thread));
        let others = world.coherence(2 * self.spinners);
        TURN.max(line).max(others)
    }

    /// Puts a waiter to sleep.
    pub(super) fn park<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        self.waiters.of(thread).slept = true;
        if self.axes.sleepers == Sleepers::Flagged {
            return self.fall(world, thread);
        }
        self.set_phase(thread, Phase::Parked);
        let sleep = world.cost(Cost::SleepCall);
        world.charge(sleep);
        self.stop_spinning(world);
        Step::Park
    }

    /// Flags the lock's word, and makes the call that puts the waiter to sleep if the flag is still there then. Until
    /// then nobody can wake it.
    pub(super) fn fall<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        self.queue.retain(|&other| other != thread);
        self.flag = true;
        self.set_phase(thread, Phase::Falling);
        self.stop_spinning(world);
        self.enter_bucket(world, thread)
    }

    /// The flag is still there.
    pub(super) fn fall_asleep<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        self.queue.push_back(thread);
        self.set_phase(thread, Phase::Parked);
        self.arm(world);
        Step::Park
    }

    /// Lets the spinners see that somebody sleeps, if that makes them sleep too.
    fn stop_spinning<W: World>(&self, world: &mut W) {
        if self.axes.spin_if == SpinIf::NobodySleeps && self.spinners > 0 {
            let spinners = self.queue.iter().filter(|&&other| self.spins(other));
            spinners.for_each(|&other| world.poke(other));
        }
    }

    /// Looks away from the lock for a while, and for twice as long the next time.
    fn pause(&mut self, thread: ThreadId, limit: Nanos) -> Step {
        let waiter = self.waiters.get(thread);
        let longer = (2 * waiter.pause).min(self.axes.backoff_cap.max(self.axes.backoff));
        self.waiters.set(thread, Waiter { phase: Phase::Pausing, pause: longer, ..waiter });
        Step::Spin(waiter.pause.min(limit))
    }

    /// The time of a spinning or pausing waiter is up, and the lock is taken.
    pub(super) fn look_again<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        if self.axes.waiting == Waiting::OwnerRuns
            && world.holder().or(self.heir).is_some_and(|owner| world.is_running(owner))
        {
            return Step::Spin(self.axes.spin);
        }
        let spun = world.now() - self.waiters.get(thread).spins;
        match self.spin_limit(thread).saturating_sub(spun) {
            limit if limit > 0 && self.phase(thread) == Phase::Pausing => self.pause(thread, limit),
            _ => {
                self.learn(thread, spun);
                self.park(world, thread)
            }
        }
    }

    /// A waiter has spun for so long, which counts by its turns: glibc's `__spins += (cnt - __spins) / 8`.
    pub(super) fn learn(&mut self, thread: ThreadId, spun: Nanos) {
        let turns = spun.saturating_mul(TURN) / self.waiters.get(thread).turn.max(TURN);
        self.learnt = (7 * self.learnt + turns.min(self.axes.spin)) / 8;
    }
}
