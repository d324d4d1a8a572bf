//! A thread as the customer of a station.

use crate::kernel::Nanos;
use crate::kernel::streams::Stream;

/// What a customer is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doing {
    /// It has not begun, or has ended.
    Absent,
    /// It is about to ask for the lock: the event of its core is pending.
    Asks,
    /// It stands in line.
    Queues,
    /// The lock is kept for it: the event of its core is pending.
    Called,
    /// It works with the lock: the event of its core is pending, unless the work has no end.
    Works,
    /// It waits for a device.
    Io,
    /// It sleeps for a time.
    Sleeps,
    /// It has the lock, and cannot go on here.
    Strands,
}

/// A thread as the customer of a station, in a cache line of its own.
#[derive(Debug)]
#[repr(align(64))]
pub(super) struct Customer {
    pub(super) random: Stream,
    /// When it began to do what it does; for one that stands in line or is called, to wait.
    pub(super) since: Nanos,
    /// How long it has had the lock, and how often it has taken it, since the stations took over.
    pub(super) held: Nanos,
    pub(super) acquisitions: u64,
    pub(super) pc: u32,
    pub(super) unit: u16,
    /// The counter whose clock starts when its wait ends, or [`Customer::NO_COUNTER`].
    pub(super) begins: u8,
    pub(super) doing: Doing,
}

const _: () = assert!(size_of::<Customer>() == 64, "a customer takes one cache line");

impl Customer {
    /// Stands for no counter.
    pub(super) const NO_COUNTER: u8 = u8::MAX;

    /// A slot for a thread, free `since`, with any random numbers.
    pub(super) fn new(random: Stream, since: Nanos) -> Self {
        let (pc, unit, begins) = (0, 0, Self::NO_COUNTER);
        Self { random, since, held: 0, acquisitions: 0, pc, unit, begins, doing: Doing::Absent }
    }

    /// A thread of a unit begins in this slot, at this operation: it is about to ask for the lock.
    #[inline(always)]
    pub(super) fn begin(&mut self, random: Stream, unit: usize, pc: u32, now: Nanos) {
        (self.random, self.since) = (random, now);
        (self.pc, self.unit, self.begins) = (pc, unit as u16, Self::NO_COUNTER);
        self.doing = Doing::Asks;
    }

    /// Whether so many units and counters have numbers that fit in here.
    pub(super) fn can_tell_apart(units: usize, counters: usize) -> bool {
        units <= 1 << 16 && counters <= usize::from(Self::NO_COUNTER)
    }
}
