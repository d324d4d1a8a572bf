//! The clock, the event queue and the random streams. Knows nothing of threads or locks.
//!
//! **Units.** Time is a [`Nanos`]: an unsigned 64-bit count of nanoseconds since the start of the run.
//! **Ordering.** Events fire in order of time; events of the same time fire in the order in which they were scheduled.
//! **Determinism.** Nothing here reads a wall clock, an address or the platform's generator: one seed, one history.

pub mod law;
pub mod queue;
pub mod streams;
pub mod tour;

/// A time or a duration, in nanoseconds.
pub type Nanos = u64;

/// One microsecond, in nanoseconds.
pub const MICROSECOND: Nanos = 1_000;
/// One millisecond, in nanoseconds.
pub const MILLISECOND: Nanos = 1_000_000;
/// One second, in nanoseconds.
pub const SECOND: Nanos = 1_000_000_000;
/// A time that is never reached.
pub const NEVER: Nanos = Nanos::MAX;
