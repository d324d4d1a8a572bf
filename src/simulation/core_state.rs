//! A core: what it is doing, and the events that are pending for it.

use super::background::WorkerId;
use super::measure::CoreMeasures;
use crate::kernel::tour::{Tour, Visitor};
use crate::kernel::{NEVER, Nanos};
use crate::machine::{FULL_SPEED, ThreadId};

/// What a core is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CorePhase {
    /// Has no thread.
    Idle,
    /// Switching to its thread.
    Switching,
    /// Running its thread.
    Running,
    /// Switching to a thread of the system, running it, or awake to relieve other cores.
    System,
}

/// A core.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Core {
    pub(super) phase: CorePhase,
    pub(super) thread: Option<ThreadId>,
    /// Whether a thread of the system has it, the one to which it was switched last, and whether the switch to that is over.
    pub(super) serves_system: bool,
    pub(super) working: bool,
    /// To whom it was switched last, by the number that the scheduler knows.
    pub(super) last: Option<ThreadId>,
    /// It has been woken to relieve another core.
    pub(super) kicked: bool,
    /// When it came into its phase, as far as accounts go.
    pub(super) since: Nanos,
    /// When its thread began to run.
    pub(super) started: Nanos,
    /// When it last became idle.
    pub(super) idle_since: Nanos,
    /// When it last woke from a long sleep.
    pub(super) cold_since: Nanos,
    /// What switching to that thread cost; the scheduler books it to the thread, as `exec_start` does.
    pub(super) switch_cost: Nanos,
    /// Whether a core event is pending, and what voids older ones.
    pub(super) armed: bool,
    pub(super) generation: u32,
    /// The pending tick, if any, and what voids older ones.
    pub(super) tick_armed: bool,
    pub(super) tick_generation: u32,
    /// A thread in the queue is to take the core as soon as the running one has settled what it does.
    pub(super) preempt: bool,
    /// Speed of the core, in thousandths.
    pub(super) speed_milli: u64,
    /// Speed of the present work, in billionths.
    pub(super) pace: u64,
    /// Work planned until the pending core event, and whether a check point that matters comes then.
    pub(super) planned: Nanos,
    pub(super) planned_check: bool,
}

impl Core {
    pub(super) fn new(speed_milli: u32, now: Nanos) -> Self {
        Self {
            speed_milli: u64::from(speed_milli),
            phase: CorePhase::Idle,
            thread: None,
            serves_system: false,
            working: false,
            last: None,
            kicked: false,
            since: now,
            started: now,
            idle_since: now,
            cold_since: 0,
            switch_cost: 0,
            armed: false,
            generation: 0,
            tick_armed: false,
            tick_generation: 0,
            preempt: false,
            pace: FULL_SPEED,
            planned: NEVER,
            planned_check: false,
        }
    }

    /// Comes into a phase, and writes the time spent in the one before to the accounts.
    #[inline]
    pub(super) fn come_into(&mut self, phase: CorePhase, now: Nanos, accounts: &mut CoreMeasures) {
        let elapsed = now - self.since;
        match self.phase {
            CorePhase::Idle => accounts.idle += elapsed,
            CorePhase::Switching => accounts.switching += elapsed,
            CorePhase::System => accounts.system += elapsed,
            // What a running core does is told by the states of its threads.
            CorePhase::Running => {}
        }
        self.since = now;
        self.phase = phase;
    }

    /// Makes the pending core event void; whether there was one.
    #[inline]
    pub(super) fn disarm(&mut self) -> bool {
        let armed = std::mem::take(&mut self.armed);
        self.generation = self.generation.wrapping_add(u32::from(armed));
        armed
    }

    /// The thread of the system that has it.
    pub(super) fn worker(&self) -> Option<WorkerId> {
        self.last.filter(|_| self.serves_system)
    }

    /// Whether somebody runs there.
    pub(super) fn is_at_work(&self) -> bool {
        self.phase == CorePhase::Running || self.working
    }

    /// How long whoever runs there has used the core, the switch included.
    pub(super) fn ran(&self, now: Nanos) -> Nanos {
        if self.is_at_work() { now - self.started + self.switch_cost } else { 0 }
    }
}

impl Tour for Core {
    fn tour(&mut self, visitor: &mut impl Visitor) {
        for moment in [&mut self.since, &mut self.started, &mut self.idle_since, &mut self.cold_since] {
            visitor.moment(moment);
        }
        visitor.rest(&mut self.planned);
        visitor.any(&mut self.generation);
        visitor.any(&mut self.tick_generation);
    }
}
