//! A four-ary heap of entries.
//!
//! Four children a node rather than two: the tree is half as deep and the four keys that a step down compares share one
//! or two cache lines.

use super::Entry;

/// Entries of which the first to fire is at hand.
#[derive(Debug, Clone)]
pub(super) struct Heap<E>(Vec<Entry<E>>);

impl<E: Copy> Heap<E> {
    pub(super) fn with_capacity(capacity: usize) -> Self {
        Self(Vec::with_capacity(capacity))
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    #[inline(always)]
    pub(super) fn first(&self) -> Option<&Entry<E>> {
        self.0.first()
    }

    /// All entries; in the order in which they fire if they have just been [set in order](Heap::sort).
    pub(super) fn entries(&self) -> &[Entry<E>] {
        &self.0
    }

    pub(super) fn entries_mut(&mut self) -> &mut [Entry<E>] {
        &mut self.0
    }

    /// Adds entries, whose place is found by [`Heap::sort`].
    pub(super) fn extend(&mut self, entries: impl IntoIterator<Item = Entry<E>>) {
        self.0.extend(entries);
    }

    /// Takes all entries out.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = Entry<E>> + '_ {
        self.0.drain(..)
    }

    pub(super) fn retain(&mut self, keep: impl Fn(&Entry<E>) -> bool) {
        self.0.retain(keep);
    }

    /// Sets the entries in the order in which they fire. A sorted array is a heap.
    pub(super) fn sort(&mut self) {
        self.0.sort_unstable_by_key(|entry| (entry.at, entry.sequence));
    }

    #[inline(always)]
    pub(super) fn push(&mut self, entry: Entry<E>) {
        let mut hole = self.0.len();
        self.0.push(entry);
        while hole > 0 {
            let parent = (hole - 1) / 4;
            if !entry.before(&self.0[parent]) {
                break;
            }
            self.0[hole] = self.0[parent];
            hole = parent;
        }
        self.0[hole] = entry;
    }

    #[inline(always)]
    pub(super) fn pop(&mut self) -> Option<Entry<E>> {
        let first = *self.0.first()?;
        let last = self.0.pop()?;
        if !self.0.is_empty() {
            self.sift_down(last);
        }
        Some(first)
    }

    fn sift_down(&mut self, entry: Entry<E>) {
        let length = self.0.len();
        let mut hole = 0;
        loop {
            let first = 4 * hole + 1;
            if first >= length {
                break;
            }
            let mut least = first;
            for child in first + 1..(first + 4).min(length) {
                if self.0[child].before(&self.0[least]) {
                    least = child;
                }
            }
            if !self.0[least].before(&entry) {
                break;
            }
            self.0[hole] = self.0[least];
            hole = least;
        }
        self.0[hole] = entry;
    }
}
