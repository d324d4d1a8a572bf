//! What threads do: steps, programs, and the objects through which threads meet.
//!
//! Everything here is plain data. [`code::Code`] flattens the nested steps into an array of operations with jumps,
//! which the simulation interprets without allocating.

pub mod code;
mod preference;

use crate::kernel::law::Law;
use crate::lock::Setting;
pub use preference::{Gate, Preference};

/// Everything that runs: processes, threads, the objects they share and the counters they advance.
///
/// Indices into `threads`, `processes`, `objects` and `counters` are used throughout [`Step`].
#[derive(Debug, Clone, PartialEq)]
pub struct Program {
    /// Process 0 is `main`, which exists from the start.
    pub processes: Vec<Process>,
    /// Groups of equal threads.
    pub threads: Vec<ThreadGroup>,
    /// Locks, queues and other objects of the Python program.
    pub objects: Vec<Object>,
    /// Names of the counters.
    pub counters: Vec<String>,
    /// Signals that come to the main process.
    pub signals: Vec<Signal>,
}

/// A signal that comes again and again to the main process, whose main thread handles it at a check point.
///
/// The main thread is the first that the process begins with. A signal that comes while it waits is handled at its
/// first check point afterwards: waits are not interrupted, as with the joins and acquires of CPython 2.
#[derive(Debug, Clone, PartialEq)]
pub struct Signal {
    /// Index of the counter of handled signals; its latency is the time from the signal to the end of its handler.
    pub counter: usize,
    /// Times between signals.
    pub arrivals: Law,
    /// How long the handler runs.
    pub handler: Law,
}

/// A process, or an interpreter with its own lock in the main process.
#[derive(Debug, Clone, PartialEq)]
pub struct Process {
    /// Its name.
    pub name: String,
    /// How many equal ones there are, each with its own lock.
    pub count: u32,
    /// How it comes into being.
    pub start: StartMethod,
    /// Its lock, when it differs from the scenario's.
    pub lock: Option<Setting>,
}

/// How a process comes into being.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartMethod {
    /// It exists, with its interpreter running, when the run begins.
    Present,
    /// `fork`.
    Fork,
    /// `spawn`.
    Spawn,
    /// `forkserver`.
    Forkserver,
    /// An interpreter with its own lock inside the process that starts it.
    Interpreter,
}

/// A group of equal threads.
#[derive(Debug, Clone, PartialEq)]
pub struct ThreadGroup {
    /// Its name.
    pub name: String,
    /// How many threads there are in each instance of the process; for arrivals, how many arrive in each
    /// (`None`: without end).
    pub count: Option<u32>,
    /// Index of the process it belongs to.
    pub process: usize,
    /// Whether its process, and with the last process the run, may end while it still lives or arrives.
    pub daemon: bool,
    /// When its threads begin.
    pub begin: Begin,
    /// Their priority, for lock policies and schedulers that have priorities; higher ones go first.
    pub priority: i16,
    /// Their nice level, for schedulers that share cores by weights; lower ones have more.
    pub nice: i8,
    /// Their weight in thousandths, for lock policies that share a lock by weights.
    pub weight_milli: u64,
    /// What each thread does, once.
    pub steps: Vec<Step>,
}

/// When the threads of a group begin.
#[derive(Debug, Clone, PartialEq)]
pub enum Begin {
    /// When their process begins.
    WithProcess,
    /// When another thread starts them with [`Step::Start`].
    ByStep,
    /// One after another in each instance of the process, with such times between them (an open workload).
    Arrivals(Law),
}

/// An object of the Python program through which threads meet.
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: ObjectKind,
}

