//! What must hold of CPython's lock from 3.2 on under any workload.

use proptest::prelude::*;

use crate::support::run;

/// Times in microseconds, and how many threads of each kind.
#[derive(Debug, Clone)]
struct Workload {
    interval: u64,
    check_gap: u64,
    call: u64,
    hogs: u64,
    callers: u64,
    readers: u64,
}

fn workload(readers: std::ops::Range<u64>) -> impl Strategy<Value = Workload> {
    (10..2_000_u64, 1..50_u64, 1..3_000_u64, 0..5_u64, 0..3_u64, readers).prop_map(
        |(interval, check_gap, call, hogs, callers, readers)| Workload {
            interval,
            check_gap,
            call,
            hogs: hogs.max(1),
            callers,
            readers,
        },
    )
}

impl Workload {
    /// The experiment on a machine, for 100 ms.
    fn text(&self, machine: &str, lock: &str) -> String {
        let Self { interval, check_gap, call, hogs, callers, readers } = self;
        format!(
            "machine = {{ {machine} }}
             lock = {{ policy = \"cpython\", switch_interval = \"{interval}us\", {lock} }}
             interpreter.check_gap = \"{check_gap}us\"
             run.duration = \"100ms\"
             [[thread]]
             name = \"hog\"
             count = {hogs}
             steps = [{{ compute = \"forever\" }}]
             [[thread]]
             name = \"caller\"
             count = {callers}
             steps = [{{ repeat = \"forever\", steps = [{{ call = \"{call}us\" }}] }}]
             [[thread]]
             name = \"reader\"
             count = {readers}
             steps = [{{ repeat = \"forever\", steps = [{{ io = \"exp({interval}us)\" }}, {{ compute = \"exp(30us)\" }}] }}]"
        )
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, rng_seed: prop::test_runner::RngSeed::Fixed(2), ..ProptestConfig::default() })]

    /// A request takes a full interval without a switch, and is answered by a switch before there can be another.
    #[test]
    fn requests_are_at_least_an_interval_apart(
        workload in workload(0..4),
        machine in prop::sample::select(vec!["profile = \"ideal\"", "cores = 1", "cores = 2", "cores = 4"]),
        order in prop::sample::select(vec!["fifo", "lifo", "random"]),
        stealing in prop::bool::ANY,
    ) {
        let found = run(&workload.text(machine, &format!("wake_order = \"{order}\", stealing = {stealing}")));
        let intervals = 100_000 / workload.interval;
        prop_assert!(found.only("lock.drop_requests") <= (intervals + 1) as f64);
    }

    /// Whoever drops the lock on request does not get it back before another thread has had it.
    #[test]
    fn a_forced_drop_is_a_switch(
        workload in workload(0..4),
        machine in prop::sample::select(vec!["profile = \"ideal\"", "cores = 1", "cores = 3"]),
    ) {
        let found = run(&workload.text(machine, "forced_switching = true"));
        // The last drop may still wait for its taker.
        let unanswered = found.only("lock.checks") - found.only("lock.switches_forced");
        prop_assert!((0.0..=1.0).contains(&unanswered), "{unanswered} drops without a switch");
    }

    /// First in, first out, among threads that never block: each turn is an interval and the way to a check point. (With
    /// C calls longer than the interval there is no such bound: waiters time out and queue anew before the call ends.)
    #[test]
    fn no_wait_is_longer_than_a_turn_of_every_other_thread(workload in workload(0..1)) {
        let check_gap = workload.check_gap.min(workload.interval);
        let workload = Workload { check_gap, callers: 0, ..workload };
        let found = run(&workload.text("profile = \"ideal\"", "wake_order = \"fifo\""));
        let bound = (workload.hogs * (workload.interval + check_gap)) as f64;
        let longest = found.only("lock.wait_max_us");
        // The histogram rounds to three digits.
        prop_assert!(longest.is_nan() || longest <= bound * 1.002, "{longest} us instead of at most {bound} us");
    }
}
