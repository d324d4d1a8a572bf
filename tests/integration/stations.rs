//! What follows at a station in one piece is what the event loop would have done one by one, and nobody can tell from the
//! results.

use crate::support::run;

/// Runs an experiment with and without shortcuts, and compares everything that a run gives; how many events it had.
fn compare(experiment: &str) -> u64 {
    let [short, long] = [true, false].map(|flag| run(&format!("{experiment}, shortcuts = {flag} }}")));
    let mut events = 0;
    for (ours, theirs) in short.records(0).zip(long.records(0)) {
        assert_eq!((ours.events, ours.fingerprint), (theirs.events, theirs.fingerprint), "{experiment}");
        assert_eq!(format!("{:?}", ours.values), format!("{:?}", theirs.values), "{experiment}");
        events += theirs.events;
    }
    events
}

/// Threads at one lock, on the machine where nothing costs anything; the last table is left open.
fn station(threads: &str, run: &str) -> String {
    format!(
        "machine.profile = \"ideal\"
         lock.policy = \"handoff\"
         thread = [{threads}]
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
