//! What is measured of a readers-writers lock of the program.
//!
//! A *phase* is a time in which threads of one mode are inside, without a gap and without a change of the mode: writers one
//! after another are one phase if each enters at the moment at which the one before leaves. A phase counts at its end, with all
//! of its length.

use crate::kernel::Nanos;
use crate::workload::Mode;

/// What is measured of one mode.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::simulation) struct ModeMeasures {
    /// Entries, and the time from asking to entering.
    pub(in crate::simulation) entries: u64,
    pub(in crate::simulation) waited: u128,
    pub(in crate::simulation) wait_max: Nanos,
    /// Phases that have ended.
    pub(in crate::simulation) phases: u64,
    pub(in crate::simulation) phase_time: Nanos,
    pub(in crate::simulation) phase_max: Nanos,
    /// Time in which threads of this mode were inside.
    pub(in crate::simulation) time: Nanos,
    /// Time integral of their number, and the most of them.
    pub(in crate::simulation) inside: u128,
    pub(in crate::simulation) most: u64,
}

/// A phase that goes on, or has just ended.
#[derive(Debug, Clone, Copy)]
struct Phase {
    mode: Mode,
    since: Nanos,
    /// When it ended.
    ended: Option<Nanos>,
}

/// What is measured of a readers-writers lock.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::simulation) struct GateMeasures {
    /// Up to when the accounts are written.
    changed: Nanos,
    /// Threads inside, all of one mode.
    inside: u64,
    phase: Option<Phase>,
    modes: [ModeMeasures; 2],
    /// How often a writer had to take back the bias of a BRAVO lock.
    pub(in crate::simulation) revocations: u64,
}

impl GateMeasures {
    /// Begins anew; the accounts must have been settled.
    pub(super) fn reset(&mut self) {
        let Self { changed, inside, phase, .. } = *self;
        *self = Self { changed, inside, phase: phase.filter(|phase| phase.ended.is_none()), ..Self::default() };
    }

    /// What is measured of a mode.
    pub(in crate::simulation) fn of(&self, mode: Mode) -> &ModeMeasures {
        &self.modes[mode as usize]
    }

    /// Writes the time since the last change to the accounts.
    pub(in crate::simulation) fn settle(&mut self, now: Nanos) {
        let elapsed = now - std::mem::replace(&mut self.changed, now);
        let going_on = self.phase.filter(|phase| phase.ended.is_none());
        if let Some(phase) = going_on {
            let mode = &mut self.modes[phase.mode as usize];
            mode.time += elapsed;
            mode.inside += u128::from(self.inside) * u128::from(elapsed);
        }
    }

    /// A thread enters that asked at `since`.
    pub(in crate::simulation) fn entered(&mut self, mode: Mode, since: Nanos, now: Nanos) {
        self.settle(now);
        if self.inside == 0 {
            self.begin_phase(mode, now);
        }
        self.inside += 1;
        let wait = now - since;
        let mode = &mut self.modes[mode as usize];
        mode.entries += 1;
        mode.waited += u128::from(wait);
        mode.wait_max = mode.wait_max.max(wait);
        mode.most = mode.most.max(self.inside);
    }

    /// A new phase begins, unless it is the last one that goes on.
    fn begin_phase(&mut self, mode: Mode, now: Nanos) {
        let before = self.phase.filter(|phase| phase.mode == mode && phase.ended == Some(now));
        let since = before.map_or(now, |phase| phase.since);
        if before.is_some() {
            let this = &mut self.modes[mode as usize];
            this.phases -= 1;
            this.phase_time -= now - since;
        }
        self.phase = Some(Phase { mode, since, ended: None });
    }

    /// A thread leaves.
    pub(in crate::simulation) fn left(&mut self, now: Nanos) {
        self.settle(now);
        self.inside -= 1;
        if self.inside == 0
            && let Some(phase) = &mut self.phase
        {
            phase.ended = Some(now);
            let (mode, length) = (&mut self.modes[phase.mode as usize], now - phase.since);
            mode.phases += 1;
            mode.phase_time += length;
            mode.phase_max = mode.phase_max.max(length);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writers_that_follow_each_other_without_a_gap_are_one_phase() {
        let mut gate = GateMeasures::default();
        for (enters, leaves) in [(0, 10), (10, 30), (31, 32)] {
            gate.entered(Mode::Write, 0, enters);
            gate.left(leaves);
        }
        let write = gate.of(Mode::Write);
        assert_eq!((write.phases, write.phase_time, write.phase_max, write.time), (2, 31, 30, 31));
        assert_eq!((write.entries, write.waited, write.wait_max), (3, 41, 31));
    }

    #[test]
    fn readers_are_counted_while_any_is_inside() {
        let mut gate = GateMeasures::default();
        gate.entered(Mode::Read, 0, 0);
        gate.entered(Mode::Read, 5, 10);
        gate.left(20);
        gate.left(40);
        gate.entered(Mode::Write, 40, 40);
        gate.left(50);
        let read = gate.of(Mode::Read);
        assert_eq!((read.phases, read.time, read.inside, read.most), (1, 40, 50, 2));
        assert_eq!(gate.of(Mode::Write).phases, 1);
    }
}
