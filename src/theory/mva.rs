//! Closed networks of queues: exact mean value analysis, and its load-dependent form.
//!
//! Threads think for a time of any law, then visit every station; demands are per round, in seconds. Stations serve
//! first come first served with exponential times, or share their speed with times of any law. A lock beside a
//! multi-core CPU is such a network only as long as the holder takes no core; otherwise the result is an approximation.

/// Stationary means of a closed network.
#[derive(Debug, Clone, PartialEq)]
pub struct Network {
    /// Rounds per second of all threads together, X.
    pub throughput: f64,
    /// Mean time of a round without thinking, R, in seconds.
    pub response: f64,
    /// Mean time of a round spent at each station, in seconds.
    pub residence: Vec<f64>,
    /// Mean number of threads at each station.
    pub at_station: Vec<f64>,
}

/// Exact mean value analysis of stations with one server each, of given `demands` in seconds, and think time `think`.
///
/// `R_k(n) = D_k (1 + Q_k(n-1))`, `X(n) = n / (Z + sum R_k(n))`, `Q_k = X R_k`; stable for any population.
/// Source: Reiser & Lavenberg, Journal of the ACM 27 (1980).
pub fn mean_values(threads: u32, think: f64, demands: &[f64]) -> Network {
    let mut at_station = vec![0.0; demands.len()];
    let mut residence = vec![0.0; demands.len()];
    let (mut throughput, mut response) = (0.0, 0.0);
    for population in (1..=threads).map(f64::from) {
        for ((time, demand), found) in residence.iter_mut().zip(demands).zip(&at_station) {
            *time = demand * (1.0 + found);
        }
        response = residence.iter().sum();
        throughput = population / (think + response);
        for (found, time) in at_station.iter_mut().zip(&residence) {
            *found = throughput * time;
        }
    }
    Network { throughput, response, residence, at_station }
}

/// A station whose speed depends on how many threads are there.
#[derive(Debug, Clone, PartialEq)]
pub struct Station {
    /// Service that a round needs here at speed 1, in seconds.
    pub demand: f64,
    /// Speed with 1, 2, ... threads present, relative to one thread alone; the last value holds from there on.
    pub speeds: Vec<f64>,
}

impl Station {
    /// A station that serves one at a time, with `demand` seconds a round.
    pub fn single(demand: f64) -> Self {
        Self::cores(demand, 1)
    }

    /// A station of `cores` equal servers, with `demand` seconds a round: speed min(n, c).
    pub fn cores(demand: f64, cores: u32) -> Self {
        Self { demand, speeds: (1..=cores).map(f64::from).collect() }
    }

    /// Logarithm of the product-form weight of 0, 1, ..., `threads` threads here.
    fn weights(&self, threads: u32) -> Vec<f64> {
        let last = self.speeds.len() - 1;
        accumulate(threads, |n| self.demand / self.speeds[last.min(n as usize - 1)])
    }
}

/// Exact solution for `threads` threads (at least 1), load-dependent `stations` and think time `think` in seconds.
///
/// Equal to load-dependent mean value analysis, `R_k(n) = sum over j of (j / a_k(j)) D_k p_k(j-1 | n-1)`, but by the
/// normalising constants G: `X(n) = G(n-1) / G(n)`, `p_k(j | n) = f_k(j) G_without_k(n-j) / G(n)`. The recursion of
/// mean values takes p(0) as one minus a sum near one, which loses all digits close to saturation; here all terms are
/// positive, and kept as logarithms. Takes time proportional to stations x threads^2. Every station needs a speed, and
/// think time and demands must not all be zero. Source: Buzen, Communications of the ACM 16 (1973); Reiser & Lavenberg,
/// Journal of the ACM 27 (1980).
pub fn load_dependent(threads: u32, think: f64, stations: &[Station]) -> Network {
    let weights: Vec<Vec<f64>> = stations.iter().map(|station| station.weights(threads)).collect();
    let thinking = accumulate(threads, |n| think / f64::from(n));

    // before[k] has thinking and the stations before k; after[k] has the stations from k on, in reverse order.
    let mut before = vec![thinking];
    for weight in &weights {
        before.push(convolve(&before[before.len() - 1], weight));
    }
    let mut after = vec![accumulate(threads, |_| 0.0)];
    for weight in weights.iter().rev() {
        after.push(convolve(&after[after.len() - 1], weight));
    }

    let full = threads as usize;
    let constant = &before[stations.len()];
    let throughput = (constant[full - 1] - constant[full]).exp();
    let at_station: Vec<f64> = (0..stations.len())
        .map(|k| {
            let others = convolve(&before[k], &after[stations.len() - 1 - k]);
            (1..=full).map(|j| j as f64 * (weights[k][j] + others[full - j] - constant[full]).exp()).sum()
        })
        .collect();
    let residence: Vec<f64> = at_station.iter().map(|found| found / throughput).collect();
    Network { throughput, response: residence.iter().sum(), residence, at_station }
}

