//! What a run gives back.

use crate::kernel::Nanos;
use crate::statistics::Distribution;

/// What one run gives back.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// How the run ended.
    pub end: End,
    /// Values of the metrics; the order and the names depend only on the scenario. `NaN` where a metric has no value
    /// in this run (the p99 of no waits).
    pub metrics: Vec<Metric>,
    /// The distributions behind the metrics that are [quantiles](super::metrics::Quantile).
    pub distributions: Vec<Distribution>,
    /// How many events fired.
    pub events: u64,
    /// Hash of the stream of events: equal exactly when two runs went the same way.
    pub fingerprint: u64,
    /// Simulated time at the end, in nanoseconds.
    pub ended_at: Nanos,
}

/// One measured value of one run.
#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    /// Its name, ending in its unit: `lock.wait_p99_us`, `request.rate_per_s`.
    pub name: String,
    /// Its value.
    pub value: f64,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// All threads but daemons have ended.
    Finished,
    /// The time limit was reached.
    TimeLimit,
    /// No thread can ever go on: who waits for whom, in words.
    Deadlock(String),
}
