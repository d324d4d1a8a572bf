//! Priorities that reach the scheduler: the inversion that reset Mars Pathfinder, and inheritance against it.

use proptest::prelude::*;

use crate::support::{assert_within, run};

/// How long the thread of the highest priority waits for a lock that one of the lowest has, in milliseconds, on a machine whose
/// cores are wanted by threads of a priority between.
fn blocked_ms(cores: u32, policy: &str, section_ms: u32, middle_ms: u32) -> f64 {
    let found = run(&format!(
        "machine = {{ profile = \"ideal\", cores = {cores}, scheduler = \"priority\" }}
         lock = {{ policy = \"{policy}\", waiting = \"park\" }}
         process = [{{ name = \"other\" }}]
         thread = [
           {{ name = \"high\", priority = 3, steps = [{{ sleep = \"2ms\", begins = \"job\" }}, {{ compute = \"1ms\", counts = \"job\" }}] }},
           {{ name = \"low\", priority = 1, steps = [{{ compute = \"{section_ms}ms\" }}] }},
           {{ name = \"middle\", count = {cores}, priority = 2, process = \"other\", steps = [{{ sleep = \"1ms\" }}, {{ native = \"{middle_ms}ms\" }}] }},
         ]"
    ));
    found.only("job.latency_mean_us") / 1000.0 - 1.0
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, rng_seed: prop::test_runner::RngSeed::Fixed(2), ..ProptestConfig::default() })]

    #[test]
    fn the_highest_waits_for_one_section_with_inheritance_and_for_the_middle_job_without(
        cores in 1..4_u32, section in 3..50_u32, middle in 60..500_u32,
    ) {
        let inherited = blocked_ms(cores, "pi-futex", section, middle);
        // The owner has done 1 ms of its section when the middle threads begin, and asks to be blocked 1 ms later.
        let rest = f64::from(section) - 1.0;
        prop_assert!((inherited - rest).abs() < 1e-6, "{inherited} ms, not {rest}");
        let inverted = blocked_ms(cores, "priority", section, middle);
        let whole = f64::from(middle) - 1.0 + rest;
        prop_assert!((inverted - whole).abs() < 1e-6, "{inverted} ms, not {whole}");
    }
}

/// The same where the thread that has the lock waits for another lock, which the lowest thread has.
fn blocked_by_a_chain_ms(kind: &str) -> f64 {
    let found = run(&format!(
        "machine = {{ profile = \"ideal\", cores = 1, scheduler = \"priority\" }}
         lock = {{ policy = \"free-threaded\", slowdown = 1.0, pause = \"0s\" }}
         objects.{kind} = [\"inner\", \"outer\"]
         thread = [
           {{ name = \"low\", priority = 1, steps = [{{ acquire = \"inner\" }}, {{ compute = \"10ms\" }}, {{ release = \"inner\" }}] }},
           {{ name = \"owner\", priority = 2, steps = [
             {{ sleep = \"1ms\" }}, {{ acquire = \"outer\" }}, {{ acquire = \"inner\" }}, {{ compute = \"2ms\" }},
             {{ release = \"inner\" }}, {{ release = \"outer\" }}, {{ compute = \"5ms\" }}] }},
           {{ name = \"middle\", priority = 3, steps = [{{ sleep = \"2ms\" }}, {{ native = \"100ms\" }}] }},
           {{ name = \"high\", priority = 4, steps = [
             {{ sleep = \"3ms\" }}, {{ begin = \"blocked\" }}, {{ acquire = \"outer\" }}, {{ count = \"blocked\" }}, {{ release = \"outer\" }}] }},
         ]"
    ));
    found.only("blocked.latency_mean_us") / 1000.0
}

#[test]
fn inheritance_goes_along_a_chain_of_owners_and_ends_with_the_release() {
    // At 3 ms the lowest thread has done 2 ms of its 10; then the owner does its 2 ms.
    assert_within(blocked_by_a_chain_ms("pi_lock"), 10.0 - 1e-6, 10.0 + 1e-6, "with inheritance");
    assert_within(blocked_by_a_chain_ms("lock"), 107.0 - 1e-6, 120.0, "without");
}

#[test]
fn the_highest_waiter_of_an_inheriting_lock_is_next() {
    let found = run("machine = { profile = \"ideal\", cores = 1, scheduler = \"priority\" }
         lock = { policy = \"free-threaded\", slowdown = 1.0, pause = \"0s\" }
         objects.pi_lock = [\"l\"]
         [[thread]]
         name = \"owner\"
         priority = 9
         steps = [{ acquire = \"l\" }, { io = \"5ms\" }, { release = \"l\" }]
         [[thread]]
         name = \"low\"
         priority = 1
         steps = [{ sleep = \"1ms\" }, { acquire = \"l\" }, { compute = \"10ms\" }, { release = \"l\" }, { count = \"low\" }]
         [[thread]]
         name = \"high\"
         priority = 2
         steps = [{ sleep = \"2ms\" }, { begin = \"high\" }, { acquire = \"l\" }, { compute = \"1ms\" }, { release = \"l\" }, { count = \"high\" }]");
    assert_within(found.only("high.latency_mean_us"), 4000.0, 4000.0, "the rest of the owner's section and its own");
}

/// A thread of the middle takes the core from a low one at once, and not from its like.
#[test]
fn a_thread_of_higher_priority_takes_the_core_and_one_of_the_same_waits() {
    let latency = |priority: u32| {
        run(&format!(
            "machine = {{ profile = \"ideal\", cores = 1, scheduler = \"priority\" }}
             lock = {{ policy = \"free-threaded\", slowdown = 1.0, pause = \"0s\" }}
             thread = [
               {{ name = \"guest\", priority = {priority}, steps = [{{ sleep = \"1ms\", begins = \"job\" }}, {{ compute = \"1ms\", counts = \"job\" }}] }},
               {{ name = \"hog\", priority = 5, steps = [{{ sleep = \"0.5ms\" }}, {{ compute = \"10ms\" }}] }},
             ]"
        ))
        .only("job.latency_mean_us")
    };
    assert_within(latency(6), 1_000.0, 1_000.0, "higher");
    assert_within(latency(5), 10_500.0, 10_500.0, "equal");
    assert_within(latency(4), 10_500.0, 10_500.0, "lower");
}
