//! Events too far ahead to be sorted yet, when there are many.
//!
//! A heap of a hundred thousand events touches several distant cache lines for each. So when there are that many, all but the
//! nearest lie unsorted in buckets of equal width in time, and those beyond the last bucket in one heap of their own, as in a
//! ladder queue (Tang, Goh and Thng, ACM TOMACS 15(3), 2005). A push appends to one bucket; when the near events are used up,
//! the next bucket is sorted, which the cache holds whole.

use super::Entry;
use crate::kernel::{NEVER, Nanos};

/// How many events a bucket has when it is filled, on average.
const IN_BUCKET: usize = 64;

/// More buckets would lie on more pages than a processor knows the addresses of.
const MOST_BUCKETS: usize = 256;

/// Unsorted events, all of them after [`Far::near_until`].
#[derive(Debug, Clone)]
pub(super) struct Far<E> {
    /// Later events than this belong here; [`NEVER`] if there are none.
    near_until: Nanos,
    /// Width of a bucket, in nanoseconds.
    width: Nanos,
    /// When the first of all buckets began.
    base: Nanos,
    /// The buckets; those before `next` are empty.
    buckets: Vec<Vec<Entry<E>>>,
    next: usize,
    /// Events beyond the last bucket.
    beyond: Vec<Entry<E>>,
    len: usize,
}

impl<E: Copy> Far<E> {
    pub(super) fn new() -> Self {
        Self { near_until: NEVER, width: 1, base: 0, buckets: Vec::new(), next: 0, beyond: Vec::new(), len: 0 }
    }

    /// Later events than this belong here.
    #[inline(always)]
    pub(super) fn near_until(&self) -> Nanos {
        self.near_until
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Adds an event that belongs here.
    #[inline]
    pub(super) fn push(&mut self, entry: Entry<E>) {
        self.len += 1;
        let bucket = usize::try_from((entry.at - self.base) / self.width).unwrap_or(usize::MAX);
        self.buckets.get_mut(bucket).unwrap_or(&mut self.beyond).push(entry);
    }

    /// Spreads these events, and those beyond the last bucket, over new buckets. All buckets must be empty.
    pub(super) fn spread(&mut self, entries: impl IntoIterator<Item = Entry<E>>) {
        let mut all = std::mem::take(&mut self.beyond);
        all.extend(entries);
        let Some(first) = all.iter().map(|entry| entry.at).min() else { return };
        // A few events that lie far beyond all others, as the end of the run does, must not widen the buckets.
        let middle = all.len() / 2;
        let median = all.select_nth_unstable_by_key(middle, |entry| entry.at).1.at;
        let count = (all.len() / IN_BUCKET).clamp(1, MOST_BUCKETS);
        self.width = ((median - first) / count as u64).saturating_mul(2).saturating_add(1);
        (self.base, self.next, self.len) = (first, 0, 0);
        self.buckets.resize_with(count, Vec::new);
        for entry in all {
            self.push(entry);
        }
    }

    /// Takes out the nearest events, at least one, all of them before any that stays. There must be some.
    #[cold]
    pub(super) fn take_next(&mut self) -> Vec<Entry<E>> {
        let filled = self.buckets[self.next..].iter().position(|bucket| !bucket.is_empty());
        let bucket = if let Some(place) = filled {
            self.next + place
        } else {
            // The earliest event comes into the first bucket.
            self.spread([]);
            0
        };
        self.next = bucket + 1;
        // With its memory, which at a hundred thousand events would be a tenth of all.
        let taken = std::mem::take(&mut self.buckets[bucket]);
        self.len -= taken.len();
        let end = self.base.saturating_add(self.width.saturating_mul(self.next as u64));
        self.near_until = if self.len > 0 { end - 1 } else { NEVER };
        taken
    }

    /// All events, in any order.
    pub(super) fn entries(&self) -> impl Iterator<Item = &Entry<E>> {
        self.buckets.iter().flatten().chain(&self.beyond)
    }

    /// Takes out all events.
    pub(super) fn take_all(&mut self) -> impl Iterator<Item = Entry<E>> + use<E> {
        let Self { buckets, beyond, .. } = std::mem::replace(self, Self::new());
        buckets.into_iter().flatten().chain(beyond)
    }
}
