//! What is measured, if it is asked for, of how a lock passes from one thread to the next.

use crate::kernel::Nanos;
use crate::statistics::Distribution;

/// How long holders took to obey requests to drop the lock.
#[derive(Debug, Default)]
pub(in crate::simulation) struct Drops {
    /// When the holder was asked first, and has not released since.
    asked: Option<Nanos>,
    /// The times from the request to the release at a check point.
    pub(in crate::simulation) delays: Distribution,
}

impl Drops {
    pub(super) fn reset(&mut self) {
        self.delays = Distribution::default();
    }

    pub(super) fn requested(&mut self, now: Nanos) {
        self.asked.get_or_insert(now);
    }

    /// The lock is released, at a check point because it was wanted, or of the holder's own accord.
    pub(super) fn freed(&mut self, forced: bool, now: Nanos) {
        if let Some(asked) = self.asked.take().filter(|_| forced) {
            self.delays.record(now - asked);
        }
    }
}

/// Hand-offs to another thread, by whether they stay on a NUMA node.
#[derive(Debug, Default)]
pub(in crate::simulation) struct Nodes {
    /// Where the lock was released, if others waited for it.
    from: Option<u32>,
    pub(in crate::simulation) local: u64,
    pub(in crate::simulation) remote: u64,
}

impl Nodes {
    pub(super) fn reset(&mut self) {
        *self = Self { from: self.from, ..Self::default() };
    }

    pub(super) fn freed(&mut self, wanted: bool, node: u32) {
        self.from = wanted.then_some(node);
    }

    pub(super) fn taken(&mut self, switched: bool, node: u32) {
        match self.from.take().filter(|_| switched) {
            Some(from) if from == node => self.local += 1,
            Some(_) => self.remote += 1,
            None => {}
        }
    }
}
