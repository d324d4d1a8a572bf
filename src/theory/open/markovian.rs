//! M/M/1 and M/M/c: Poisson arrivals, exponential service, first come first served.

use super::over_idle;

/// One server, Poisson arrivals, exponential service.
///
/// Valid while the load is below 1. Means hold for any order blind to service times; the laws of single waits are for
/// first come first served. Source: Kleinrock, Queueing Systems I (1975), section 3.2.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mm1 {
    /// Arrivals per second, lambda.
    pub arrival_rate: f64,
    /// Services per busy second, mu.
    pub service_rate: f64,
}

impl Mm1 {
    /// Utilisation, rho = lambda / mu.
    pub fn load(&self) -> f64 {
        self.arrival_rate / self.service_rate
    }

    /// Mean number in the system, rho / (1 - rho).
    pub fn in_system(&self) -> f64 {
        over_idle(self.load(), self.load())
    }

    /// Mean time from arrival to departure, 1 / (mu - lambda), in seconds.
    pub fn response(&self) -> f64 {
        over_idle(1.0 / self.service_rate, self.load())
    }

    /// Mean time from arrival to start of service, rho / (mu - lambda), in seconds.
    pub fn wait(&self) -> f64 {
        self.load() * self.response()
    }

    /// Probability of `n` in the system, (1 - rho) rho^n; zero when saturated.
    pub fn probability(&self, n: u32) -> f64 {
        (1.0 - self.load()).max(0.0) * self.load().powf(f64::from(n))
    }

    /// The `p`-quantile of the response time, -ln(1 - p) / (mu - lambda), in seconds; 0 <= p < 1.
    pub fn response_quantile(&self, p: f64) -> f64 {
        -(-p).ln_1p() * self.response()
    }

    /// Probability of waiting longer than `time` seconds, rho e^(-(mu - lambda) time).
    pub fn wait_exceeds(&self, time: f64) -> f64 {
        Mmc { arrival_rate: self.arrival_rate, service_rate: self.service_rate, servers: 1 }.wait_exceeds(time)
    }
}

/// `servers` equal servers with one line, Poisson arrivals, exponential service.
///
/// Valid while lambda < c mu. Source: Kleinrock, Queueing Systems I (1975), section 3.5.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mmc {
    /// Arrivals per second, lambda.
    pub arrival_rate: f64,
    /// Services per busy second of one server, mu.
    pub service_rate: f64,
    /// Number of servers, c; at least 1.
    pub servers: u32,
}

impl Mmc {
    /// Offered load, A = lambda / mu, in servers (erlangs).
    pub fn offered(&self) -> f64 {
        self.arrival_rate / self.service_rate
    }

    /// Utilisation of each server, A / c.
    pub fn load(&self) -> f64 {
        self.offered() / f64::from(self.servers)
    }

    /// Mean time from arrival to start of service, C / (c mu - lambda), in seconds, with C of [`erlang_c`].
    pub fn wait(&self) -> f64 {
        let all_busy = erlang_c(self.servers, self.offered());
        over_idle(all_busy / (f64::from(self.servers) * self.service_rate), self.load())
    }

    /// Mean time from arrival to departure, wait + 1 / mu, in seconds.
    pub fn response(&self) -> f64 {
        self.wait() + 1.0 / self.service_rate
    }

    /// Mean number in the system, by Little's law.
    pub fn in_system(&self) -> f64 {
        self.arrival_rate * self.response()
    }

    /// Probability of waiting longer than `time` seconds, C e^(-(c mu - lambda) time), first come first served.
    pub fn wait_exceeds(&self, time: f64) -> f64 {
        let spare = (f64::from(self.servers) * self.service_rate - self.arrival_rate).max(0.0);
        erlang_c(self.servers, self.offered()) * (-spare * time).exp()
    }
}

/// Erlang B: the probability that all `servers` are busy when nobody waits (M/G/c/c), for an `offered` load in erlangs.
///
/// `B_0` = 1, `B_k` = A `B_(k-1)` / (k + A `B_(k-1)`); exact and stable for any load.
/// Source: Erlang (1917); recursion in Jagerman, Bell System Technical Journal 53 (1974).
pub fn erlang_b(servers: u32, offered: f64) -> f64 {
    (1..=servers).fold(1.0, |blocked, k| offered * blocked / (f64::from(k) + offered * blocked))
}

/// Erlang C: the probability that an arrival waits in M/M/c, for an `offered` load in erlangs.
///
/// C = c B / (c - A (1 - B)) with B of [`erlang_b`]; 1 from A = c on. Source: Erlang (1917).
pub fn erlang_c(servers: u32, offered: f64) -> f64 {
    let count = f64::from(servers);
    if offered >= count {
        return 1.0;
    }
    let blocked = erlang_b(servers, offered);
    count * blocked / (count - offered * (1.0 - blocked))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::printed::assert_printed;

    #[test]
    fn erlang_c_matches_the_printed_vectors() {
        assert_printed(erlang_c(1, 0.7), 0.7, 9);
        assert_printed(erlang_c(2, 1.4), 0.576_470_588, 9);
        assert_printed(erlang_c(4, 3.0), 0.509_433_962, 9);
        assert_printed(erlang_c(8, 7.2), 0.701_532_990, 9);
        assert_printed(erlang_c(16, 14.0), 0.508_482_206, 9);
    }

    #[test]
    fn erlang_formulas_stay_probabilities_for_ten_thousand_servers() {
        let waits = erlang_c(10_000, 9_900.0);
        assert!(waits > 0.2 && waits < 0.3, "{waits}");
        assert!(erlang_b(10_000, 9_900.0) < waits);
        assert_eq!(erlang_c(4, 4.0), 1.0);
    }

    #[test]
    fn one_server_of_many_is_the_single_server_queue() {
        let one = Mm1 { arrival_rate: 0.7, service_rate: 1.0 };
        let many = Mmc { arrival_rate: 0.7, service_rate: 1.0, servers: 1 };
        assert_printed(one.response(), 1.0 / 0.3, 12);
        assert_printed(many.response(), one.response(), 12);
        assert_printed(many.in_system(), one.in_system(), 12);
        assert_printed(one.wait_exceeds(2.0), 0.7 * (-0.6f64).exp(), 12);
    }

    #[test]
    fn the_law_of_the_number_in_system_has_the_mean_in_system() {
        let queue = Mm1 { arrival_rate: 0.7, service_rate: 1.0 };
        let mean: f64 = (0..400).map(|n| f64::from(n) * queue.probability(n)).sum();
        assert_printed(mean, queue.in_system(), 9);
        assert_printed(queue.in_system(), 7.0 / 3.0, 12);
        assert_printed(queue.wait(), 7.0 / 3.0, 12);
    }

    #[test]
    fn the_median_response_is_the_mean_times_the_logarithm_of_two() {
        let queue = Mm1 { arrival_rate: 30.0, service_rate: 40.0 };
        assert_printed(queue.response_quantile(0.5), 0.1 * std::f64::consts::LN_2, 12);
    }

    #[test]
    fn a_saturated_queue_waits_for_ever() {
        let queue = Mm1 { arrival_rate: 1.0, service_rate: 1.0 };
        assert_eq!((queue.wait(), queue.response(), queue.probability(3)), (f64::INFINITY, f64::INFINITY, 0.0));
        assert_eq!(Mmc { arrival_rate: 9.0, service_rate: 1.0, servers: 8 }.wait(), f64::INFINITY);
    }
}
