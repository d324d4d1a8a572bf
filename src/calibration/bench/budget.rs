//! Time to measure in: divided by weight, so that what is slow takes from those after it and never from the end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Even a measurement without time takes so many values.
const FEWEST: usize = 5;

/// No sample is larger.
const MOST: usize = 20_000;

/// The time that all measurements have together.
#[derive(Debug)]
pub struct Budget {
    deadline: Instant,
    /// Sum of the weights of what has not been measured yet.
    weight: u32,
    /// What a weight of one is worth at full length.
    full: Duration,
    stop: Arc<AtomicBool>,
}

/// The time of one measurement.
#[derive(Debug, Clone)]
pub struct Slice {
    until: Instant,
    length: Duration,
    stop: Arc<AtomicBool>,
}

impl Budget {
    /// So much time from now for measurements with this sum of weights; `stop` ends them all.
    pub fn new(total: Duration, weight: u32, full: Duration, stop: Arc<AtomicBool>) -> Self {
        Self { deadline: Instant::now() + total, weight, full, stop }
    }

    /// The next measurement's share of what is left.
    pub fn take(&mut self, weight: u32) -> Slice {
        let length = (self.left() * weight / self.weight.max(1)).min(self.full * weight);
        self.weight = self.weight.saturating_sub(weight);
        Slice { until: Instant::now() + length, length, stop: Arc::clone(&self.stop) }
    }

    /// Gives up what has not been measured.
    pub fn forgo(&mut self, weight: u32) {
        self.weight = self.weight.saturating_sub(weight);
    }

    /// What is left.
    pub fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Whether somebody wants an end of it.
    pub fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

impl Slice {
    /// A slice of its own, from now.
    pub fn of(length: Duration) -> Self {
        Self { until: Instant::now() + length, length, stop: Arc::default() }
    }

    /// Whether a sample of `n` values should grow.
    pub fn goes_on(&self, n: usize) -> bool {
        !self.is_stopped() && (n < FEWEST || n < MOST && Instant::now() < self.until)
    }

    /// Its length.
    pub fn length(&self) -> Duration {
        self.length
    }

    /// Whether somebody wants an end of it.
    pub fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_are_shares_of_what_is_left_and_no_longer_than_full_length() {
        let hour = Duration::from_hours(1);
        let mut budget = Budget::new(hour, 4, hour, Arc::default());
        let first = budget.take(1).length();
        assert!(first <= hour / 4 && first > hour / 5, "{first:?}");
        budget.forgo(2);
        let last = budget.take(1).length();
        assert!(last > hour / 2, "{last:?}");
        assert_eq!(Budget::new(hour, 4, Duration::from_millis(3), Arc::default()).take(2).length().as_millis(), 6);
    }

    #[test]
    fn a_slice_without_time_takes_a_few_values_and_a_stopped_one_none() {
        let slice = Slice::of(Duration::ZERO);
        assert!(slice.goes_on(FEWEST - 1) && !slice.goes_on(FEWEST));
        slice.stop.store(true, Ordering::Relaxed);
        assert!(!slice.goes_on(0));
    }
}
