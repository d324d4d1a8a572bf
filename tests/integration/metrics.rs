//! What metrics say of systems of which it is known.

use proptest::prelude::*;

use gilsim::theory::open::Mm1;

use crate::support::{Found, assert_within, is_near, run};

/// Threads that hold a lock for 3.5 us and think for 350 us, of which 60 us for waking up, with 60 us from a release to
/// the next holder's first step.
fn closed(threads: u32, together: bool) -> Found {
    // Those that come one after another meet nobody; those that come at once queue up.
    let arrivals = if together { "" } else { "arrivals = \"50us\"," };
    run(&format!(
        "machine = {{ profile = \"ideal\", costs = {{ wake_latency_idle = \"60us\" }} }}
         lock.policy = \"handoff\"
         thread = [{{ name = \"t\", count = {threads}, {arrivals} steps = [
           {{ compute = \"3.5us\" }}, {{ repeat = \"forever\", steps = [{{ io = \"290us\" }}, {{ compute = \"3.5us\", counts = \"done\" }}] }} ] }}]
         [run]
         duration = \"1s\"
         warm_up = \"10ms\""
    ))
}

#[test]
fn the_longest_run_of_one_owner_may_be_the_one_that_its_end_cuts_off() {
    let program = "lock.policy = \"handoff\"
        thread = [{ name = \"only\", steps = [{ repeat = 5, steps = [{ compute = \"1us\" }, { io = \"1us\" }] }] }]";
    for (limits, longest) in
        [("", 6.0), ("run.duration = \"5us\"", 3.0), ("run = { duration = \"5us\", warm_up = \"3500ns\" }", 3.0)]
    {
        let found = run(&format!("machine.profile = \"ideal\"\n{program}\n{limits}"));
        assert_eq!(found.only("lock.owner_run_max"), longest, "{limits}");
    }
}

/// Every part of the attribution but what it sums to.
const PARTS: [&str; 10] = [
    "ideal_s",
    "awaited_s",
    "serial_s",
    "handoff_s",
    "idle_held_s",
    "spin_s",
    "ready_s",
    "switching_s",
    "overhead_s",
    "start_up_s",
];

fn sum_of_parts(found: &Found, cell: usize) -> f64 {
    PARTS.iter().map(|part| found.at(cell, &format!("attribution.{part}"))).sum()
}

#[test]
fn the_convoy_of_a_deterministic_closed_lock_lasts_for_ever_or_never_begins() {
    // Seven threads: both regimes exist, and the beginning decides.
    let convoy = closed(7, true);
    assert_eq!(convoy.only("lock.convoy_index"), 1.0);
    assert_eq!((convoy.only("lock.convoys"), convoy.only("lock.convoy_longest_s")), (1.0, 0.99));
    assert!(convoy.only("lock.convoy_onset_s") < 1e-3);
    assert!(convoy.only("lock.convoy_recovery_mean_s").is_nan(), "it has not ended");
    let free = closed(7, false);
    assert_eq!((free.only("lock.convoys"), free.only("lock.convoy_index")), (0.0, 0.0));
    assert_eq!(free.only("lock.handoffs_direct"), 0.0);
}

#[test]
fn each_direct_hand_off_takes_the_time_until_the_next_holder_runs() {
    let convoy = closed(7, true);
    assert_eq!(convoy.only("lock.gap_direct_mean_us"), 60.0);
    assert_eq!(convoy.only("lock.handoffs_wake") + convoy.only("lock.handoffs_barge"), 0.0);
    let shares = ["useful", "overhead", "idle_held", "granted", "free_wanted", "unused"];
    let sum: f64 = shares.iter().map(|share| convoy.only(&format!("lock.{share}_share"))).sum();
    assert!(is_near(sum, 1.0, 1e-12), "{sum}");
    assert!(is_near(convoy.only("lock.useful_share"), 3.5 / 63.5, 1e-3));
    assert!(is_near(convoy.only("lock.handoff_share"), 60.0 / 63.5, 1e-3));
}

#[test]
fn a_crowd_that_ends_is_a_convoy_with_a_recovery() {
    // Ten come at once, each holds the lock for 1 ms, three times with 100 us between, and they are gone.
    let found = run(
        "machine.profile = \"ideal\"
         lock.policy = \"handoff\"
         thread = [{ name = \"t\", count = 10, steps = [{ repeat = 3, steps = [{ compute = \"1ms\" }, { io = \"100us\" }] }] }]",
    );
    assert_eq!(found.only("lock.convoys"), 1.0);
    assert_eq!(found.only("lock.convoy_queue_max"), 9.0);
    // From the first release to the thirtieth, which finds nobody; threads that are done come by to end.
    assert_within(found.only("lock.convoy_longest_s"), 0.028, 0.030, "length");
    assert_within(found.only("lock.convoy_recovery_mean_s"), 0.001, 0.030, "recovery");
}

#[test]
fn the_queue_and_what_arrivals_find_of_it_are_those_of_mm1() {
    let queue = Mm1 { arrival_rate: 1000.0, service_rate: 1000.0 / 0.7 };
    let found = run("machine.profile = \"ideal\"
         lock.policy = \"handoff\"
         thread = [{ name = \"customer\", arrivals = \"exp(1ms)\", steps = [{ compute = \"exp(0.7ms)\" }] }]
         [run]
         duration = \"105s\"
         warm_up = \"5s\"
         replications = 24");
    let length = queue.wait() * 1000.0;
    found.assert_oracle(0, "lock.queue_mean", length, "time average");
    // Poisson arrivals see time averages.
    found.assert_oracle(0, "lock.queue_at_arrival_mean", length, "at arrivals");
    found.assert_oracle(0, "lock.hold_mean_us", 700.0, "hold");
    // Response over service; all that is not service is serial.
    found.assert_oracle(0, "attribution.slow_down", 1.0 / 0.3, "slow-down");
    for record in 0..24 {
        let at = |metric: &str| found.values(0, metric)[record];
        assert!(is_near(at("attribution.serial_s"), at("attribution.lived_s") - at("attribution.ideal_s"), 1e-9));
        // Little's law, of a time average and of waits.
        let waits = at("lock.wait_mean_us") * at("lock.acquisitions_per_s") / 1e6;
        assert!(is_near(at("lock.queue_mean"), waits, 1e-9));
        assert!(at("lock.queue_max") >= at("lock.queue_mean"));
    }
}

/// Saturated threads of which one holds the lock ten times as long.
fn ten_to_one(policy: &str, more: &str) -> Found {
    run(&format!(
        "machine.profile = \"ideal\"
         lock = {{ {policy} }}
         thread = [{{ name = \"long\", steps = [{{ repeat = \"forever\", steps = [{{ compute = \"10us\" }}, {{ io = \"1ns\" }}] }}] }},
                   {{ name = \"short\", steps = [{{ repeat = \"forever\", steps = [{{ compute = \"1us\" }}, {{ io = \"1ns\" }}] }}] }}]
         [run]
         duration = \"1s\"
         {more}"
    ))
}

/// One metric of each part that is measured only if it is asked for.
const EXTRAS: &str = "metrics = [\"lock.jain_held_1ms\", \"lock.bypass_max\", \"lock.hold_p50_us\", \"lock.return_p50\", \
                      \"lock.drop_delay_p50_us\", \"lock.handoffs_local_share\", \"lock.parks\", \"lock.jain_opportunity\"]";

#[test]
fn a_queue_is_fair_in_turns_and_unfair_in_time_by_as_much_as_holds_differ() {
    let found = ten_to_one("policy = \"handoff\"", EXTRAS);
    let near = |metric: &str, value: f64| {
        assert!(is_near(found.only(metric), value, 1e-3), "{metric}: {}", found.only(metric));
    };
    near("lock.jain_acquisitions", 1.0);
    near("lock.jain_held", 121.0 / 202.0);
    for window in ["1ms", "10ms", "100ms"] {
        near(&format!("lock.jain_held_{window}"), 121.0 / 202.0);
    }
    near("lock.gini_held", 9.0 / 22.0);
    assert_eq!((found.only("lock.bypass_max"), found.only("lock.bypass_p99")), (0.0, 0.0), "nobody overtakes");
    assert_eq!((found.only("lock.owner_run_max"), found.only("lock.return_p50")), (1.0, 2.0));
    assert_eq!(found.only("lock.lws_mean"), 2.0);
    assert_within(found.only("lock.hold_p50_us"), 1.0, 1.001, "half of the holds are short");
    assert_within(found.only("lock.hold_max_us"), 10.0, 10.01, "longest hold");
}

#[test]
fn metrics_that_are_not_named_are_not_there_and_naming_them_changes_no_run() {
    let (with, without) = (ten_to_one("policy = \"barging\"", EXTRAS), ten_to_one("policy = \"barging\"", ""));
    assert_eq!(with.results.fingerprint(), without.results.fingerprint());
    let names = |found: &Found| found.results.metrics[0].clone();
    assert!(names(&without).iter().all(|name| !name.contains("bypass") && !name.contains("jain_held_1")));
    for name in names(&without) {
        let (ours, theirs) = (with.only(&name), without.only(&name));
        assert!(ours == theirs || ours.is_nan() && theirs.is_nan(), "{name}: {ours} and {theirs}");
    }
}

#[test]
fn a_lock_that_starves_a_thread_says_so() {
    // The last that came is first: of three threads that ask again at once two take turns.
    let found = run(&format!(
        "machine.profile = \"ideal\"
         lock = {{ policy = \"handoff\", order = \"lifo\" }}
         thread = [{{ name = \"t\", count = 4, steps = [{{ compute = \"10us\" }}, {{ repeat = \"forever\", steps = [{{ io = \"1us\" }}, {{ compute = \"10us\" }}] }}] }}]
         [run]
         duration = \"1s\"
         warm_up = \"1ms\"
         {EXTRAS}"
    ));
    assert_eq!((found.only("lock.threads_wanting"), found.only("lock.threads_starved")), (4.0, 2.0));
    assert!(is_near(found.only("lock.jain_acquisitions"), 0.5, 1e-3));
    assert!(is_near(found.only("lock.gini_acquisitions"), 0.5, 1e-3));
    assert!(is_near(found.only("lock.wait_unfinished_max_us"), 1e6, 1e-3));
    assert_within(found.only("lock.bypass_max"), 99_000.0, 101_000.0, "times the starved were overtaken");
    assert_eq!(found.only("lock.lws_mean"), 2.0);
}

#[test]
fn threads_preempted_with_the_lock_make_it_idle_held() {
    // One core, a thread without need for the lock beside two that have: the holder loses the core now and then.
    let found = run(
        "machine = { profile = \"ideal\", cores = 1, scheduler = \"round-robin\", quantum = \"1ms\" }
         lock.policy = \"handoff\"
         thread = [{ name = \"other\", steps = [{ native = \"100ms\" }] }, { name = \"user\", count = 2, steps = [{ compute = \"100ms\" }] }]",
    );
    assert_within(found.only("lock.idle_held_share"), 0.3, 0.5, "share of the lock");
    let preempted = found.only("user.preempted_s");
    assert!(is_near(found.only("lock.idle_held_share") * found.only("run.wall_s"), preempted, 1e-9));
    assert!(found.only("attribution.idle_held_s") > 0.05, "the other one sleeps meanwhile");
    assert_eq!(found.only("core.leaves_involuntary") > 50.0, found.only("core.context_switches") > 50.0);
}

#[test]
fn a_queue_goes_from_node_to_node_as_its_threads_stand_on_them() {
    // Four threads on four cores take turns; the cores are on one node, on two, on four.
    let found = run(&format!(
        "machine = {{ profile = \"ideal\", cores = 4 }}
         lock.policy = \"handoff\"
         thread = [{{ name = \"t\", count = 4, steps = [{{ repeat = \"forever\", steps = [{{ compute = \"10us\" }}, {{ native = \"1us\" }}] }}] }}]
         sweep = {{ machine.nodes = [1, 2, 4] }}
         [run]
         duration = \"100ms\"
         warm_up = \"10ms\"
         {EXTRAS}"
    ));
    for (cell, share) in [(0, 1.0), (1, 0.5), (2, 0.0)] {
        let at = |metric: &str| found.at(cell, metric);
        assert!((at("lock.handoffs_local_share") - share).abs() < 1e-3, "{}", at("lock.handoffs_local_share"));
        let of_others = at("lock.handoffs_barge") + at("lock.handoffs_wake") + at("lock.handoffs_direct");
        assert_eq!(at("lock.handoffs_local") + at("lock.handoffs_remote"), of_others);
    }
}

#[test]
fn the_safe_point_delay_is_what_is_left_of_a_c_call() {
    // A call of 7 ms has its check point at its end; who has waited for 5 ms asks, and gets the lock 2 ms later.
    let found = run(&format!(
        "machine.profile = \"ideal\"
         lock = {{ policy = \"cpython\", switch_interval = \"5ms\" }}
         thread = [{{ name = \"t\", count = 2, steps = [{{ repeat = \"forever\", steps = [{{ call = \"7ms\" }}] }}] }}]
         [run]
         duration = \"1s\"
         warm_up = \"100ms\"
         {EXTRAS}"
    ));
    for share in ["p50", "p99", "max"] {
        assert_within(found.only(&format!("lock.drop_delay_{share}_us")), 2000.0, 2002.0, share);
    }
    assert_eq!(found.only("lock.drops_honoured"), found.only("lock.switches_forced"));
    assert!((found.only("lock.drops_honoured") - found.only("lock.drop_requests")).abs() <= 1.0);
    assert_within(found.only("lock.drop_requests"), 127.0, 130.0, "one each 7 ms of 900");
    // The same without requests: I/O releases the lock before anybody has waited for so long.
    let found = run(&format!(
        "machine.profile = \"ideal\"
         lock.policy = \"cpython\"
         thread = [{{ name = \"t\", count = 2, steps = [{{ repeat = 100, steps = [{{ call = \"1ms\" }}, {{ io = \"1ms\" }}] }}] }}]
         run = {{ {EXTRAS} }}"
    ));
    assert_eq!((found.only("lock.drops_honoured"), found.only("lock.drop_requests")), (0.0, 0.0));
    assert!(found.only("lock.drop_delay_p50_us").is_nan());
}

#[test]
fn the_opportunity_of_a_thread_is_its_holds_and_all_time_in_which_the_lock_was_free() {
    let long_and_short = |think: &str, lock: &str| {
        run(&format!(
            "machine.profile = \"ideal\"
             lock = {{ {lock} }}
             thread = [{{ name = \"long\", weight = 3, steps = [{{ repeat = \"forever\", steps = [{{ compute = \"10us\" }}, {{ io = \"{think}\" }}] }}] }},
                       {{ name = \"short\", steps = [{{ repeat = \"forever\", steps = [{{ compute = \"1us\" }}, {{ io = \"{think}\" }}] }}] }}]
             [run]
             duration = \"1s\"
             {EXTRAS}"
        ))
    };
    let jain = |one: f64, other: f64| (one + other).powi(2) / 2.0 / (one * one + other * other);
    for (think, lock) in
        [("1ns", "policy = \"handoff\""), ("exp(20us)", "policy = \"handoff\""), ("1us", "policy = \"u-scl\"")]
    {
        let found = long_and_short(think, lock);
        let only = |metric: &str| found.only(metric);
        let free = only("lock.unused_share") + only("lock.free_wanted_share");
        // On the ideal machine a thread does nothing with the lock but to run Python code.
        let (long, short) = (only("long.python_s"), only("short.python_s"));
        let expected = [
            ("lock.jain_opportunity", jain(long + free, short + free)),
            ("lock.opportunity_min_s", long.min(short) + free),
            ("lock.opportunity_max_s", long.max(short) + free),
            ("lock.jain_held", jain(long, short)),
            ("lock.jain_held_weighted", jain(long / 3.0, short)),
            ("lock.max_over_min_held", long.max(short) / long.min(short)),
            ("lock.rsd_held", (long - short).abs() / (long + short)),
        ];
        for (metric, value) in expected {
            assert!(is_near(only(metric), value, 1e-9), "{think}: {metric} is {}, not {value}", only(metric));
        }
        let (most, least) = (only("long.acquisitions"), only("short.acquisitions"));
        let (most, least) = (most.max(least), most.min(least));
        assert!(is_near(only("lock.max_over_min_acquisitions"), most / least, 1e-9));
        assert!((only("lock.rsd_acquisitions") - (most - least) / (most + least)).abs() < 1e-9);
    }
}

#[test]
fn each_waiter_of_a_queue_sleeps_once() {
    let found = ten_to_one("policy = \"handoff\"", EXTRAS);
    assert!((found.only("lock.parks") - found.only("lock.wake_ups")).abs() <= 1.0);
    assert!((found.only("lock.parks") / found.only("lock.acquisitions") - 1.0).abs() < 1e-3);
    assert_eq!(ten_to_one("policy = \"tas\"", EXTRAS).only("lock.parks"), 0.0, "those who spin do not sleep");
}

#[test]
fn energy_is_the_time_of_cores_times_what_they_draw_in_it() {
    let with_power = |policy: &str| {
        run(&format!(
            "machine = {{ profile = \"linux-x86_64\", cores = 4, power = {{ active_w = 10, spin_w = 6.5, idle_w = 1 }} }}
             lock.policy = \"{policy}\"
             thread = [{{ name = \"t\", count = 3, steps = [{{ repeat = \"forever\", steps = [{{ compute = \"exp(10us)\", counts = \"op\" }}, {{ native = \"5us\" }}] }}] }}]
             [metrics]
             op_per_j = \"op.count / core.energy_j\"
             [run]
             duration = \"200ms\"
             warm_up = \"50ms\""
        ))
    };
    for policy in ["mcs", "futex"] {
        let found = with_power(policy);
        let share = |part: &str| found.only(&format!("core.{part}_share"));
        let active = share("useful") + share("overhead") + share("start_up") + share("switching") + share("system");
        let power = 4.0 * (10.0 * active + 6.5 * share("spinning") + share("idle"));
        assert!(is_near(found.only("core.power_w"), power, 1e-9), "{} and {power}", found.only("core.power_w"));
        assert!(is_near(found.only("core.energy_j"), power * 0.15, 1e-9));
        assert!(is_near(found.only("core.energy_delay_js"), power * 0.15 * 0.15, 1e-9));
        assert_eq!(share("spinning") > 0.01, policy == "mcs");
    }
    // Without `power` nothing is said of energy, and the run goes the same way.
    let names = ten_to_one("policy = \"mcs\"", "").results.metrics[0].clone();
    assert!(names.iter().all(|name| !name.contains("energy")), "{names:?}");
}

#[test]
fn start_up_is_told_from_other_overhead() {
    let found = run("machine = { profile = \"ideal\", costs = { thread_create = \"1ms\", thread_start = \"2ms\" } }
         pool = [{ name = \"p\", kind = \"thread\", workers = 3, tasks = 6, steps = [{ compute = \"1ms\" }] }]");
    assert!(is_near(found.only("attribution.start_up_s"), 0.009, 1e-9), "{}", found.only("attribution.start_up_s"));
    assert_eq!(found.only("attribution.overhead_s"), 0.0);
    assert!(is_near(sum_of_parts(&found, 0), found.only("attribution.lived_s"), 1e-9));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    /// That the parts agree to the nanosecond is checked in each run; here, that none is forgotten in what is told.
    #[test]
    fn attribution_sums_to_the_time_lived_whatever_the_policy(
        policy in proptest::sample::select(vec!["cpython", "cpython2", "pypy", "handoff", "barging", "free-threaded"]),
        profile in proptest::sample::select(vec!["ideal", "linux-x86_64"]),
        cores in 1..4_u32,
        hogs in 0..3_u32,
        warm_up in proptest::sample::select(vec!["0ms", "7ms"]),
    ) {
        let found = run(&format!(
            "machine = {{ profile = \"{profile}\", cores = {cores} }}
             lock.policy = \"{policy}\"
             objects = {{ lock = [\"db\"] }}
             thread = [{{ name = \"hog\", count = {hogs}, steps = [{{ compute = \"forever\" }}] }},
                       {{ name = \"user\", count = 2, steps = [{{ repeat = \"forever\", steps = [
                         {{ acquire = \"db\" }}, {{ compute = \"exp(80us)\" }}, {{ release = \"db\" }}, {{ io = \"exp(50us)\" }}, {{ native = \"exp(50us)\" }}] }}] }},
                       {{ name = \"guest\", arrivals = \"exp(3ms)\", steps = [{{ compute = \"exp(1ms)\" }}] }}]
             [run]
             duration = \"60ms\"
             warm_up = \"{warm_up}\"
             {EXTRAS}"
        ));
        let lived = found.only("attribution.lived_s");
        prop_assert!(is_near(sum_of_parts(&found, 0), lived, 1e-9), "{} and {lived}", sum_of_parts(&found, 0));
        for metric in ["lock.jain_held_1ms", "lock.jain_acquisitions", "lock.convoy_index", "lock.owner_change_share"] {
            let value = found.only(metric);
            prop_assert!(value.is_nan() || (0.0..=1.0 + 1e-9).contains(&value), "{metric}: {value}");
        }
        let kinds = ["again", "barge", "wake", "direct"].map(|kind| found.only(&format!("lock.handoffs_{kind}")));
        prop_assert!(kinds.iter().sum::<f64>() <= found.only("lock.acquisitions"));
    }
}
