//! Machine repairman: exponential think times and holds, M/M/c//N.

use super::ClosedQueue;
use crate::theory::birth_death::{mean, stationary};

/// N threads with exponential think times share `servers` equal locks (one, for a mutex) with exponential holds.
///
/// `P_(n+1) / P_n = (N - n) lambda / (min(n + 1, c) mu)`. Means hold for any order blind to hold times and without
/// hand-off cost. Source: Kleinrock, Queueing Systems I (1975), sections 3.8 and 3.9.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Repairman {
    /// Number of threads, N; at least 1.
    pub threads: u32,
    /// How many may hold at once, c; at least 1.
    pub servers: u32,
    /// Requests per second of one thinking thread, lambda = 1 / Z.
    pub think_rate: f64,
    /// Releases per second of one holder, mu.
    pub service_rate: f64,
}

impl Repairman {
    /// Probability of 0, 1, ..., N threads at the lock, as seen at a random instant.
    pub fn distribution(&self) -> Vec<f64> {
        let ratio = self.think_rate / self.service_rate;
        stationary(
            (0..self.threads).map(|n| f64::from(self.threads - n) * ratio / f64::from((n + 1).min(self.servers))),
        )
    }

    /// Probability that a request finds 0, 1, ..., N - 1 threads at the lock: the law of a system with one thread less.
    ///
    /// Source: the arrival theorem, Sevcik & Mitrani, Journal of the ACM 28 (1981).
    pub fn seen_on_arrival(&self) -> Vec<f64> {
        Self { threads: self.threads - 1, ..*self }.distribution()
    }

    /// Means: U = E\[busy\] / c, X = mu E\[busy\], the rest by Little's law.
    pub fn solve(&self) -> ClosedQueue {
        let servers = f64::from(self.servers);
        let law = self.distribution();
        let busy = mean(&law, |n| n.min(servers));
        let waiting = mean(&law, |n| (n - servers).max(0.0));
        let throughput = self.service_rate * busy;
        let wait = waiting / throughput;
        ClosedQueue {
            throughput,
            utilisation: busy / servers,
            response: wait + 1.0 / self.service_rate,
            wait,
            at_lock: busy + waiting,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::printed::assert_printed;

    fn mutex(threads: u32) -> Repairman {
        Repairman { threads, servers: 1, think_rate: 0.1, service_rate: 1.0 }
    }

    #[test]
    fn lock_state_matches_the_printed_vectors() {
        for (threads, throughput, response) in [
            (1, 0.090_909_091, 1.0),
            (2, 0.180_327_869, 1.090_909_091),
            (4, 0.353_336_782, 1.320_644_217),
            (8, 0.661_681_567, 2.090_407_830),
            (16, 0.977_698_128, 6.364_969_455),
            (32, 0.999_999_983, 22.000_000_552),
        ] {
            let solved = mutex(threads).solve();
            assert_printed(solved.throughput, throughput, 9);
            assert_printed(solved.response, response, 9);
            assert_printed(solved.utilisation, throughput, 9);
        }
    }

    #[test]
    fn threads_are_either_thinking_or_at_the_lock() {
        for (threads, servers) in [(5, 1), (5, 3), (40, 4), (3, 8)] {
            let solved = Repairman { servers, ..mutex(threads) }.solve();
            assert_printed(solved.at_lock + solved.throughput / 0.1, f64::from(threads), 9);
            assert_printed(solved.at_lock, solved.throughput * solved.response, 9);
        }
    }

    #[test]
    fn several_locks_have_the_binomial_law_while_none_is_short() {
        let law = Repairman { servers: 4, ..mutex(4) }.distribution();
        let busy: f64 = 0.1 / 1.1;
        for (n, choose) in [1.0, 4.0, 6.0, 4.0, 1.0].into_iter().enumerate() {
            let exponent = i32::try_from(n).unwrap();
            assert_printed(law[n], choose * busy.powi(exponent) * (1.0 - busy).powi(4 - exponent), 12);
        }
    }

    #[test]
    fn a_request_sees_the_system_without_its_own_thread() {
        let system = mutex(8);
        let seen = mean(&system.seen_on_arrival(), |n| n);
        assert_printed(system.solve().wait, seen, 9);
    }

    #[test]
    fn a_hundred_thousand_threads_neither_overflow_nor_vanish() {
        let solved = mutex(100_000).solve();
        assert_printed(solved.throughput, 1.0, 9);
        assert_printed(solved.response / (100_000.0 - 10.0), 1.0, 9);
    }
}
