//! Why a run could not be carried through.

use crate::kernel::{Nanos, SECOND};

/// A run that broke an invariant or passed a limit; a fault of the model or of the scenario, never a result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} (seed {seed}, replication {replication}, simulated time {}.{:09} s{})",
    at / SECOND, at % SECOND, thread.as_ref().map(|name| format!(", thread {name}")).unwrap_or_default())]
pub struct Fault {
    /// What is wrong, in words.
    pub what: String,
    /// The seed of the run.
    pub seed: u64,
    /// The number of the replication.
    pub replication: u64,
    /// The simulated time, in nanoseconds.
    pub at: Nanos,
    /// The thread that was concerned.
    pub thread: Option<String>,
}
