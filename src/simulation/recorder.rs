//! What a run tells of itself while it goes on, to whoever wants to know.
//!
//! **Contract.** The engine is compiled once for each recorder: with [`Nothing`] no call is left of it. Entries come in
//! the order in which things happen, with times in nanoseconds from the start of the run; those of one moment in the
//! order of cause and effect. What they tell is complete: the states of the threads, the holders and queues of the locks
//! and the threads of the cores at any time follow from the entries up to then. A recorder has no influence on a run,
//! but may end it ([`Recorder::is_full`]).

use super::core_state::CorePhase;
use super::thread::State;
use crate::kernel::Nanos;
use crate::lock::policy::Free;
use crate::machine::{CoreId, ThreadId};

/// Something that happened. Locks have the number of their process instance; threads that of their slot, which another
/// thread of the same group may have used before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// A thread begins: number `number` of the group, counted from 0 in each process instance.
    Begin {
        /// Its slot.
        thread: ThreadId,
        /// Its group.
        group: u32,
        /// Its process instance, and with it its lock.
        instance: u32,
        /// Which thread of the group it is.
        number: u32,
    },
    /// A thread comes into another state, or begins another stretch of Python code. Before its first it is absent.
    State {
        /// The thread.
        thread: ThreadId,
        /// What it is doing from now on.
        state: State,
        /// The core on which it runs, if it does.
        core: Option<CoreId>,
        /// Whether it runs a C call that keeps the lock, in which no check point lies.
        in_call: bool,
    },
    /// A core comes into another phase, or gets another thread. Before its first it is idle.
    Core {
        /// The core.
        core: CoreId,
        /// What it is doing from now on.
        phase: CorePhase,
        /// For which thread.
        thread: Option<ThreadId>,
    },
    /// A thread asks for a lock.
    Request {
        /// The lock.
        lock: u32,
        /// The thread.
        thread: ThreadId,
    },
    /// A thread takes a lock; its last request is granted.
    Acquire {
        /// The lock.
        lock: u32,
        /// The thread.
        thread: ThreadId,
    },
    /// The holder of a lock frees it.
    Release {
        /// The lock.
        lock: u32,
        /// The thread.
        thread: ThreadId,
        /// Why.
        why: Free,
    },
    /// A thread that waits for a lock ends with its process.
    Withdraw {
        /// The lock.
        lock: u32,
        /// The thread.
        thread: ThreadId,
    },
    /// A waiter requests the lock to be dropped.
    DropRequest {
        /// The lock.
        lock: u32,
        /// The waiter.
        thread: ThreadId,
    },
    /// A thread wakes another for the lock.
    Wake {
        /// The lock.
        lock: u32,
        /// The one who wakes.
        thread: ThreadId,
        /// The one who is woken.
        woken: ThreadId,
    },
    /// The time of a timed wait for the lock is over.
    TimedOut {
        /// The lock.
        lock: u32,
        /// The waiter.
        thread: ThreadId,
    },
    /// A thread was woken for the lock in vain.
    WastedWakeUp {
        /// The lock.
        lock: u32,
        /// The thread.
        thread: ThreadId,
    },
    /// All Python code of a free-threaded process instance stops.
    WorldStops {
        /// The process instance.
        lock: u32,
    },
    /// It goes on.
    WorldGoesOn {
        /// The process instance.
        lock: u32,
    },
}

/// Whoever is told what happens in a run.
pub trait Recorder {
    /// Whether it is on. With one that is not, the engine is compiled without what is measured of single threads, and may do
    /// several events in one piece.
    const IS_ON: bool = true;

    /// Something happens at this time.
    fn record(&mut self, at: Nanos, entry: Entry);

    /// Whether the rest of the run is of no interest; asked after each event.
    fn is_full(&self) -> bool {
        false
    }
}

/// A recorder that is told nothing, at no cost.
#[derive(Debug, Clone, Copy)]
pub struct Nothing;

impl Recorder for Nothing {
    const IS_ON: bool = false;

    #[inline]
    fn record(&mut self, _at: Nanos, _entry: Entry) {}
}

/// A recorder that is told all, and keeps nothing of it: for runs in which single threads are measured.
#[derive(Debug, Clone, Copy)]
pub struct Watching;

impl Recorder for Watching {
    #[inline]
    fn record(&mut self, _at: Nanos, _entry: Entry) {}
}

impl<R: Recorder> Recorder for &mut R {
    const IS_ON: bool = R::IS_ON;

    fn record(&mut self, at: Nanos, entry: Entry) {
        (**self).record(at, entry);
    }

    fn is_full(&self) -> bool {
        (**self).is_full()
    }
}
