//! A run that cannot end, or takes more than it may, stops and says what it was doing.

use crate::support::plan;
use gilsim::experiment::runner;

/// Why the only run of an experiment failed.
#[track_caller]
fn failure(text: &str) -> String {
    let found = runner::run(&plan(text), 1).unwrap();
    let (_, error) = found.failures().next().unwrap_or_else(|| panic!("the run did not fail:\n{text}"));
    error.to_string()
}

#[track_caller]
fn assert_tells(told: &str, parts: &[&str]) {
    for part in parts {
        assert!(told.contains(part), "`{part}` is missing from `{told}`");
    }
}

const PING_PONG: &str = "
    machine = { profile = \"ideal\", cores = 2 }
    lock.policy = \"free-threaded\"
    objects = { semaphore = { ping = 1, pong = 0 } }
    [[thread]]
    name = \"a\"
    steps = [{ repeat = \"forever\", steps = [{ acquire = \"ping\" }, { release = \"pong\" }] }]
    [[thread]]
    name = \"b\"
    steps = [{ repeat = \"forever\", steps = [{ acquire = \"pong\" }, { release = \"ping\" }] }]
    [run]
    duration = \"1s\"
    seed = 5";

#[test]
fn a_run_whose_clock_stands_still_is_stopped() {
    assert_tells(
        &failure(PING_PONG),
        &["clock has stood still for", "a: 1 in", "seed 5", "simulated time 0.000000000 s"],
    );
}

#[test]
fn a_run_that_uses_up_its_events_is_stopped_with_what_its_threads_were_doing() {
    let told = failure(
        "thread = [{ name = \"io\", count = 3, steps = [{ repeat = \"forever\", steps = [{ io = \"1ms\" }] }] }]
         run = { duration = \"100s\", max_events = 5000 }",
    );
    assert_tells(&told, &["budget of 5000 events (run.max_events)", "io: ", "in io", "events wait"]);
}

#[test]
fn a_run_whose_threads_pile_up_is_stopped_before_it_takes_all_memory() {
    let arriving = "lock.policy = \"cpython\"
         thread = [{ name = \"guest\", arrivals = \"exp(1us)\", steps = [{ io = \"1s\" }] }]
         run = { duration = \"10s\", max_memory = \"50MB\" }";
    assert_tells(&failure(arriving), &["budget of 50000000 bytes of memory (run.max_memory)", "guest: "]);
    let at_once = "thread = [{ name = \"guest\", count = 50_000_000, steps = [{ io = \"1s\" }] }]
         run = { max_memory = \"100MB\" }";
    assert_tells(&failure(at_once), &["budget of 100000000 bytes", "simulated time 0.000000000 s"]);
}
