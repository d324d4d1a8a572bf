//! What is measured of a lock only if the scenario asks for it: it costs a few nanoseconds for each acquisition, and
//! memory for each thread.

mod passing;
mod service;

use std::collections::VecDeque;

pub(in crate::simulation) use self::passing::{Drops, Nodes};
use self::service::{Batches, Herds};
use crate::kernel::{MILLISECOND, Nanos};
use crate::lock::policy::Free;
use crate::machine::ThreadId;
use crate::simulation::Extras;
use crate::simulation::measure::lives::of;
use crate::statistics::Distribution;

/// Lengths of the windows in which the fairness is looked at.
pub(in crate::simulation) const WINDOWS: [Nanos; 3] = [MILLISECOND, 10 * MILLISECOND, 100 * MILLISECOND];

/// Admissions in a window in which distinct threads are counted.
const ADMISSIONS: u64 = 1000;

/// What is asked for; the other parts are empty.
#[derive(Debug)]
pub(in crate::simulation) struct LockExtras {
    pub(in crate::simulation) windows: Option<[Windows; WINDOWS.len()]>,
    pub(in crate::simulation) admissions: Option<Admissions>,
    pub(in crate::simulation) bypasses: Option<Bypasses>,
    pub(in crate::simulation) holds: Option<Distribution>,
    pub(in crate::simulation) drops: Option<Drops>,
    pub(in crate::simulation) nodes: Option<Nodes>,
    // What follows is counted with any of the others.
    /// How often threads fell asleep for the lock.
    pub(in crate::simulation) parks: u64,
    /// How often the holder, having run with the lock, lost its core; counted where single threads are watched.
    pub(in crate::simulation) preemptions: u64,
    pub(in crate::simulation) herds: Herds,
    pub(in crate::simulation) batches: Batches,
}

/// A holder releases a lock.
#[derive(Debug, Clone, Copy)]
pub(in crate::simulation) struct Freed {
    pub(in crate::simulation) holder: ThreadId,
    /// How long it has held it.
    pub(in crate::simulation) hold: Nanos,
    pub(in crate::simulation) why: Free,
    /// The NUMA node of its core.
    pub(in crate::simulation) node: u32,
    /// How many others wait.
    pub(in crate::simulation) waiting: u64,
}

impl LockExtras {
    /// Nothing if nothing is asked for.
    pub(super) fn new(asked: Extras) -> Option<Self> {
        (Extras { controls: false, ..asked } != Extras::default()).then(|| Self {
            windows: asked.windows.then(|| WINDOWS.map(Windows::new)),
            admissions: asked.admissions.then(Admissions::default),
            bypasses: asked.bypasses.then(Bypasses::default),
            holds: asked.holds.then(Distribution::default),
            drops: asked.drops.then(Drops::default),
            nodes: asked.nodes.then(Nodes::default),
            parks: 0,
            preemptions: 0,
            herds: Herds::default(),
            batches: Batches::default(),
        })
    }

    pub(super) fn reset(&mut self, now: Nanos) {
        self.windows.iter_mut().flatten().for_each(|windows| windows.reset(now));
        self.admissions.iter_mut().for_each(Admissions::reset);
        self.bypasses.iter_mut().for_each(|bypasses| bypasses.counts = Distribution::default());
        self.holds.iter_mut().for_each(|holds| *holds = Distribution::default());
        self.drops.iter_mut().for_each(Drops::reset);
        self.nodes.iter_mut().for_each(Nodes::reset);
        (self.parks, self.preemptions) = (0, 0);
        self.herds.reset();
        self.batches.reset();
    }

    /// A thread asks while so many others wait.
    pub(super) fn requested(&mut self, thread: ThreadId, waiting: u64, now: Nanos) {
        self.windows.iter_mut().flatten().for_each(|windows| windows.requested(thread, now));
        self.bypasses.iter_mut().for_each(|bypasses| bypasses.requested(thread, waiting));
    }

    /// A waiter on a node takes the lock, perhaps after another thread.
    pub(in crate::simulation) fn taken(&mut self, thread: ThreadId, switched: bool, node: u32, now: Nanos) {
        self.nodes.iter_mut().for_each(|nodes| nodes.taken(switched, node));
        self.windows.iter_mut().flatten().for_each(|windows| windows.taken(thread, now));
        self.admissions.iter_mut().for_each(|admissions| admissions.admitted(thread));
        self.bypasses.iter_mut().for_each(|bypasses| bypasses.taken(thread));
    }

