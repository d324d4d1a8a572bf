//! CPython 2 on a machine where everything is free: the holder releases the lock at each check, a waiter takes it before
//! the holder can, and the holder queues up again. All threads are always in the queue: the convoy.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::model::{Calendar, Event, Model, Waits};

/// The convoy.
#[derive(Serialize, Deserialize)]
pub struct Checks {
    acquisitions: u64,
    hold: u64,
    holder: u32,
    /// Those who wait, and since when.
    queue: VecDeque<(u32, u64)>,
    waits: Waits,
}

impl Checks {
    /// So many threads and acquisitions, with a check after each `hold` nanoseconds.
    pub fn new(threads: u64, acquisitions: u64, hold: u64) -> Self {
        let queue = (0..threads as u32).map(|thread| (thread, 0)).collect();
        Self { acquisitions, hold, holder: 0, queue, waits: Waits::default() }
    }

    fn take_next(&mut self, calendar: &mut impl Calendar) {
        if let Some((thread, since)) = self.queue.pop_front() {
            self.holder = thread;
            self.waits.add(calendar.now() - since);
            calendar.after_in_order(self.hold, Event::Done);
        }
    }
}

impl Model for Checks {
    fn start(&mut self, calendar: &mut impl Calendar) {
        self.take_next(calendar);
    }

    fn handle(&mut self, _event: Event, calendar: &mut impl Calendar) {
        if self.waits.count() < self.acquisitions {
            self.queue.push_back((self.holder, calendar.now()));
            self.take_next(calendar);
        }
    }

    fn waits(&self) -> &Waits {
        &self.waits
    }

    fn acquisitions(&self) -> u64 {
        self.acquisitions
    }
}
