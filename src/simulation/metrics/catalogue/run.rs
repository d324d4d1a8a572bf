//! Metrics of the run and of its counters.

use super::context::{Context, Counted};
use super::{Entry, Spread, seconds};

/// Of every run.
pub(in crate::simulation) const RUN: [Entry<Context>; 2] = [
    Entry {
        name: "wall_s",
        text: "simulated time from the start to the end of the run, or of a batch of it",
        value: |run| seconds(run.wall),
    },
    Entry {
        name: "deadlock",
        text: "1 if the run ended in a deadlock, else 0",
        value: |run| f64::from(u8::from(run.deadlock)),
    },
];

/// The last entry of the table of runs, which only some runs have.
pub(super) const WARM_UP: (&str, &str) =
    ("run.warm_up_s", "simulated time at which the warm-up ended, where it was found (`warm_up = \"auto\"`)");

/// Of each counter.
pub(in crate::simulation) const COUNTER: [Entry<Counted>; 3] = [
    Entry { name: "count", text: "how often counter C advanced", value: |counter| counter.count as f64 },
    Entry { name: "rate_per_s", text: "the same a second", value: |counter| counter.count as f64 / counter.seconds },
    Entry {
        name: "latency_mean_us",
        text: "mean time from the start of C's clock to its advance",
        value: |counter| counter.latency_sum as f64 / counter.count as f64 / 1e3,
    },
];

/// The latencies of a counter.
pub(in crate::simulation) const LATENCY: Spread =
    Spread { name: "latency", text: "quantiles of that time", unit: "_us", divisor: 1e3 };
