//! Times and causes in words.

use super::cast::Cast;
use super::history::{Cause, Stay};
use crate::kernel::Nanos;
use crate::lock::policy::Free;
use crate::simulation::State;

/// A time with a unit and up to three significant digits: `5.01 ms`.
pub fn about(time: Nanos) -> String {
    let (nanos, unit) = unit(time);
    let value = time as f64 / nanos;
    let digits = if time < 1_000 || value >= 99.95 { 0 } else { usize::from(value < 9.995) + 1 };
    format!("{value:.digits$} {unit}")
}

/// A time to the nanosecond: `5.013 ms`.
pub fn exactly(time: Nanos) -> String {
    let (nanos, unit) = unit(time);
    let nanos = nanos as Nanos;
    let width = nanos.ilog10() as usize;
    let fraction = format!("{:0width$}", time % nanos);
    match fraction.trim_end_matches('0') {
        "" => format!("{} {unit}", time / nanos),
        fraction => format!("{}.{fraction} {unit}", time / nanos),
    }
}

fn unit(time: Nanos) -> (f64, &'static str) {
    match time {
        0..1_000 => (1.0, "ns"),
        1_000..1_000_000 => (1e3, "µs"),
        1_000_000..1_000_000_000 => (1e6, "ms"),
        _ => (1e9, "s"),
    }
}

/// What a thread does in a stay, in a word: its state, or `call` for a C call that keeps the lock.
pub fn state(stay: &Stay) -> &'static str {
    if stay.state == State::Python && stay.in_call { "call" } else { stay.state.name() }
}

/// What brought a thread into a state; empty if it only goes on.
pub fn cause(cause: Cause, cast: &Cast) -> String {
    match cause {
        Cause::None => String::new(),
        Cause::Begin => "begins".into(),
        Cause::Holder(holder) => format!("{} holds the lock", cast.thread(holder)),
        Cause::Taken(before, Free::Forced) => format!("took the lock that {} was made to drop", cast.thread(before)),
        Cause::Taken(before, Free::Voluntary) => format!("took the lock that {} gave up", cast.thread(before)),
        Cause::Taken(before, Free::Exit) => format!("took the lock that {} left at its end", cast.thread(before)),
        Cause::Woken(other) => format!("{} woke it for the lock", cast.thread(other)),
        Cause::TimedOut => "its wait for the lock timed out".into(),
        Cause::Done => "what it waited for was done".into(),
        Cause::Preempted => "the scheduler took its core".into(),
        Cause::Dropped => "it was made to drop the lock".into(),
    }
}

/// How often, in words.
pub fn times(count: u64) -> String {
    match count {
        1 => "once".into(),
        2 => "twice".into(),
        count => format!("{count} times"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_three_digits() {
        assert_eq!([0, 999, 5_013_000, 213_400_000].map(about), ["0 ns", "999 ns", "5.01 ms", "213 ms"]);
    }
}