/// Logarithms of the products of `factor(1)`, ..., `factor(n)` for n from 0 to `threads`.
fn accumulate(threads: u32, factor: impl Fn(u32) -> f64) -> Vec<f64> {
    let mut logarithm = 0.0;
    std::iter::once(0.0)
        .chain((1..=threads).map(|n| {
            logarithm += factor(n).ln();
            logarithm
        }))
        .collect()
}

/// The convolution of two sequences of equal length, all of it in logarithms.
fn convolve(left: &[f64], right: &[f64]) -> Vec<f64> {
    (0..left.len())
        .map(|n| {
            let terms = || left[..=n].iter().zip(right[..=n].iter().rev()).map(|(a, b)| a + b);
            let largest = terms().fold(f64::NEG_INFINITY, f64::max);
            if largest == f64::NEG_INFINITY {
                return largest;
            }
            largest + terms().map(|term| (term - largest).exp()).sum::<f64>().ln()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::closed::{Repairman, throughput_bounds};
    use crate::theory::printed::assert_printed;

    #[test]
    fn two_stations_match_the_printed_vectors() {
        let printed = [(0.333_333, 3.0), (0.428_571, 4.666_667), (0.466_667, 6.428_571), (0.483_871, 8.266_667)];
        for (threads, (throughput, response)) in (1..).zip(printed) {
            let exact = mean_values(threads, 0.0, &[1.0, 2.0]);
            let dependent = load_dependent(threads, 0.0, &[Station::single(1.0), Station::single(2.0)]);
            for network in [exact, dependent] {
                assert_printed(network.throughput, throughput, 6);
                assert_printed(network.response, response, 6);
            }
        }
    }

    #[test]
    fn a_lock_beside_four_cores_matches_the_printed_vectors() {
        let stations = [Station::single(1.0), Station::cores(8.0, 4)];
        let printed = [(1, 0.111_111), (2, 0.219_512), (4, 0.425_365), (8, 0.495_908), (16, 0.499_984)];
        for (threads, throughput) in printed {
            assert_printed(load_dependent(threads, 0.0, &stations).throughput, throughput, 6);
        }
    }

    #[test]
    fn one_queue_with_thinking_is_the_machine_repairman() {
        for (threads, servers) in [(1, 1), (8, 1), (8, 3), (50, 4)] {
            let repairman = Repairman { threads, servers, think_rate: 0.1, service_rate: 1.0 }.solve();
            let network = load_dependent(threads, 10.0, &[Station::cores(1.0, servers)]);
            assert_printed(network.throughput, repairman.throughput, 11);
            assert_printed(network.response, repairman.response, 9);
        }
    }

    #[test]
    fn both_methods_agree_on_single_servers_with_thinking() {
        let demands = [0.3, 1.0, 0.0, 0.7];
        let stations = demands.map(Station::single);
        for threads in [1, 3, 20, 200] {
            let exact = mean_values(threads, 12.0, &demands);
            let dependent = load_dependent(threads, 12.0, &stations);
            assert_printed(dependent.throughput / exact.throughput, 1.0, 10);
            for (one, other) in dependent.at_station.iter().zip(&exact.at_station) {
                assert_printed(one - other, 0.0, 9);
            }
        }
    }

    #[test]
    fn every_thread_thinks_or_is_at_a_station() {
        let stations = [Station::single(1.0), Station { demand: 8.0, speeds: vec![1.0, 2.0, 2.4, 2.8] }];
        for threads in [1, 5, 60] {
            let network = load_dependent(threads, 3.0, &stations);
            let counted = network.throughput * 3.0 + network.at_station.iter().sum::<f64>();
            assert_printed(counted, f64::from(threads), 9);
        }
    }

    #[test]
    fn a_thousand_threads_deep_in_saturation_lose_no_digits() {
        let network = load_dependent(1_000, 1_000.0, &[Station::cores(16.0, 16), Station::single(0.5)]);
        let bounds = throughput_bounds(1_000, 1_016.0, &[1.0]);
        assert!(network.throughput <= bounds.upper && network.throughput > 0.9 * bounds.upper);
        let saturated = load_dependent(1_000, 10.0, &[Station::cores(16.0, 16), Station::single(0.5)]);
        assert_printed(saturated.throughput, 1.0, 9);
        assert_printed(saturated.at_station[1], 1.0, 9);
        assert_printed(saturated.at_station[0], 1_000.0 - 10.0 - 1.0, 7);
    }
}
