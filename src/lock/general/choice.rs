//! Which waiter of the general lock is next, and when that is the one that has waited longest.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::axes::CHANCES;
use super::{Admission, Fair, Fairness, General, Phase, Successor};
use crate::kernel::Nanos;
use crate::lock::policy::World;
use crate::machine::ThreadId;

impl General {
    /// The place in the queue of the next waiter among those that fit, all of which stand at `first` or behind.
    pub(super) fn pick<W: World>(
        &self,
        world: &mut W,
        first: usize,
        fits: impl Fn(&Self, &W, ThreadId) -> bool,
    ) -> Option<usize> {
        let fit = |world: &W, thread| fits(self, world, thread);
        let mut places = self.queue.iter().copied().enumerate().skip(first);
        match self.axes.successor {
            Successor::Fifo => places.find(|&(_, thread)| fit(world, thread)).map(|(place, _)| place),
            Successor::Lifo => places.rfind(|&(_, thread)| fit(world, thread)).map(|(place, _)| place),
            Successor::Random => {
                let count = places.filter(|&(_, thread)| fit(world, thread)).count();
                let chosen = if count > 1 { world.below(count) } else { 0 };
                let mut places = self.queue.iter().copied().enumerate().filter(|&(_, thread)| fit(world, thread));
                places.nth(chosen).map(|(place, _)| place)
            }
            Successor::Lottery => {
                let tickets =
                    |world: &W, thread| if fit(world, thread) { world.weight_milli(thread) as usize } else { 0 };
                let all: usize = self.queue.iter().map(|&thread| tickets(world, thread)).sum();
                let mut drawn = if all > 1 { world.below(all) } else { 0 };
                let wins = |&(_, thread): &(usize, ThreadId)| {
                    let own = tickets(world, thread);
                    let won = own > drawn;
                    drawn = drawn.saturating_sub(own);
                    won
                };
                places.find(wins).map(|(place, _)| place)
            }
            Successor::Priority | Successor::Inherited => {
                let candidates = places.filter(|&(_, thread)| fit(world, thread));
                candidates.min_by_key(|&(_, thread)| Reverse(world.priority(thread))).map(|(place, _)| place)
            }
            Successor::MinUsage => {
                let candidates = places.filter(|&(_, thread)| fit(world, thread));
                candidates.min_by_key(|&(_, thread)| self.waiters.get(thread).usage).map(|(place, _)| place)
            }
            Successor::Running => {
                let candidates = places.filter(|&(_, thread)| fit(world, thread));
                first_preferred(candidates, |thread| world.is_running(thread))
            }
            Successor::Local => {
                let node = self.last.map(|last| world.node(last));
                let candidates = places.filter(|&(_, thread)| fit(world, thread));
                first_preferred(candidates, |thread| Some(world.node(thread)) == node)
            }
        }
    }

    /// Takes the next waiter out of the queue.
    pub(super) fn take_out_next<W: World>(&mut self, world: &mut W) -> Option<ThreadId> {
        if self.axes.admission == Admission::Restricted {
            if self.queue.is_empty() {
                return self.passive.pop_front();
            }
            // Two waiters keep the lock busy no better than one.
            if self.queue.len() > 1
                && let Some(surplus) = self.queue.pop_front()
            {
                self.passive.push_front(surplus);
            }
        }
        let place = self.pick(world, 0, |_, _, _| true)?;
        self.queue.remove(place)
    }

    /// The place in the queue of the sleeper that a release wakes, or of the first if that is `fair`.
    pub(super) fn pick_sleeper<W: World>(&self, world: &mut W, fair: bool) -> Option<usize> {
        if fair { self.first_sleeper() } else { self.pick(world, 0, |lock, _, thread| lock.sleeps(thread)) }
    }

    fn first_sleeper(&self) -> Option<usize> {
        self.queue.iter().position(|&thread| self.sleeps(thread))
    }

    fn sleeps(&self, thread: ThreadId) -> bool {
        self.phase(thread) == Phase::Parked
    }

    /// Takes the waiter out that is to be served for fairness.
    pub(super) fn take_out_eldest<W: World>(&mut self, world: &W) -> Option<ThreadId> {
        if self.axes.fair_release == Fair::Sleeper {
            let place = self.first_sleeper()?;
            return self.queue.remove(place);
        }
        if let Some(failed) = self.failed.take()
            && let Some(place) = self.queue.iter().position(|&thread| thread == failed)
        {
            return self.queue.remove(place);
        }
        if let Some(eldest) = self.passive.pop_back() {
            return Some(eldest);
        }
        let node = self.last.map(|last| world.node(last));
        let elsewhere = |&thread: &ThreadId| Some(world.node(thread)) != node;
        let place = match self.axes.successor {
            Successor::Local => self.queue.iter().position(elsewhere).unwrap_or(0),
            _ => self.eldest_place()?,
        };
        self.queue.remove(place)
    }

    /// The place in the queue of the waiter that has waited longest, where nobody has been set aside.
    fn eldest_place(&self) -> Option<usize> {
        let since = |thread: ThreadId| self.waiters.get(thread).since;
        if self.ages.is_some() {
            let eldest = self.eldest_since();
            // Under `flagged` that one may be about to sleep, and in no queue.
            return self.queue.iter().position(|&thread| since(thread) == eldest).or_else(|| self.first_place());
        }
        let places = self.queue.iter().enumerate().min_by_key(|&(_, &thread)| since(thread));
        places.map(|(place, _)| place)
    }

    fn first_place(&self) -> Option<usize> {
        (!self.queue.is_empty()).then_some(0)
    }

    /// Since when the waiter waits that has waited longest; to be asked only where the axes ask for it.
    pub(super) fn eldest_since(&self) -> Nanos {
        self.ages.as_ref().and_then(BTreeSet::first).map_or(Nanos::MAX, |&(since, _)| since)
    }

    /// Whether a release serves the waiter that has waited longest.
    pub(super) fn is_fair<W: World>(&mut self, world: &mut W) -> bool {
        if self.axes.fair_release != Fair::Eldest && self.sleepers == 0 {
            return false;
        }
        let now = world.now();
        match self.axes.fairness {
            Fairness::Wait => now.saturating_sub(self.served_since()) > self.axes.fair_after,
            Fairness::Clock if now > self.fair_at => {
                self.fair_at = now + world.below(self.axes.fair_after.max(1) as usize) as Nanos;
                true
            }
            Fairness::Never | Fairness::Clock => false,
            Fairness::Chance => world.below(CHANCES) < self.axes.fair_chance,
            Fairness::Count => self.unfair >= self.axes.fair_count,
            Fairness::FailedWake => self.failed.is_some_and(|failed| self.queue.contains(&failed)),
        }
    }

    /// Since when the waiter waits that a fair release would serve.
    fn served_since(&self) -> Nanos {
        match self.axes.fair_release {
            Fair::Eldest => self.eldest_since(),
            _ => self.first_sleeper().map_or(Nanos::MAX, |place| self.waiters.get(self.queue[place]).since),
        }
    }
}

/// The place of the first candidate that is preferred, else of the first.
fn first_preferred(
    mut candidates: impl Iterator<Item = (usize, ThreadId)> + Clone,
    preferred: impl Fn(ThreadId) -> bool,
) -> Option<usize> {
    let found = candidates.clone().find(|&(_, thread)| preferred(thread));
    found.or_else(|| candidates.next()).map(|(place, _)| place)
}
