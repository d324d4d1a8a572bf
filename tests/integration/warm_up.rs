//! `warm_up = "auto"` finds, run by run, from when on a run is in its steady state.

use gilsim::theory::open::Mm1;

use crate::support::{assert_within, is_near, run};

/// Twenty threads that begin 10 ms apart and then go on for ever.
fn filling(warm_up: &str, seed: u64) -> String {
    format!(
        "machine.profile = \"ideal\"
         lock.policy = \"handoff\"
         thread = [{{ name = \"user\", count = 20, arrivals = \"10ms\", steps = [
           {{ repeat = \"forever\", steps = [{{ io = \"exp(10ms)\" }}, {{ compute = \"exp(1ms)\", counts = \"done\" }}] }} ] }}]
         [run]
         duration = \"4s\"
         warm_up = \"{warm_up}\"
         replications = 5
         seed = {seed}"
    )
}

#[test]
fn a_system_that_fills_up_is_measured_from_when_it_is_full() {
    for seed in 1..=4 {
        for end in run(&filling("auto", seed)).values(0, "run.warm_up_s") {
            // The twentieth thread begins after 0.2 s; batches are 20 ms long.
            assert_within(end, 0.1, 0.6, "end of the warm-up");
        }
    }
}

#[test]
fn what_is_measured_is_what_a_warm_up_of_that_length_would_give() {
    let found = run(&filling("auto", 9));
    let end = found.at(0, "run.warm_up_s");
    let fixed = run(&filling(&format!("{}us", (end * 1e6).round()), 9));
    for metric in ["done.rate_per_s", "done.latency_mean_us", "lock.wait_p99_us", "lock.queue_mean", "user.io_s"] {
        let (ours, theirs) = (found.at(0, metric), fixed.at(0, metric));
        assert!(is_near(ours, theirs, 1e-12), "{metric}: {ours} and {theirs}");
    }
    assert!(!is_near(found.at(0, "done.rate_per_s"), run(&filling("0s", 9)).at(0, "done.rate_per_s"), 1e-6));
}

#[test]
fn a_queue_that_begins_empty_is_measured_without_bias() {
    let queue = Mm1 { arrival_rate: 1000.0, service_rate: 1000.0 / 0.8 };
    let found = run(
        "machine.profile = \"ideal\"
         lock.policy = \"handoff\"
         thread = [{ name = \"customer\", arrivals = \"exp(1ms)\", steps = [{ compute = \"exp(0.8ms)\", counts = \"done\" }] }]
         [run]
         duration = \"50s\"
         warm_up = \"auto\"
         replications = 24",
    );
    let estimate = found.estimate(0, "lock.wait_mean_us");
    assert!(estimate.contains(queue.wait() * 1e6), "{} is not in {estimate:?}", queue.wait() * 1e6);
    for end in found.values(0, "run.warm_up_s") {
        assert_within(end, 0.0, 25.0, "at most half of a run is warm-up");
    }
}
