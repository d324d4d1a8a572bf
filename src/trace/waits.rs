//! The slowest waits for the lock: a recorder that keeps nothing else, so that it can watch a run of any length.

use super::situation::Situation;
use crate::kernel::Nanos;
use crate::machine::ThreadId;
use crate::simulation::{Entry, Recorder};

/// A wait for a lock, from request to acquire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    /// Who waited.
    pub thread: ThreadId,
    /// For which lock.
    pub lock: u32,
    /// Since when.
    pub begin: Nanos,
    /// Until when.
    pub end: Nanos,
    /// Whether the thread got the lock; otherwise its wait outlasted the run.
    pub granted: bool,
}

impl Wait {
    /// How long it was.
    pub fn length(&self) -> Nanos {
        self.end - self.begin
    }
}

/// Keeps the slowest waits that end after the warm-up.
#[derive(Debug, Clone)]
pub struct Slowest {
    /// The waits, the slowest first; of equal ones that which ended first.
    pub waits: Vec<Wait>,
    from: Nanos,
    count: usize,
    group: Option<u32>,
    now: Situation,
}

impl Slowest {
    /// A recorder of the `count` slowest waits that end at `from` or later, of one group or of all.
    pub fn new(count: usize, from: Nanos, group: Option<u32>) -> Self {
        Self { waits: Vec::new(), from, count, group, now: Situation::default() }
    }

    /// Adds the waits that outlast the run.
    pub fn close(&mut self, ended_at: Nanos) {
        let waiting = (0..).zip(self.now.threads.clone());
        for (thread, now) in waiting {
            if let Some(begin) = now.waits {
                self.add(Wait { thread, lock: now.instance, begin, end: ended_at, granted: false });
            }
        }
    }

    /// The group of each slot.
    pub fn groups(&self) -> Vec<u32> {
        self.now.threads.iter().map(|thread| thread.group).collect()
    }

    fn add(&mut self, wait: Wait) {
        let group = self.now.thread(wait.thread).group;
        if wait.length() == 0 || wait.end < self.from || self.group.is_some_and(|wanted| wanted != group) {
            return;
        }
        let place = self.waits.partition_point(|other| other.length() >= wait.length());
        if place < self.count {
            self.waits.insert(place, wait);
            self.waits.truncate(self.count);
        }
    }
}

impl Recorder for Slowest {
    fn record(&mut self, at: Nanos, entry: Entry) {
        if let Entry::Acquire { lock, thread } = entry
            && let Some(begin) = self.now.thread(thread).waits
        {
            self.add(Wait { thread, lock, begin, end: at, granted: true });
        }
        self.now.apply(at, &entry);
    }
}
