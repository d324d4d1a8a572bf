//! The least that each model can cost: the same random draws and statistics in a bare loop that knows what comes next.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::draws::Draws;
use crate::model::Waits;

/// M/M/1 by Lindley's recursion (1952): a wait is what was left of the work when the last
/// customer had come, less the time since then.
pub fn open(customers: u64, interarrival: u64, service: u64) -> Waits {
    let (mut interarrival, mut service) = (Draws::new(1, interarrival), Draws::new(2, service));
    let mut waits = Waits::default();
    let mut left = 0_u64;
    for _ in 0..customers {
        let wait = left.saturating_sub(interarrival.draw());
        waits.add(wait);
        left = wait + service.draw();
    }
    waits
}

/// A lock that is served in order of arrival: who thinks for the least time is next, and holds the lock when it is free.
pub fn closed(threads: u64, rounds: u64, think: u64, hold: u64) -> Waits {
    let (mut think, mut hold) = (Draws::new(1, think), Draws::new(2, hold));
    let mut waits = Waits::default();
    let mut thinking: BinaryHeap<Reverse<(u64, u64)>> =
        (0..threads).map(|thread| Reverse((think.draw(), thread))).collect();
    let mut left = vec![rounds; threads as usize];
    let mut free = 0;
    while let Some(mut first) = thinking.peek_mut() {
        let Reverse((asked, thread)) = *first;
        let taken = asked.max(free);
        waits.add(taken - asked);
        free = taken + hold.draw();
        left[thread as usize] -= 1;
        if left[thread as usize] > 0 {
            *first = Reverse((free + think.draw(), thread));
        } else {
            std::collections::binary_heap::PeekMut::pop(first);
        }
    }
    waits
}

/// Threads that take turns of the same length.
pub fn checks(threads: u64, acquisitions: u64, hold: u64) -> Waits {
    turns(threads, acquisitions, |now, _| now + hold)
}

/// Threads that take turns: the lock is dropped at the first check point an interval after the last drop.
pub fn interval(threads: u64, acquisitions: u64, interval: u64, gap: u64) -> Waits {
    turns(threads, acquisitions, |now, dropped| now + (dropped + interval - now).next_multiple_of(gap))
}

/// Two states: held by one, dropped to the next. `end` of a turn follows from its beginning and from the last drop.
fn turns(threads: u64, acquisitions: u64, end: impl Fn(u64, u64) -> u64) -> Waits {
    let mut waits = Waits::default();
    let mut since = vec![0; threads as usize];
    let (mut now, mut dropped, mut holder) = (0, 0, 0);
    for _ in 0..acquisitions {
        waits.add(now - since[holder]);
        now = end(now, dropped);
        dropped = now;
        since[holder] = now;
        holder = if holder + 1 == since.len() { 0 } else { holder + 1 };
    }
    waits
}