/// Kinds of objects, with the semantics of Python's `threading` and `queue` modules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectKind {
    /// A lock. Threads that are awake may overtake a waiter that has been woken.
    Lock {
        /// Whether its owner runs at the highest priority of its waiters, the highest of which is woken first.
        inherits: bool,
    },
    /// A semaphore with so many free places.
    Semaphore(u32),
    /// A lock that many readers or one writer have.
    ReadersWriters(Preference),
    /// A condition with the index of its lock.
    Condition(usize),
    /// An event, at first not set.
    Event,
    /// A barrier for so many threads.
    Barrier(u32),
    /// A queue for so many items; 0 for any number. Channels between processes are queues whose items cost a
    /// transfer.
    Queue(u32),
}

/// In which mode a readers-writers lock is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// With others that read.
    Read,
    /// Alone.
    Write,
}

/// What is started or joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Target {
    /// All threads of the group with this index, in the process instance of the thread that asks.
    Threads(usize),
    /// All instances of the process with this index.
    Process(usize),
}

/// How much work a step is.
#[derive(Debug, Clone, PartialEq)]
pub enum Work {
    /// Drawn from a law, in nanoseconds at speed 1.
    Drawn(Law),
    /// Without end.
    Forever,
}

/// One step of a thread. Object, counter and branch indices refer to [`Program`].
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Python code: holds the interpreter's lock and passes check points.
    Compute(Work),
    /// A C call that keeps the lock and has no check point inside.
    Call(Work),
    /// A C call that releases the lock and uses a core.
    Native(Work),
    /// Releases the lock and waits for a device.
    Io(Law),
    /// Releases the lock and waits for a time, with the timer's slack.
    Sleep(Law),
    /// Takes a lock or a place of a semaphore.
    Acquire(usize),
    /// Takes a readers-writers lock.
    Enter(usize, Mode),
    /// Gives back a lock or a place of a semaphore.
    Release(usize),
    /// Waits for an event, or for a notification of a condition whose lock the thread holds.
    Wait(usize),
    /// Wakes so many waiters of a condition (`None`: all).
    Notify(usize, Option<u32>),
    /// Sets an event.
    Set(usize),
    /// Clears an event.
    Clear(usize),
    /// Waits at a barrier.
    Barrier(usize),
    /// Puts one item into a queue, waiting while it is full.
    Put(usize),
    /// Takes one item from a queue, waiting while it is empty; ends the thread's current [`Step::Drain`] or the thread
    /// itself when the queue is closed and empty.
    Get(usize),
    /// Closes a queue: nothing more will be put.
    Close(usize),
    /// Takes items from a queue and does the steps for each, until the queue is closed and empty.
    Drain(usize, Vec<Step>),
    /// Pickles a message of so many bytes and writes it to a pipe. A queue, which must have room for any number of items,
    /// has the message when it is written, before the sender holds its lock again.
    Send {
        /// Size of the message.
        bytes: u64,
        /// The queue at the other end, if anybody reads there.
        queue: Option<usize>,
    },
    /// Reads a message of so many bytes from a pipe and unpickles it.
    Receive {
        /// Size of the message.
        bytes: u64,
    },
    /// Writes to a pipe or socket with a system call of this length, made without the interpreter's lock; the channel,
    /// which has room for any number of messages, has the message when the call ends.
    Write(usize, Law),
    /// Reads a message with a system call made without the interpreter's lock: waits for it, and spends this time on it.
    /// Ends what [`Step::Get`] ends.
    Read(usize, Law),
    /// Starts threads or processes, one after another.
    Start(Target),
    /// Waits until they have ended.
    Join(Target),
    /// Repeats steps so many times (`None`: for ever).
    Repeat(Option<u64>, Vec<Step>),
    /// Does one of several lists of steps, chosen with these probabilities (which sum to 1).
    Choose(Vec<(f64, Vec<Step>)>),
    /// Starts the clock of a counter for this thread. It also starts when the thread begins, and at each
    /// [`Step::Count`].
    Begin(usize),
    /// Starts the clock of a counter when the device or timer of the next step is done, before the lock is asked for;
    /// or at the time at which the message of the next [`Step::Read`] was there.
    BeginOnWake(usize),
    /// Advances a counter, and records the time since the clock was started.
    Count(usize),
}
