//! Readers-writers locks of the program: who may enter, and who is next.
//!
//! Access is handed over: a thread that is woken has it. Each entry and each exit moves the line of the lock's word to
//! the core of the thread, except for readers of a BRAVO lock whose bias is on: they write a slot of their own, and a
//! writer pays for looking through all slots, after which the bias stays off for nine times as long.

use std::collections::VecDeque;

use super::engine::Engine;
use super::recorder::Recorder;
use super::steps::Flow;
use crate::kernel::Nanos;
use crate::machine::ThreadId;
use crate::workload::{Mode, ObjectKind, Preference};

/// Looking through the 4,096 slots of BRAVO's table, at 1.1 ns a slot. Source: D. Dice, A. Kogan, BRAVO, ATC 2019.
const REVOCATION: Nanos = 4_506;

/// For how many times that long the bias stays off (the paper's N).
const INHIBITION: Nanos = 9;

/// The state of a readers-writers lock.
#[derive(Debug, Default)]
pub(super) struct Gate {
    readers: u32,
    writer: Option<ThreadId>,
    /// Who waits, for what, and since when.
    queue: VecDeque<(ThreadId, Mode, Nanos)>,
    /// Who wrote the lock's word last.
    written_by: Option<ThreadId>,
    biased: bool,
    unbiased_until: Nanos,
}

impl Gate {
    /// Whether a thread that asks may enter at once.
    fn admits(&self, preference: Preference, mode: Mode) -> bool {
        if !self.has_room(mode) {
            return false;
        }
        match (preference, mode) {
            (Preference::Fifo | Preference::Bravo, _) => self.queue.is_empty(),
            (Preference::WritersFirst | Preference::PhaseFair, Mode::Read) => self.first(Mode::Write).is_none(),
            (Preference::ReadersFirst, _) | (_, Mode::Write) => true,
        }
    }

    /// Whether those inside let one more in.
    fn has_room(&self, mode: Mode) -> bool {
        self.writer.is_none() && (mode == Mode::Read || self.readers == 0)
    }

    fn first(&self, mode: Mode) -> Option<usize> {
        self.queue.iter().position(|&(_, other, _)| other == mode)
    }

    fn admit(&mut self, thread: ThreadId, mode: Mode) {
        match mode {
            Mode::Read => self.readers += 1,
            Mode::Write => self.writer = Some(thread),
        }
    }

    /// Admits the next waiter after an exit in this mode, if one may enter.
    fn admit_next(&mut self, preference: Preference, left: Mode) -> Option<(ThreadId, Mode, Nanos)> {
        let (reader, writer) = (self.first(Mode::Read), self.first(Mode::Write));
        let next = match preference {
            Preference::Fifo | Preference::Bravo => (!self.queue.is_empty()).then_some(0),
            Preference::ReadersFirst => reader.or(writer),
            // A writer's exit begins a phase of all readers that wait.
            Preference::PhaseFair if left == Mode::Write => reader.or(writer),
            Preference::PhaseFair | Preference::WritersFirst => writer.or(reader),
        }?;
        let mode = self.queue[next].1;
        if !self.has_room(mode) {
            return None;
        }
        let waiter = self.queue.remove(next)?;
        self.admit(waiter.0, mode);
        Some(waiter)
    }

    /// Lets a thread out that is inside, and tells in which mode it was.
    fn let_out(&mut self, thread: ThreadId) -> Option<Mode> {
        if self.writer == Some(thread) {
            self.writer = None;
            return Some(Mode::Write);
        }
        self.readers = self.readers.checked_sub(1)?;
        Some(Mode::Read)
    }
}

