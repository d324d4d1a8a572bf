//! Stretches that repeat themselves are passed in one step, and nobody can tell from the results.

use gilsim::experiment::runner;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;

use crate::support::{plan, run};

/// Runs an experiment with and without shortcuts, and compares everything that a run gives; how many events it had.
fn compare(experiment: &str, limits: &str) -> u64 {
    let [short, long] =
        [true, false].map(|flag| run(&format!("{experiment}\nrun = {{ {limits}, shortcuts = {flag} }}")));
    let mut events = 0;
    for (ours, theirs) in short.records(0).zip(long.records(0)) {
        let told = format!("{experiment} {limits}");
        assert_eq!((ours.events, ours.fingerprint), (theirs.events, theirs.fingerprint), "{told}");
        assert_eq!(format!("{:?}", ours.values), format!("{:?}", theirs.values), "{told}");
        assert_eq!(ours.distributions, theirs.distributions, "{told}");
        events += theirs.events;
    }
    events
}

/// Threads on a machine of any number of cores.
fn experiment(policy: &str, costs: &str, threads: &str) -> String {
    format!("machine = {{ profile = \"ideal\", costs = {{ {costs} }} }}\nlock = {{ {policy} }}\nthread = [{threads}]")
}

const LIMITS: [&str; 4] = [
    "duration = \"1s\"",
    "duration = \"1s\", warm_up = \"123456789ns\"",
    "duration = \"1s\", warm_up = \"100ms\", batches = 7",
    "duration = \"1s\", warm_up = \"auto\", replications = 2",
];

#[test]
fn threads_that_never_block_give_what_they_give_event_by_event() {
    for limits in LIMITS {
        for policy in
            ["policy = \"cpython\", switch_interval = \"50us\"", "policy = \"cpython2\", check_interval = 1000"]
        {
            for (count, costs) in [
                (1, ""),
                (2, ""),
                (8, ""),
                (17, ""),
                (3, "wake_call = \"700ns\", sleep_call = \"300ns\", lock_pair = \"40ns\""),
                (2, "wake_call_empty = \"310ns\", wake_latency_idle = \"30us\""),
            ] {
                let hogs = format!("{{ name = \"hog\", count = {count}, steps = [{{ compute = \"forever\" }}] }}");
                let events = compare(&experiment(policy, costs, &hogs), limits);
                assert!(count == 1 || events > 20_000, "{policy}, {count}: {events}");
            }
        }
    }
}

