//! Asymptotic bounds on closed systems, and the interactive response-time law.

/// Bounds on the throughput of a closed system, and where they meet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// Throughput is at least this, per second: every thread always waits for all others.
    pub lower: f64,
    /// Throughput is at most this, per second: nobody waits, or the busiest station never rests.
    pub upper: f64,
    /// The number of threads at which nobody waiting and a saturated station bound alike, N*.
    pub knee: f64,
}

/// Bounds for `threads` threads with think time `think` and the `demands` of one round at each station, in seconds.
///
/// N / (Z + N sum D) <= X <= min(N / (Z + sum D), 1 / Dmax); N* = (Z + sum D) / Dmax. For one lock `demands` is its
/// mean hold. They hold without hand-off cost, for stations that serve one at a time and never idle while someone
/// waits, whatever the laws; the lower one asks that each serve first come first served. Source: Muntz & Wong (1974);
/// Denning & Buzen, Computing Surveys 10 (1978).
pub fn throughput_bounds(threads: u32, think: f64, demands: &[f64]) -> Bounds {
    let population = f64::from(threads);
    let total: f64 = demands.iter().sum();
    let largest = demands.iter().copied().fold(0.0, f64::max);
    Bounds {
        lower: population / (think + population * total),
        upper: (population / (think + total)).min(1.0 / largest),
        knee: (think + total) / largest,
    }
}

/// Upper bound on throughput, c / (P + C), per second, when think and hold both compute on `cores` cores.
///
/// `think` P and `hold` C in seconds. Source: the utilisation law, no core being more than fully used.
pub fn core_bound(cores: u32, think: f64, hold: f64) -> f64 {
    f64::from(cores) / (think + hold)
}

/// Mean response, N / X - Z, in seconds, of `threads` threads with `throughput` per second and think time `think`
/// seconds.
///
/// Exact for any order and laws (Little's law over the whole round). Source: Denning & Buzen, Computing Surveys 10
/// (1978).
pub fn interactive_response(threads: u32, throughput: f64, think: f64) -> f64 {
    f64::from(threads) / throughput - think
}

#[cfg(test)]
mod tests {
    use super::super::{Repairman, general_service, transform};
    use super::*;
    use crate::theory::printed::assert_printed;

    #[test]
    fn solved_locks_lie_between_their_bounds() {
        for threads in 1..60 {
            let bounds = throughput_bounds(threads, 10.0, &[1.0]);
            assert_printed(bounds.knee, 11.0, 12);
            let random = Repairman { threads, servers: 1, think_rate: 0.1, service_rate: 1.0 }.solve().throughput;
            let constant = general_service(threads, 0.1, 1.0, transform::deterministic(1.0)).throughput;
            let ascending = [bounds.lower, random, constant, bounds.upper];
            assert!(ascending.is_sorted_by(|low, high| *low <= high + 1e-12), "{ascending:?} for {threads}");
        }
    }

    #[test]
    fn the_slowest_of_several_stations_bounds_throughput() {
        let bounds = throughput_bounds(100, 4.0, &[0.5, 2.0, 1.5]);
        assert_eq!((bounds.upper, bounds.knee), (0.5, 4.0));
        assert_printed(bounds.lower, 100.0 / 404.0, 12);
    }

    #[test]
    fn cores_bound_threads_that_compute_all_the_time() {
        assert_eq!(core_bound(4, 1.5, 0.5), 2.0);
    }

    #[test]
    fn the_response_law_inverts_throughput() {
        assert_printed(interactive_response(8, 0.661_681_567, 10.0), 2.090_408, 6);
    }
}
