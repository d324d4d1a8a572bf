//! Controllers of the interval after which a holder is asked to release.

use crate::kernel::{MICROSECOND, MILLISECOND, Nanos};
use crate::lock::preset::Setting;

use super::axes::Controlled;

/// The shortest and the longest interval that a controller sets.
const RANGE: (Nanos, Nanos) = (10 * MICROSECOND, 100 * MILLISECOND);

/// Waits after which the controller of waits acts: one in a hundred may be late.
const WINDOW: u32 = 100;

/// Sets an interval from what it sees of waits and switches.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Controller {
    kind: Controlled,
    /// The interval now.
    pub(super) interval: Nanos,
    /// What the interval grows by.
    step: Nanos,
    target: Nanos,
    overhead: f64,
    waits: u32,
    late: u32,
    /// Mean time from one holder's release to the next one's start.
    cost: Nanos,
}

impl Controller {
    pub(super) fn new(kind: Controlled, setting: &Setting) -> Self {
        let interval = setting.duration("interval");
        let (target, overhead) = (setting.duration("target"), setting.number("overhead"));
        Self { kind, interval, step: (interval / 10).max(1), target, overhead, waits: 0, late: 0, cost: 0 }
    }

    /// A thread has waited for so long. Halves the interval if more than one wait in a hundred is longer than the target,
    /// else lets it grow by a step.
    pub(super) fn waited(&mut self, wait: Nanos) {
        if self.kind != Controlled::Aimd {
            return;
        }
        self.waits += 1;
        self.late += u32::from(wait > self.target);
        if self.waits == WINDOW {
            let interval = if self.late > WINDOW / 100 { self.interval / 2 } else { self.interval + self.step };
            self.interval = interval.clamp(RANGE.0, RANGE.1);
            (self.waits, self.late) = (0, 0);
        }
    }

    /// The lock has gone from a thread that was made to release it to another, and nobody has worked for so long.
    pub(super) fn switched(&mut self, cost: Nanos) {
        self.cost = if self.cost == 0 { cost } else { (7 * self.cost + cost) / 8 };
        if self.kind == Controlled::Cost && self.cost > 0 {
            let interval = (self.cost as f64 / self.overhead).round() as Nanos;
            self.interval = interval.clamp(RANGE.0, RANGE.1);
        }
    }
}
