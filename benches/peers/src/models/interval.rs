//! CPython 3 on a machine where everything is free, after `take_gil` and `drop_gil`: a waiter waits for one interval; if
//! no switch has happened meanwhile it requests a drop; it waits again, at the end of the queue. The holder drops the
//! lock at its next check point, to the first in the queue, and becomes a waiter.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::model::{Calendar, Event, Model, Waits};

/// CPU-bound threads that never end.
#[derive(Serialize, Deserialize)]
pub struct Interval {
    acquisitions: u64,
    interval: u64,
    gap: u64,
    switches: u64,
    requested: bool,
    holder: u32,
    held_since: u64,
    queue: VecDeque<u32>,
    threads: Vec<Waiter>,
    waits: Waits,
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct Waiter {
    /// Since when it has wanted the lock.
    since: u64,
    /// How many switches there had been when the present wait began.
    saved: u64,
    /// Number of the present wait; time-outs of earlier ones are void.
    wait: u32,
}

impl Interval {
    /// So many threads and acquisitions; times in nanoseconds.
    pub fn new(threads: u64, acquisitions: u64, interval: u64, gap: u64) -> Self {
        Self {
            acquisitions,
            interval,
            gap,
            switches: 0,
            requested: false,
            holder: 0,
            held_since: 0,
            queue: VecDeque::new(),
            threads: vec![Waiter::default(); threads as usize],
            waits: Waits::default(),
        }
    }

    /// Begins a wait of one interval.
    fn wait(&mut self, thread: u32, calendar: &mut impl Calendar) {
        let waiter = &mut self.threads[thread as usize];
        waiter.saved = self.switches;
        waiter.wait += 1;
        let wait = waiter.wait;
        self.queue.push_back(thread);
        calendar.after_in_order(self.interval, Event::TimeOut { thread, wait });
    }

    fn take(&mut self, thread: u32, now: u64) {
        let waiter = &mut self.threads[thread as usize];
        waiter.wait += 1;
        self.waits.add(now - waiter.since);
        self.holder = thread;
        self.held_since = now;
        self.switches += 1;
        self.requested = false;
    }

    fn time_out(&mut self, thread: u32, wait: u32, calendar: &mut impl Calendar) {
        let waiter = &self.threads[thread as usize];
        if waiter.wait != wait {
            return;
        }
        if waiter.saved == self.switches && !self.requested {
            self.requested = true;
            let held = calendar.now() - self.held_since;
            calendar.after(held.next_multiple_of(self.gap) - held, Event::Drop);
        }
        if let Some(place) = self.queue.iter().position(|&other| other == thread) {
            self.queue.remove(place);
        }
        self.wait(thread, calendar);
    }

    fn drop_lock(&mut self, calendar: &mut impl Calendar) {
        let (dropper, now) = (self.holder, calendar.now());
        if let Some(next) = self.queue.pop_front() {
            self.take(next, now);
        }
        self.threads[dropper as usize].since = now;
        self.wait(dropper, calendar);
    }
}

impl Model for Interval {
    fn start(&mut self, calendar: &mut impl Calendar) {
        self.take(0, 0);
        for thread in 1..self.threads.len() {
            self.wait(thread as u32, calendar);
        }
    }

    fn handle(&mut self, event: Event, calendar: &mut impl Calendar) {
        if self.waits.count() == self.acquisitions {
            return;
        }
        match event {
            Event::TimeOut { thread, wait } => self.time_out(thread, wait, calendar),
            _ => self.drop_lock(calendar),
        }
    }

    fn waits(&self) -> &Waits {
        &self.waits
    }

    fn acquisitions(&self) -> u64 {
        self.acquisitions
    }
}
