//! Polling: one server goes round several queues, as a lock does that rotates among groups of threads.

/// Symmetric cyclic polling: `queues` queues with equal Poisson arrivals and equal laws of service and switch-over.
///
/// Source: Takagi, Analysis of Polling Systems (1986).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Polling {
    /// Number of queues, N.
    pub queues: u32,
    /// Arrivals per second at each queue, lambda.
    pub arrival_rate: f64,
    /// Mean service time b, in seconds.
    pub service: f64,
    /// Second moment of the service time, in seconds squared.
    pub service_second_moment: f64,
    /// Mean time r to go from one queue to the next, in seconds; above zero.
    pub switch_over: f64,
    /// Variance of that time, in seconds squared.
    pub switch_over_variance: f64,
}

/// How long the server stays at a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stay {
    /// Until the queue is empty.
    Exhaustive,
    /// Until those who were there on its arrival are served.
    Gated,
    /// For one customer.
    OneLimited,
}

impl Polling {
    /// Utilisation by services alone, rho = N lambda b.
    pub fn load(&self) -> f64 {
        f64::from(self.queues) * self.arrival_rate * self.service
    }

    /// Mean time from arrival to start of service, in seconds.
    ///
    /// Exhaustive: `d / (2 r) + (N lambda b2 + r (N - rho)) / (2 (1 - rho))`, with d the variance of the switch-over;
    /// gated: N + rho for N - rho; one-limited: `d / (2 r) + (N lambda b2 + r (N + rho) + N lambda d) / (2 (1 - rho - N
    /// lambda r))`. Infinite where the last denominator is not above zero.
    pub fn wait(&self, stay: Stay) -> f64 {
        let (queues, load, switch) = (f64::from(self.queues), self.load(), self.switch_over);
        let arrivals = queues * self.arrival_rate;
        let backlog = arrivals * self.service_second_moment;
        let (numerator, spare) = match stay {
            Stay::Exhaustive => (backlog + switch * (queues - load), 1.0 - load),
            Stay::Gated => (backlog + switch * (queues + load), 1.0 - load),
            Stay::OneLimited => (
                backlog + switch * (queues + load) + arrivals * self.switch_over_variance,
                1.0 - load - arrivals * switch,
            ),
        };
        if spare <= 0.0 {
            return f64::INFINITY;
        }
        self.switch_over_variance / (2.0 * switch) + numerator / (2.0 * spare)
    }

    /// Mean time between two visits to the same queue, N r / (1 - rho), in seconds; infinite from load 1 on.
    pub fn cycle(&self) -> f64 {
        let spare = 1.0 - self.load();
        if spare > 0.0 { f64::from(self.queues) * self.switch_over / spare } else { f64::INFINITY }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::open::{Mg1, Moments};
    use crate::theory::printed::assert_printed;

    const FOUR: Polling = Polling {
        queues: 4,
        arrival_rate: 0.1,
        service: 1.0,
        service_second_moment: 2.0,
        switch_over: 0.2,
        switch_over_variance: 0.0,
    };

    #[test]
    fn waits_match_the_printed_vectors() {
        assert_printed(FOUR.wait(Stay::Exhaustive), 1.2667, 4);
        assert_printed(FOUR.wait(Stay::Gated), 1.4, 4);
        assert_printed(FOUR.wait(Stay::OneLimited), 1.6154, 4);
        assert_printed(FOUR.cycle(), 0.8 / 0.6, 12);
    }

    #[test]
    fn vanishing_switch_overs_leave_the_ordinary_queue() {
        let polling = Polling { switch_over: 1e-12, ..FOUR };
        let queue = Mg1 { arrival_rate: 0.4, service: Moments::exponential(1.0) };
        for stay in [Stay::Exhaustive, Stay::Gated, Stay::OneLimited] {
            assert_printed(polling.wait(stay), queue.wait(), 9);
        }
    }

    #[test]
    fn one_customer_a_visit_saturates_first() {
        let polling = Polling { switch_over: 1.6, ..FOUR };
        assert_eq!(polling.wait(Stay::OneLimited), f64::INFINITY);
        assert!(polling.wait(Stay::Gated).is_finite());
    }
}
