//! The Markov model of a non-scalable (ticket) lock, whose hand-off slows down with every waiter.

use super::birth_death::{mean, stationary};

/// n cores that share one ticket lock: each release makes every waiter fetch the line again, one after the other.
///
/// State k is the number of cores that hold or wait. From k to k + 1 at rate (n - k) / a, from k + 1 to k at rate
/// 1 / (s + c k / 2). Exact for exponential times with these means, a model of real locks. Source: Boyd-Wickizer,
/// Kaashoek, Morris & Zeldovich, Non-scalable locks are dangerous, Linux Symposium (2012).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TicketLock {
    /// Number of cores, n; at least 1.
    pub cores: u32,
    /// Mean time between a core's release and its next request, a, in seconds.
    pub think: f64,
    /// Mean time in the critical section, s, in seconds; above zero.
    pub hold: f64,
    /// Time of the home directory to answer one request for the line, c, in seconds; zero for an ideal queue lock.
    pub line_fetch: f64,
}

impl TicketLock {
    /// Probability of 0, 1, ..., n cores at the lock.
    pub fn distribution(&self) -> Vec<f64> {
        stationary((0..self.cores).map(|k| {
            let service = self.hold + self.line_fetch * f64::from(k) / 2.0;
            f64::from(self.cores - k) / self.think * service
        }))
    }

    /// Mean number of cores that wait, w = sum over i >= 2 of (i - 1) `P_i`.
    pub fn waiting(&self) -> f64 {
        mean(&self.distribution(), |k| (k - 1.0).max(0.0))
    }

    /// Speedup as the paper defines it: the mean number of cores that do not wait, n - w.
    pub fn speedup(&self) -> f64 {
        f64::from(self.cores) - self.waiting()
    }

    /// Acquisitions per second, sum of `P_k` (n - k) / a.
    pub fn throughput(&self) -> f64 {
        let cores = f64::from(self.cores);
        mean(&self.distribution(), |k| cores - k) / self.think
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::closed::Repairman;
    use crate::theory::printed::assert_printed;

    fn lock(cores: u32) -> TicketLock {
        TicketLock { cores, think: 10_000.0, hold: 100.0, line_fetch: 100.0 }
    }

    #[test]
    fn speedups_match_the_printed_vectors() {
        for (cores, speedup) in [
            (16, 15.938_100),
            (24, 23.616_225),
            (27, 25.124_927),
            (28, 24.075_494),
            (30, 16.219_103),
            (32, 10.016_333),
            (48, 5.506_952),
        ] {
            assert_printed(lock(cores).speedup(), speedup, 6);
        }
    }

    #[test]
    fn speedup_peaks_at_twenty_seven_cores() {
        let peak = (1..=48).max_by(|&a, &b| lock(a).speedup().total_cmp(&lock(b).speedup()));
        assert_eq!(peak, Some(27));
    }

    #[test]
    fn longer_sections_of_the_same_serial_fraction_collapse_later() {
        let lock = |cores| TicketLock { cores, think: 40_000.0, hold: 400.0, line_fetch: 100.0 };
        assert_printed(lock(48).speedup(), 45.77, 2);
        assert_printed(lock(64).speedup(), 15.16, 2);
    }

    #[test]
    fn a_free_line_makes_it_the_machine_repairman() {
        let ideal = TicketLock { line_fetch: 0.0, ..lock(48) };
        assert_printed(ideal.throughput() * (ideal.think + ideal.hold), 47.6083, 4);
        let repairman = Repairman { threads: 48, servers: 1, think_rate: 1e-4, service_rate: 0.01 }.solve();
        assert_printed(ideal.throughput(), repairman.throughput, 12);
        assert_printed(ideal.waiting(), repairman.at_lock - repairman.utilisation, 9);
    }

    #[test]
    fn thousands_of_cores_neither_overflow_nor_vanish() {
        let speedup = lock(5_000).speedup();
        assert!(speedup > 1.0 && speedup < 10.0, "{speedup}");
    }
}
