//! Measures the machine that the program runs on.
//!
//! [`MEASUREMENTS`] is the table of what is measured: each entry says which costs it gives and how long it may take
//! relative to the others. A name that is no cost of the profile is measured for the reader alone: it is told in the
//! report and kept as a comment in the profile. A new measurement is a function and a line in the table.
//!
//! All times are wall time in nanoseconds, unless a measurement says otherwise; threads are pinned to processors that
//! the process is allowed to use. What a machine cannot measure is an error that says why.

pub mod budget;
mod detours;
mod futex;
mod messages;
mod pinning;
pub mod sample;
mod scheduler;
mod starting;
mod switching;
mod waiting;
mod waking;

pub use budget::{Budget, Slice};
pub use pinning::{Pair, allowed_processors};
pub use sample::{Sample, Unit};
pub use scheduler::{Setting, settings};

/// A sample of one cost, and how it came about.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The cost: a key of the profile's `[costs]`, or a name of its own.
    pub name: &'static str,
    /// The measured values.
    pub sample: Sample,
    /// How they were measured.
    pub how: String,
}

impl Finding {
    pub(super) fn new(name: &'static str, sample: Sample, how: impl Into<String>) -> Self {
        Self { name, sample, how: how.into() }
    }
}

/// What a measurement gives, or why there is nothing.
pub type Found = Result<Vec<Finding>, String>;

/// Something that can be measured.
pub struct Measurement {
    /// What is being done, for the progress bar.
    pub title: &'static str,
    /// The costs that it gives.
    pub gives: &'static [&'static str],
    /// Its share of the time, relative to the others; at full length about so many tenths of a second.
    pub weight: u32,
    /// Takes it.
    pub run: fn(&Pair, &Slice) -> Found,
}

/// How much slower two busy cores are than one: what [`crate::machine::Machine::busy_speed_milli`] is set to.
pub const PARALLEL: &str = "parallel_slowdown";

/// Sending and receiving a message without an interpreter: what an interpreter adds is its own.
pub const MESSAGE: &str = "message_calls";

/// Everything that is measured of a machine.
pub const MEASUREMENTS: [Measurement; 19] = [
    Measurement {
        title: "waking a sleeper on an idle core",
        gives: &["wake_call", "wake_latency_idle"],
        weight: 8,
        run: waking::idle,
    },
    Measurement {
        title: "waking a sleeper on the waker's core",
        gives: &["wake_latency_busy"],
        weight: 8,
        run: waking::busy,
    },
    Measurement { title: "waking nobody", gives: &["wake_call_empty"], weight: 2, run: waking::empty },
    Measurement { title: "going to sleep", gives: &["sleep_call"], weight: 2, run: waking::sleep_call },
    Measurement {
        title: "idle core, back to back",
        gives: &["wake_latency_idle_20us"],
        weight: 4,
        run: waking::idle_20us,
    },
    Measurement { title: "idle core after 1 ms", gives: &["wake_latency_idle_1ms"], weight: 6, run: waking::idle_1ms },
    Measurement { title: "idle core after 5 ms", gives: &["wake_latency_idle_5ms"], weight: 12, run: waking::idle_5ms },
    Measurement {
        title: "idle core after 20 ms",
        gives: &["wake_latency_idle_20ms"],
        weight: 25,
        run: waking::idle_20ms,
    },
    Measurement { title: "switching threads", gives: &["context_switch"], weight: 5, run: switching::context_switch },
    Measurement { title: "moving to another core", gives: &["migration"], weight: 5, run: switching::migration },
    Measurement {
        title: "a word seen by another core",
        gives: &["store_visible"],
        weight: 4,
        run: switching::handover,
    },
    Measurement { title: "beginning to wait", gives: &["wait_begin"], weight: 4, run: waiting::wait_begin },
    Measurement { title: "two busy cores", gives: &[PARALLEL], weight: 15, run: switching::parallel },
    Measurement { title: "timed waits", gives: &["timer_slack"], weight: 10, run: waiting::timer_slack },
    Measurement { title: "an uncontended lock", gives: &["lock_pair"], weight: 2, run: waiting::lock_pair },
    Measurement {
        title: "starting threads",
        gives: &["thread_create", "thread_start"],
        weight: 6,
        run: starting::threads,
    },
    Measurement {
        title: "threads of the system",
        gives: &["detour", "detour_interval"],
        weight: 10,
        run: detours::detours,
    },
    Measurement { title: "sending messages", gives: &[MESSAGE], weight: 2, run: messages::calls },
    Measurement { title: "starting a program", gives: &["program_start"], weight: 6, run: starting::program },
];

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn every_measurement_gives_what_it_says_or_a_reason() {
        let pair = Pair::of(&allowed_processors());
        for measurement in &MEASUREMENTS {
            match (measurement.run)(&pair, &Slice::of(Duration::ZERO)) {
                Ok(findings) => {
                    let names: Vec<&str> = findings.iter().map(|finding| finding.name).collect();
                    assert_eq!(names, measurement.gives);
                    assert!(findings.iter().all(|finding| finding.sample.n() > 0), "{names:?}");
                }
                Err(reason) => assert!(!reason.is_empty()),
            }
        }
    }
}
