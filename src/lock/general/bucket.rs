//! The calls by which a lock of three states puts its waiters to sleep and wakes them, and the kernel's lock on those
//! that sleep.
//!
//! Up to Linux 4.1 a wake call wakes its thread under the lock of the futex's hash bucket, a ticket lock (`futex_wake`
//! of `kernel/futex.c`; from 4.2 on after it: commit 1d0dcb3ad9d3, "futex: Implement lockless wakeups"), so that calls
//! on one futex go one after another. Here it is on if the machine has a `bucket_lock`: what calls take beyond the way
//! into the kernel and back ([`Cost::EmptyCall`]) they take under it, first come, first served; the lock's line moves
//! from each to the next, after it has answered half of those that wait (S. Boyd-Wickizer et al., OLS 2012). Whom a
//! call wakes is decided when its turn has come. A wake call goes past the lock if nobody sleeps or is about to
//! (`hb_waiters_pending`).

use std::collections::VecDeque;

use super::{General, Phase};
use crate::kernel::NEVER;
use crate::lock::policy::{Cost, Step, World};
use crate::machine::ThreadId;

/// The kernel's lock.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Bucket {
    /// The threads that wait for it, in their order.
    line: VecDeque<ThreadId>,
    held: bool,
    /// Whether the call under it is one that finds nobody to wake.
    in_vain: bool,
    /// Who had it last.
    last: Option<ThreadId>,
}

impl General {
    /// A thread that is to fall asleep or to wake another makes its call, as soon as it can.
    pub(super) fn enter_bucket<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        if !world.has_bucket_lock() {
            return Step::Spend(world.cost(Cost::SleepCall));
        }
        if std::mem::replace(&mut self.bucket.held, true) {
            self.bucket.line.push_back(thread);
            return Step::Spin(NEVER);
        }
        self.make_call(world, thread)
    }

    /// A thread makes its call under the kernel's lock.
    pub(super) fn make_call<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
        let waiting = world.coherence(self.bucket.line.len());
        let line = self.bucket.last.replace(thread).map_or(0, |last| world.line_transfer(last, thread));
        self.bucket.in_vain = false;
        let call = if self.phase(thread) == Phase::Falling {
            world.cost(Cost::SleepCall)
        } else if let Some(sleeper) = self.pick_sleeper(world, false).and_then(|place| self.queue.remove(place)) {
            self.mark_called(sleeper);
            world.wake_unpaid(sleeper)
        } else {
            self.bucket.in_vain = true;
            0
        };
        let inside = call.saturating_sub(world.cost(Cost::EmptyCall));
        Step::Spend(inside.saturating_add(line).saturating_add(waiting))
    }

    /// A thread's call is through.
    pub(super) fn leave_bucket<W: World>(&mut self, world: &mut W) {
        if !world.has_bucket_lock() {
            return;
        }
        if self.bucket.in_vain {
            world.wake_nobody();
        } else {
            let outside = world.cost(Cost::EmptyCall);
            world.charge(outside);
        }
        match self.bucket.line.pop_front() {
            Some(next) => world.poke(next),
            None => self.bucket.held = false,
        }
    }
}
