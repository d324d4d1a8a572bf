//! Waits and latencies that are too long.

use crate::kernel::{MICROSECOND, MILLISECOND, Nanos, SECOND};

/// A time that waits or latencies should not take longer than: a deadline.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Threshold {
    /// The distribution of the waits or latencies, such as `request.latency` or `lock.wait`.
    pub of: String,
    /// The time.
    pub time: Nanos,
}

impl Threshold {
    /// The metric that counts those that take longer: `request.latency_over_10ms`.
    pub fn metric(&self) -> String {
        const UNITS: [(Nanos, &str); 4] = [(SECOND, "s"), (MILLISECOND, "ms"), (MICROSECOND, "us"), (1, "ns")];
        let (scale, unit) = UNITS.into_iter().find(|(scale, _)| self.time.is_multiple_of(*scale)).unwrap_or((1, "ns"));
        format!("{}_over_{}{unit}", self.of, self.time / scale)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_the_metric_has_the_time_in_the_largest_unit_of_which_it_is_a_whole_number() {
        for (time, name) in [(10_000_000, "10ms"), (1_500_000, "1500us"), (2_000_000_000, "2s"), (17, "17ns")] {
            assert_eq!(Threshold { of: "lock.wait".into(), time }.metric(), format!("lock.wait_over_{name}"));
        }
    }
}
