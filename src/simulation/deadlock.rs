//! Deadlocks among the objects of the program: found when a thread begins to wait, told as a result.
//!
//! Two kinds are found: every thread waits for another (a standstill), and a cycle of threads each of which waits for a
//! lock that the next one holds, or for the next one to end.

use super::engine::Engine;
use super::outcome::End;
use super::recorder::Recorder;
use super::thread::{Awaits, Parked, State};
use crate::machine::ThreadId;
use crate::workload::ObjectKind;
use crate::workload::code::Read;

impl<R: Recorder> Engine<'_, R> {
    /// Ends the run if a thread that has just begun to wait for an object can never go on.
    pub(super) fn look_for_deadlock(&mut self, thread: ThreadId) {
        if self.end.is_none() && self.is_in_cycle(thread) {
            self.end = self.deadlock_report().map(End::Deadlock);
        }
        self.look_for_standstill();
    }

    /// Ends the run if every thread waits for another.
    pub(super) fn look_for_standstill(&mut self) {
        if self.end.is_none() && self.awaiting_objects == self.living && self.arrivals_pending == 0 {
            self.end = self.deadlock_report().map(End::Deadlock);
        }
    }

    /// Whether those whom a thread waits for, and those whom they wait for, lead back to it.
    ///
    /// Locks have one owner each, so the way is a chain until it meets a join, of whose threads any may be the one
    /// that never ends.
    fn is_in_cycle(&self, thread: ThreadId) -> bool {
        let mut current = thread;
        for _ in 0..self.threads.len() {
            match self.blocker(current) {
                Some(owner) if owner == thread => return true,
                Some(owner) => current = owner,
                None => return self.joins(current) && self.is_in_cycle_of_joins(thread),
            }
        }
        false
    }

    fn is_in_cycle_of_joins(&self, thread: ThreadId) -> bool {
        let mut seen = vec![false; self.threads.len()];
        let mut open = vec![thread];
        while let Some(current) = open.pop() {
            open.extend(self.blocker(current));
            if self.joins(current) {
                let awaits = self.threads[current as usize].awaits;
                open.extend((0..self.threads.len() as ThreadId).filter(|&other| self.is_joined(other, awaits)));
            }
            if open.contains(&thread) {
                return true;
            }
            open.retain(|&next| !std::mem::replace(&mut seen[next as usize], true));
        }
        false
    }

    /// Whether a thread sleeps until others have ended.
    fn joins(&self, thread: ThreadId) -> bool {
        let this = &self.threads[thread as usize];
        this.parked == Parked::Object && matches!(this.awaits, Awaits::Threads(_) | Awaits::Process(_))
    }

    /// Whether a thread lives whose end is awaited.
    fn is_joined(&self, thread: ThreadId, awaits: Awaits) -> bool {
        let this = &self.threads[thread as usize];
        let awaited = match awaits {
            Awaits::Threads(unit) => this.unit == unit,
            Awaits::Process(instance) => {
                this.instance == instance && !self.scenario.program.threads[this.group as usize].daemon
            }
            Awaits::Nothing | Awaits::Object(_) | Awaits::Message(_) => false,
        };
        awaited && this.state != State::Absent
    }

    /// The owner of the lock that a sleeping thread waits for, if only that can release it.
    fn blocker(&self, thread: ThreadId) -> Option<ThreadId> {
        let this = &self.threads[thread as usize];
        match this.awaits {
            Awaits::Object(object) if this.parked == Parked::Object => {
                let object = &self.objects[object as usize];
                object.owner.filter(|_| matches!(object.kind, ObjectKind::Lock { .. }) && !object.released_by_others)
            }
            _ => None,
        }
    }

    /// Who waits for whom, if anybody waits for an object.
    pub(super) fn deadlock_report(&self) -> Option<String> {
        let lines: Vec<String> = (0..self.threads.len() as ThreadId)
            .filter(|&thread| self.threads[thread as usize].parked == Parked::Object)
            .map(|thread| self.waiting_line(thread))
            .collect();
        (!lines.is_empty()).then(|| lines.join("; "))
    }

    fn waiting_line(&self, thread: ThreadId) -> String {
        let program = &self.scenario.program;
        let awaited = match self.threads[thread as usize].awaits {
            Awaits::Nothing => "nothing".into(),
            Awaits::Object(object) | Awaits::Message(Read { queue: object, .. }) => {
                let object = &program.objects[object as usize];
                let held = self.blocker(thread).map(|owner| format!(", which {} holds", self.thread_name(owner)));
                format!("{} {}{}", noun(object.kind), object.name, held.unwrap_or_default())
            }
            Awaits::Threads(unit) => {
                let group = self.first_unit.iter().rposition(|&first| first <= unit as usize).unwrap_or(0);
                format!("{} to end", program.threads[group].name)
            }
            Awaits::Process(instance) => {
                format!("process {} to end", program.processes[self.instances[instance as usize].process].name)
            }
        };
        format!("{} waits for {awaited}", self.thread_name(thread))
    }
}

fn noun(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::Lock { .. } => "lock",
        ObjectKind::Semaphore(_) => "semaphore",
        ObjectKind::ReadersWriters(_) => "readers-writers lock",
        ObjectKind::Condition(_) => "condition",
        ObjectKind::Event => "event",
        ObjectKind::Barrier(_) => "barrier",
        ObjectKind::Queue(_) => "queue",
    }
}
