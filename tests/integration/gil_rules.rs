//! The rules of CPython's lock from 3.2 on, each in a tiny workload whose course is known to the nanosecond.

use crate::support::{assert_within, is_near, run};

/// Threads under CPython's lock on an ideal machine on which each wake-up takes `latency`.
fn gil(latency: &str, lock: &str, rest: &str) -> crate::support::Found {
    run(&format!(
        "machine = {{ profile = \"ideal\", costs = {{ wake_latency_idle = \"{latency}\" }} }}
         lock = {{ policy = \"cpython\", {lock} }}
         {rest}"
    ))
}

const TWO_HOGS: &str = "thread = [{ name = \"a\", steps = [{ compute = \"forever\" }] },
                                  { name = \"b\", steps = [{ compute = \"forever\" }] }]";

#[test]
fn a_thread_alone_is_never_asked_to_drop_the_lock_whatever_the_interval() {
    let found = run("machine.profile = \"ideal\"
         lock.policy = \"cpython\"
         thread = [{ name = \"t\", steps = [{ repeat = 10, steps = [{ compute = \"70ms\" }, { call = \"30ms\" }] }] }]
         sweep = { \"lock.switch_interval\" = [\"1us\", \"5ms\", \"1s\"] }");
    for cell in 0..3 {
        let none = ["lock.switches_forced", "lock.switches_voluntary", "lock.drop_requests", "lock.checks"];
        found.assert_exact(cell, &none.map(|metric| (metric, 0.0)), "one thread");
        found.assert_exact(cell, &[("run.wall_s", 1.0)], "one thread");
    }
}

/// S1. The waiter begins at 1.15 ms, asks after 5 ms and a wake-up at 6.25 ms, the holder's next check point is its
/// 21st, 6.3 ms after it began at 0.05 ms, and the taker wakes up 0.05 ms later.
#[test]
fn the_first_switch_comes_an_interval_a_check_gap_and_a_wake_up_after_the_waiter_began() {
    let found = gil(
        "0.05ms",
        "switch_interval = \"5ms\"",
        "interpreter.check_gap = \"0.3ms\"
         thread = [{ name = \"holder\", daemon = true, steps = [{ compute = \"forever\" }] },
                   { name = \"waiter\", arrivals = \"1.1ms\", count = 1, steps = [{ count = \"in\" }] }]",
    );
    found.assert_exact(0, &[("in.latency_mean_us", 5300.0), ("lock.drop_requests", 1.0)], "the waiter");
}

/// S2. The holder releases at 3.1 ms and wakes the waiter, which runs at 3.2 ms; a thread that arrives at 3.15 ms is
/// there before. The waiter then waits for a full interval again: it asks at 8.3 ms, after its wake-up, and the barger,
/// which has check points each 0.1 ms from 3.15 ms on, drops the lock at 8.35 ms.
#[test]
fn a_waiter_that_a_barging_thread_overtakes_waits_a_full_interval_again() {
    let found = gil(
        "0.1ms",
        "switch_interval = \"5ms\"",
        "interpreter.check_gap = \"0.1ms\"
         thread = [{ name = \"holder\", daemon = true, steps = [{ call = \"3ms\" }, { io = \"1s\" }] },
                   { name = \"waiter\", steps = [{ compute = \"1ms\", counts = \"done\" }] },
                   { name = \"barger\", daemon = true, arrivals = \"3.05ms\", count = 1, steps = [{ compute = \"forever\" }] }]",
    );
    let expected = [("done.latency_mean_us", 9450.0), ("lock.wasted_wake_ups", 1.0), ("lock.drop_requests", 1.0)];
    found.assert_exact(0, &expected, "the waiter that was overtaken");
}

/// S3. Each switch among the hogs voids the time-outs of all other waiters.
#[test]
fn a_thread_that_comes_back_from_io_waits_an_interval_for_each_cpu_bound_thread() {
    for hogs in [1, 2, 4, 8] {
        let found = gil(
            "5us",
            "switch_interval = \"5ms\"",
            &format!(
                "thread = [{{ name = \"echo\", steps = [{{ repeat = \"forever\", steps = [{{ compute = \"15us\" }}, {{ io = \"15us\" }}] }}] }},
                           {{ name = \"hog\", count = {hogs}, steps = [{{ compute = \"forever\" }}] }}]
                 run = {{ warm_up = \"1s\", duration = \"21s\" }}"
            ),
        );
        let wait = found.only("echo.lock_wait_s") / found.only("echo.acquisitions") / f64::from(hogs);
        assert_within(wait, 4.9e-3, 5.1e-3, &format!("wait of the echo thread for each of {hogs} hogs"));
        let (requests, forced) = (found.only("lock.drop_requests"), found.only("lock.switches_forced"));
        assert!((requests - forced).abs() <= 1.0, "{requests} requests for {forced} forced switches");
    }
}

/// S4. The holder gives the lock up for 10 us at 1 ms and takes it back before the thread that it woke runs. The signal
/// goes to the last waiter, so that the first one sleeps through: it asks at 5.2 ms, and the holder answers at the end
/// of its fifth call after that, at 5.51 ms.
#[test]
fn a_release_after_which_the_same_thread_takes_the_lock_voids_no_timeout() {
    let found = gil(
        "0.1ms",
        "switch_interval = \"5ms\", wake_order = \"lifo\"",
        "thread = [{ name = \"a\", daemon = true, steps = [{ call = \"0.9ms\" }, { native = \"10us\" }, { repeat = 20, steps = [{ call = \"0.9ms\" }] }] },
                   { name = \"b\", steps = [{ compute = \"1ms\", counts = \"done\" }] },
                   { name = \"c\", daemon = true, steps = [{ compute = \"forever\" }] }]",
    );
    found.assert_exact(0, &[("done.latency_mean_us", 6610.0), ("lock.drop_requests", 1.0)], "the first waiter");
    assert_within(found.only("lock.wasted_wake_ups"), 1.0, 1.0, "wake-ups of the last waiter");
}

/// S5. The holder works from 0.1 to 7.1 ms without a check point; the other asks at 5.2 ms. If the release counts as
/// an answer, the holder sleeps until the other has taken the lock at 7.2 ms, and its I/O starts at 7.3 ms.
#[test]
fn with_a_request_pending_io_starts_only_once_another_thread_has_the_lock() {
    for (late, end_us) in [(true, 9400.0), (false, 9200.0)] {
        let found = gil(
            "0.1ms",
            &format!("switch_interval = \"5ms\", late_io_start = {late}"),
            "interpreter.check_gap = \"1s\"
             thread = [{ name = \"holder\", steps = [{ compute = \"7ms\" }, { io = \"2ms\", counts = \"io\" }] },
                       { name = \"other\", steps = [{ compute = \"1us\" }] }]",
        );
        found.assert_exact(0, &[("io.latency_mean_us", end_us)], &format!("late_io_start = {late}"));
    }
}

#[test]
fn without_a_request_pending_io_starts_at_once() {
    let found = gil(
        "0.1ms",
        "switch_interval = \"50ms\"",
        "thread = [{ name = \"holder\", steps = [{ compute = \"7ms\" }, { io = \"2ms\", counts = \"io\" }] },
                   { name = \"other\", steps = [{ compute = \"1us\" }] }]",
    );
    found.assert_exact(0, &[("io.latency_mean_us", 9200.0), ("lock.drop_requests", 0.0)], "no request");
}

/// S6. Three threads come 1, 2 and 3 ms after the holder, which ends after 10 ms; each then computes for 1 ms.
#[test]
fn the_wake_order_says_which_waiter_a_signal_reaches() {
    for (order, done_ms) in [("fifo", [10.0, 10.0, 10.0]), ("lifo", [12.0, 10.0, 8.0])] {
        let threads: Vec<String> = (1..=3)
            .map(|n| {
                format!(
                    "[[thread]]\nname = \"t{n}\"\narrivals = \"{n}ms\"\ncount = 1\n
                     steps = [{{ compute = \"1ms\", counts = \"done{n}\" }}]\n"
                )
            })
            .collect();
        let found = gil(
            "0us",
            &format!("switch_interval = \"1s\", wake_order = \"{order}\""),
            &format!("[[thread]]\nname = \"holder\"\nsteps = [{{ call = \"10ms\" }}]\n{}", threads.concat()),
        );
        for (n, ms) in (1..).zip(done_ms) {
            found.assert_exact(0, &[(&format!("done{n}.latency_mean_us"), ms * 1e3)], order);
        }
    }
}

/// S6. A thread that has just timed out is awake on its way back to sleep when the holder answers: it takes the signal
/// that wakes one who has waited for longer, and the time-outs of all others are void.
#[test]
fn a_stealing_waiter_starves_those_that_sleep() {
    let p50 = |stealing: bool| {
        let found = run(&format!(
            "machine = {{ profile = \"ideal\", costs = {{ sleep_call = \"2us\", wake_latency_idle = \"5us\" }} }}
             lock = {{ policy = \"cpython\", stealing = {stealing} }}
             thread = [{{ name = \"echo\", steps = [{{ repeat = \"forever\", steps = [{{ compute = \"15us\" }}, {{ io = \"100ms\" }}] }}] }},
                       {{ name = \"hog\", count = 3, steps = [{{ compute = \"forever\" }}] }}]
             run.duration = \"20s\""
        ));
        found.only("echo.wait_p50_us")
    };
    assert!(p50(true) > 2.0 * p50(false), "{} is not far above {}", p50(true), p50(false));
}

/// S7. The dropper waits for a full interval like any other waiter.
#[test]
fn two_threads_take_turns_of_a_full_interval() {
    let found = gil("0us", "switch_interval = \"5ms\"", &format!("{TWO_HOGS}\nrun.duration = \"10.00036s\""));
    // Check points lie each 18 ns: 5 ms is not a multiple of that, and the next one is 4 ns later.
    let turn: f64 = 277_778.0 * 18e-9;
    let turns = (10.00036 / turn).floor();
    found.assert_exact(0, &[("lock.switches_forced", turns), ("lock.drop_requests", turns)], "two hogs");
    let shares = found.only("a.work_s") / found.only("b.work_s");
    assert_within(shares, 0.999, 1.001, "work of one thread over that of the other");
}

/// S8, R31. No check point lies inside a C call.
#[test]
fn a_c_call_keeps_the_other_thread_waiting_for_its_whole_length() {
    for length_ms in [20.0, 80.0, 500.0] {
        let found = gil(
            "0us",
            "switch_interval = \"5ms\"",
            &format!(
                "thread = [{{ name = \"caller\", steps = [{{ repeat = \"forever\", steps = [{{ call = \"{length_ms}ms\" }}] }}] }},
                           {{ name = \"hog\", steps = [{{ compute = \"forever\" }}] }}]
                 run.duration = \"10s\""
            ),
        );
        let longest = found.only("hog.wait_max_us") / (length_ms * 1e3);
        assert_within(longest, 1.0, 1.002, "longest wait over the length of the call");
    }
}

/// S11. A daemon holds the lock when the last other thread has ended, and is not waited for.
#[test]
fn a_daemon_that_holds_the_lock_does_not_keep_the_run_going() {
    let found = gil(
        "0us",
        "switch_interval = \"5ms\"",
        "thread = [{ name = \"main\", steps = [{ io = \"20ms\" }] },
                   { name = \"hog\", daemon = true, steps = [{ compute = \"forever\" }] }]",
    );
    let wall = found.only("run.wall_s");
    assert_within(wall, 0.0249, 0.0251, "the end of the main thread, an interval after its I/O");
}

/// S12. The interpreter has its own lock, with its own interval.
#[test]
fn own_gil_interpreters_have_independent_locks() {
    let found = gil(
        "0us",
        "switch_interval = \"100ms\"",
        "process = [{ name = \"sub\", start = \"interpreter\", lock = { policy = \"cpython\", switch_interval = \"1ms\" } }]
         thread = [{ name = \"main\", daemon = true, steps = [{ start = \"sub\" }] },
                   { name = \"slow\", count = 2, steps = [{ compute = \"forever\" }] },
                   { name = \"fast\", count = 2, process = \"sub\", steps = [{ compute = \"forever\" }] }]
         run.duration = \"10s\"",
    );
    for (group, wait_us) in [("slow", 100e3), ("fast", 1e3)] {
        let wait = found.only(&format!("{group}.wait_p50_us"));
        assert!(is_near(wait, wait_us, 2e-3), "{group} waits {wait} us");
        let work = found.only(&format!("{group}.work_s"));
        assert_within(work, 9.9, 10.0, &format!("work of {group}, whose lock nobody else has"));
    }
}

/// S13. Cells of an interval below 1 us go the same way as that of 1 us.
#[test]
fn an_interval_below_a_microsecond_is_a_microsecond() {
    let found = run(&format!(
        "machine.profile = \"linux-x86_64\"
         lock.policy = \"cpython\"
         {TWO_HOGS}
         run.duration = \"20ms\"
         sweep = {{ \"lock.switch_interval\" = [\"1us\", \"0us\", \"1ns\", \"999ns\", \"2us\"] }}"
    ));
    let fingerprints: Vec<u64> = (0..5).map(|cell| found.records(cell).next().unwrap().fingerprint).collect();
    assert!(fingerprints[..4].iter().all(|&fingerprint| fingerprint == fingerprints[0]), "{fingerprints:x?}");
    assert_ne!(fingerprints[4], fingerprints[0]);
}

/// R30.
#[test]
fn with_half_a_second_of_patience_a_second_thread_does_nothing_in_less() {
    let found = gil("50us", "switch_interval = \"0.5s\"", &format!("{TWO_HOGS}\nrun.duration = \"0.4s\""));
    found.assert_exact(0, &[("b.work_s", 0.0), ("lock.drop_requests", 0.0)], "the second thread");
}

/// Without forced switching the holder takes the lock back before the thread that it woke is there.
#[test]
fn without_forced_switching_a_waiter_on_another_core_starves() {
    for (forced, low, high) in [(true, 0.45, 0.55), (false, 0.0, 0.0)] {
        let lock = format!("switch_interval = \"5ms\", forced_switching = {forced}");
        let found = gil("50us", &lock, &format!("{TWO_HOGS}\nrun.duration = \"10s\""));
        let share = found.only("b.work_s") / 10.0;
        assert_within(share, low, high, &format!("share of the second thread, forced_switching = {forced}"));
        assert_eq!(found.only("lock.wasted_wake_ups") > 1000.0, !forced);
        assert_eq!(found.only("lock.switches_forced") > 1000.0, forced);
    }
}

/// S10. The signal comes at 12 ms and its handler runs for 1 ms.
#[test]
fn a_signal_waits_until_the_main_thread_has_the_lock_and_comes_to_a_check_point() {
    let signal = "signal = [{ name = \"alarm\", arrivals = \"12ms\", handler = \"1ms\" }]
                  interpreter.check_gap = \"0.1ms\"
                  run.duration = \"14ms\"";
    let alone =
        gil("0ms", "", &format!("{signal}\nthread = [{{ name = \"main\", steps = [{{ compute = \"forever\" }}] }}]"));
    // At 12 ms a check point is just passed; the next is 0.1 ms away.
    alone.assert_exact(0, &[("alarm.count", 1.0), ("alarm.latency_mean_us", 1100.0)], "alone");
    let beside = gil("0ms", "switch_interval = \"5ms\"", &format!("{signal}\n{TWO_HOGS}"));
    // a has the lock to 5.1 ms, b to 10.2 ms, a again until 15.3 ms: the signal meets it at 12 ms.
    assert_within(beside.only("alarm.latency_mean_us"), 1000.0, 1100.0, "the main thread holds the lock");
    let called = gil(
        "0ms",
        "",
        &format!(
            "{signal}\nthread = [{{ name = \"main\", steps = [{{ call = \"12.5ms\" }}, {{ compute = \"forever\" }}] }}]"
        ),
    );
    // The C call ends at 12.5 ms, with a check point.
    called.assert_exact(0, &[("alarm.latency_mean_us", 1500.0)], "in a C call");
}
