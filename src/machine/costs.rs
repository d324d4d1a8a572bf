//! What the operating system and the hardware charge for their services.

use crate::kernel::Nanos;
use crate::kernel::law::Law;

/// The price list of a machine. Every law is in nanoseconds.
#[derive(Debug, Clone, PartialEq)]
pub struct Costs {
    /// Switching a core from one thread to another.
    pub context_switch: Law,
    /// Refilling caches when a thread runs on another core than before.
    pub migration: Law,
    /// Refilling caches when a thread runs on a core that has slept for long, if that makes a difference.
    pub cold_start: Option<ColdStart>,
    /// A system call that wakes a sleeping thread, paid by the caller.
    pub wake_call: Law,
    /// A system call that means to wake a thread but finds none asleep, paid by the caller.
    pub wake_call_empty: Law,
    /// From the wake call until the woken thread runs, when its core was idle.
    pub wake_latency_idle: Law,
    /// From the wake call until the woken thread runs, when it takes a busy core.
    pub wake_latency_busy: Law,
    /// Going to sleep on a lock or condition: from the decision until a waker sees the thread asleep.
    pub sleep_call: Law,
    /// Beginning to wait on a condition: from the decision until the mutex of the condition has been given back.
    pub wait_begin: Law,
    /// From a write by one core until another core reads it.
    pub store_visible: Law,
    /// How much later than asked a timed wait ends.
    pub timer_slack: Law,
    /// Moving a cache line that one core has written to another.
    pub line_transfer: LineTransfer,
    /// How long one request for a cache line keeps it from those of other cores, when many ask for it at once.
    pub coherence: Law,
    /// Taking and giving back a lock that nobody else wants, charged to the one who takes it.
    pub lock_pair: Law,
    /// Creating a thread, paid by the creator.
    pub thread_create: Law,
    /// From the creation of a thread until it runs its first step, paid by the new thread.
    pub thread_start: Law,
    /// Starting a process by `fork`.
    pub fork: StartCost,
    /// Starting a process by `spawn`: a fresh interpreter that imports the program again.
    pub spawn: StartCost,
    /// Starting a process through a fork server.
    pub forkserver: StartCost,
    /// Starting an interpreter with its own lock in the same process.
    pub interpreter: StartCost,
    /// Turning an object into bytes or back, done by Python code that holds the lock.
    pub pickle: TransferCost,
    /// Moving bytes through a pipe, done without the lock.
    pub pipe: TransferCost,
}

/// What a thread pays that comes back to a core which has meanwhile slept for long: caches and translations have been
/// emptied, and a virtual processor has been given up to the host.
#[derive(Debug, Clone, PartialEq)]
pub struct ColdStart {
    /// How long a core is idle before that.
    pub after: Nanos,
    /// The price.
    pub time: Law,
}

/// What it costs a core to have a cache line that another has written last, by their distance. On the same core it is
/// there.
#[derive(Debug, Clone, PartialEq)]
pub struct LineTransfer {
    /// On the same NUMA node.
    pub near: Law,
    /// On another NUMA node.
    pub far: Law,
}

/// The price of starting a process or an interpreter.
#[derive(Debug, Clone, PartialEq)]
pub struct StartCost {
    /// Processor time of the parent.
    pub parent: Law,
    /// Processor time of the child before its first step.
    pub child: Law,
    /// Processor time of the child after its last step.
    pub exit: Law,
}

/// The price of moving a message.
#[derive(Debug, Clone, PartialEq)]
pub struct TransferCost {
    /// For each message.
    pub call: Law,
    /// For each byte, in picoseconds.
    pub byte_picoseconds: u64,
}

impl StartCost {
    const FREE: Self = Self { parent: Law::ZERO, child: Law::ZERO, exit: Law::ZERO };
}

impl TransferCost {
    const FREE: Self = Self { call: Law::ZERO, byte_picoseconds: 0 };
}

impl Costs {
    /// The price list on which everything is free: what the closed forms assume.
    pub const FREE: Self = Self {
        context_switch: Law::ZERO,
        migration: Law::ZERO,
        cold_start: None,
        wake_call: Law::ZERO,
        wake_call_empty: Law::ZERO,
        wake_latency_idle: Law::ZERO,
        wake_latency_busy: Law::ZERO,
        sleep_call: Law::ZERO,
        wait_begin: Law::ZERO,
        store_visible: Law::ZERO,
        timer_slack: Law::ZERO,
        line_transfer: LineTransfer { near: Law::ZERO, far: Law::ZERO },
        coherence: Law::ZERO,
        lock_pair: Law::ZERO,
        thread_create: Law::ZERO,
        thread_start: Law::ZERO,
        fork: StartCost::FREE,
        spawn: StartCost::FREE,
        forkserver: StartCost::FREE,
        interpreter: StartCost::FREE,
        pickle: TransferCost::FREE,
        pipe: TransferCost::FREE,
    };
}