    /// A thread is woken for the lock.
    pub(in crate::simulation) fn woken(&mut self) {
        self.herds.woken();
    }

    /// A section is done, perhaps the first of those that one thread or a server does in a row, and perhaps for another thread.
    pub(in crate::simulation) fn section(&mut self, first: bool, delegated: bool) {
        self.batches.section(first, delegated);
    }

    /// Somebody wants the holder to drop the lock.
    pub(in crate::simulation) fn drop_requested(&mut self, now: Nanos) {
        self.drops.iter_mut().for_each(|drops| drops.requested(now));
    }

    /// The holder releases the lock.
    pub(in crate::simulation) fn freed(&mut self, freed: Freed, now: Nanos) {
        let Freed { holder, hold, why, node, waiting } = freed;
        self.herds.freed();
        self.drops.iter_mut().for_each(|drops| drops.freed(why == Free::Forced, now));
        self.nodes.iter_mut().for_each(|nodes| nodes.freed(waiting > 0, node));
        self.windows.iter_mut().flatten().for_each(|windows| windows.freed(holder, now));
        self.holds.iter_mut().for_each(|holds| holds.record(hold));
    }

    /// A waiter is gone.
    pub(super) fn left(&mut self, thread: ThreadId, now: Nanos) {
        self.windows.iter_mut().flatten().for_each(|windows| windows.left(thread, now));
        self.bypasses.iter_mut().for_each(|bypasses| bypasses.left(thread));
    }

    /// The holder is gone with its process.
    pub(super) fn abandoned(&mut self, now: Nanos) {
        self.drops.iter_mut().for_each(|drops| drops.freed(false, now));
        self.nodes.iter_mut().for_each(|nodes| nodes.freed(false, 0));
        for windows in self.windows.iter_mut().flatten() {
            if let Some(holder) = windows.holder {
                windows.freed(holder, now);
            }
        }
    }

    /// Measuring ends.
    pub(super) fn finish(&mut self) {
        self.bypasses.iter_mut().for_each(Bypasses::finish);
    }
}

/// How evenly the lock is shared out in windows of equal length: Jain's index of the times that those held it who
/// wanted it in the window, averaged over the windows in which at least two wanted it and one had it.
#[derive(Debug)]
pub(in crate::simulation) struct Windows {
    length: Nanos,
    begin: Nanos,
    /// Threads that wanted the lock at some time in this window, and those that want or have it now.
    interested: u64,
    present: u64,
    /// Sum of the holds in it, and of their squares, thread by thread.
    sum: u64,
    squares: u128,
    holder: Option<ThreadId>,
    /// Since when, in this window.
    held_from: Nanos,
    threads: Vec<InWindow>,
    /// Sum of the indices, in billionths, and how many there are.
    pub(in crate::simulation) jain_billionths: u64,
    pub(in crate::simulation) count: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct InWindow {
    /// The beginning of the window in which it last held the lock, and how long it held it there.
    window: Nanos,
    held: Nanos,
    /// One more than when it last released the lock; 0 if never.
    released: Nanos,
}

const BILLION: u64 = 1_000_000_000;

impl Windows {
    fn new(length: Nanos) -> Self {
        Self {
            length,
            begin: 0,
            interested: 0,
            present: 0,
            sum: 0,
            squares: 0,
            holder: None,
            held_from: 0,
            threads: Vec::new(),
            jain_billionths: 0,
            count: 0,
        }
    }

    /// The first window begins now.
    fn reset(&mut self, now: Nanos) {
        let threads = std::mem::take(&mut self.threads);
        let Self { length, holder, present, .. } = *self;
        *self = Self { begin: now, interested: present, present, holder, held_from: now, threads, ..Self::new(length) };
    }

    /// Ends the windows that are over; nothing has changed since the last call.
    #[inline]
    fn roll(&mut self, now: Nanos) {
        if now - self.begin >= self.length {
            self.end_windows(now);
        }
    }

