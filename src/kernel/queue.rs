//! The event queue: the earliest event by itself, the others in a four-ary heap, and a ring for events of the present.
//!
//! Ties fire first in, first out: the sequence number grows with every push. An event that may become void carries a
//! generation of its owner's choosing; whoever pops it compares and drops it when it is stale, which costs less than
//! taking it out of the middle of the heap. The owner reports each event that it made void, and has the void ones swept
//! out when they are the majority: a thread that plans its far end anew at each switch would else fill the heap.
//!
//! Four children a node rather than two: the tree is half as deep and the four keys that a step down compares share one
//! or two cache lines. The commonest push is of the very event that fires next (a holder that works while all others
//! wait): it never enters the heap. Pushing an event for the present would be the heap's worst case (it rises to the
//! root), and it is common here: such events go into a ring instead, as in `OMNeT++`.

use std::collections::VecDeque;

use super::Nanos;

#[derive(Debug, Clone, Copy)]
struct Entry<E> {
    at: Nanos,
    sequence: u64,
    event: E,
}

impl<E> Entry<E> {
    #[inline]
    fn before(&self, other: &Self) -> bool {
        (self.at, self.sequence) < (other.at, other.sequence)
    }
}

/// Future events in order of time, first in first out among equals.
///
/// `push` and `pop` take O(log n) steps; O(1) for an event of the present and for one that fires next.
#[derive(Debug, Clone)]
pub struct EventQueue<E> {
    /// The earliest future event, if it is not in the heap; it lies before all that are.
    next: Option<Entry<E>>,
    heap: Vec<Entry<E>>,
    /// Events of the present: pushed after every future event of the same time.
    present: VecDeque<E>,
    now: Nanos,
    pushed: u64,
    void: usize,
}

/// As many void events are not worth a sweep.
const FEW: usize = 16;

impl<E: Copy> EventQueue<E> {
    /// An empty queue at time zero.
    pub fn new() -> Self {
        Self {
            next: None,
            heap: Vec::with_capacity(64),
            present: VecDeque::with_capacity(16),
            now: 0,
            pushed: 0,
            void: 0,
        }
    }

    /// The time of the event popped last.
    #[inline]
    pub fn now(&self) -> Nanos {
        self.now
    }

    /// How many events wait, void ones included.
    pub fn len(&self) -> usize {
        usize::from(self.next.is_some()) + self.heap.len() + self.present.len()
    }

    /// How many events wait that are not void.
    pub fn live(&self) -> usize {
        self.len().saturating_sub(self.void)
    }

    /// Whether no event waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// For how many events there is memory.
    pub fn capacity(&self) -> usize {
        self.heap.capacity() + self.present.capacity()
    }

    /// Schedules `event` at time `at`, behind every event of that time.
    #[inline(always)]
    pub fn push(&mut self, at: Nanos, event: E) {
        debug_assert!(at >= self.now, "an event cannot be scheduled in the past");
        if at == self.now {
            return self.present.push_back(event);
        }
        let entry = Entry { at, sequence: self.pushed, event };
        self.pushed += 1;
        match &mut self.next {
            Some(next) if at < next.at => {
                let later = std::mem::replace(next, entry);
                self.sift_up(later);
            }
            None if self.heap.first().is_none_or(|first| at < first.at) => self.next = Some(entry),
            _ => self.sift_up(entry),
        }
    }

    /// Removes the earliest event and moves the clock to its time.
    #[inline(always)]
    pub fn pop(&mut self) -> Option<(Nanos, E)> {
        let now = self.now;
        if !self.present.is_empty() && self.next_future().is_none_or(|at| at > now) {
            return self.present.pop_front().map(|event| (now, event));
        }
        let entry = match self.next.take() {
            Some(next) => next,
            None => self.pop_heap()?,
        };
        self.now = entry.at;
        Some((entry.at, entry.event))
    }

    /// Moves the clock to a time before that of the next event.
    #[inline]
    pub fn advance(&mut self, at: Nanos) {
        debug_assert!(at >= self.now && self.next_at().is_none_or(|next| at < next), "no event is passed over");
        self.now = at;
    }

    /// When the next event fires, void ones included.
    #[inline]
    pub fn next_at(&self) -> Option<Nanos> {
        if self.present.is_empty() { self.next_future() } else { Some(self.now) }
    }

    #[inline(always)]
    fn next_future(&self) -> Option<Nanos> {
        self.next.as_ref().or(self.heap.first()).map(|entry| entry.at)
    }

