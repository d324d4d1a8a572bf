//! Constant think times and holds, first come first served, with a cost for each contended hand-off: the convoy.

/// N threads that think for P, hold one first-come-first-served lock for C, and pay h for each contended hand-off.
///
/// Think and hold are constant, nobody is preempted, and every thread has a core. An uncontended acquire is free, or
/// its cost is part of C. Source: elementary; the convoy itself in Blasgen, Gray, Mitoma & Price, Operating Systems
/// Review 13 (1979).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DeterministicLock {
    /// Number of threads, N; at least 1.
    pub threads: u32,
    /// Time between release and the next request, P, in seconds.
    pub think: f64,
    /// Time between acquire and release, C, in seconds.
    pub hold: f64,
    /// Time between a release with waiters and the next acquire, h, in seconds.
    pub hand_off: f64,
}

/// The stationary regimes that a [`DeterministicLock`] can stay in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Regimes {
    /// Nobody ever waits; a convoy dissolves.
    Free,
    /// Either lasts once it is there. With any jitter free flow sooner or later becomes a convoy, which stays.
    FreeOrConvoy,
    /// Someone always waits.
    Convoy,
}

impl DeterministicLock {
    /// Acquisitions per second when nobody waits, N / (P + C).
    pub fn free_throughput(&self) -> f64 {
        f64::from(self.threads) / (self.think + self.hold)
    }

    /// Acquisitions per second when every hand-off is contended, 1 / (C + h).
    pub fn convoy_throughput(&self) -> f64 {
        1.0 / (self.hold + self.hand_off)
    }

    /// Time from request to acquire in a convoy, hand-off included, N (C + h) - P - C, in seconds.
    pub fn convoy_wait(&self) -> f64 {
        self.round() - self.think - self.hold
    }

    /// Whether the threads can be so spaced that nobody waits: (N - 1) C <= P.
    pub fn is_free_flow_possible(&self) -> bool {
        f64::from(self.threads - 1) * self.hold <= self.think
    }

    /// Whether a convoy keeps itself going, each thread back before the queue is empty: (N - 1) (C + h) > P.
    pub fn is_convoy_stable(&self) -> bool {
        f64::from(self.threads - 1) * (self.hold + self.hand_off) > self.think
    }

    /// Which regimes can last. Both do for P / (C + h) < N - 1 <= P / C, and there history decides (hysteresis).
    pub fn regimes(&self) -> Regimes {
        match (self.is_free_flow_possible(), self.is_convoy_stable()) {
            (_, false) => Regimes::Free,
            (true, true) => Regimes::FreeOrConvoy,
            (false, true) => Regimes::Convoy,
        }
    }

    /// Whether a lock that hands off directly once a wait exceeds `threshold` seconds stays in that mode:
    /// N (C + h) > threshold.
    ///
    /// An approximation for think times much shorter than a round. Source: discussion of golang/go issue 33747.
    pub fn is_starvation_mode_stable(&self, threshold: f64) -> bool {
        self.round() > threshold
    }

    /// Time for every thread to hold once in a convoy, in seconds.
    fn round(&self) -> f64 {
        f64::from(self.threads) * (self.hold + self.hand_off)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::printed::assert_printed;

    fn lock(threads: u32) -> DeterministicLock {
        DeterministicLock { threads, think: 350e-6, hold: 3.5e-6, hand_off: 60e-6 }
    }

    #[test]
    fn both_regimes_exist_from_seven_threads_on() {
        for threads in 1..=6 {
            assert_eq!(lock(threads).regimes(), Regimes::Free);
        }
        for threads in [7, 8, 12, 101] {
            assert_eq!(lock(threads).regimes(), Regimes::FreeOrConvoy);
        }
        assert_eq!(lock(102).regimes(), Regimes::Convoy);
    }

    #[test]
    fn throughput_is_that_of_the_regime() {
        assert_printed(lock(8).free_throughput(), 8.0 / 353.5e-6, 6);
        assert_printed(lock(8).convoy_throughput(), 1.0 / 63.5e-6, 6);
    }

    #[test]
    fn a_stable_convoy_obeys_littles_law_over_the_round() {
        for threads in [7, 12, 40] {
            let lock = lock(threads);
            let round = lock.convoy_wait() + lock.hold + lock.think;
            assert_printed(lock.convoy_throughput() * round, f64::from(threads), 9);
            assert!(lock.convoy_wait() > 0.0);
        }
    }

    #[test]
    fn without_hand_off_cost_there_is_no_hysteresis() {
        for threads in [1, 50, 101, 102, 500] {
            let regimes = DeterministicLock { hand_off: 0.0, ..lock(threads) }.regimes();
            assert_eq!(regimes, if threads <= 101 { Regimes::Free } else { Regimes::Convoy });
        }
    }

    #[test]
    fn sixteen_go_workers_stay_in_starvation_mode() {
        let workers = |threads| DeterministicLock { threads, think: 0.0, hold: 5e-6, hand_off: 60e-6 };
        assert!(!workers(15).is_starvation_mode_stable(1e-3));
        assert!(workers(16).is_starvation_mode_stable(1e-3));
    }
}
