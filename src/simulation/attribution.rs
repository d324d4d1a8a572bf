//! Where the time of all threads went.
//!
//! At each moment of its life a thread does exactly one thing, and that has one reason; so the parts sum to the time that
//! all threads lived, to the nanosecond, without any convention as to what came first. What a thread does of its own
//! accord is the *ideal*: it would take so long alone, on a machine where nothing else costs anything. The rest is what
//! the lock and the machine add to it.
//!
//! Two accounts are kept in different places and must agree: what threads do, and what their lock does meanwhile. A
//! thread that sleeps for the lock loses that time to whatever the lock does: its holder runs (*serial*), nobody runs
//! with it (*hand-off*), or its holder has no core (*idle-held*).

use super::measure::Measures;
use super::thread::State;
use crate::kernel::Nanos;

/// The parts of the time of all threads, in nanoseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Attribution {
    /// From their beginning to their end.
    pub(super) lived: Nanos,
    /// Python and native code, I/O and sleep.
    pub(super) ideal: Nanos,
    /// Waiting for another thread: for an object, a message, an end.
    pub(super) awaited: Nanos,
    /// Asleep for the lock while its holder ran.
    pub(super) serial: Nanos,
    /// Asleep for the lock while nobody ran with it.
    pub(super) hand_off: Nanos,
    /// Asleep for the lock while its holder had no core.
    pub(super) idle_held: Nanos,
    /// Spinning for the lock.
    pub(super) spin: Nanos,
    /// In the queue for a core.
    pub(super) ready: Nanos,
    /// Being switched to: wake-up latency, context switch, migration.
    pub(super) switching: Nanos,
    /// Services of the operating system and of the lock.
    pub(super) overhead: Nanos,
    /// Starting and ending threads and processes.
    pub(super) start_up: Nanos,
}

impl Attribution {
    /// The parts, from settled accounts; what is wrong if these disagree.
    pub(super) fn of(measures: &Measures) -> Result<Self, &'static str> {
        let state = |state| measures.in_state(state);
        let asleep = |part: fn(&super::measure::LockMeasures) -> Nanos| measures.locks.iter().map(part).sum::<Nanos>();
        let without_core = state(State::Ready) + state(State::Preempted);
        let switching = measures.cores.switching;
        let parts = Self {
            lived: State::NAMED.iter().map(|&(named, _)| state(named)).sum(),
            ideal: [State::Python, State::Native, State::Io, State::Sleep].map(state).iter().sum(),
            awaited: state(State::ObjectWait),
            serial: asleep(|lock| lock.asleep.serial),
            hand_off: asleep(|lock| lock.asleep.hand_off),
            idle_held: asleep(|lock| lock.asleep.idle_held),
            spin: state(State::Spinning),
            ready: without_core.checked_sub(switching).ok_or("cores switch for longer than threads wait for them")?,
            switching,
            overhead: state(State::Overhead),
            start_up: state(State::StartUp),
        };
        if parts.sum() != parts.lived {
            return Err("the time that threads slept for a lock is not the time that the lock knows of");
        }
        Ok(parts)
    }

    fn sum(&self) -> Nanos {
        let Self { lived: _, ideal, awaited, serial, hand_off, idle_held, spin, ready, switching, overhead, start_up } =
            *self;
        [ideal, awaited, serial, hand_off, idle_held, spin, ready, switching, overhead, start_up].iter().sum()
    }
}