#[test]
fn work_that_ends_ends_where_it_would() {
    let threads = "
        { name = \"long\", count = 2, steps = [{ compute = \"301ms\", counts = \"job\" }] },
        { name = \"longer\", steps = [{ repeat = 40, steps = [{ compute = \"10013us\", counts = \"part\" }] }] },
        { name = \"main\", steps = [{ join = \"long\" }, { compute = \"1ms\" }] }";
    for policy in ["policy = \"cpython\", switch_interval = \"20us\"", "policy = \"cpython2\""] {
        assert!(
            compare(
                &experiment(policy, "wake_call = \"700ns\", context_switch = \"1100ns\"", threads),
                "replications = 1"
            ) > 100
        );
    }
}

#[test]
fn threads_that_block_in_a_rhythm_give_what_they_give_event_by_event() {
    let threads = "
        { name = \"reader\", count = 3, steps = [{ repeat = \"forever\", steps = [{ io = \"70us\" }, { compute = \"10us\", counts = \"read\" }] }] },
        { name = \"clock\", steps = [{ repeat = \"forever\", steps = [{ sleep = \"100us\" }, { call = \"3us\" }, { native = \"20us\" }] }] },
        { name = \"worker\", steps = [{ repeat = \"forever\", steps = [{ compute = \"37us\" }, { io = \"8us\" }] }] }";
    for limits in LIMITS {
        for policy in [
            "policy = \"cpython\", switch_interval = \"50us\"",
            "policy = \"cpython2\"",
            "policy = \"barging\", spin = \"3us\"",
        ] {
            assert!(compare(&experiment(policy, "", threads), limits) > 10_000);
        }
    }
}

#[test]
fn a_budget_of_events_ends_a_run_where_it_would() {
    let hogs = "{ name = \"hog\", count = 8, steps = [{ compute = \"forever\" }] }";
    for policy in ["policy = \"cpython\", switch_interval = \"50us\"", "policy = \"cpython2\""] {
        let [short, long] = [true, false].map(|flag| {
            let limits = format!("run = {{ duration = \"1000s\", max_events = 777777, shortcuts = {flag} }}");
            let found = runner::run(&plan(&format!("{}\n{limits}", experiment(policy, "", hogs))), 1).unwrap();
            found.failures().next().map(|(_, error)| error.to_string())
        });
        assert!(short.as_ref().is_some_and(|told| told.contains("budget of 777777 events")), "{short:?}");
        assert_eq!(short, long);
    }
}

/// A length of work or of a wait: few and round ones, so that cycles are short.
fn length() -> impl Strategy<Value = &'static str> {
    select(vec!["1us", "2us", "3us", "5us", "10us", "24us", "100us"])
}

fn group(number: usize) -> impl Strategy<Value = String> {
    let verb = select(vec!["compute", "compute", "call", "io", "sleep", "native"]);
    let steps = prop::collection::vec((verb, length()), 1..4).prop_map(|steps| {
        let steps: Vec<String> = steps.iter().map(|(verb, length)| format!("{{ {verb} = \"{length}\" }}")).collect();
        format!(
            "{{ repeat = \"forever\", steps = [{{ compute = \"500ns\", counts = \"round\" }}, {}] }}",
            steps.join(", ")
        )
    });
    let endless = Just("{ compute = \"forever\" }".to_owned());
    let long = (1..80_u32).prop_map(|millis| format!("{{ compute = \"{millis}ms\" }}"));
    let program = prop_oneof![2 => steps, 2 => endless, 1 => long];
    (1..4_u32, program)
        .prop_map(move |(count, steps)| format!("{{ name = \"group-{number}\", count = {count}, steps = [{steps}] }}"))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 150, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn programs_of_fixed_lengths_give_what_they_give_event_by_event(
        policy in select(vec![
            "policy = \"cpython\", switch_interval = \"50us\"",
            "policy = \"cpython\", switch_interval = \"7us\", stealing = false",
            "policy = \"cpython\", switch_interval = \"20us\", wake_order = \"lifo\"",
            "policy = \"cpython2\", check_interval = 100",
            "policy = \"cpython2\", check_interval = 1000",
            "policy = \"handoff\"",
            "policy = \"handoff\", order = \"lifo\"",
            "policy = \"barging\"",
            "policy = \"barging\", spin = \"2us\"",
        ]),
        costs in prop::collection::vec((select(vec!["wake_call", "sleep_call", "context_switch", "wake_latency_idle", "lock_pair"]), select(vec!["0.1", "0.5", "1"])), 0..3),
        groups in (group(1), prop::option::of(group(2)), prop::option::of(group(3))),
        limits in select(vec![
            "duration = \"100ms\"",
            "duration = \"100ms\", warm_up = \"20ms\"",
            "duration = \"100ms\", warm_up = \"10001us\", batches = 3",
        ]),
    ) {
        let costs: std::collections::BTreeMap<_, _> = costs.into_iter().collect();
        let costs: Vec<String> = costs.iter().map(|(name, price)| format!("{name} = \"{price}us\"")).collect();
        // One thread goes on to the end.
        let clock = "{ name = \"clock\", steps = [{ repeat = \"forever\", steps = [{ io = \"100us\" }, { compute = \"1us\" }] }] }".into();
        let threads = [Some(clock), Some(groups.0), groups.1, groups.2].into_iter().flatten().collect::<Vec<String>>().join(", ");
        compare(&experiment(policy, &costs.join(", "), &threads), limits);
    }
}
