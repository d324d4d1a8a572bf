//! A bare event loop: the binary heap of the standard library, with the order of scheduling among equal times.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use crate::Runner;
use crate::model::{Calendar, Event, Model, Waits};

/// The bare event loop.
pub struct Heap;

#[derive(Clone, Copy)]
struct Entry {
    at: u64,
    number: u64,
    event: Event,
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at, other.number).cmp(&(self.at, self.number))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Entry {}

#[derive(Default)]
struct Queue {
    now: u64,
    scheduled: u64,
    heap: BinaryHeap<Entry>,
}

impl Calendar for Queue {
    fn now(&self) -> u64 {
        self.now
    }

    fn after(&mut self, delay: u64, event: Event) {
        self.scheduled += 1;
        self.heap.push(Entry { at: self.now + delay, number: self.scheduled, event });
    }
}

impl Runner for Heap {
    fn run<M: Model>(&self, mut model: M) -> Waits {
        let mut queue = Queue::default();
        model.start(&mut queue);
        while let Some(entry) = queue.heap.pop() {
            queue.now = entry.at;
            model.handle(entry.event, &mut queue);
        }
        *model.waits()
    }
}
