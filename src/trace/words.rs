//! Times in words.

use crate::kernel::Nanos;

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
