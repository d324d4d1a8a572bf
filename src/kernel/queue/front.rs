//! The few entries that fire first, in order.

use super::Entry;

/// As many entries are faster kept in order than in a heap: all there are in most models of a few threads.
const MOST: usize = 16;

/// Entries in order, the first to fire at the end of the array.
#[derive(Debug, Clone)]
pub(super) struct Front<E>(Vec<Entry<E>>);

impl<E: Copy> Front<E> {
    pub(super) fn new() -> Self {
        Self(Vec::with_capacity(MOST + 1))
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    #[inline(always)]
    pub(super) fn has_room(&self) -> bool {
        self.0.len() < MOST
    }

    /// The entry that fires first.
    #[inline(always)]
    pub(super) fn first(&self) -> Option<&Entry<E>> {
        self.0.last()
    }

    /// The entry that fires last.
    #[inline(always)]
    pub(super) fn last(&self) -> Option<&Entry<E>> {
        self.0.first()
    }

    /// Adds an entry, scheduled after all that are here. If there was no room for it, the one that fires last must go.
    #[inline(always)]
    pub(super) fn push(&mut self, entry: Entry<E>) {
        let mut place = self.0.len();
        self.0.push(entry);
        while place > 0 && self.0[place - 1].at <= entry.at {
            self.0[place] = self.0[place - 1];
            place -= 1;
        }
        self.0[place] = entry;
    }

    /// Takes out the entry that fires last, if there are more than there is room for.
    #[inline(always)]
    pub(super) fn pop_surplus(&mut self) -> Option<Entry<E>> {
        (self.0.len() > MOST).then(|| self.0.remove(0))
    }

    /// Takes out the entry that fires first.
    #[inline(always)]
    pub(super) fn pop(&mut self) -> Option<Entry<E>> {
        self.0.pop()
    }

    /// All entries, in the order in which they fire.
    pub(super) fn entries(&self) -> impl Iterator<Item = &Entry<E>> {
        self.0.iter().rev()
    }

    /// Takes out all entries, in the order in which they fire.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = Entry<E>> + '_ {
        self.0.drain(..).rev()
    }
}
