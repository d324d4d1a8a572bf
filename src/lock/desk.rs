//! A world without time or costs, at which the tests of a policy sit: they move its clock and see whom the policy tells.

use super::policy::{Cost, Free, World};
use crate::kernel::Nanos;
use crate::machine::ThreadId;

/// The desk; every thread has a core, and everything is free.
#[derive(Debug, Default)]
pub(super) struct Desk {
    pub(super) now: Nanos,
    pub(super) holder: Option<ThreadId>,
    /// The threads that have been woken or poked.
    pub(super) told: Vec<ThreadId>,
    /// How many were woken in vain.
    pub(super) wasted: u32,
}

impl World for Desk {
    fn now(&self) -> Nanos {
        self.now
    }

    fn holder(&self) -> Option<ThreadId> {
        self.holder
    }

    fn is_parked(&self, _thread: ThreadId) -> bool {
        true
    }

    fn take(&mut self, thread: ThreadId) {
        assert_eq!(self.holder.replace(thread), None, "the lock is free");
    }

    fn free(&mut self, _why: Free) {
        assert!(self.holder.take().is_some(), "the lock is held");
    }

    fn wake(&mut self, thread: ThreadId) {
        self.told.push(thread);
    }

    fn wake_nobody(&mut self) {}

    fn poke(&mut self, thread: ThreadId) {
        self.told.push(thread);
    }

    fn is_running(&self, _thread: ThreadId) -> bool {
        true
    }

    fn node(&self, _thread: ThreadId) -> u32 {
        0
    }

    fn line_transfer(&mut self, _from: ThreadId, _to: ThreadId) -> Nanos {
        0
    }

    fn server_line(&mut self, _thread: ThreadId) -> Nanos {
        0
    }

    fn coherence(&mut self, _half_requests: usize) -> Nanos {
        0
    }

    fn priority(&self, _thread: ThreadId) -> i16 {
        0
    }

    fn weight_milli(&self, _thread: ThreadId) -> u64 {
        1000
    }

    fn set_alarm(&mut self, _at: Nanos) {}

    fn interrupt(&mut self) {}

    fn calm(&mut self) {}

    fn cost(&mut self, _cost: Cost) -> Nanos {
        0
    }

    fn charge(&mut self, _time: Nanos) {}

    fn below(&mut self, _bound: usize) -> usize {
        0
    }

    fn record_drop_request(&mut self) {}

    fn record_wasted_wake_up(&mut self) {
        self.wasted += 1;
    }
}
