//! Closed systems: a fixed number of threads that think, ask for one lock, hold it, and think again.
//!
//! Throughput is in acquisitions per second of all threads together. Waits run from request to acquire, responses from
//! request to release.

mod repairman;
mod general;
mod bounds;
mod deterministic;
pub mod transform;

pub use bounds::{Bounds, core_bound, interactive_response, throughput_bounds};
pub use deterministic::{DeterministicLock, Regimes};
pub use general::general_service;
pub use repairman::Repairman;

/// Stationary means of threads that share one lock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClosedQueue {
    /// Acquisitions per second, X.
    pub throughput: f64,
    /// Fraction of the time that the lock is held (of all locks on average, when there are several).
    pub utilisation: f64,
    /// Mean time from request to release, R, in seconds.
    pub response: f64,
    /// Mean time from request to acquire, in seconds.
    pub wait: f64,
    /// Mean number of threads that hold the lock or wait for it.
    pub at_lock: f64,
}
