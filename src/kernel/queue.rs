//! The event queue: the first few events in order, more of them in a heap, those too far ahead in buckets, and a ring for
//! events of the present.
//!
//! Ties fire first in, first out: the sequence number grows with every push. An event that may become void carries a
//! generation of its owner's choosing; whoever pops it compares and drops it when it is stale, which costs less than
//! taking it out of the middle of the heap. The owner reports each event that it made void, and has the void ones swept
//! out when they are the majority: a thread that plans its far end anew at each switch would else fill the heap.
//!
//! A few events, which is all there are in most models, and the commonest push, of an event that fires soon (a holder that
//! works while all others wait), never see the heap. Pushing an event for the present would be the heap's worst case (it rises
//! to the root), and it is common here: such events go into a ring instead, as in `OMNeT++`.

mod far;
mod front;
mod heap;

use std::collections::VecDeque;

use self::far::Far;
use self::front::Front;
use self::heap::Heap;
use super::Nanos;

#[derive(Debug, Clone, Copy)]
struct Entry<E> {
    at: Nanos,
    sequence: u64,
    event: E,
}

impl<E> Entry<E> {
    #[inline(always)]
    fn before(&self, other: &Self) -> bool {
        (self.at, self.sequence) < (other.at, other.sequence)
    }
}

/// Future events in order of time, first in first out among equals.
///
/// `push` and `pop` take O(log n) steps while events are few, and O(1) on average when they are many; O(1) for an event of the
/// present and for one that fires next.
#[derive(Debug, Clone)]
pub struct EventQueue<E> {
    /// The earliest future events, before all in the heap.
    front: Front<E>,
    /// More of them, before all that are far. It is not empty unless `far` is.
    heap: Heap<E>,
    far: Far<E>,
    /// With so many events in the heap, all of them are spread over buckets, unless some lie there already.
    most_near: usize,
    /// Whether far events have come into the heap since that was last asked.
    has_approached: bool,
    /// Events of the present: pushed after every future event of the same time.
    present: VecDeque<E>,
    now: Nanos,
    pushed: u64,
    void: usize,
}

/// As many void events are not worth a sweep.
const FEW: usize = 16;

/// Up to so many events are best kept in the heap, which the nearest cache holds.
const MOST_NEAR: usize = 1024;

impl<E: Copy> EventQueue<E> {
    /// An empty queue at time zero.
    pub fn new() -> Self {
        Self {
            front: Front::new(),
            heap: Heap::with_capacity(64),
            far: Far::new(),
            most_near: MOST_NEAR,
            has_approached: false,
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
        self.front.len() + self.heap.len() + self.far.len() + self.present.len()
    }

    /// How many events wait that are not void.
    pub fn live(&self) -> usize {
        self.len().saturating_sub(self.void)
    }

    /// Whether no event waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
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
        if !self.is_early(at) {
            return self.put(entry);
        }
        self.front.push(entry);
        if let Some(later) = self.front.pop_surplus() {
            self.put(later);
        }
    }

    /// Whether the next event to be scheduled, at this time, belongs to the first few.
    #[inline(always)]
    fn is_early(&self, at: Nanos) -> bool {
        self.front.last().is_some_and(|last| at < last.at)
            || self.front.has_room() && self.heap.first().is_none_or(|first| at < first.at)
    }

    /// Puts an entry behind the first few.
    #[inline(always)]
    fn put(&mut self, entry: Entry<E>) {
        if entry.at > self.far.near_until() {
            return self.far.push(entry);
        }
        self.heap.push(entry);
        if self.heap.len() >= self.most_near {
            self.spread();
        }
    }

    /// The heap has become large: its events are spread over buckets, unless there are some already.
    #[cold]
    fn spread(&mut self) {
        self.most_near *= 2;
        if self.far.len() == 0 {
            self.far.spread(self.heap.drain());
            self.approach();
        }
    }

    /// Removes the earliest event and moves the clock to its time.
    #[inline(always)]
    pub fn pop(&mut self) -> Option<(Nanos, E)> {
        let now = self.now;
        if !self.present.is_empty() && self.next_future().is_none_or(|at| at > now) {
            return self.present.pop_front().map(|event| (now, event));
        }
        let entry = match self.front.pop() {
            Some(first) => first,
            None => self.pop_heap()?,
        };
        self.now = entry.at;
        Some((entry.at, entry.event))
    }

