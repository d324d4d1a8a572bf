//! The trait behind which every lock policy stands, and the world that a policy sees.
//!
//! A policy is the state machine of the threads that want one lock. The simulation calls it when a thread asks for
//! the lock ([`Policy::request`]), gives it up ([`Policy::release`]), passes a check point while the lock is
//! interrupted ([`Policy::check_point`]), or has done what the policy last told it to do ([`Policy::resume`]). Each
//! call is made for a thread that is running on a core, and answers with the [`Step`] that this thread does next. In
//! between, the policy acts on the lock and on other threads through [`World`]. [`Policy::alarm`] alone is called for
//! no thread.
//!
//! **Contract.** Calls are atomic: no simulated time passes inside one. [`Step::Enter`] may be answered only while
//! the thread is the holder (or where no lock exists), [`Step::Leave`] only while it is not; the simulation checks
//! both. A wake-up of a thread that is not parked yet is kept and makes its next [`Step::Park`] or [`Step::ParkFor`]
//! return at once, like the token of a parker; a poke of a thread that pays before it spins ends the [`Step::Spin`] as it
//! begins. What a call charges ([`World::wake`], [`World::charge`]) the thread pays with processor time before it does the
//! step.

use super::Setting;
use super::combining::Combining;
use super::cpython2::CPython2;
use super::cpython3::CPython3;
use super::free_threaded::FreeThreaded;
use super::general::General;
use super::go_mutex::GoMutex;
use super::pypy::PyPy;
use super::queued::Queued;
use super::ranked::Ranked;
use super::rcl::Rcl;
use super::reciprocating::Reciprocating;
use super::u_scl::UScl;
use crate::kernel::Nanos;
use crate::kernel::tour::Visitor;
use crate::lock::Interpreter;
use crate::machine::{FULL_SPEED, ThreadId};

/// What a thread does next, on a policy's order. It fits into two registers, which every call of a policy gains from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Goes on with the lock.
    Enter,
    /// Goes on without the lock.
    Leave,
    /// Uses so many nanoseconds of processor time, then asks again ([`Cause::Spent`]).
    Spend(Nanos),
    /// Sleeps until woken ([`Cause::Woken`]).
    Park,
    /// Sleeps until woken, or until so many nanoseconds and the timer's slack have passed ([`Cause::TimedOut`]).
    ParkFor(Nanos),
    /// Spins on its core until poked ([`Cause::Poked`]) or until so many nanoseconds of spinning have passed
    /// ([`Cause::Spent`]).
    Spin(Nanos),
}

/// Why a policy is asked again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The processor time or the spinning is over.
    Spent,
    /// Another thread woke this one.
    Woken,
    /// The time of a timed wait is over.
    TimedOut,
    /// Another thread poked this one while it spun.
    Poked,
}

/// Why a lock becomes free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Free {
    /// The thread blocks or runs code that needs no lock.
    Voluntary,
    /// The thread ends.
    Exit,
    /// The thread was made to, and wants the lock back.
    Forced,
}

/// What a policy may charge the thread it is called for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cost {
    /// `lock_pair` of the machine's costs.
    LockPair,
    /// `sleep_call` of the machine's costs.
    SleepCall,
    /// `wait_begin` of the machine's costs.
    WaitBegin,
    /// `wake_call_empty` of the machine's costs: the way into the kernel and back.
    EmptyCall,
}

