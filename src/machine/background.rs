//! Threads of the system, which no program has asked for: kernel threads and daemons.
//!
//! Each wakes now and then, works for a while and sleeps again: the *operating system noise* of Petrini, Kerbyson and Pakin
//! (SC 2003) and of Beckman et al., "The influence of operating systems on the performance of collective operations at
//! extreme scale" (CLUSTER 2006). What they do here is to take cores from the threads of a program, and so to have
//! these moved.

use crate::kernel::law::Law;

/// A thread of the system.
#[derive(Debug, Clone, PartialEq)]
pub struct SystemThread {
    /// Its name.
    pub name: String,
    /// Whether there is one on each core that never leaves it; otherwise there is one, which goes where woken threads go.
    pub per_core: bool,
    /// Whether it wakes at scheduler ticks only: its timer is one of the timer wheel, which the tick looks after
    /// (`run_local_timers`), after it has looked at the load.
    pub at_ticks: bool,
    /// From one wake-up to the next, in nanoseconds; one that comes while it is still at work is lost.
    pub every: Law,
    /// How long it works, in nanoseconds, on a core of whatever speed.
    pub takes: Law,
}