impl<R: Recorder> Engine<'_, R> {
    /// A thread enters a readers-writers lock, or waits for it.
    pub(super) fn enter_gate(&mut self, thread: ThreadId, object: u32, mode: Mode) -> Flow {
        let ObjectKind::ReadersWriters(preference) = self.objects[object as usize].kind else {
            self.broken("a thread enters what is no readers-writers lock", Some(thread));
            return Flow::Stop;
        };
        self.pay_for_gate(thread, object, Some(mode), preference);
        let gate = &mut self.objects[object as usize].gate;
        if gate.admits(preference, mode) {
            gate.admit(thread, mode);
            self.measures.gates[object as usize].entered(mode, self.now, self.now);
            return Flow::Next;
        }
        gate.queue.push_back((thread, mode, self.now));
        self.give_way(thread, object, Flow::Stop)
    }

    /// A thread leaves a readers-writers lock.
    pub(super) fn leave_gate(&mut self, thread: ThreadId, object: u32, preference: Preference) -> Flow {
        let Some(mode) = self.objects[object as usize].gate.let_out(thread) else {
            self.broken("a lock is released that nobody holds", Some(thread));
            return Flow::Stop;
        };
        self.pay_for_gate(thread, object, None, preference);
        self.measures.gates[object as usize].left(self.now);
        while let Some((next, mode, since)) = self.objects[object as usize].gate.admit_next(preference, mode) {
            self.measures.gates[object as usize].entered(mode, since, self.now);
            self.wake_for_object(next);
        }
        Flow::Next
    }

    /// Charges an entry in a mode, or an exit.
    fn pay_for_gate(&mut self, thread: ThreadId, object: u32, entry: Option<Mode>, preference: Preference) {
        let now = self.now;
        let gate = &mut self.objects[object as usize].gate;
        let reads = entry != Some(Mode::Write) && gate.writer.is_none();
        if gate.biased && reads {
            return;
        }
        if preference == Preference::Bravo {
            match entry {
                Some(Mode::Write) if std::mem::take(&mut gate.biased) => {
                    gate.unbiased_until = now + INHIBITION * REVOCATION;
                    self.charge = self.charge.saturating_add(REVOCATION);
                    self.measures.gates[object as usize].revocations += 1;
                }
                Some(Mode::Read) => gate.biased = now >= gate.unbiased_until,
                _ => {}
            }
        }
        let gate = &mut self.objects[object as usize].gate;
        if let Some(last) = gate.written_by.replace(thread) {
            let transfer = self.line_transfer(last, thread);
            self.charge = self.charge.saturating_add(transfer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A writer inside, then a reader, a writer and two readers that wait in this order.
    fn crowded(preference: Preference) -> Gate {
        let mut gate = Gate::default();
        gate.admit(0, Mode::Write);
        for (thread, mode) in [(1, Mode::Read), (2, Mode::Write), (3, Mode::Read), (4, Mode::Read)] {
            assert!(!gate.admits(preference, mode));
            gate.queue.push_back((thread, mode, 0));
        }
        gate
    }

    /// Who enters when the one that is inside leaves, and then whenever all that are inside have left.
    fn phases(preference: Preference) -> Vec<Vec<ThreadId>> {
        let mut gate = crowded(preference);
        let mut inside = vec![0];
        let mut phases = Vec::new();
        while !inside.is_empty() {
            let mut entered = Vec::new();
            for thread in std::mem::take(&mut inside) {
                let mode = gate.let_out(thread).unwrap();
                let next = std::iter::from_fn(|| gate.admit_next(preference, mode));
                entered.extend(next.map(|(thread, ..)| thread));
            }
            inside.clone_from(&entered);
            phases.push(entered);
        }
        phases.retain(|phase| !phase.is_empty());
        phases
    }

    #[test]
    fn each_preference_has_its_order_of_phases() {
        assert_eq!(phases(Preference::Fifo), [vec![1], vec![2], vec![3, 4]]);
        assert_eq!(phases(Preference::Bravo), phases(Preference::Fifo));
        assert_eq!(phases(Preference::PhaseFair), [vec![1, 3, 4], vec![2]]);
        assert_eq!(phases(Preference::ReadersFirst), phases(Preference::PhaseFair));
        assert_eq!(phases(Preference::WritersFirst), [vec![2], vec![1, 3, 4]]);
    }

    #[test]
    fn only_readers_first_lets_a_reader_pass_a_waiting_writer() {
        for preference in [Preference::Fifo, Preference::PhaseFair, Preference::WritersFirst, Preference::ReadersFirst]
        {
            let mut gate = Gate::default();
            gate.admit(0, Mode::Read);
            gate.queue.push_back((1, Mode::Write, 0));
            assert_eq!(gate.admits(preference, Mode::Read), preference == Preference::ReadersFirst, "{preference:?}");
        }
    }
}