    /// Reports that one of the events waiting has become void.
    #[inline]
    pub fn made_void(&mut self) {
        self.void += 1;
    }

    /// Reports that a void event has been popped.
    #[inline]
    pub fn dropped_void(&mut self) {
        self.void = self.void.saturating_sub(1);
    }

    /// Whether [`EventQueue::sweep`] is worth its time.
    #[inline]
    pub fn wants_sweep(&self) -> bool {
        self.void > FEW && 2 * self.void > self.heap.len()
    }

    /// Takes out all future events that are not live; the order of the others stays. Takes O(n) steps.
    pub fn sweep(&mut self, live: impl Fn(&E) -> bool) {
        self.next = self.next.filter(|entry| live(&entry.event));
        self.heap.retain(|entry| live(&entry.event));
        self.void = 0;
        // A sorted array is a heap.
        self.heap.sort_unstable_by_key(|entry| (entry.at, entry.sequence));
    }

    /// The times of the future events, each with its event, in the order in which they fire. To be asked right after a
    /// [`sweep`](EventQueue::sweep).
    pub fn future(&self) -> impl Iterator<Item = (Nanos, E)> + '_ {
        self.next.iter().chain(&self.heap).map(|entry| (entry.at, entry.event))
    }

    /// Moves the clock to `now` and gives the future events other times, in the order of [`EventQueue::future`]. There must be
    /// no events of the present.
    pub fn reschedule(&mut self, now: Nanos, times: impl IntoIterator<Item = Nanos>) {
        debug_assert!(self.present.is_empty(), "events of the present would be passed over");
        self.now = now;
        self.next.iter_mut().chain(&mut self.heap).zip(times).for_each(|(entry, at)| entry.at = at);
        self.heap.extend(self.next.take());
        self.heap.sort_unstable_by_key(|entry| (entry.at, entry.sequence));
    }

    /// Whether events of the present wait.
    #[inline]
    pub fn has_present(&self) -> bool {
        !self.present.is_empty()
    }

    #[inline(always)]
    fn sift_up(&mut self, entry: Entry<E>) {
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

    #[inline(always)]
    fn pop_heap(&mut self) -> Option<Entry<E>> {
        let first = *self.heap.first()?;
        let last = self.heap.pop()?;
        if !self.heap.is_empty() {
            self.sift_down(last);
        }
        Some(first)
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
}

impl<E: Copy> Default for EventQueue<E> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    use super::EventQueue;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

        #[test]
        fn events_fire_in_the_order_of_their_times_and_of_their_scheduling(
            steps in proptest::collection::vec((0..3_u8, prop_oneof![4 => Just(5_u64), 1 => 0..20_u64, 1 => Just(100)]), 1..300),
        ) {
            let mut queue = EventQueue::new();
            let mut expected = BTreeSet::new();
            for (number, (step, delay)) in steps.into_iter().enumerate() {
                if step == 0 {
                    prop_assert_eq!(queue.next_at(), expected.first().map(|&(at, _)| at));
                    prop_assert_eq!(queue.pop(), expected.pop_first());
                } else {
                    queue.push(queue.now() + delay, number);
                    expected.insert((queue.now() + delay, number));
                }
                prop_assert_eq!(queue.len(), expected.len());
            }
            let rest: Vec<_> = std::iter::from_fn(|| queue.pop()).collect();
            prop_assert_eq!(rest, expected.into_iter().collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_sweep_takes_out_the_void_events_and_keeps_the_order_of_the_others() {
        let mut queue = EventQueue::new();
        for number in 0..100_u64 {
            queue.push(1 + number * 37 % 10, number);
        }
        let mut expected: Vec<_> = (0..100_u64).filter(|n| n % 3 == 0).map(|n| (1 + n * 37 % 10, n)).collect();
        expected.sort_unstable();
        queue.sweep(|number| number % 3 == 0);
        let popped: Vec<_> = std::iter::from_fn(|| queue.pop()).collect();
        assert_eq!(popped, expected);
    }

    #[test]
    fn events_of_the_same_time_fire_in_the_order_of_their_scheduling() {
        let mut queue = EventQueue::new();
        for (at, name) in [(5, 0), (3, 1), (5, 2), (0, 3), (5, 4), (3, 5), (0, 6)] {
            queue.push(at, name);
        }
        let mut order = Vec::new();
        while let Some((at, name)) = queue.pop() {
            order.push(name);
            if name == 1 {
                queue.push(at, 7);
            }
        }
        assert_eq!(order, [3, 6, 1, 5, 7, 0, 2, 4]);
    }
}