/// What a policy sees of the simulation, and how it acts on it.
pub trait World {
    /// The present.
    fn now(&self) -> Nanos;
    /// The thread that has the lock.
    fn holder(&self) -> Option<ThreadId>;
    /// Whether the thread sleeps in a [`Step::Park`].
    fn is_parked(&self, thread: ThreadId) -> bool;
    /// Makes the thread the holder of a lock that is free.
    fn take(&mut self, thread: ThreadId);
    /// Makes the lock free.
    fn free(&mut self, why: Free);
    /// Wakes a parked thread, and charges the caller the wake call.
    #[inline(always)]
    fn wake(&mut self, thread: ThreadId) {
        let call = self.wake_unpaid(thread);
        self.charge(call);
    }
    /// Wakes a parked thread, and gives back what the wake call takes, in nanoseconds.
    fn wake_unpaid(&mut self, thread: ThreadId) -> Nanos;
    /// Charges the caller a wake call that finds nobody asleep.
    fn wake_nobody(&mut self) {
        let call = self.cost(Cost::EmptyCall);
        self.charge(call);
        self.record_empty_call();
    }
    /// Ends the [`Step::Spin`] of a thread.
    fn poke(&mut self, thread: ThreadId);
    /// Whether the thread has a core this moment.
    fn is_running(&self, thread: ThreadId) -> bool;
    /// The NUMA node on which the thread runs, or ran last.
    fn node(&self, thread: ThreadId) -> u32;
    /// Draws what it costs the core of `to` to have a cache line that the core of `from` has written, in nanoseconds.
    fn line_transfer(&mut self, from: ThreadId, to: ThreadId) -> Nanos;
    /// Draws what it costs to move a cache line between the last core, where the lock's server is, and that of a thread, in
    /// nanoseconds.
    fn server_line(&mut self, thread: ThreadId) -> Nanos;
    /// Draws how long half as many requests for one cache line as given keep it busy, in nanoseconds.
    fn coherence(&mut self, half_requests: usize) -> Nanos;
    /// The thread's priority, its own or inherited; higher ones go first.
    fn priority(&self, thread: ThreadId) -> i16;
    /// The thread's weight in thousandths.
    fn weight_milli(&self, thread: ThreadId) -> u64;
    /// Asks for a call of [`Policy::alarm`] at this time, or before.
    fn set_alarm(&mut self, at: Nanos);
    /// Asks for a call of [`Policy::check_point`] when the holder reaches its next check point.
    fn interrupt(&mut self);
    /// The same, where a holder that runs cannot overlook it: it reads what the waiter has written at each check point.
    fn interrupt_at_once(&mut self);
    /// Takes [`World::interrupt`] back.
    fn calm(&mut self);
    /// Draws a cost of the machine, in nanoseconds.
    fn cost(&mut self, cost: Cost) -> Nanos;
    /// Charges the caller so many nanoseconds of processor time.
    fn charge(&mut self, time: Nanos);
    /// A random whole number below `bound`.
    fn below(&mut self, bound: usize) -> usize;
    /// Whether calls that wake and put to sleep the threads of one lock exclude each other.
    fn has_bucket_lock(&self) -> bool {
        false
    }
    /// Records that a waiter has requested the lock to be dropped.
    fn record_drop_request(&mut self);
    /// Records that a thread was woken for the lock in vain.
    fn record_wasted_wake_up(&mut self);
    /// Records that a wake call, which the caller pays by itself, has found nobody asleep.
    fn record_empty_call(&mut self);
    /// Records that a free lock is kept for a waiter, which will take it when it runs.
    fn record_heir(&mut self, _thread: ThreadId) {}
    /// Records that a section is done under a lock that lets one thread or a server do those of others: whether it is the
    /// first of those done in a row, and whether it is done for another thread.
    fn record_section(&mut self, _first: bool, _delegated: bool) {}
}

/// Where the holder of a lock looks at requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckPoints {
    /// Python work between two check points, in nanoseconds at speed 1.
    pub gap: Nanos,
    /// The same while a signal waits for the main thread.
    pub signalled_gap: Nanos,
    /// Whether any holder then passes check points, or only the main thread does.
    pub signals_concern_all: bool,
    /// How far a C call moves towards the next check point; [`crate::kernel::NEVER`] if each ends at one.
    pub call: Nanos,
}

/// The rules by which one lock changes hands. The module's documentation has the contract.
pub trait Policy {
    /// A thread asks for the lock.
    fn request<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step;
    /// A thread has done its last [`Step::Spend`], [`Step::Park`] or [`Step::Spin`].
    fn resume<W: World>(&mut self, world: &mut W, thread: ThreadId, cause: Cause) -> Step;
    /// The holder gives the lock up, for good or until its next request.
    fn release<W: World>(&mut self, world: &mut W, thread: ThreadId, why: Free) -> Step;
    /// The holder passes a check point while the lock is interrupted.
    fn check_point<W: World>(&mut self, _world: &mut W, _thread: ThreadId) -> Step {
        Step::Enter
    }
    /// The time has come for which [`World::set_alarm`] has asked, or an earlier one. No thread pays for what this does.
    fn alarm<W: World>(&mut self, _world: &mut W) {}
    /// Whether a check of the holder would change nothing: it would free the lock, make a wake call that reaches nobody,
    /// and take the lock back.
    fn check_is_futile<W: World>(&self, _world: &W) -> bool {
        false
    }
    /// Shows a visitor the times that the policy has noted, and forgets how often things happened of which only later
    /// changes matter; false if the policy cannot tell.
    fn tour(&mut self, _visitor: &mut impl Visitor) -> bool {
        false
    }
    /// Whether the holder runs at the highest priority of the waiters.
    fn inherits(&self) -> bool {
        false
    }
    /// Where check points lie.
    fn check_points(&self, interpreter: Interpreter) -> CheckPoints {
        let gap = interpreter.check_gap;
        CheckPoints { gap, signalled_gap: gap, signals_concern_all: false, call: crate::kernel::NEVER }
    }
    /// Speed of Python work, of which [`FULL_SPEED`] is the whole, where `alone` says whether the process has had one thread
    /// only and `lock_pair` what an uncontended release and acquire costs.
    fn pace(&self, _alone: bool, _lock_pair: Nanos) -> u64 {
        FULL_SPEED
    }
    /// The same for C calls that keep the lock, in which no check costs anything.
    fn call_pace(&self) -> u64 {
        FULL_SPEED
    }
}

