//! M/G/1: Poisson arrivals, any law of service, one server; and Kingman's approximation for G/G/1.

use super::over_idle;

/// The first three moments of a law of durations, in seconds, seconds squared and seconds cubed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moments {
    /// E\[S\], in seconds.
    pub first: f64,
    /// E\[S^2\], in seconds squared.
    pub second: f64,
    /// E\[S^3\], in seconds cubed.
    pub third: f64,
}

impl Moments {
    /// Always `mean` seconds.
    pub fn deterministic(mean: f64) -> Self {
        Self { first: mean, second: mean.powi(2), third: mean.powi(3) }
    }

    /// Exponential with `mean` seconds: the n-th moment is n! mean^n.
    pub fn exponential(mean: f64) -> Self {
        Self::erlang(1, mean)
    }

    /// Erlang with `shape` phases and `mean` seconds: the n-th moment is (mean/k)^n k (k+1) ... (k+n-1).
    pub fn erlang(shape: u32, mean: f64) -> Self {
        let phases = f64::from(shape);
        let second = mean.powi(2) * (phases + 1.0) / phases;
        Self { first: mean, second, third: second * mean * (phases + 2.0) / phases }
    }

    /// Two-branch hyperexponential: rate `fast` with probability `p`, else rate `slow`, both per second.
    pub fn hyperexponential(p: f64, fast: f64, slow: f64) -> Self {
        let moment = |n: i32, factorial: f64| factorial * (p / fast.powi(n) + (1.0 - p) / slow.powi(n));
        Self { first: moment(1, 1.0), second: moment(2, 2.0), third: moment(3, 6.0) }
    }

    /// Squared coefficient of variation, variance over squared mean; no unit.
    pub fn scv(&self) -> f64 {
        self.second / self.first.powi(2) - 1.0
    }
}

/// The order in which an idle server takes waiting customers; none looks at service times or interrupts a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// First come, first served.
    Fifo,
    /// Last come, first served, without interruption.
    Lifo,
    /// Each waiting customer equally likely.
    Random,
}

/// One server, Poisson arrivals, independent service times of any law.
///
/// Valid while the load is below 1. Source of the means: Pollaczek (1930), Khinchine (1932); Kleinrock, Queueing
/// Systems I (1975), section 5.6.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mg1 {
    /// Arrivals per second, lambda.
    pub arrival_rate: f64,
    /// Moments of the service time.
    pub service: Moments,
}

impl Mg1 {
    /// Utilisation, rho = lambda E\[S\].
    pub fn load(&self) -> f64 {
        self.arrival_rate * self.service.first
    }

    /// Mean time from arrival to start of service, lambda E\[S^2\] / (2 (1 - rho)), in seconds; the same in every
    /// [`Order`].
    pub fn wait(&self) -> f64 {
        over_idle(self.arrival_rate * self.service.second / 2.0, self.load())
    }

    /// Mean time from arrival to departure, wait + E\[S\], in seconds.
    pub fn response(&self) -> f64 {
        self.wait() + self.service.first
    }

    /// Mean number in the system, by Little's law.
    pub fn in_system(&self) -> f64 {
        self.arrival_rate * self.response()
    }

    /// Second moment of the time from arrival to start of service, in seconds squared.
    ///
    /// Fifo: 2 W^2 + lambda E\[S^3\] / (3 (1 - rho)); random: that times 2 / (2 - rho); lifo: that over (1 - rho).
    /// Source: Takács, Bell System Technical Journal 42 (1963); Conway, Maxwell & Miller, Theory of Scheduling (1967).
    pub fn wait_second_moment(&self, order: Order) -> f64 {
        let load = self.load();
        let fifo = 2.0 * self.wait().powi(2) + over_idle(self.arrival_rate * self.service.third / 3.0, load);
        match order {
            Order::Fifo => fifo,
            Order::Lifo => over_idle(fifo, load),
            Order::Random if load < 1.0 => fifo * 2.0 / (2.0 - load),
            Order::Random => f64::INFINITY,
        }
    }

    /// Mean length of a busy period, E\[S\] / (1 - rho), in seconds.
    pub fn busy_period(&self) -> f64 {
        over_idle(self.service.first, self.load())
    }
}

