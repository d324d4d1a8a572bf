//! Numbers that each thread has so many of, whatever it does: a row for each.

use crate::machine::ThreadId;

/// A row of numbers for each thread, all of the same length, one after another.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rows {
    length: usize,
    numbers: Vec<u64>,
}

impl Rows {
    /// No rows yet, of so many numbers each.
    pub(super) fn new(length: usize) -> Self {
        Self { length, numbers: Vec::new() }
    }

    /// Adds a row of zeros for the next thread.
    pub(super) fn add(&mut self) {
        self.numbers.resize(self.numbers.len() + self.length, 0);
    }

    /// How many bytes a row takes.
    pub(super) fn bytes(&self) -> usize {
        self.length * size_of::<u64>()
    }

    /// The row of a thread.
    #[inline(always)]
    pub(super) fn of_mut(&mut self, thread: ThreadId) -> &mut [u64] {
        let first = thread as usize * self.length;
        &mut self.numbers[first..first + self.length]
    }

    /// The numbers of all threads.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut u64> {
        self.numbers.iter_mut()
    }
}