    fn end_windows(&mut self, now: Nanos) {
        self.hold_to(self.begin + self.length);
        if self.interested > 1 && self.sum > 0 {
            let square = u128::from(self.sum) * u128::from(self.sum) * u128::from(BILLION);
            self.jain_billionths += (square / (u128::from(self.interested) * self.squares)) as u64;
            self.count += 1;
        }
        let over = (now - self.begin) / self.length;
        // In those that were passed in one go nobody came or went: at most one had the lock.
        if self.present > 1 && self.holder.is_some() {
            self.jain_billionths += (over - 1) * (BILLION / self.present);
            self.count += over - 1;
        }
        self.begin += over * self.length;
        (self.interested, self.sum, self.squares) = (self.present, 0, 0);
        self.held_from = self.begin;
    }

    /// Writes the present hold up to a time in this window to the account of the holder.
    fn hold_to(&mut self, time: Nanos) {
        let Some(holder) = self.holder else { return };
        let held = time - self.held_from;
        let this = of(&mut self.threads, holder);
        let before = if this.window == self.begin { this.held } else { 0 };
        (this.window, this.held) = (self.begin, before + held);
        self.sum += held;
        let square = |time: Nanos| u128::from(time) * u128::from(time);
        self.squares += square(before + held) - square(before);
        self.held_from = time;
    }

    fn requested(&mut self, thread: ThreadId, now: Nanos) {
        self.roll(now);
        self.present += 1;
        // One that released it in this window has been interested before.
        self.interested += u64::from(of(&mut self.threads, thread).released <= self.begin);
    }

    fn taken(&mut self, thread: ThreadId, now: Nanos) {
        self.roll(now);
        (self.holder, self.held_from) = (Some(thread), now);
    }

    fn freed(&mut self, holder: ThreadId, now: Nanos) {
        self.roll(now);
        self.hold_to(now);
        self.holder = None;
        self.gone(holder, now);
    }

    fn left(&mut self, thread: ThreadId, now: Nanos) {
        self.roll(now);
        self.gone(thread, now);
    }

    fn gone(&mut self, thread: ThreadId, now: Nanos) {
        self.present -= 1;
        of(&mut self.threads, thread).released = now + 1;
    }
}

/// Who comes again how soon, in the order in which the lock was taken.
#[derive(Debug, Default)]
pub(in crate::simulation) struct Admissions {
    /// Acquisitions so far.
    count: u64,
    /// The number of each thread's last one, counted from 1.
    last: Vec<u64>,
    /// How many acquisitions later a thread took the lock again.
    pub(in crate::simulation) returns: Distribution,
    /// The first acquisition of the window, threads in it; sum over windows that are full, and their number.
    window: u64,
    distinct: u64,
    pub(in crate::simulation) distinct_sum: u64,
    pub(in crate::simulation) windows: u64,
}

impl Admissions {
    fn reset(&mut self) {
        let last = std::mem::take(&mut self.last);
        *self = Self { count: self.count, window: self.count, last, ..Self::default() };
    }

    fn admitted(&mut self, thread: ThreadId) {
        self.count += 1;
        let last = std::mem::replace(of(&mut self.last, thread), self.count);
        if last > 0 {
            self.returns.record(self.count - last);
        }
        self.distinct += u64::from(last <= self.window);
        if self.count - self.window == ADMISSIONS {
            self.distinct_sum += self.distinct;
            self.windows += 1;
            (self.window, self.distinct) = (self.count, 0);
        }
    }
}

/// How often each waiter was overtaken: by how many acquisitions of threads that had asked later.
#[derive(Debug, Default)]
pub(in crate::simulation) struct Bypasses {
    /// Acquisitions so far.
    takes: u64,
    /// For each request since that of the longest waiter whether it still waits.
    waiting: VecDeque<bool>,
    /// The number of the first of these.
    first: u64,
    requests: Vec<Request>,
    pub(in crate::simulation) counts: Distribution,
}

#[derive(Debug, Clone, Copy, Default)]
struct Request {
    number: u64,
    /// Acquisitions before it, and the waiters that it found.
    takes: u64,
    ahead: u64,
}

impl Bypasses {
    fn requested(&mut self, thread: ThreadId, ahead: u64) {
        let number = self.first + self.waiting.len() as u64;
        *of(&mut self.requests, thread) = Request { number, takes: self.takes, ahead };
        self.waiting.push_back(true);
    }

