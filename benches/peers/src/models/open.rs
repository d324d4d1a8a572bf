//! M/M/1: customers arrive at random, and hold the lock for a random time each.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::draws::Draws;
use crate::model::{Calendar, Event, Model, Waits};

/// The queue M/M/1.
#[derive(Serialize, Deserialize)]
pub struct Open {
    customers: u64,
    arrived: u64,
    interarrival: Draws,
    service: Draws,
    /// When those who wait arrived.
    queue: VecDeque<u64>,
    busy: bool,
    waits: Waits,
}

impl Open {
    /// So many customers, with means in nanoseconds.
    pub fn new(customers: u64, interarrival: u64, service: u64) -> Self {
        Self {
            customers,
            arrived: 0,
            interarrival: Draws::new(1, interarrival),
            service: Draws::new(2, service),
            queue: VecDeque::new(),
            busy: false,
            waits: Waits::default(),
        }
    }

    fn serve(&mut self, arrived: u64, calendar: &mut impl Calendar) {
        self.busy = true;
        self.waits.add(calendar.now() - arrived);
        calendar.after(self.service.draw(), Event::Done);
    }
}

impl Model for Open {
    fn start(&mut self, calendar: &mut impl Calendar) {
        calendar.after_in_order(self.interarrival.draw(), Event::Arrive);
    }

    fn handle(&mut self, event: Event, calendar: &mut impl Calendar) {
        match event {
            Event::Arrive => {
                self.arrived += 1;
                if self.arrived < self.customers {
                    calendar.after_in_order(self.interarrival.draw(), Event::Arrive);
                }
                let now = calendar.now();
                if self.busy { self.queue.push_back(now) } else { self.serve(now, calendar) }
            }
            _ => match self.queue.pop_front() {
                Some(arrived) => self.serve(arrived, calendar),
                None => self.busy = false,
            },
        }
    }

    fn waits(&self) -> &Waits {
        &self.waits
    }

    fn acquisitions(&self) -> u64 {
        self.customers
    }
}
