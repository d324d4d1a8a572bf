//! A world without time or costs, at which the tests of a policy sit: they move its clock and see whom the policy tells.

use super::policy::{Cost, Free, World};
use crate::kernel::Nanos;
use crate::machine::ThreadId;

/// The desk; everything is free, and threads have cores unless it is said otherwise.
#[derive(Debug, Default)]
pub(super) struct Desk {
    pub(super) now: Nanos,
    pub(super) holder: Option<ThreadId>,
    /// The threads that have been woken or poked.
    pub(super) told: Vec<ThreadId>,
    /// How many were woken in vain.
    pub(super) wasted: u32,
    /// How many wake calls found nobody.
    pub(super) empty_calls: u32,
    /// What is drawn, if that is below the bound, and else the largest number there is.
    pub(super) drawn: usize,
    /// What a request for the lock's line takes.
    pub(super) request: Nanos,
    /// The threads that have lost their cores.
    pub(super) without_core: Vec<ThreadId>,
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

    fn wake_unpaid(&mut self, thread: ThreadId) -> Nanos {
        self.told.push(thread);
        0
    }

    fn record_empty_call(&mut self) {
        self.empty_calls += 1;
    }

    fn poke(&mut self, thread: ThreadId) {
        self.told.push(thread);
    }

    fn is_running(&self, thread: ThreadId) -> bool {
        !self.without_core.contains(&thread)
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

    fn coherence(&mut self, half_requests: usize) -> Nanos {
        self.request * half_requests as Nanos / 2
    }

    fn priority(&self, _thread: ThreadId) -> i16 {
        0
    }

    fn weight_milli(&self, _thread: ThreadId) -> u64 {
        1000
    }

    fn set_alarm(&mut self, _at: Nanos) {}

    fn interrupt(&mut self) {}

    fn interrupt_at_once(&mut self) {}

    fn calm(&mut self) {}

    fn cost(&mut self, _cost: Cost) -> Nanos {
        0
    }

    fn charge(&mut self, _time: Nanos) {}

    fn below(&mut self, bound: usize) -> usize {
        self.drawn.min(bound - 1)
    }

    fn record_drop_request(&mut self) {}

    fn record_wasted_wake_up(&mut self) {
        self.wasted += 1;
    }
}