    /// The acquisitions while it waited, less those by threads that were there before.
    fn taken(&mut self, thread: ThreadId) {
        let Request { number, takes, ahead } = self.requests[thread as usize];
        let still_ahead = self.waiting.range(..(number - self.first) as usize).filter(|&&waits| waits).count() as u64;
        self.counts.record(self.takes - takes - (ahead - still_ahead));
        self.takes += 1;
        self.left(thread);
    }

    fn left(&mut self, thread: ThreadId) {
        let number = self.requests[thread as usize].number;
        self.waiting[(number - self.first) as usize] = false;
        while self.waiting.front() == Some(&false) {
            self.waiting.pop_front();
            self.first += 1;
        }
    }

    /// Those who still wait count as well.
    fn finish(&mut self) {
        let mut waiters: Vec<Request> = self.requests.iter().filter(|request| self.waits(request)).copied().collect();
        waiters.sort_by_key(|request| request.number);
        for (still_ahead, request) in (0..).zip(waiters) {
            self.counts.record(self.takes - request.takes - (request.ahead - still_ahead));
        }
    }

    fn waits(&self, request: &Request) -> bool {
        let place = request.number.checked_sub(self.first);
        place.is_some_and(|place| self.waiting.get(place as usize) == Some(&true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_of_a_window_is_that_of_the_holds_in_it() {
        let mut windows = Windows::new(100);
        // Thread 0 holds for 50 of the first 100, thread 1 for 25, thread 2 waits throughout.
        (0..3).for_each(|thread| windows.requested(thread, 0));
        windows.taken(0, 0);
        windows.freed(0, 50);
        windows.taken(1, 50);
        windows.freed(1, 75);
        windows.requested(0, 75);
        // It takes it in the fourth window, for all of the fifth and the sixth.
        windows.taken(2, 350);
        windows.freed(2, 600);
        let jain = |sum: u64, squares: u64, interested: u64| sum * sum * BILLION / (squares * interested);
        assert_eq!(windows.count, 4);
        assert_eq!(windows.jain_billionths, jain(75, 50 * 50 + 25 * 25, 3) + jain(50, 2500, 2) + 2 * BILLION / 2);
    }

    #[test]
    fn two_that_take_turns_within_a_window_share_it_fairly() {
        let mut windows = Windows::new(100);
        windows.requested(0, 0);
        windows.requested(1, 0);
        for turn in 0..50_u64 {
            let thread = (turn % 2) as ThreadId;
            windows.taken(thread, turn * 10);
            windows.freed(thread, turn * 10 + 10);
            windows.requested(thread, turn * 10 + 10);
        }
        assert_eq!((windows.count, windows.jain_billionths), (5, 5 * BILLION));
    }

    #[test]
    fn overtaking_is_counted_for_those_who_are_overtaken() {
        let mut bypasses = Bypasses::default();
        for thread in 0..4 {
            bypasses.requested(thread, u64::from(thread));
        }
        bypasses.taken(3);
        bypasses.requested(3, 3);
        bypasses.taken(3);
        bypasses.taken(1);
        bypasses.taken(0);
        bypasses.finish();
        // 3 overtook nobody's turn but those of others: 0 was overtaken by 3 twice and by 1, 1 by 3 twice, 2 likewise.
        let counts: Vec<Option<u64>> = [0.2, 0.4, 0.6, 0.8, 1.0].map(|share| bypasses.counts.quantile(share)).to_vec();
        assert_eq!(counts, [0, 0, 2, 2, 3].map(Some));
    }

    #[test]
    fn a_queue_overtakes_nobody_and_admits_everybody_in_turn() {
        let (mut bypasses, mut admissions) = (Bypasses::default(), Admissions::default());
        (0..4).for_each(|thread| bypasses.requested(thread, u64::from(thread)));
        for turn in 0..4000_u32 {
            let thread = turn % 4;
            bypasses.taken(thread);
            admissions.admitted(thread);
            bypasses.requested(thread, 3);
        }
        assert_eq!(bypasses.counts.quantile(1.0), Some(0));
        assert_eq!((admissions.returns.quantile(0.0), admissions.returns.quantile(1.0)), (Some(4), Some(4)));
        assert_eq!((admissions.distinct_sum, admissions.windows), (16, 4));
    }
}
