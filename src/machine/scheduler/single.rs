//! One queue for all cores, first in first out, with or without a quantum.

use std::collections::VecDeque;

use crate::kernel::Nanos;
use crate::machine::ThreadId;

/// The ready threads, longest-waiting first.
#[derive(Debug, Clone)]
pub struct SingleQueue {
    ready: VecDeque<ThreadId>,
    quantum: Option<Nanos>,
}

impl SingleQueue {
    pub(super) fn new(quantum: Option<Nanos>) -> Self {
        Self { ready: VecDeque::new(), quantum }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ready.is_empty()
    }

    pub(super) fn push(&mut self, thread: ThreadId) {
        self.ready.push_back(thread);
    }

    pub(super) fn pop(&mut self) -> Option<ThreadId> {
        self.ready.pop_front()
    }

    pub(super) fn remove(&mut self, thread: ThreadId) {
        self.ready.retain(|&other| other != thread);
    }

    /// The end of the running quantum, if anybody waits for it.
    pub(super) fn next_tick(&self, since: Nanos, now: Nanos) -> Option<Nanos> {
        let quantum = self.quantum.filter(|_| !self.ready.is_empty())?;
        let passed = (now - since) / quantum;
        let end = since + passed * quantum;
        Some(if passed > 0 && end == now { now } else { end + quantum })
    }

    pub(super) fn tick(&self, ran: Nanos) -> bool {
        self.quantum.is_some_and(|quantum| ran >= quantum) && !self.ready.is_empty()
    }
}
