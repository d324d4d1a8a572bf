//! What a release of the general lock does: it hands the lock over, or tells waiters that it is free.

use super::axes::{Fair, Release, Sleepers, Wake};
use super::{General, Phase};
use crate::lock::policy::{Step, World};
use crate::machine::ThreadId;

impl General {
    /// Passes a lock on that has just become free; what the `releaser`, if there is one, does next.
    pub(super) fn pass_on<W: World>(&mut self, world: &mut W, releaser: Option<ThreadId>) -> Step {
        let flagged = std::mem::take(&mut self.flag);
        if self.is_idle() && !flagged {
            return Step::Leave;
        }
        let fair = self.is_fair(world);
        if self.axes.release == Release::HandOff || fair && self.axes.fair_release != Fair::Wake {
            self.hand_over(world, fair);
            return Step::Leave;
        }
        match releaser {
            Some(releaser) if flagged && world.has_bucket_lock() && self.sleepers + self.falling > 0 => {
                self.tell_spinner(world);
                self.set_phase(releaser, Phase::Waking);
                self.enter_bucket(world, releaser)
            }
            _ => {
                self.announce(world, fair, flagged);
                Step::Leave
            }
        }
    }

    /// Whether nobody waits.
    pub(super) fn is_idle(&self) -> bool {
        self.queue.is_empty() && self.passive.is_empty()
    }

    /// Gives a free lock to a waiter.
    fn hand_over<W: World>(&mut self, world: &mut W, fair: bool) {
        if fair {
            self.unfair = 0;
        }
        let successor = if fair { self.take_out_eldest(world) } else { self.take_out_next(world) };
        self.heir = successor;
        if let Some(successor) = successor {
            world.record_heir(successor);
            self.call(world, successor);
        }
    }

    /// Tells waiters that the lock is free: sleepers if its word was `flagged` or they are known, and the first of them
    /// if that is `fair`.
    fn announce<W: World>(&mut self, world: &mut W, fair: bool, flagged: bool) {
        let (spins, awake) = (self.spinners > 0, self.spinners + self.called > 0);
        self.tell_spinner(world);
        let wakes = match self.axes.wake {
            _ if fair => 1,
            _ if self.axes.sleepers == Sleepers::Flagged && !flagged => 0,
            Wake::All => usize::MAX,
            Wake::UnlessAwake if awake => 0,
            Wake::UnlessSpins if spins => 0,
            Wake::One | Wake::UnlessAwake | Wake::UnlessSpins => 1,
        };
        for woken in 0..wakes {
            let Some(index) = self.pick_sleeper(world, fair) else {
                if woken == 0 && flagged {
                    world.wake_nobody();
                }
                break;
            };
            self.call_at(world, index);
        }
    }

    /// Tells a spinning waiter that has a core that the lock is free. If none has one, those that have lost theirs see
    /// it when they have them again.
    fn tell_spinner<W: World>(&mut self, world: &mut W) {
        if self.spinners == 0 {
            return;
        }
        let looks = |lock: &Self, world: &W, thread| lock.spins(thread) && world.is_running(thread);
        if let Some(index) = self.pick(world, self.first_spinner(), looks) {
            return self.call_at(world, index);
        }
        while self.first_spinner() < self.queue.len() {
            self.call_at(world, self.first_spinner());
        }
    }

    /// The place in the queue of the first waiter that spins, or the end. Those that do are mostly the last that came.
    pub(super) fn first_spinner(&self) -> usize {
        let places = self.queue.iter().enumerate().rev();
        let spinners = places.filter(|&(_, &thread)| self.spins(thread)).take(self.spinners);
        spinners.last().map_or(self.queue.len(), |(place, _)| place)
    }

    fn call_at<W: World>(&mut self, world: &mut W, index: usize) {
        if let Some(thread) = self.queue.remove(index) {
            self.call(world, thread);
        }
    }

    /// Lets a waiter that has left the queue look at the lock.
    fn call<W: World>(&mut self, world: &mut W, thread: ThreadId) {
        if self.mark_called(thread) == Phase::Parked {
            world.wake(thread);
        } else {
            world.poke(thread);
        }
    }

    /// Notes that a waiter has been told to look; what it did before.
    pub(super) fn mark_called(&mut self, thread: ThreadId) -> Phase {
        let phase = self.phase(thread);
        self.set_phase(thread, Phase::Called);
        self.forget_age(thread);
        self.called += 1;
        phase
    }
}
