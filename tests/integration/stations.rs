//! What follows at a station in one piece is what the event loop would have done one by one, and nobody can tell from the
//! results.

use std::fmt::Write;

use crate::support::{plan, run};
use gilsim::experiment::runner;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;

/// Runs an experiment with and without shortcuts, and compares everything that a run gives; how many events it had.
fn compare(experiment: &str) -> u64 {
    let [short, long] = [true, false].map(|flag| run(&format!("{experiment}, shortcuts = {flag} }}")));
    let mut events = 0;
    for (ours, theirs) in short.records(0).zip(long.records(0)) {
        assert_eq!((ours.events, ours.fingerprint), (theirs.events, theirs.fingerprint), "{experiment}");
        assert_eq!(format!("{:?}", ours.values), format!("{:?}", theirs.values), "{experiment}");
        assert_eq!(ours.distributions, theirs.distributions, "{experiment}");
        events += theirs.events;
    }
    events
}

/// Threads at one lock, on the machine where nothing costs anything; the last table is left open. One of them throws dice all the
/// time: as long as nobody has drawn anything, cycles are looked for, and stations have not begun.
fn station(threads: &str, run: &str) -> String {
    format!(
        "machine.profile = \"ideal\"
         lock.policy = \"handoff\"
         thread = [
           {{ name = \"dice\", daemon = true, steps = [{{ repeat = \"forever\", steps = [{{ io = \"exp(5us)\" }}] }}] }},
           {threads}
         ]
         run = {{ {run}"
    )
}

const LIMITS: [&str; 4] = [
    "duration = \"50ms\", replications = 7, control_variates = true",
    "duration = \"50ms\", warm_up = \"7ms\"",
    "duration = \"50ms\", warm_up = \"auto\"",
    "duration = \"60ms\", warm_up = \"10ms\", batches = 5",
];

#[test]
fn customers_that_arrive_and_end_are_served_as_by_the_event_loop() {
    for limits in LIMITS {
        let threads = "{ name = \"customer\", arrivals = \"exp(1ms)\", steps = [{ compute = \"exp(0.9ms)\" }] }";
        assert!(compare(&station(threads, limits)) > 100);
    }
    let few = "{ name = \"customer\", count = 40, arrivals = \"exp(1ms)\", steps = [{ compute = \"exp(1ms)\" }, { io = \"2ms\" }] }";
    assert!(compare(&station(few, "replications = 3")) > 300);
}

#[test]
fn threads_that_come_back_are_served_as_by_the_event_loop() {
    let think_and_hold = "{ name = \"user\", count = 8, steps = [{ repeat = \"forever\", steps = [
        { io = \"exp(3ms)\" }, { compute = \"exp(1ms)\" }, { sleep = \"uniform(0, 1us)\" }, { compute = \"100ns\" },
    ] }] }";
    for limits in LIMITS {
        assert!(compare(&station(think_and_hold, limits)) > 200);
    }
}

#[test]
fn whatever_happens_at_the_same_moment_happens_in_the_same_order() {
    // Round numbers: arrivals, ends of service and devices coincide, and some waits take no time.
    let threads = "
        { name = \"clock\", count = 3, steps = [{ repeat = 400, steps = [{ compute = \"10us\" }, { io = \"10us\" }] }] },
        { name = \"comer\", count = 300, arrivals = \"20us\", steps = [{ compute = \"10us\" }, { io = \"0s\" }, { compute = \"0s\" }] },
        { name = \"spinner\", steps = [{ repeat = 500, steps = [{ io = \"0s\" }, { io = \"30us\" }, { compute = \"10us\" }] }] }";
    assert!(compare(&station(threads, "replications = 1")) > 2000);
}

#[test]
fn other_steps_go_the_general_way_from_the_same_state() {
    let threads = "
        { name = \"main\", steps = [{ start = \"worker\" }, { compute = \"exp(2ms)\" }, { join = \"worker\" }] },
        { name = \"worker\", count = 4, begin = \"step\", steps = [{ repeat = 50, steps = [
            { native = \"exp(100us)\" }, { compute = \"exp(50us)\", counts = \"item\" }, { call = \"exp(20us)\" },
            { choose = [{ p = 0.25, steps = [{ io = \"exp(1ms)\" }] }, { p = 0.75, steps = [{ compute = \"1us\" }] }] },
        ] }] },
        { name = \"background\", daemon = true, steps = [{ repeat = \"forever\", steps = [{ compute = \"30us\" }, { io = \"exp(70us)\" }] }] }";
    assert!(compare(&station(threads, "replications = 3")) > 500);
}

#[test]
fn processes_that_end_with_threads_that_wait_go_the_general_way_from_the_same_state() {
    // The first process ends with daemons in all states; the second, of two instances, goes on, and its threads take over slots.
    let processes = "process = [{ name = \"second\", count = 2 }]\n";
    let daemon = "daemon = true, steps = [{ repeat = \"forever\", steps = [{ compute = \"exp(1ms)\" }, { io = \"exp(1ms)\" }] }]";
    let threads = format!(
        "{{ name = \"short\", steps = [{{ repeat = 10, steps = [{{ io = \"1ms\" }}, {{ compute = \"exp(1ms)\" }}] }}] }},
         {{ name = \"daemon\", count = 6, {daemon} }},
         {{ name = \"long\", process = \"second\", count = 50, arrivals = \"exp(1ms)\", steps = [{{ compute = \"exp(1ms)\" }}] }},
         {{ name = \"helper\", process = \"second\", count = 2, {daemon} }}"
    );
    assert!(compare(&format!("{processes}{}", station(&threads, "replications = 5"))) > 2000);
}

#[test]
fn thousands_of_threads_are_served_as_by_the_event_loop() {
    for (think, rounds) in [("exp(3s)", 3), ("2s", 3), ("pareto(1.1, 1ms)", 20)] {
        let threads = format!(
            "{{ name = \"user\", count = 3000, steps = [{{ repeat = {rounds}, steps = [{{ io = \"{think}\" }}, {{ compute = \"exp(1ms)\" }}] }}] }}"
        );
        assert!(compare(&station(&threads, "duration = \"20s\", warm_up = \"1s\"")) > 20_000);
    }
}

#[test]
fn budgets_end_a_run_where_the_event_loop_would_end_it() {
    let users = "{ name = \"user\", count = 5, steps = [{ repeat = \"forever\", steps = [{ io = \"exp(1ms)\" }, { compute = \"exp(1ms)\" }] }] }";
    let guests = "{ name = \"guest\", arrivals = \"exp(1us)\", steps = [{ io = \"1s\" }] }";
    // After a while, so that it is a station where it happens.
    let later = |steps: &str| format!("{{ name = \"idler\", steps = [{{ io = \"2ms\" }}, {steps}] }}");
    let empty = later("{ repeat = \"forever\", steps = [{ compute = \"0s\" }] }");
    let long = later(
        "{ repeat = 2, steps = [{ repeat = 2, steps = [{ io = \"1us\" }] }, { repeat = 600000, steps = [{ compute = \"0s\" }] }] }",
    );
    let still = later("{ repeat = \"forever\", steps = [{ io = \"0s\" }] }");
    for (threads, budget, told) in [
        (users, "max_events = 100", "budget of 100 events"),
        (users, "max_events = 777777", "budget of 777777 events"),
        (guests, "max_memory = \"35MB\"", "budget of 35000000 bytes"),
        (guests, "max_memory = \"50MB\"", "budget of 50000000 bytes"),
        (&empty, "seed = 1", "a loop that takes no time"),
        (&long, "seed = 1", "a loop that takes no time"),
        (&still, "seed = 1", "the clock has stood still"),
    ] {
        let [short, long] = [true, false].map(|flag| {
            let limits = format!("duration = \"10000s\", {budget}, shortcuts = {flag} }}");
            let found = runner::run(&plan(&station(threads, &limits)), 1).unwrap();
            found.failures().next().map(|(_, error)| error.to_string())
        });
        assert!(short.as_ref().is_some_and(|short| short.contains(told)), "{short:?}");
        assert_eq!(short, long);
    }
}

/// A length of work or of a wait: round ones coincide.
fn length() -> impl Strategy<Value = &'static str> {
    select(vec!["0s", "1us", "10us", "10us", "100us", "exp(10us)", "exp(50us)", "uniform(0, 20us)"])
}

fn step() -> impl Strategy<Value = String> {
    let verb = select(vec!["compute", "compute", "io", "sleep"]);
    let extra = select(vec!["", "", ", counts = \"done\""]);
    let timed = (verb, length(), extra).prop_map(|(verb, length, extra)| format!("{{ {verb} = \"{length}\"{extra} }}"));
    let begun = length().prop_map(|length| format!("{{ io = \"{length}\", begins = \"done\" }}"));
    let step = prop_oneof![6 => timed, 1 => begun, 1 => Just("{ begin = \"done\" }".to_owned())];
    step.prop_recursive(2, 8, 3, |inner| {
        let steps = prop::collection::vec(inner, 1..4).prop_map(|steps| steps.join(", "));
        prop_oneof![
            (0..4_u32, steps.clone()).prop_map(|(times, steps)| format!("{{ repeat = {times}, steps = [{steps}] }}")),
            (steps.clone(), steps).prop_map(|(one, other)| {
                format!("{{ choose = [{{ p = 0.25, steps = [{one}] }}, {{ p = 0.75, steps = [{other}] }}] }}")
            }),
        ]
    })
}

/// A group of threads that live for a while, come one after another, or never end; the last ones are daemons.
fn group(number: usize) -> impl Strategy<Value = String> {
    let begin = select(vec!["", "arrivals = \"exp(100us)\", ", "arrivals = \"50us\", "]);
    (1..6_u32, begin, prop::collection::vec(step(), 1..4), any::<bool>()).prop_map(
        move |(count, begin, steps, endless)| {
            let mut steps = steps.join(", ");
            if endless {
                // A round takes some time in any case.
                steps = format!("{{ repeat = \"forever\", steps = [{{ io = \"exp(20us)\" }}, {steps}] }}");
            }
            let mut text = format!("{{ name = \"group-{number}\", count = {count}, {begin}steps = [{steps}]");
            let _ = write!(text, "{} }}", if endless { ", daemon = true" } else { "" });
            text
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn random_programs_go_as_by_the_event_loop(
        groups in (group(1), prop::option::of(group(2)), prop::option::of(group(3))),
        second in any::<bool>(),
        limits in select(vec![
            "duration = \"5ms\"",
            "duration = \"5ms\", warm_up = \"1ms\"",
            "duration = \"5ms\", warm_up = \"auto\"",
            "duration = \"5ms\", warm_up = \"10us\", batches = 4",
        ]),
    ) {
        // One thread goes on to the end, so that there is something to measure.
        let mut threads = "{ name = \"clock\", steps = [{ repeat = \"forever\", steps = [{ io = \"100us\" }, { compute = \"exp(3us)\", counts = \"done\" }] }] }".to_owned();
        for (number, group) in [Some(groups.0), groups.1, groups.2].into_iter().flatten().enumerate() {
            let place = if second && number == 0 { "{ process = \"second\"," } else { "{" };
            let _ = write!(threads, ", {}", group.replacen('{', place, 1));
        }
        let processes = if second { "process = [{ name = \"second\", count = 2 }]\n" } else { "" };
        compare(&format!("{processes}{}", station(&threads, limits)));
    }
}
