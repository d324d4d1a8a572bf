//! Checks that change nothing are passed without the event queue, and nobody can tell from the results.

use crate::support::{plan, run};
use gilsim::experiment::runner;

/// Old GIL: hogs whose waiters are on their way, ready but without a core, or asleep, and threads that come and go.
fn scenario(cores: u32, hogs: u32, machine: &str, run: &str) -> String {
    format!(
        "machine = {{ cores = {cores}, {machine} }}
         lock.policy = \"cpython2\"
         thread = [
           {{ name = \"hog\", count = {hogs}, steps = [{{ compute = \"forever\" }}] }},
           {{ name = \"echo\", steps = [{{ repeat = \"forever\", steps = [
             {{ io = \"exp(200us)\" }}, {{ compute = \"exp(20us)\", counts = \"request\" }}, {{ call = \"exp(5us)\" }},
           ] }}] }},
         ]
         signal = [{{ name = \"alarm\", arrivals = \"exp(7ms)\", handler = \"10us\" }}]
         run = {{ duration = \"60ms\", warm_up = \"5ms\", replications = 2, {run} }}"
    )
}

#[test]
fn a_budget_of_events_ends_a_run_where_each_check_would_have_ended_it() {
    let machine = "profile = \"linux-x86_64\"";
    for budget in [200, 201, 202, 203, 5000] {
        let [skipped, each] = ["true", "false"].map(|flag| {
            let limits = format!("max_events = {budget}, shortcuts = {flag}");
            let found = runner::run(&plan(&scenario(1, 2, machine, &limits)), 1).unwrap();
            found.failures().next().map(|(_, error)| error.to_string())
        });
        assert!(
            skipped.as_ref().is_some_and(|told| told.contains(&format!("budget of {budget} events"))),
            "{skipped:?}"
        );
        assert_eq!(skipped, each);
    }
}

#[test]
fn the_results_are_those_of_a_run_that_makes_each_check() {
    let machines = [
        "profile = \"linux-x86_64\"",
        "profile = \"linux-x86_64\", busy_speed = [1.0, 0.83]",
        "profile = \"ideal\", costs = { wake_call_empty = \"310ns\", wake_latency_busy = \"30us\" }",
    ];
    for machine in machines {
        for (cores, hogs) in [(1, 1), (1, 2), (2, 1), (2, 3), (4, 2)] {
            let [skipped, each] =
                ["shortcuts = true", "shortcuts = false"].map(|flag| run(&scenario(cores, hogs, machine, flag)));
            for (ours, theirs) in skipped.records(0).zip(each.records(0)) {
                let told = format!("{machine}, {cores} cores, {hogs} hogs");
                assert!(theirs.events > 20, "{told}: something happens");
                assert_eq!((ours.events, ours.fingerprint), (theirs.events, theirs.fingerprint), "{told}");
                assert_eq!(format!("{:?}", ours.values), format!("{:?}", theirs.values), "{told}");
            }
        }
    }
}
