//! A simulated thread.

use super::measure::GroupMeasures;
use crate::kernel::Nanos;
use crate::kernel::streams::Stream;
use crate::kernel::tour::{Tour, Visitor};
use crate::lock::policy::{Cause, Step};
use crate::machine::CoreId;
use crate::workload::code::Read;

/// What a thread is doing; every thread is in exactly one state at any time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum State {
    /// It has not begun, or has ended.
    Absent,
    /// Runs Python code or a C call that keeps the lock.
    Python,
    /// Runs a C call that needs no lock.
    Native,
    /// Pays for a service of the operating system or the lock.
    Overhead,
    /// Pays for the start or the end of a thread or a process.
    StartUp,
    /// Spins for the lock.
    Spinning,
    /// Waits for a core, or for the switch to it to end.
    Ready,
    /// As before, while it holds the lock.
    Preempted,
    /// Sleeps for the lock.
    LockWait,
    /// Waits for a device.
    Io,
    /// Sleeps for a time.
    Sleep,
    /// Waits for another thread: a Python-level lock, a queue, a join.
    ObjectWait,
}

impl State {
    /// Number of states.
    pub const COUNT: usize = 12;

    /// All states but [`State::Absent`], with the names that they have in results.
    pub const NAMED: [(Self, &'static str); Self::COUNT - 1] = [
        (Self::Python, "python_s"),
        (Self::Native, "native_s"),
        (Self::Overhead, "overhead_s"),
        (Self::StartUp, "start_up_s"),
        (Self::Spinning, "spin_s"),
        (Self::Ready, "ready_s"),
        (Self::Preempted, "preempted_s"),
        (Self::LockWait, "lock_wait_s"),
        (Self::Io, "io_s"),
        (Self::Sleep, "sleep_s"),
        (Self::ObjectWait, "object_wait_s"),
    ];

    /// Whether a thread in it uses a core.
    pub fn runs(self) -> bool {
        matches!(self, Self::Python | Self::Native | Self::Overhead | Self::Spinning)
    }

    /// Its name in results, without the unit.
    pub fn name(self) -> &'static str {
        let named = Self::NAMED.iter().find(|(state, _)| *state == self);
        named.map_or("absent", |(_, name)| name.trim_end_matches("_s"))
    }
}

/// Kinds of processor work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// None.
    None,
    /// Python code, with check points.
    Compute,
    /// A C call that keeps the lock.
    Call,
    /// A C call that needs no lock.
    Native,
    /// A service of the operating system or the lock.
    Overhead,
    /// The start or the end of a thread or a process.
    StartUp,
    /// Spinning.
    Spin,
}

impl Kind {
    pub(super) fn state(self) -> State {
        match self {
            Self::None => State::Ready,
            Self::Compute | Self::Call => State::Python,
            Self::Native => State::Native,
            Self::Overhead => State::Overhead,
            Self::StartUp => State::StartUp,
            Self::Spin => State::Spinning,
        }
    }

    /// Whether the work slows down and stops with the other threads of a free-threaded interpreter.
    pub(super) fn is_python(self) -> bool {
        matches!(self, Self::Compute | Self::Call)
    }
}

/// A stretch of processor work.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Segment {
    pub(super) kind: Kind,
    /// Work left, in nanoseconds at speed 1; [`crate::kernel::NEVER`] for work without end.
    pub(super) left: Nanos,
    /// Work done beyond what is counted in `left`: less than a nanosecond, in billionths of one.
    pub(super) done_billionths: u32,
    /// Until when the work done is counted.
    pub(super) settled: Nanos,
}

impl Segment {
    /// Work that begins at `now`.
    pub(super) fn new(kind: Kind, work: Nanos, now: Nanos) -> Self {
        Self { kind, left: work, done_billionths: 0, settled: now }
    }
}

/// What follows when a segment of work is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    /// The next operation.
    Next,
    /// The next operation, after the check point that may lie at the end of a C call.
    CallEnd,
    /// The lock is asked for, then the next operation.
    Request,
    /// The queue has the item that was sent, then the lock is asked for.
    Deliver(u32),
    /// Signals have been handled, then the rest of the check point.
    Handled,
    /// The policy is asked again.
    Policy,
    /// The policy's step, whose charge has now been paid.
    Step(Step),
    /// The thread or process that has now been paid for begins.
    Spawn,
    /// The process whose start it has now paid for is there: its other threads begin, and it asks for the lock.
    Boot,
    /// The thread ends.
    End,
}

