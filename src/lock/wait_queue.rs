//! A queue of waiters out of which any of them can be taken in a few steps, wherever it stands.
//!
//! **Contract.** It is a first-in-first-out queue in which a thread stands once at most; every answer is that of a plain
//! list. Pushing and taking out take O(1) steps on average, whatever the number of waiters: who leaves from the
//! middle leaves an empty place behind, and the places are closed up when more than half of them are empty.

use std::collections::VecDeque;

use super::policy::PerThread;
use crate::machine::ThreadId;

/// Up to so many places are not closed up.
const FEW: usize = 16;

/// Waiters, first come first.
#[derive(Debug, Clone, Default)]
pub(super) struct WaitQueue {
    /// The waiters and the empty places between them; the first and the last place are never empty.
    places: VecDeque<Option<ThreadId>>,
    /// The number of the first place, counted from the first that there ever was; after the largest comes 0.
    first: u32,
    /// The number of each waiter's place.
    numbers: PerThread<u32>,
    len: usize,
}

/// Equal if the same threads wait in the same order.
impl PartialEq for WaitQueue {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl WaitQueue {
    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Whether nobody waits.
    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The waiters, first come first.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = ThreadId> + '_ {
        self.places.iter().filter_map(|&place| place)
    }

    /// Puts a thread that does not wait at the end.
    #[inline]
    pub(super) fn push_back(&mut self, thread: ThreadId) {
        self.numbers.set(thread, self.first.wrapping_add(self.places.len() as u32));
        self.places.push_back(Some(thread));
        self.len += 1;
    }

    /// Takes a thread out: whether it waited.
    pub(super) fn remove(&mut self, thread: ThreadId) -> bool {
        let index = self.numbers.get(thread).wrapping_sub(self.first) as usize;
        let Some(place) = self.places.get_mut(index).filter(|place| **place == Some(thread)) else { return false };
        *place = None;
        self.len -= 1;
        self.trim();
        true
    }

    /// Drops empty places at the ends, and all of them when they are many.
    #[inline]
    fn trim(&mut self) {
        if self.places.len() > self.len {
            self.close_up();
        }
    }

    fn close_up(&mut self) {
        while self.places.front() == Some(&None) {
            self.places.pop_front();
            self.first = self.first.wrapping_add(1);
        }
        while self.places.back() == Some(&None) {
            self.places.pop_back();
        }
        if self.places.len() > FEW.max(2 * self.len) {
            self.places.retain(Option::is_some);
            for (index, thread) in self.places.iter().flatten().enumerate() {
                self.numbers.set(*thread, self.first.wrapping_add(index as u32));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

        /// The plain list: threads are pushed if they do not wait, and taken out by number or place.
        #[test]
        fn it_goes_as_a_plain_list_does(moves in prop::collection::vec((0..3_u8, 0..40_u32), 0..400)) {
            let mut queue = WaitQueue { first: u32::MAX - 50, ..WaitQueue::default() };
            let mut list: Vec<ThreadId> = Vec::new();
            for (kind, number) in moves {
                let thread = match kind {
                    0 if !list.contains(&number) => {
                        queue.push_back(number);
                        list.push(number);
                        continue;
                    }
                    1 => list.get(number as usize % list.len().max(1)).copied().unwrap_or(number),
                    _ => number,
                };
                let waited = list.contains(&thread);
                prop_assert_eq!(queue.remove(thread), waited);
                list.retain(|&other| other != thread);
                prop_assert_eq!((queue.len(), queue.is_empty()), (list.len(), list.is_empty()));
                prop_assert!(queue.iter().eq(list.iter().copied()));
                prop_assert!(queue.places.len() <= FEW + 2 * list.len());
            }
        }
    }
}
