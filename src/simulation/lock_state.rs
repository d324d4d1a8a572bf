//! An interpreter's lock: who has it, and where its holder passes check points.

use super::signals::MAIN_THREAD;
use crate::kernel::tour::{Tour, Visitor};
use crate::kernel::{NEVER, Nanos};
use crate::lock::policy::{AnyPolicy, CheckPoints, Free, Policy};
use crate::lock::{Interpreter, Setting};
use crate::machine::ThreadId;

/// An interpreter's lock.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Lock {
    /// `None` only while the policy is being called.
    pub(super) policy: Option<Box<AnyPolicy>>,
    /// Whether there is a lock at all.
    pub(super) exists: bool,
    pub(super) holder: Option<ThreadId>,
    pub(super) last_holder: Option<ThreadId>,
    /// Whom it is kept for while it is free.
    pub(super) heir: Option<ThreadId>,
    /// Whether its holder inherits priority.
    pub(super) inherits: bool,
    /// How the last holder released it.
    pub(super) last_free: Free,
    pub(super) interrupted: bool,
    /// Whether a signal waits for the main thread of its process.
    pub(super) signalled: bool,
    pub(super) check_points: CheckPoints,
    /// Python work until the next check point, and what has been done of it since that was worked out.
    until_check: Nanos,
    passed: Nanos,
    pub(super) waiting: u64,
    /// When its policy is to be called, if it has asked for that.
    pub(super) alarm: Option<Nanos>,
}

impl Lock {
    pub(super) fn new(setting: &Setting, interpreter: Interpreter) -> Self {
        let policy = AnyPolicy::new(setting, interpreter);
        let check_points = policy.check_points(interpreter);
        Self {
            exists: !matches!(policy, AnyPolicy::FreeThreaded(_)),
            inherits: policy.inherits(),
            check_points,
            until_check: check_points.gap,
            passed: 0,
            policy: Some(Box::new(policy)),
            holder: None,
            last_holder: None,
            heir: None,
            last_free: Free::Voluntary,
            interrupted: false,
            signalled: false,
            waiting: 0,
            alarm: None,
        }
    }

    /// Makes a thread that waits for the lock, or has just asked for it, the holder: whether another thread had the lock
    /// before, and how that had released it.
    #[inline(always)]
    pub(super) fn pass_to(&mut self, thread: ThreadId) -> (bool, Free) {
        self.holder = Some(thread);
        self.heir = None;
        self.waiting -= 1;
        // The slot of a holder that has ended may have been used again.
        let switched = self.last_free == Free::Exit || self.last_holder.is_some_and(|last| last != thread);
        self.last_holder = Some(thread);
        (switched, self.last_free)
    }

    /// Moves the holder so much Python work towards, and past, check points. Where that brings it is worked out when it is
    /// asked: it takes a division, and most locks are seldom interrupted.
    #[inline(always)]
    pub(super) fn pass(&mut self, work: Nanos) {
        self.passed += work;
    }

    /// Python work until the next check point. To be asked before [`Lock::gap`] changes.
    #[inline]
    pub(super) fn until_check(&mut self) -> Nanos {
        let passed = std::mem::take(&mut self.passed);
        if passed < self.until_check {
            self.until_check -= passed;
        } else {
            let gap = self.gap();
            self.until_check = gap - (passed - self.until_check) % gap;
        }
        self.until_check
    }

    /// Sets it.
    pub(super) fn set_until_check(&mut self, work: Nanos) {
        (self.until_check, self.passed) = (work, 0);
    }

    /// Moves the next check point that sees a new interrupt so far away at least.
    pub(super) fn overlook(&mut self, delay: Nanos) {
        let (gap, until) = (self.gap(), self.until_check());
        self.until_check += delay.saturating_sub(until).div_ceil(gap) * gap;
    }

    /// Python work between two check points.
    #[inline(always)]
    fn gap(&self) -> Nanos {
        if self.signalled { self.check_points.signalled_gap.max(1) } else { self.check_points.gap.max(1) }
    }

    /// Moves the holder past a C call; true if that brings it to a check point.
    pub(super) fn pass_call(&mut self) -> bool {
        let until = self.until_check();
        let reached = self.check_points.call == NEVER || self.check_points.call >= until;
        self.until_check = if reached { self.gap() } else { until - self.check_points.call };
        reached
    }

    /// Whether a thread that runs Python code with it must look up at its next check point.
    #[inline]
    pub(super) fn interrupts(&self, thread: ThreadId) -> bool {
        self.interrupted || self.signalled && (thread == MAIN_THREAD || self.check_points.signals_concern_all)
    }
}

impl Tour for Lock {
    fn tour(&mut self, visitor: &mut impl Visitor) {
        self.until_check();
        self.alarm.iter_mut().for_each(|moment| visitor.moment(moment));
        if let Some(policy) = &mut self.policy {
            policy.tour(visitor);
        }
    }
}