/// Mean wait in M/D/1, rho s / (2 (1 - rho)), in seconds, for `arrival_rate` per second and a constant `service` in
/// seconds.
///
/// Half the wait of M/M/1 at the same load. Valid while the load is below 1. Source: Erlang (1909).
pub fn md1_wait(arrival_rate: f64, service: f64) -> f64 {
    let load = arrival_rate * service;
    over_idle(load * service / 2.0, load)
}

/// Approximate mean wait in G/G/1, rho / (1 - rho) (ca^2 + cs^2) / 2 E\[S\], in seconds.
///
/// `arrival_scv` is the squared coefficient of variation of the time between arrivals. An approximation, exact for
/// Poisson arrivals and in heavy traffic. Source: Kingman, Proc. Cambridge Philosophical Society 57 (1961).
pub fn kingman_wait(arrival_rate: f64, arrival_scv: f64, service: Moments) -> f64 {
    let load = arrival_rate * service.first;
    over_idle(load * f64::midpoint(arrival_scv, service.scv()) * service.first, load)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::open::Mm1;
    use crate::theory::printed::assert_printed;

    #[test]
    fn the_deterministic_queue_waits_half_as_long_as_the_exponential_one() {
        assert_printed(md1_wait(0.7, 1.0), 1.166_667, 6);
        assert_printed(Mg1 { arrival_rate: 0.7, service: Moments::deterministic(1.0) }.wait(), 1.166_667, 6);
        assert_printed(2.0 * md1_wait(0.7, 1.0), Mm1 { arrival_rate: 0.7, service_rate: 1.0 }.wait(), 12);
    }

    #[test]
    fn exponential_service_gives_back_the_markovian_queue() {
        let general = Mg1 { arrival_rate: 0.7, service: Moments::exponential(1.0) };
        let markovian = Mm1 { arrival_rate: 0.7, service_rate: 1.0 };
        assert_printed(general.wait(), markovian.wait(), 12);
        assert_printed(general.in_system(), markovian.in_system(), 12);
        // The wait is 0 with probability 0.3, else exponential with rate 0.3.
        assert_printed(general.wait_second_moment(Order::Fifo), 0.7 * 2.0 / 0.09, 12);
        assert_printed(general.busy_period(), 1.0 / 0.3, 12);
    }

    #[test]
    fn orders_share_the_mean_and_differ_in_the_second_moment() {
        let queue = Mg1 { arrival_rate: 0.5, service: Moments::deterministic(1.0) };
        let fifo = queue.wait_second_moment(Order::Fifo);
        assert_printed(fifo, 2.0 * 0.25 + 0.5 / 1.5, 12);
        assert_printed(queue.wait_second_moment(Order::Random), fifo / 0.75, 12);
        assert_printed(queue.wait_second_moment(Order::Lifo), fifo / 0.5, 12);
    }

    #[test]
    fn moments_of_the_ready_laws_are_those_of_their_definitions() {
        assert_eq!(Moments::exponential(2.0), Moments { first: 2.0, second: 8.0, third: 48.0 });
        assert_eq!(Moments::erlang(2, 1.0), Moments { first: 1.0, second: 1.5, third: 3.0 });
        assert_eq!(Moments::hyperexponential(0.25, 0.5, 0.5), Moments::exponential(2.0));
        assert_printed(Moments::hyperexponential(0.887_298_3, 1.774_596_7, 0.225_403_3).scv(), 4.0, 5);
    }

    #[test]
    fn kingmans_approximation_is_exact_for_poisson_arrivals() {
        let service = Moments::erlang(3, 0.8);
        assert_printed(kingman_wait(1.0, 1.0, service), Mg1 { arrival_rate: 1.0, service }.wait(), 12);
    }

    #[test]
    fn a_saturated_queue_has_no_finite_moment() {
        let queue = Mg1 { arrival_rate: 1.5, service: Moments::exponential(1.0) };
        assert_eq!(queue.wait(), f64::INFINITY);
        for order in [Order::Fifo, Order::Lifo, Order::Random] {
            assert_eq!(queue.wait_second_moment(order), f64::INFINITY);
        }
    }
}
