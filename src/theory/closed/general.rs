//! M/G/1//N: exponential think times, any law of hold times, one lock.

use super::ClosedQueue;

/// Means of `threads` threads with exponential think times of rate `think_rate` (per second, above zero) that share one
/// lock, whose hold times have mean `mean_service` seconds and transform `transform` (see [`super::transform`]).
///
/// E\[busy\] = b (1 + S), S = sum for n = 1..N-1 of C(N-1, n) prod for i = 1..n of (1 / b*(i lambda) - 1);
/// U = E\[busy\] / (E\[busy\] + 1 / (N lambda)), X = U / b, R = N / X - 1 / lambda.
/// The terms are positive and each follows from the last; where S overflows the lock is never free to double precision.
///
/// Exact without hand-off cost for every order that is blind to hold times and does not interrupt: FIFO, LIFO, random
/// and priority give the same means. Source: Takács, Introduction to the Theory of Queues (1962), chapter 5; Jaiswal,
/// Priority Queues (1968).
pub fn general_service(
    threads: u32,
    think_rate: f64,
    mean_service: f64,
    transform: impl Fn(f64) -> f64,
) -> ClosedQueue {
    let population = f64::from(threads);
    let (mut term, mut sum) = (1.0, 0.0);
    for n in (1..threads).map(f64::from) {
        term *= (population - n) / n * (1.0 / transform(n * think_rate) - 1.0);
        sum += term;
    }
    let utilisation = 1.0 / (1.0 + 1.0 / (population * think_rate * mean_service * (1.0 + sum)));
    let throughput = utilisation / mean_service;
    // N / X - 1 / lambda, with the think time cancelled by hand: N b - S / ((1 + S) lambda).
    let response = population * mean_service - 1.0 / (think_rate * (1.0 + 1.0 / sum));
    ClosedQueue { throughput, utilisation, response, wait: response - mean_service, at_lock: throughput * response }
}

#[cfg(test)]
mod tests {
    use super::super::{Repairman, transform};
    use super::*;
    use crate::theory::printed::assert_printed;

    #[test]
    fn eight_threads_match_the_printed_vectors() {
        let exponential = general_service(8, 0.1, 1.0, transform::exponential(1.0));
        assert_printed(exponential.throughput, 0.661_681_567, 9);
        let deterministic = general_service(8, 0.1, 1.0, transform::deterministic(1.0));
        assert_printed(deterministic.throughput, 0.685_317_069, 9);
        assert_printed(deterministic.response, 1.673_428_791, 9);
        let erlang = general_service(8, 0.1, 1.0, transform::erlang(2, 1.0));
        assert_printed(erlang.throughput, 0.672_324, 6);
        assert_printed(erlang.response, 1.899_022, 6);
        let p = f64::midpoint(1.0, 0.6f64.sqrt());
        let spread = transform::hyperexponential(p, 2.0 * p, 2.0 * (1.0 - p));
        let hyperexponential = general_service(8, 0.1, 1.0, spread);
        assert_printed(hyperexponential.throughput, 0.627_976, 6);
        assert_printed(hyperexponential.response, 2.739_349, 6);
    }

    #[test]
    fn deterministic_holds_match_the_printed_vectors() {
        for (threads, throughput) in [(1, 0.090_909_091), (2, 0.181_022_109), (4, 0.357_906_616), (16, 0.995_816_101)] {
            let solved = general_service(threads, 0.1, 1.0, transform::deterministic(1.0));
            assert_printed(solved.throughput, throughput, 9);
        }
    }

    #[test]
    fn exponential_holds_give_back_the_machine_repairman() {
        for threads in [1, 2, 5, 17, 64, 1_000] {
            let general = general_service(threads, 3.0, 0.02, transform::exponential(0.02));
            let markovian = Repairman { threads, servers: 1, think_rate: 3.0, service_rate: 50.0 }.solve();
            assert_printed(general.throughput / markovian.throughput, 1.0, 11);
            assert_printed(general.response / markovian.response, 1.0, 11);
            assert_printed(general.at_lock / markovian.at_lock, 1.0, 11);
        }
    }

    #[test]
    fn a_hundred_thousand_threads_saturate_the_lock_without_overflow() {
        for threads in [200, 100_000] {
            let solved = general_service(threads, 0.1, 1.0, transform::deterministic(1.0));
            assert_eq!((solved.throughput, solved.utilisation), (1.0, 1.0));
            assert_printed(solved.response, f64::from(threads) - 10.0, 9);
        }
    }

    #[test]
    fn a_thread_alone_never_waits() {
        let solved = general_service(1, 0.1, 1.0, transform::erlang(4, 1.0));
        assert_eq!((solved.wait, solved.response), (0.0, 1.0));
    }
}
