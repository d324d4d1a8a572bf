//! One queue for all cores, the highest priority first (Linux `SCHED_FIFO`).
//!
//! A thread that becomes ready takes the core at once from the running thread of the lowest priority, if that is lower than its
//! own. Among equals the one that became ready first goes first and keeps its core until it blocks; one that has lost its
//! core goes before its equals. The priority of a thread may change at any time.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::machine::{CoreId, ThreadId};

/// What the scheduler knows of a thread.
#[derive(Debug, Clone, Copy, Default)]
struct Standing {
    priority: i16,
    /// Its place among equals.
    arrival: u64,
}

/// What has a core, or is about to.
#[derive(Debug, Clone, Copy)]
struct Seat {
    /// `None` for the first in the queue, for which the core is being made free.
    thread: Option<ThreadId>,
    priority: i16,
}

/// The ready threads, and the priorities of the running ones.
#[derive(Debug, Clone)]
pub struct PriorityQueue {
    ready: BTreeSet<(Reverse<i16>, u64, ThreadId)>,
    standings: Vec<Standing>,
    seats: Vec<Option<Seat>>,
    arrivals: u64,
}

impl PriorityQueue {
    pub(super) fn new(cores: u32) -> Self {
        let seats = vec![None; cores as usize];
        Self { ready: BTreeSet::new(), standings: Vec::new(), seats, arrivals: 0 }
    }

    /// Puts a thread that became ready into the queue, or gives it an idle core if nobody waits for one. Answers with that
    /// core, or with the one whose thread must make room.
    pub(super) fn place(&mut self, thread: ThreadId, idle: Option<CoreId>) -> Result<CoreId, Option<CoreId>> {
        self.arrivals += 1;
        let arrival = self.arrivals;
        self.standing(thread).arrival = arrival;
        if let Some(core) = idle.filter(|_| self.ready.is_empty()) {
            self.seat(core, thread);
            return Ok(core);
        }
        self.put_back(thread);
        Err(self.claim())
    }

    /// Gives a core to the first in the queue.
    pub(super) fn next(&mut self, core: CoreId) -> Option<ThreadId> {
        self.leave(core);
        let (.., thread) = self.ready.pop_first()?;
        self.seat(core, thread);
        Some(thread)
    }

    pub(super) fn leave(&mut self, core: CoreId) {
        self.seats[core as usize] = None;
    }

    /// Puts a thread into the queue, at its old place among equals.
    pub(super) fn put_back(&mut self, thread: ThreadId) {
        let key = self.key(thread);
        self.ready.insert(key);
    }

    pub(super) fn remove(&mut self, thread: ThreadId) {
        let key = self.key(thread);
        self.ready.remove(&key);
    }

    /// Changes a thread's priority: the core whose thread must now make room, if any.
    pub(super) fn set_priority(&mut self, thread: ThreadId, priority: i16) -> Option<CoreId> {
        let key = self.key(thread);
        let waits = self.ready.remove(&key);
        self.standing(thread).priority = priority;
        if waits {
            self.put_back(thread);
        }
        if let Some(seat) = self.seats.iter_mut().flatten().find(|seat| seat.thread == Some(thread)) {
            seat.priority = priority;
        }
        self.claim()
    }

    /// The core that the first in the queue takes from a thread of lower priority. Nobody else will claim it.
    fn claim(&mut self) -> Option<CoreId> {
        let &(Reverse(priority), ..) = self.ready.first()?;
        let running = (0..).zip(&self.seats).filter_map(|(core, seat)| Some((core, (*seat)?.priority)));
        let (core, lowest) = running.min_by_key(|&(_, priority)| priority)?;
        (lowest < priority).then(|| {
            self.seats[core as usize] = Some(Seat { thread: None, priority });
            core
        })
    }

    fn seat(&mut self, core: CoreId, thread: ThreadId) {
        let priority = self.standing(thread).priority;
        self.seats[core as usize] = Some(Seat { thread: Some(thread), priority });
    }

    fn key(&mut self, thread: ThreadId) -> (Reverse<i16>, u64, ThreadId) {
        let Standing { priority, arrival } = *self.standing(thread);
        (Reverse(priority), arrival, thread)
    }

    fn standing(&mut self, thread: ThreadId) -> &mut Standing {
        let index = thread as usize;
        if index >= self.standings.len() {
            self.standings.resize(index + 1, Standing::default());
        }
        &mut self.standings[index]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_higher_thread_takes_the_core_of_the_lowest_and_who_lost_it_goes_before_its_equals() {
        let mut queue = PriorityQueue::new(2);
        for (thread, priority) in [(0, 1), (1, 2), (2, 1), (3, 3)] {
            assert_eq!(queue.set_priority(thread, priority), None);
        }
        assert_eq!(queue.place(0, Some(0)), Ok(0));
        assert_eq!(queue.place(1, Some(1)), Ok(1));
        assert_eq!(queue.place(2, None), Err(None), "an equal waits");
        assert_eq!(queue.place(3, None), Err(Some(0)));
        queue.leave(0);
        queue.put_back(0);
        assert_eq!(queue.next(0), Some(3));
        assert_eq!(queue.next(1), Some(0));
    }

    #[test]
    fn a_change_of_priority_makes_room_at_once_for_who_is_then_first() {
        let mut queue = PriorityQueue::new(1);
        assert_eq!(queue.place(0, Some(0)), Ok(0));
        assert_eq!(queue.place(1, None), Err(None));
        assert_eq!(queue.set_priority(1, 5), Some(0));
        assert_eq!(queue.next(0), Some(1));
        queue.put_back(0);
        assert_eq!(queue.set_priority(1, -1), Some(0));
    }
}