/// What a thread does when it next gets a core.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OnCore {
    /// Goes on with its segment.
    Segment,
    /// Asks the policy again.
    Lock(Cause),
    /// Asks for the lock.
    Request,
    /// Sees to the object it waited for.
    Object,
}

/// What a thread does once the policy lets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Intent {
    /// With the lock: the next operation.
    Next,
    /// With the lock: so much unfinished Python work.
    Resume(Nanos),
    /// Without the lock: waits for a device or a time.
    Wait(State, Nanos),
    /// Without the lock: so much work.
    Native(Nanos),
    /// Without the lock: so much work, which puts an item into a queue.
    Send(Nanos, u32),
    /// Without the lock: reads a message.
    Read(Read),
    /// Without the lock: waits for an object.
    Object,
    /// Without the lock: ends.
    Exit,
}

/// What a thread waits for that another thread brings about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Awaits {
    /// Nothing yet.
    Nothing,
    /// The object with this index.
    Object(u32),
    /// A message.
    Message(Read),
    /// The end of the threads of this unit.
    Threads(u32),
    /// The end of this process instance.
    Process(u32),
}

/// What would wake a thread that is off its core.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parked {
    /// It is not asleep.
    No,
    /// The lock's policy.
    Lock,
    /// A timer only.
    Timer,
    /// An object.
    Object,
}

/// A simulated thread, or a free slot for one.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Thread {
    pub(super) state: State,
    /// When it came into its state.
    pub(super) since: Nanos,
    pub(super) group: u32,
    /// What it runs at: its own priority, or one that it has inherited.
    pub(super) priority: i16,
    /// The process instance, and with it the lock.
    pub(super) instance: u32,
    /// The group's unit in that instance.
    pub(super) unit: u32,
    pub(super) core: Option<CoreId>,
    pub(super) last_core: Option<CoreId>,
    /// When it last left a core.
    pub(super) left: Nanos,
    pub(super) segment: Segment,
    pub(super) after: After,
    pub(super) on_core: OnCore,
    pub(super) intent: Intent,
    pub(super) parked: Parked,
    /// A wake-up by the policy came while the thread was awake.
    pub(super) lock_token: bool,
    /// It has been poked, and its spinning is over.
    pub(super) poked: bool,
    /// A wake-up by an object came while the thread was awake.
    pub(super) object_token: bool,
    /// Whether a timer is pending, and what voids older ones.
    pub(super) timer_armed: bool,
    pub(super) generation: u32,
    /// Since when it waits for the lock.
    pub(super) wait_since: Option<Nanos>,
    /// When it last woke up from a sleep for the lock.
    pub(super) woken: Nanos,
    /// The counter whose clock starts when the present wait ends.
    pub(super) begin_on_wake: Option<u32>,
    /// What it waits for, or waited for last.
    pub(super) awaits: Awaits,
    pub(super) pc: u32,
    /// How many threads or processes its present `start` has begun.
    pub(super) started: u32,
    pub(super) random: Stream,
}

impl Thread {
    /// Comes into another state, and writes the time spent in the one before to its group's account; gives that back.
    #[inline(always)]
    pub(super) fn come_into(&mut self, state: State, now: Nanos, account: &mut GroupMeasures) -> State {
        let before = std::mem::replace(&mut self.state, state);
        account.states[before as usize] += now - self.since;
        self.since = now;
        before
    }
}

impl Tour for Thread {
    fn tour(&mut self, visitor: &mut impl Visitor) {
        for moment in [&mut self.since, &mut self.left, &mut self.woken, &mut self.segment.settled] {
            visitor.moment(moment);
        }
        self.wait_since.iter_mut().for_each(|moment| visitor.moment(moment));
        visitor.rest(&mut self.segment.left);
        if let Intent::Resume(left) = &mut self.intent {
            visitor.rest(left);
        }
        visitor.any(&mut self.generation);
    }
}