    #[inline(always)]
    fn pop_heap(&mut self) -> Option<Entry<E>> {
        let first = self.heap.pop()?;
        if self.heap.len() == 0 && self.far.len() > 0 {
            self.approach();
        }
        Some(first)
    }

    /// The heap is empty: the nearest of the far events come into it.
    #[cold]
    fn approach(&mut self) {
        self.heap.extend(self.far.take_next());
        self.heap.sort();
        self.has_approached = true;
        self.most_near = MOST_NEAR.max(2 * self.heap.len());
    }

    /// Near events, if many that were too far ahead have come near since this was last asked: whoever handles them may want to
    /// have ready what they concern.
    #[inline(always)]
    pub fn approached(&mut self) -> Option<impl Iterator<Item = E> + '_> {
        std::mem::take(&mut self.has_approached).then(|| self.heap.entries().iter().map(|entry| entry.event))
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
        self.front.first().or(self.heap.first()).map(|entry| entry.at)
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
        self.void > FEW && 2 * self.void > self.heap.len() + self.far.len()
    }

    /// Takes out all future events that are not live; the order of the others stays. Takes O(n log n) steps.
    pub fn sweep(&mut self, live: impl Fn(&E) -> bool) {
        self.heap.extend(self.front.drain());
        self.heap.extend(self.far.take_all());
        self.heap.retain(|entry| live(&entry.event));
        self.heap.sort();
        self.most_near = MOST_NEAR;
        self.void = 0;
    }

    /// The times of the future events, each with its event; in the order in which they fire right after a
    /// [`sweep`](EventQueue::sweep).
    pub fn future(&self) -> impl Iterator<Item = (Nanos, E)> + '_ {
        let all = self.front.entries().chain(self.heap.entries()).chain(self.far.entries());
        all.map(|entry| (entry.at, entry.event))
    }

    /// Moves the clock to `now` and gives the future events other times, in the order of [`EventQueue::future`]; to be asked
    /// right after a [`sweep`](EventQueue::sweep). There must be no events of the present.
    pub fn reschedule(&mut self, now: Nanos, times: impl IntoIterator<Item = Nanos>) {
        debug_assert!(self.present.is_empty(), "events of the present would be passed over");
        self.now = now;
        self.heap.entries_mut().iter_mut().zip(times).for_each(|(entry, at)| entry.at = at);
        self.heap.sort();
    }

    /// Whether events of the present wait.
    #[inline]
    pub fn has_present(&self) -> bool {
        !self.present.is_empty()
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
    use crate::kernel::streams::mix;

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

    /// Delays from a rule, in nanoseconds, for the n-th push.
    type Delays = fn(u64) -> u64;

    #[test]
    fn thousands_of_events_fire_in_the_order_of_their_times_and_of_their_scheduling() {
        let rules: [(&str, Delays); 6] = [
            ("spread evenly", |n| mix(n) % 1_000_000),
            ("mostly soon", |n| 1 << (mix(n) % 40)),
            ("all alike", |_| 5_000_000),
            ("few times", |n| mix(n) % 3 * 1000),
            ("some never", |n| if n.is_multiple_of(100) { u64::MAX } else { mix(n) % 100 }),
            ("ever later", |n| n * n),
        ];
        for (name, delay) in rules {
            let mut queue = EventQueue::new();
            let mut expected = BTreeSet::new();
            for number in 0..30_000_u64 {
                // Up, then up and down, then down: the queue grows to about ten thousand.
                let pops = match number {
                    0..10_000 => 0,
                    10_000..25_000 => 1,
                    _ => 2,
                };
                for _ in 0..pops {
                    assert_eq!(queue.next_at(), expected.first().map(|&(at, _)| at), "{name}");
                    assert_eq!(queue.pop(), expected.pop_first(), "{name}");
                }
                let at = queue.now().saturating_add(1 + delay(number).min(u64::MAX - 1));
                queue.push(at, number);
                expected.insert((at, number));
                if number == 20_000 {
                    queue.sweep(|number| number % 3 > 0);
                    expected.retain(|(_, number)| number % 3 > 0);
                }
                assert_eq!(queue.len(), expected.len(), "{name}");
            }
            let rest: Vec<_> = std::iter::from_fn(|| queue.pop()).collect();
            assert_eq!(rest, expected.into_iter().collect::<Vec<_>>(), "{name}");
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
