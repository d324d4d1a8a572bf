//! The event queue: a four-ary heap ordered by (time, sequence number).
//!
//! Ties fire first in, first out: the sequence number grows with every push. An event that may become void carries a
//! generation of its owner's choosing; whoever pops it compares and drops it when it is stale, which costs less than
//! taking it out of the middle of the heap. Four children a node rather than two: the tree is half as deep and the
//! four keys that a step down compares share one or two cache lines.

use super::Nanos;

#[derive(Debug, Clone, Copy)]
struct Entry<E> {
    at: Nanos,
    sequence: u64,
    event: E,
}

impl<E> Entry<E> {
    fn before(&self, other: &Self) -> bool {
        (self.at, self.sequence) < (other.at, other.sequence)
    }
}

/// Future events in order of time, first in first out among equals.
///
/// `push` and `pop` take O(log n) steps.
#[derive(Debug, Clone)]
pub struct EventQueue<E> {
    heap: Vec<Entry<E>>,
    pushed: u64,
}

impl<E: Copy> EventQueue<E> {
    /// An empty queue.
    pub fn new() -> Self {
        Self { heap: Vec::with_capacity(64), pushed: 0 }
    }

    /// Schedules `event` at time `at`, behind every event of that time.
    #[inline]
    pub fn push(&mut self, at: Nanos, event: E) {
        let entry = Entry { at, sequence: self.pushed, event };
        self.pushed += 1;
        let mut hole = self.heap.len();
        self.heap.push(entry);
        while hole > 0 {
            let parent = (hole - 1) / 4;
            if !entry.before(&self.heap[parent]) {
                break;
            }
            self.heap[hole] = self.heap[parent];
            hole = parent;
        }
        self.heap[hole] = entry;
    }

    /// Removes the earliest event.
    #[inline]
    pub fn pop(&mut self) -> Option<(Nanos, E)> {
        let first = *self.heap.first()?;
        let last = self.heap.pop()?;
        if !self.heap.is_empty() {
            self.sift_down(last);
        }
        Some((first.at, first.event))
    }

    fn sift_down(&mut self, entry: Entry<E>) {
        let length = self.heap.len();
        let mut hole = 0;
        loop {
            let first = 4 * hole + 1;
            if first >= length {
                break;
            }
            let mut least = first;
            for child in first + 1..(first + 4).min(length) {
                if self.heap[child].before(&self.heap[least]) {
                    least = child;
                }
            }
            if !self.heap[least].before(&entry) {
                break;
            }
            self.heap[hole] = self.heap[least];
            hole = least;
        }
        self.heap[hole] = entry;
    }

    /// The time of the earliest event.
    pub fn next_time(&self) -> Option<Nanos> {
        self.heap.first().map(|entry| entry.at)
    }

    /// How many events are waiting, stale ones included.
    pub fn len(&self) -> usize {
        self.heap.len()
    }

    /// Whether no event is waiting.
    pub fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }
}

impl<E: Copy> Default for EventQueue<E> {
    fn default() -> Self {
        Self::new()
    }
}
