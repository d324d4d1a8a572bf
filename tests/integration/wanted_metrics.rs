//! Metrics that are measured only if they are named, where their values are known.

use std::path::Path;

use gilsim::experiment::plan::{self, Overrides};
use gilsim::experiment::source::Source;

use crate::lock_rules::contend;
use crate::support::{Found, assert_within, run};

/// Python code without a lock, which slows nobody down.
const NO_LOCK: &str = "lock = { policy = \"free-threaded\", slowdown = 1.0, pause = \"0s\" }";

#[test]
fn the_share_of_responses_and_waits_above_a_threshold_is_that_of_mm1() {
    let found = run("machine.profile = \"ideal\"
         lock.policy = \"handoff\"
         thread = [{ name = \"customer\", arrivals = \"exp(1ms)\", steps = [{ compute = \"exp(0.5ms)\", counts = \"done\" }] }]
         [run]
         duration = \"31s\"
         warm_up = \"1s\"
         replications = 10
         thresholds = { \"done.latency\" = \"1ms\", \"customer.wait\" = \"500us\", \"lock.wait\" = \"0.5ms\", \"lock.hold\" = \"1ms\" }");
    // The response is exponential with a mean of 1 / (mu - lambda) = 1 ms, and so is the wait of those who wait.
    let share = |time_ms: f64| (-time_ms).exp();
    found.assert_oracle(0, "done.latency_over_1ms_share", share(1.0), "responses");
    found.assert_oracle(0, "customer.wait_over_500us_share", share(0.5), "waits of a group");
    found.assert_oracle(0, "lock.wait_over_500us_share", share(0.5), "waits");
    found.assert_oracle(0, "lock.hold_over_1ms_share", share(2.0), "a threshold names its distribution");
    let counted = found.only("done.latency_over_1ms") / found.only("done.count");
    assert!((counted - found.only("done.latency_over_1ms_share")).abs() < 1e-12);
}

#[test]
fn a_threshold_of_something_that_is_not_measured_is_told_with_its_place() {
    for (key, told) in [
        ("\"done.latencies\" = \"1ms\"", "did you mean `done.latency`?"),
        ("\"lock.bypass\" = \"1ms\"", "no wait or latency"),
        ("\"done.latency\" = 5", "such as"),
        ("\"done.latency\" = \"0s\"", "above zero"),
    ] {
        let text = format!(
            "title = \"T\"\nquestion = \"Q\"\nthread = [{{ name = \"t\", steps = [{{ compute = \"1ms\", counts = \"done\" }}] }}]\n[run]\nthresholds = {{ {key} }}"
        );
        let read = plan::read(Path::new("e.toml"), &Source::new("e.toml", text), &Overrides::default());
        let message = read.unwrap_err().to_string();
        assert!(message.contains(told) && message.contains("e.toml:5:"), "{key}: {message}");
    }
}

#[test]
fn a_holder_beside_another_thread_on_core_state_is_preempted_after_each_quantum() {
    let found = run(
        "machine = { profile = \"ideal\", cores = 1, scheduler = \"round-robin\", quantum = \"1ms\" }
         lock.policy = \"handoff\"
         thread = [{ name = \"other\", steps = [{ native = \"1s\" }] }, { name = \"holder\", steps = [{ compute = \"100ms\" }] }]
         [run]
         metrics = [\"lock.preemptions\", \"lock.preempted_s\", \"lock.preemption_mean_us\"]",
    );
    // It runs for a hundred quanta, and the other one for a quantum after each but the last.
    let preemptions = found.only("lock.preemptions");
    assert_within(preemptions, 98.0, 100.0, "after each quantum");
    assert_eq!(found.only("lock.preemption_mean_us"), 1000.0);
    assert_eq!(found.only("lock.preempted_s"), preemptions * 1e-3);
}

#[test]
fn a_forced_drop_of_the_gil_wakes_the_next_holder_and_then_the_one_that_waits_for_the_switch() {
    let woken = |forced_switching: bool| {
        let found = run(&format!(
            "machine = {{ profile = \"ideal\", costs = {{ wake_latency_idle = \"10us\" }} }}
             lock = {{ policy = \"cpython\", forced_switching = {forced_switching} }}
             thread = [{{ name = \"hog\", count = 2, steps = [{{ compute = \"forever\" }}] }}]
             [run]
             duration = \"1s\"
             metrics = [\"lock.woken_per_release_mean\"]"
        ));
        ["mean", "max"].map(|what| found.only(&format!("lock.woken_per_release_{what}")))
    };
    assert_eq!(woken(true)[1], 2.0);
    let [mean, max] = woken(false);
    assert_eq!((mean, max), (1.0, 1.0));
}

/// The share of sections done for others, the mean batch and the longest.
fn delegation(policy: &str, threads: u32, think: &str) -> [f64; 3] {
    let more = "warm_up = \"1ms\"\nduration = \"11ms\"\n\
                metrics = [\"lock.delegated_share\", \"lock.batch_mean\", \"lock.batch_max\"]";
    let found = contend("", policy, threads, "1us", think, more);
    ["delegated_share", "batch_mean", "batch_max"].map(|name| found.only(&format!("lock.{name}")))
}

#[test]
fn a_combiner_does_its_own_section_and_as_many_of_others_as_the_batch_has() {
    let [share, mean, longest] = delegation("policy = \"combining\", batch = 4", 16, "1ns");
    assert_eq!(longest, 5.0);
    assert_within(share, 0.799, 0.801, "four of five");
    assert_within(mean, 4.98, 5.0, "a batch that goes on at the end is not full");
    assert_eq!(delegation("policy = \"combining\"", 1, "1us"), [0.0, 1.0, 1.0], "nobody is there to be served");
}

#[test]
fn a_server_does_all_sections_in_one_batch_while_anybody_asks() {
    let [share, mean, longest] = delegation("policy = \"rcl\"", 16, "1ns");
    assert_eq!(share, 1.0);
    assert!(mean == longest && longest > 9_000.0, "one batch of ten milliseconds: {mean}, {longest}");
    assert_eq!(delegation("policy = \"rcl\"", 1, "1us"), [1.0, 1.0, 1.0]);
}

/// Two readers enter at once for 10 ms, and a writer asks after 2 ms for 5 ms, a second after 3 ms.
fn readers_and_writers(preference: &str) -> Found {
    run(&format!(
        "machine.profile = \"ideal\"
         {NO_LOCK}
         objects.rwlock.table = \"{preference}\"
         thread = [
           {{ name = \"reader\", count = 2, steps = [{{ acquire = \"table\", mode = \"read\" }}, {{ sleep = \"10ms\" }}, {{ release = \"table\" }}] }},
           {{ name = \"early\", steps = [{{ sleep = \"2ms\" }}, {{ acquire = \"table\" }}, {{ sleep = \"5ms\" }}, {{ release = \"table\" }}] }},
           {{ name = \"late\", steps = [{{ sleep = \"3ms\" }}, {{ acquire = \"table\" }}, {{ sleep = \"5ms\" }}, {{ release = \"table\" }}] }}]"
    ))
}

#[test]
fn phases_waits_and_concurrency_of_a_readers_writers_lock_are_those_of_its_schedule() {
    // Readers from 0 to 10 ms, the first writer to 15, the second to 20.
    let found = readers_and_writers("fifo");
    let expected = [
        ("rwlock.read_share", 0.5),
        ("rwlock.write_share", 0.5),
        ("rwlock.readers_mean", 2.0),
        ("rwlock.readers_max", 2.0),
        ("rwlock.read_phases", 1.0),
        ("rwlock.read_phase_mean_us", 10_000.0),
        ("rwlock.read_phase_max_us", 10_000.0),
        ("rwlock.write_phases", 1.0),
        ("rwlock.write_phase_mean_us", 10_000.0),
        ("rwlock.write_phase_max_us", 10_000.0),
        ("rwlock.reader_wait_mean_us", 0.0),
        ("rwlock.reader_wait_max_us", 0.0),
        ("rwlock.writer_wait_mean_us", 10_000.0),
        ("rwlock.writer_wait_max_us", 12_000.0),
        ("rwlock.revocations", 0.0),
    ];
    for (metric, exact) in expected {
        assert!((found.only(metric) - exact).abs() < 1e-6 * exact.max(1.0), "{metric}: {}", found.only(metric));
    }
    // The bias of a BRAVO lock is taken back by the first writer, and stays off.
    assert_eq!(readers_and_writers("bravo").only("rwlock.revocations"), 1.0);
}

#[test]
fn fairness_of_time_and_of_progress_is_that_of_what_each_thread_did() {
    // Native work of 3 s, of 1 s, and none. The second has a core at half speed.
    let found = run(
        "machine = { profile = \"ideal\", cores = 3 }
         lock.policy = \"handoff\"
         thread = [{ name = \"a\", steps = [{ native = \"3s\" }] }, { name = \"b\", steps = [{ native = \"1s\" }, { sleep = \"2s\" }] },
                   { name = \"c\", steps = [{ sleep = \"3s\" }] }]
         [run]
         metrics = [\"thread.jain_cpu\"]",
    );
    let jain = 16.0 / (3.0 * 10.0);
    for metric in ["cpu", "work"] {
        found.assert_exact(0, &[(&format!("thread.jain_{metric}"), jain)], "three, one, none");
        found.assert_exact(0, &[(&format!("thread.gini_{metric}"), 0.5)], "three, one, none");
        found.assert_exact(0, &[(&format!("thread.{metric}_max_s"), 3.0)], "the first");
        assert_eq!(found.only(&format!("thread.{metric}_min_s")), 0.0);
    }
    assert_eq!(found.only("thread.without_progress"), 1.0);
}

#[test]
fn progress_is_less_than_time_where_work_is_slow() {
    // Two threads on two cores that run at half speed while both are busy.
    let found = run("machine = { profile = \"ideal\", cores = 2, busy_speed = [1.0, 0.5] }
         lock.policy = \"handoff\"
         thread = [{ name = \"a\", steps = [{ native = \"1s\" }] }, { name = \"b\", steps = [{ native = \"1s\" }] }]
         [run]
         metrics = [\"thread.work_min_s\"]");
    found.assert_exact(
        0,
        &[("thread.work_min_s", 1.0), ("thread.cpu_min_s", 2.0), ("thread.jain_work", 1.0)],
        "halves",
    );
}

#[test]
fn threads_that_are_started_one_after_another_are_ready_one_after_another() {
    // Creating a thread takes its creator 1 ms, starting takes the thread 2 ms: ready at 3, 4, 5 and 6 ms.
    let found = run(&format!(
        "machine = {{ profile = \"ideal\", costs = {{ thread_create = \"1ms\", thread_start = \"2ms\" }} }}
         {NO_LOCK}
         thread = [{{ name = \"main\", steps = [{{ start = \"worker\" }}, {{ compute = \"1ms\" }}, {{ join = \"worker\" }}] }},
                   {{ name = \"worker\", count = 4, begin = \"step\", steps = [{{ compute = \"10ms\" }}] }}]
         [run]
         metrics = [\"worker.ready_all_s\"]"
    ));
    let expected = [
        ("worker.creation_mean_us", 3000.0),
        ("worker.creation_max_us", 3000.0),
        ("worker.ready_first_s", 0.003),
        ("worker.ready_half_s", 0.004),
        ("worker.ready_all_s", 0.006),
        ("main.ready_all_s", 0.004),
    ];
    found.assert_exact(0, &expected, "a ramp");
    assert_eq!(found.only("main.creation_mean_us"), 4000.0, "before its own code it has started all others");
}

#[test]
fn the_threads_of_a_process_are_ready_when_it_has_been_started() {
    let found = run("machine = { profile = \"ideal\", costs = { fork = { parent = \"1ms\", child = \"5ms\" } } }
         lock.policy = \"handoff\"
         process = [{ name = \"child\", count = 2, start = \"fork\" }]
         thread = [{ name = \"main\", steps = [{ start = \"child\" }, { join = \"child\" }] },
                   { name = \"worker\", process = \"child\", count = 1, steps = [{ compute = \"10ms\" }] }]
         [run]
         metrics = [\"worker.ready_all_s\"]");
    let expected =
        [("worker.creation_mean_us", 6000.0), ("worker.ready_first_s", 0.006), ("worker.ready_all_s", 0.007)];
    found.assert_exact(0, &expected, "processes");
}

#[test]
fn what_is_measured_of_threads_and_locks_changes_no_run_and_is_there_only_if_named() {
    let of = |metrics: &str| {
        contend("cores = 2", "policy = \"cpython\"", 3, "1ms", "1us", &format!("duration = \"1s\"\n{metrics}"))
    };
    let (without, with) = (of(""), of("metrics = [\"thread.jain_cpu\", \"user.ready_all_s\", \"lock.preemptions\"]"));
    assert_eq!(with.results.fingerprint(), without.results.fingerprint());
    let names = |found: &Found| found.results.metrics[0].clone();
    let more: Vec<String> = names(&with).into_iter().filter(|name| !names(&without).contains(name)).collect();
    assert_eq!(more.len(), 3 + 9 + 5, "{more:?}");
    assert!(!names(&without).iter().any(|name| name.starts_with("rwlock.")), "there is none");
}
