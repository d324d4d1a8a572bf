//! CPU-bound threads that take turns, as under a GIL with a switch interval, and an I/O-bound thread beside one of
//! them.

/// N CPU-bound threads take turns of one slice q; each slice is followed by one switch of cost h, none skipped.
///
/// Exact; source: elementary.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RoundRobin {
    /// Number of threads, N; at least 1.
    pub threads: u32,
    /// Time a thread runs in its turn, q, in seconds; above zero.
    pub slice: f64,
    /// Time from the end of a turn to the start of the next, h, in seconds.
    pub switch_cost: f64,
}

impl RoundRobin {
    /// Fraction of the time in which some thread runs, q / (q + h).
    pub fn useful_share(&self) -> f64 {
        self.slice / self.turn()
    }

    /// Fraction of the time in which one given thread runs, q / (N (q + h)).
    pub fn thread_share(&self) -> f64 {
        self.useful_share() / f64::from(self.threads)
    }

    /// Time from the end of a thread's turn to the start of its next, (N - 1)(q + h) + h, in seconds.
    pub fn wait_between_turns(&self) -> f64 {
        f64::from(self.threads - 1) * self.turn() + self.switch_cost
    }

    /// Switches per second, 1 / (q + h).
    pub fn switch_rate(&self) -> f64 {
        1.0 / self.turn()
    }

    /// When job `job` of N equal jobs of `slices` slices each is done, in seconds after their common start.
    ///
    /// (m - 1) N (q + h) + i (q + h) + q, for job i of 0..N and m of at least 1.
    pub fn completion(&self, job: u32, slices: u32) -> f64 {
        let turns_before = f64::from(slices - 1) * f64::from(self.threads) + f64::from(job);
        turns_before * self.turn() + self.slice
    }

    fn turn(&self) -> f64 {
        self.slice + self.switch_cost
    }
}

/// An I/O-bound thread that releases the GIL for each I/O, beside one thread that computes without end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct IoBesideHog {
    /// Time a waiter lets pass before it asks the holder to drop the GIL, I, in seconds.
    pub switch_interval: f64,
    /// Time the thread computes between two I/O calls, c, in seconds.
    pub compute: f64,
    /// Time the device takes, d, in seconds.
    pub device: f64,
    /// Time from release to the waiter running, h, in seconds.
    pub switch_cost: f64,
}

impl IoBesideHog {
    /// Upper bound on how often the thread gets the GIL back, 1 / (I + c + d + h), per second.
    ///
    /// A bound: the distance to the hog's next check point comes on top. Source: the convoy effect of bpo-7946;
    /// dask/distributed pull request 5450.
    pub fn acquisition_rate(&self) -> f64 {
        1.0 / (self.switch_interval + self.compute + self.device + self.switch_cost)
    }

    /// Upper bound on requests per second when each makes `calls` I/O calls (two, to receive and to send).
    pub fn request_rate(&self, calls: u32) -> f64 {
        self.acquisition_rate() / f64::from(calls)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::printed::assert_printed;

    const THREE: RoundRobin = RoundRobin { threads: 3, slice: 5e-3, switch_cost: 1e-4 };

    #[test]
    fn completions_are_those_of_a_walk_through_the_turns() {
        let (mut clock, slices) = (0.0, 7);
        for turn in 0..3 * slices {
            clock += THREE.slice;
            if turn / 3 == slices - 1 {
                assert_printed(THREE.completion(turn % 3, slices), clock, 12);
            }
            clock += THREE.switch_cost;
        }
    }

    #[test]
    fn turn_and_wait_fill_the_round() {
        assert_printed(THREE.useful_share(), 5.0 / 5.1, 12);
        assert_printed(THREE.thread_share() * (THREE.wait_between_turns() + THREE.slice), THREE.slice, 12);
        assert_printed(THREE.switch_rate(), 1.0 / 5.1e-3, 9);
    }

    #[test]
    fn a_five_millisecond_interval_allows_two_hundred_acquisitions_and_a_hundred_requests() {
        let thread = IoBesideHog { switch_interval: 5e-3, compute: 0.0, device: 0.0, switch_cost: 0.0 };
        assert_printed(thread.acquisition_rate(), 200.0, 9);
        assert_printed(thread.request_rate(2), 100.0, 9);
        assert!(IoBesideHog { device: 1e-4, ..thread }.acquisition_rate() < 200.0);
    }
}
