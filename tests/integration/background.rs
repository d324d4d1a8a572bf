//! Threads of the system: they take cores from the threads of a program, and have these moved.

use crate::support::{Found, assert_within, plan, run};

/// The line of a thread of the system on each core.
fn on_each_core(every: &str, takes: &str) -> String {
    format!("[{{ name = \"kworker\", per_core = true, every = \"{every}\", takes = \"{takes}\" }}]")
}

/// A thread that computes for a second on a machine with so many cores, beside these threads of the system.
fn beside_a_hog(cores: u32, background: &str) -> Found {
    run(&format!(
        "machine = {{ profile = \"ideal\", cores = {cores}, scheduler = \"fair\", background = {background} }}
         thread = [{{ name = \"hog\", steps = [{{ native = \"1s\" }}] }}]"
    ))
}

#[test]
fn a_core_of_which_the_system_takes_a_hundredth_slows_a_hog_by_a_hundredth() {
    let found = beside_a_hog(1, &on_each_core("10ms", "0.1ms"));
    assert_within(found.only("run.wall_s"), 1.0100, 1.0102, "the hog's second");
    assert_within(found.only("core.system_share"), 0.0098, 0.0101, "the share of the system");
    assert_within(found.only("core.useful_share"), 0.9899, 0.9902, "the share of the hog");
    assert_within(found.only("core.leaves_involuntary"), 99.0, 102.0, "how often it lost its core");
}

#[test]
fn without_threads_of_the_system_nothing_is_taken() {
    for background in ["[]", &on_each_core("10ms", "0us")] {
        let found = beside_a_hog(1, background);
        assert_within(found.only("run.wall_s"), 1.0, 1.0, background);
        assert_within(found.only("core.system_share"), 0.0, 0.0, background);
    }
}

#[test]
fn a_hog_whose_core_the_system_wants_for_longer_than_a_tick_goes_to_an_idle_core() {
    // The system's thread goes to one of the two cores: to that of the hog in some runs only.
    let background = "[{ name = \"kdamond\", every = \"200ms\", takes = \"30ms\" }]";
    let found = beside_a_hog(2, background);
    assert_within(found.only("run.wall_s"), 1.0, 1.02, "the hog has a core nearly always");
    let bound = beside_a_hog(2, &on_each_core("200ms", "30ms"));
    assert_within(bound.only("core.migrations"), 2.0, 12.0, "how often the hog changed its core");
    assert_within(bound.only("run.wall_s"), 1.0, 1.10, "with one core the hog would need 1.18 s");
}

#[test]
fn what_is_over_when_an_idle_core_has_looked_moves_nobody() {
    let background = "[{ name = \"kworker\", per_core = true, at_ticks = true, every = \"20ms\", takes = \"10us\" }]";
    let found = beside_a_hog(2, background);
    assert_within(found.only("core.migrations"), 0.0, 0.0, "how often the hog changed its core");
    assert_within(found.only("run.wall_s"), 1.0004, 1.0006, "it waits for 10 us each time");
}

#[test]
fn threads_of_the_system_are_no_threads_of_the_program() {
    let found = run(&format!(
        "machine = {{ profile = \"linux-x86_64\", background = {} }}
         lock.policy = \"cpython\"
         thread = [{{ name = \"hog\", count = 2, steps = [{{ compute = \"100ms\" }}] }}]",
        on_each_core("exp(1ms)", "exp(100us)")
    ));
    let names = &found.results.metrics[0];
    assert!(!names.iter().any(|name| name.contains("kworker")), "{names:?}");
    assert_within(found.only("hog.python_s"), 0.2, 0.2001, "the work of the hogs");
    assert_within(found.only("core.system_share"), 0.05, 0.25, "the share of the system");
}

#[test]
fn a_deadlock_is_found_though_the_system_goes_on() {
    let plan = plan(&format!(
        "machine = {{ profile = \"linux-x86_64\", background = {} }}
         lock.policy = \"cpython\"
         objects.lock = [\"a\", \"b\"]
         thread = [
           {{ name = \"one\", steps = [{{ acquire = \"a\" }}, {{ sleep = \"1ms\" }}, {{ acquire = \"b\" }}] }},
           {{ name = \"two\", steps = [{{ acquire = \"b\" }}, {{ sleep = \"1ms\" }}, {{ acquire = \"a\" }}] }},
         ]",
        on_each_core("exp(1ms)", "exp(100us)")
    ));
    let results = gilsim::experiment::runner::run(&plan, 1).unwrap();
    let record = results.records().next().map(|(_, record)| format!("{record:?}")).unwrap_or_default();
    let told = format!("{record}{:?}", results.failures().next().map(|(_, error)| error.to_string()));
    assert!(told.contains("waits for lock"), "{told}");
}

#[test]
fn without_a_fair_scheduler_there_is_no_system() {
    for machine in ["cores = 1, scheduler = \"fifo\"", "cores = \"unlimited\""] {
        let found = run(&format!(
            "machine = {{ profile = \"linux-x86_64\", {machine} }}
             thread = [{{ name = \"hog\", steps = [{{ native = \"10s\" }}] }}]"
        ));
        assert_within(found.only("core.system_share"), 0.0, 0.0, machine);
    }
}

/// A reader of messages beside a hog of CPython 2 whose bytecodes are C calls of 0.35 ms: its longest wait for the lock in
/// each of twenty runs of up to five minutes, in seconds; nothing where it read nothing.
fn waits_beside_c_calls(background: &str) -> Vec<f64> {
    let found = run(&format!(
        "machine = {{ profile = \"linux-x86_64\"{background} }}
         lock.policy = \"cpython2\"
         interpreter = {{ check_gap = \"12ns\", tick = \"4ns\" }}
         thread = [
           {{ name = \"reader\", steps = [{{ repeat = 100, steps = [{{ io = \"20ms\" }}, {{ compute = \"1us\", counts = \"ping\" }}] }}] }},
           {{ name = \"hog\", daemon = true, steps = [{{ repeat = \"forever\", steps = [{{ call = \"0.35ms\" }}, {{ compute = \"12ns\" }}] }}] }},
         ]
         run = {{ duration = \"300s\", replications = 20, max_events = 50000000 }}"
    ));
    let (counts, longest) = (found.values(0, "ping.count"), found.values(0, "reader.wait_max_us"));
    counts.iter().zip(longest).filter(|(count, _)| **count > 0.0).map(|(_, wait)| wait * 1e-6).collect()
}

#[test]
fn a_reader_beside_c_calls_under_cpython_2_waits_for_seconds_and_not_for_ever() {
    let mut waits = waits_beside_c_calls("");
    waits.sort_by(f64::total_cmp);
    assert!(waits.len() >= 17, "{waits:?}");
    assert_within(waits[waits.len() / 2], 0.1, 60.0, "the median of the longest waits");
    assert!(waits_beside_c_calls(", background = []").is_empty(), "without the system it waits for ever");
}
