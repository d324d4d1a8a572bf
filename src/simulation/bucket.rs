//! The kernel's lock on those that sleep on one futex, or on one of the same hash bucket.
//!
//! Up to Linux 4.1 a wake call wakes its thread under that lock, a ticket lock (`futex_wake` of `kernel/futex.c`; from 4.2 on
//! after it: commit 1d0dcb3ad9d3, "futex: Implement lockless wakeups"), so that calls on one futex go one after another.
//! Here it is on if the machine has a `bucket_lock`: each lock has a bucket, and what its calls take beyond the way into
//! the kernel and back (`wake_call_empty`) they take there, first come, first served, each call that waits making the next
//! turn longer by half a request for the lock's line (S. Boyd-Wickizer et al., OLS 2012). Whom a call wakes begins to wake up when
//! the call is made.

use std::collections::VecDeque;

use super::engine::Engine;
use super::recorder::Recorder;
use crate::kernel::Nanos;

/// The calls that are under the lock or wait for it.
#[derive(Debug, Default)]
pub(super) struct Bucket {
    /// When each is through.
    ends: VecDeque<Nanos>,
}

impl Bucket {
    /// A call comes that needs the lock for so long, where a request for the lock's line takes `request`: how long it takes
    /// from now until it is through.
    fn pass(&mut self, now: Nanos, work: Nanos, request: Nanos) -> Nanos {
        while self.ends.front().is_some_and(|&end| end <= now) {
            self.ends.pop_front();
        }
        let begin = self.ends.back().copied().unwrap_or(now);
        let slope = request.saturating_mul(self.ends.len() as Nanos) / 2;
        let end = begin.saturating_add(work).saturating_add(slope);
        self.ends.push_back(end);
        end - now
    }
}

impl<R: Recorder> Engine<'_, R> {
    /// How long a wake or sleep call on a lock takes that would take so long alone.
    #[inline(always)]
    pub(super) fn call_of(&mut self, lock: usize, alone: Nanos) -> Nanos {
        if self.scenario.machine.bucket_lock { self.call_under_lock(lock, alone) } else { alone }
    }

    #[cold]
    fn call_under_lock(&mut self, lock: usize, alone: Nanos) -> Nanos {
        let outside = self.costs.wake_call_empty.draw(&mut self.machine_random).min(alone);
        let request = self.costs.coherence.draw(&mut self.machine_random);
        outside.saturating_add(self.locks[lock].bucket.pass(self.now, alone - outside, request))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_go_one_after_another_and_each_that_waits_makes_the_next_turn_longer() {
        let mut bucket = Bucket::default();
        assert_eq!(bucket.pass(1_000, 500, 40), 500);
        assert_eq!(bucket.pass(1_100, 500, 40), 400 + 500 + 20);
        assert_eq!(bucket.pass(1_200, 100, 40), 820 + 100 + 40);
        assert_eq!(bucket.pass(2_160, 100, 40), 100, "all are through");
    }
}
