//! M/G/1 with classes of customers in order of priority.

use super::{Moments, over_idle};

/// A class of customers with Poisson arrivals.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Class {
    /// Arrivals per second.
    pub arrival_rate: f64,
    /// Moments of the service time.
    pub service: Moments,
}

impl Class {
    fn load(&self) -> f64 {
        self.arrival_rate * self.service.first
    }

    /// Mean work left in the service that an arrival finds, counting this class only, in seconds.
    fn residual(&self) -> f64 {
        self.arrival_rate * self.service.second / 2.0
    }
}

/// Mean wait of each class, in seconds, highest priority first, when no service is interrupted.
///
/// `W_k = W_0 / ((1 - s_(k-1)) (1 - s_k))`, with `W_0` = sum of lambda E\[S^2\] / 2 over all classes and `s_k` the load
/// of the first k classes. Valid while the total load is below 1; from there on every wait is NaN, for then the
/// residual service depends on which class saturates. Source: Cobham, Operations Research 2 (1954).
pub fn non_preemptive_waits(classes: &[Class]) -> Vec<f64> {
    let total: f64 = classes.iter().map(Class::load).sum();
    let residual: f64 = if total < 1.0 { classes.iter().map(Class::residual).sum() } else { f64::NAN };
    let mut above = 0.0;
    classes
        .iter()
        .map(|class| {
            let with = above + class.load();
            let wait = residual / ((1.0 - above) * (1.0 - with));
            above = with;
            wait
        })
        .collect()
}

/// Mean time from arrival to departure of each class, in seconds, highest priority first, when a higher class
/// interrupts a service that resumes later.
///
/// `R_k = E[S_k] / (1 - s_(k-1)) + (sum over i <= k of lambda_i E[S_i^2] / 2) / ((1 - s_(k-1)) (1 - s_k))`; infinite
/// for each class whose `s_k` reaches 1. Source: Jaiswal, Priority Queues (1968); Kleinrock, Queueing Systems II
/// (1976), 3.6.
pub fn preemptive_responses(classes: &[Class]) -> Vec<f64> {
    let (mut above, mut residual) = (0.0, 0.0);
    classes
        .iter()
        .map(|class| {
            let with = above + class.load();
            residual += class.residual();
            let response = over_idle(class.service.first + over_idle(residual, with), above);
            above = with;
            response
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::open::Mg1;
    use crate::theory::printed::assert_printed;

    fn classes() -> Vec<Class> {
        vec![
            Class { arrival_rate: 0.2, service: Moments::exponential(0.5) },
            Class { arrival_rate: 0.3, service: Moments::deterministic(1.0) },
            Class { arrival_rate: 0.1, service: Moments::hyperexponential(0.5, 4.0, 0.25) },
        ]
    }

    #[test]
    fn one_class_is_the_ordinary_queue() {
        let service = Moments::erlang(2, 1.0);
        let class = Class { arrival_rate: 0.6, service };
        let queue = Mg1 { arrival_rate: 0.6, service };
        assert_printed(non_preemptive_waits(&[class])[0], queue.wait(), 12);
        assert_printed(preemptive_responses(&[class])[0], queue.response(), 12);
    }

    #[test]
    fn waits_obey_kleinrocks_conservation_law() {
        let classes = classes();
        let waits = non_preemptive_waits(&classes);
        let weighted: f64 = classes.iter().zip(&waits).map(|(class, wait)| class.load() * wait).sum();
        let load: f64 = classes.iter().map(Class::load).sum();
        let residual: f64 = classes.iter().map(Class::residual).sum();
        assert_printed(weighted, load * residual / (1.0 - load), 12);
        assert!(waits[0] < waits[1] && waits[1] < waits[2]);
    }

    #[test]
    fn the_highest_class_does_not_see_the_others_when_it_interrupts_them() {
        let classes = classes();
        let alone = Mg1 { arrival_rate: 0.2, service: classes[0].service };
        assert_printed(preemptive_responses(&classes)[0], alone.response(), 12);
    }

    #[test]
    fn saturation_spares_the_classes_above_it_only_with_interruption() {
        let mut classes = classes();
        classes[2].arrival_rate = 5.0;
        let responses = preemptive_responses(&classes);
        assert!(responses[1].is_finite() && responses[2] == f64::INFINITY);
        assert!(non_preemptive_waits(&classes).iter().all(|wait| wait.is_nan()));
    }
}
