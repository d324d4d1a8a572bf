//! M/G/1 with processor sharing: everyone present is served at once, each at an equal share of the speed.
//!
//! It is the limit of round robin for short quanta and free switches.

use super::over_idle;

/// Mean time from arrival to departure of a customer that needs `service` seconds, x / (1 - rho), in seconds.
///
/// Holds for any law of service; valid for a `load` below 1. Source: Kleinrock, Queueing Systems II (1976), section
/// 4.4.
pub fn shared_response(service: f64, load: f64) -> f64 {
    over_idle(service, load)
}

/// Probability of `n` in the system, (1 - rho) rho^n, whatever the law of service; zero when saturated.
///
/// Source: Sakata, Noguchi & Oizumi, Operations Research 19 (1971).
pub fn shared_in_system_probability(n: u32, load: f64) -> f64 {
    (1.0 - load).max(0.0) * load.powf(f64::from(n))
}

/// Time that round robin spends on a customer who needs `service` seconds, S (1 + h / q), in seconds.
///
/// `quantum` and `switch_cost` in seconds; each quantum is followed by one switch. An approximation for services that
/// are many quanta long; with its load in [`shared_response`] it gives round robin with costly switches.
pub fn round_robin_service(service: f64, quantum: f64, switch_cost: f64) -> f64 {
    service * (1.0 + switch_cost / quantum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::open::Mm1;
    use crate::theory::printed::assert_printed;

    #[test]
    fn sharing_has_the_mean_of_the_markovian_queue() {
        let queue = Mm1 { arrival_rate: 0.6, service_rate: 1.0 };
        assert_printed(shared_response(1.0, 0.6), queue.response(), 12);
        assert_printed(shared_in_system_probability(3, 0.6), queue.probability(3), 12);
        assert_eq!(shared_response(1.0, 1.0), f64::INFINITY);
    }

    #[test]
    fn switches_lengthen_each_service_by_their_share_of_the_quantum() {
        assert_printed(round_robin_service(2.0, 0.005, 0.001), 2.4, 12);
    }
}
