//! The machine repairman, and PHOLD: each thread thinks for a random time, then holds the lock for a random time, and
//! so on for a number of rounds.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::draws::Draws;
use crate::model::{Calendar, Event, Model, Waits};

/// A closed queue with one lock.
#[derive(Serialize, Deserialize)]
pub struct Closed {
    acquisitions: u64,
    /// Rounds that each thread has yet to do.
    left: Vec<u64>,
    think: Draws,
    hold: Draws,
    /// Those who wait, and since when.
    queue: VecDeque<(u32, u64)>,
    holder: Option<u32>,
    waits: Waits,
}

impl Closed {
    /// So many threads and rounds, with means in nanoseconds.
    pub fn new(threads: u64, rounds: u64, think: u64, hold: u64) -> Self {
        Self {
            acquisitions: threads * rounds,
            left: vec![rounds; threads as usize],
            think: Draws::new(1, think),
            hold: Draws::new(2, hold),
            queue: VecDeque::new(),
            holder: None,
            waits: Waits::default(),
        }
    }

    fn take(&mut self, thread: u32, since: u64, calendar: &mut impl Calendar) {
        self.holder = Some(thread);
        self.waits.add(calendar.now() - since);
        calendar.after_in_order(self.hold.draw(), Event::Done);
    }

    fn release(&mut self, thread: u32, calendar: &mut impl Calendar) {
        self.holder = None;
        let left = &mut self.left[thread as usize];
        *left -= 1;
        if *left > 0 {
            calendar.after(self.think.draw(), Event::Wake(thread));
        }
        if let Some((next, since)) = self.queue.pop_front() {
            self.take(next, since, calendar);
        }
    }
}

impl Model for Closed {
    fn start(&mut self, calendar: &mut impl Calendar) {
        for thread in 0..self.left.len() {
            calendar.after(self.think.draw(), Event::Wake(thread as u32));
        }
    }

    fn handle(&mut self, event: Event, calendar: &mut impl Calendar) {
        let now = calendar.now();
        match (event, self.holder) {
            (Event::Wake(thread), Some(_)) => self.queue.push_back((thread, now)),
            (Event::Wake(thread), None) => self.take(thread, now, calendar),
            (_, Some(holder)) => self.release(holder, calendar),
            (_, None) => unreachable!("only a holder is done"),
        }
    }

    fn waits(&self) -> &Waits {
        &self.waits
    }

    fn acquisitions(&self) -> u64 {
        self.acquisitions
    }
}
