//! Intervals hold the exact value as often as they say.

use gilsim::statistics::Estimate;
use gilsim::theory::open::Mm1;

use crate::support::{assert_within, half_loaded_queue};

#[test]
#[ignore = "slow: ten thousand runs"]
fn of_a_thousand_seeds_of_a_queue_the_interval_holds_the_exact_wait_in_95_of_100() {
    let queue = Mm1 { arrival_rate: 1000.0, service_rate: 2000.0 };
    let exact = [("lock.wait_mean_us", queue.wait() * 1e6), ("done.rate_per_s", 1000.0), ("lock.held_share", 0.5)];
    let mut held = [0; 3];
    for seed in 1..=1000 {
        let found = half_loaded_queue(10, seed);
        for (held, (metric, exact)) in held.iter_mut().zip(exact) {
            *held += u32::from(Estimate::of(&found.values(0, metric), 0.95).contains(exact));
        }
    }
    for (held, (metric, _)) in held.into_iter().zip(exact) {
        println!("{metric}: {held} of 1000 intervals hold the exact value");
        // The share of a thousand has a standard deviation of 0.7 %.
        assert_within(f64::from(held) / 1000.0, 0.93, 0.97, metric);
    }
}