/// The policies: for each, its name in [`AnyPolicy`] and its type. Dispatch is by `match`, so that calls inside an event
/// stay direct.
macro_rules! policies {
    ($($(#[$about:meta])* $name:ident($policy:ty)),+ $(,)?) => {
        /// Any policy of the preset table.
        #[derive(Debug, Clone, PartialEq)]
        pub enum AnyPolicy {
            $($(#[$about])* $name($policy)),+
        }

        impl Policy for AnyPolicy {
            fn request<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
                match self { $(Self::$name(policy) => policy.request(world, thread)),+ }
            }

            fn resume<W: World>(&mut self, world: &mut W, thread: ThreadId, cause: Cause) -> Step {
                match self { $(Self::$name(policy) => policy.resume(world, thread, cause)),+ }
            }

            fn release<W: World>(&mut self, world: &mut W, thread: ThreadId, why: Free) -> Step {
                match self { $(Self::$name(policy) => policy.release(world, thread, why)),+ }
            }

            fn check_point<W: World>(&mut self, world: &mut W, thread: ThreadId) -> Step {
                match self { $(Self::$name(policy) => policy.check_point(world, thread)),+ }
            }

            fn alarm<W: World>(&mut self, world: &mut W) {
                match self { $(Self::$name(policy) => policy.alarm(world)),+ }
            }

            fn check_is_futile<W: World>(&self, world: &W) -> bool {
                match self { $(Self::$name(policy) => policy.check_is_futile(world)),+ }
            }

            fn tour(&mut self, visitor: &mut impl Visitor) -> bool {
                match self { $(Self::$name(policy) => policy.tour(visitor)),+ }
            }

            fn inherits(&self) -> bool {
                match self { $(Self::$name(policy) => policy.inherits()),+ }
            }

            fn check_points(&self, interpreter: Interpreter) -> CheckPoints {
                match self { $(Self::$name(policy) => policy.check_points(interpreter)),+ }
            }

            fn pace(&self, alone: bool, lock_pair: Nanos) -> u64 {
                match self { $(Self::$name(policy) => policy.pace(alone, lock_pair)),+ }
            }

            fn call_pace(&self) -> u64 {
                match self { $(Self::$name(policy) => policy.call_pace()),+ }
            }
        }
    };
}

policies! {
    /// CPython 3.2 and later.
    CPython3(CPython3),
    /// CPython 2, 3.0 and 3.1.
    CPython2(CPython2),
    /// PyPy.
    PyPy(PyPy),
    /// No lock.
    FreeThreaded(FreeThreaded),
    /// Direct hand-off and barging.
    Queued(Queued),
    /// A point in the space of the axes.
    General(General),
    /// Priority GILs.
    Ranked(Ranked),
    /// Go's mutex.
    GoMutex(GoMutex),
    /// The scheduler-cooperative lock.
    UScl(UScl),
    /// Flat combining.
    Combining(Combining),
    /// Remote core locking.
    Rcl(Rcl),
    /// The reciprocating lock.
    Reciprocating(Reciprocating),
}

impl AnyPolicy {
    /// The policy of a setting, for one lock.
    pub fn new(setting: &Setting, interpreter: Interpreter) -> Self {
        (setting.preset.make)(setting, interpreter)
    }
}

/// A value for each thread, made on first use.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct PerThread<T>(Vec<T>);

impl<T: Copy + Default> PerThread<T> {
    /// The value of a thread.
    pub(crate) fn get(&self, thread: ThreadId) -> T {
        self.0.get(thread as usize).copied().unwrap_or_default()
    }

    /// Sets the value of a thread.
    pub(crate) fn set(&mut self, thread: ThreadId, value: T) {
        *self.of(thread) = value;
    }

    /// The values that have been made.
    pub(crate) fn all(&mut self) -> impl Iterator<Item = &mut T> {
        self.0.iter_mut()
    }

    /// The value of a thread, to be changed.
    pub(crate) fn of(&mut self, thread: ThreadId) -> &mut T {
        let index = thread as usize;
        if index >= self.0.len() {
            self.0.resize(index + 1, T::default());
        }
        &mut self.0[index]
    }
}
