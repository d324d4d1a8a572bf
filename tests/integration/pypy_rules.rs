//! The rules of PyPy's lock, each in a tiny workload whose course is known to the nanosecond.
//!
//! On the ideal machine nothing costs anything; a turn of the early polling takes 25 ns, and the first, second and third
//! threads that poll do so for 2, 4 and 8 turns.

use crate::support::{Found, assert_within, run};

/// Threads under the lock of PyPy, which yields after `bytecodes` bytecodes of 1 us.
fn pypy(bytecodes: u32, threads: &str) -> Found {
    pypy_on("", bytecodes, threads)
}

fn pypy_on(machine: &str, bytecodes: u32, threads: &str) -> Found {
    run(&format!(
        "machine = {{ profile = \"ideal\", {machine} }}
         interpreter = {{ tick = \"1us\", check_gap = \"1us\" }}
         lock = {{ policy = \"pypy\", switch_interval = \"{}ns\", poll = \"25ns\" }}
         thread = [{threads}]
         run.duration = \"1s\"",
        500 * bytecodes
    ))
}

fn hog(name: &str) -> String {
    format!("{{ name = \"{name}\", steps = [{{ compute = \"forever\" }}] }}")
}

const WAITER: &str = "{ name = \"waiter\", steps = [{ count = \"in\" }] }";

#[test]
fn alone_a_thread_is_never_made_to_yield() {
    let found = pypy(100, &hog("holder"));
    let none = ["lock.checks", "lock.wake_ups", "lock.wake_calls_empty", "lock.switches_forced"];
    found.assert_exact(0, &none.map(|metric| (metric, 0.0)), "one thread");
    found.assert_exact(0, &[("holder.work_s", 1.0)], "one thread");
}

/// The waiter polls for 50 ns, is the stealer and looks at 0.05, 100.05, 200.05 and 300.05 us; the lock is free from
/// 250 us on.
#[test]
fn a_release_wakes_nobody_and_the_stealer_finds_it_at_its_next_look() {
    let holder = "{ name = \"holder\", steps = [{ compute = \"250us\" }, { io = \"10s\" }] }";
    let found = pypy(100_000, &format!("{holder}, {WAITER}"));
    found.assert_exact(0, &[("in.latency_mean_us", 300.05), ("lock.wake_ups", 0.0)], "the stealer");
}

#[test]
fn a_lock_that_becomes_free_during_the_early_polling_is_had_at_once() {
    let holder = "{ name = \"holder\", steps = [{ compute = \"40ns\" }, { io = \"10s\" }] }";
    let found = pypy(100_000, &format!("{holder}, {WAITER}"));
    found.assert_exact(0, &[("in.latency_mean_us", 0.04)], "the poller");
}

/// The holder releases at 150 us, while the newcomer polls, from 149.95 to 150.05 us, and the stealer sleeps. The stealer
/// has the lock at 150 us, until 180 us; the newcomer, by then the stealer, looks 100 us after 150 us.
#[test]
fn a_poller_that_gets_the_lock_passes_it_on_to_the_stealer() {
    let found = pypy(
        100_000,
        "{ name = \"holder\", steps = [{ compute = \"150us\" }, { io = \"10s\" }] },
         { name = \"first\", steps = [{ count = \"first_in\" }, { compute = \"30us\" }] },
         { name = \"newcomer\", arrivals = \"149950ns\", count = 1, steps = [{ count = \"in\" }] }",
    );
    let expected = [("first_in.latency_mean_us", 150.0), ("in.latency_mean_us", 100.05), ("lock.wake_ups", 2.0)];
    found.assert_exact(0, &expected, "the stealer and the newcomer");
}

/// A turn is 100 us; the last one ends with the run.
#[test]
fn after_so_many_bytecodes_the_lock_goes_to_the_stealer() {
    let found = pypy(100, &format!("{}, {}", hog("a"), hog("b")));
    found.assert_exact(0, &[("lock.checks", 9_999.0), ("lock.switches_forced", 9_999.0)], "two threads");
    assert_within(found.only("a.work_s"), 0.4999, 0.5001, "work of the first");
}

/// A turn is 100 us and a wake-up of 20 us, by which time whoever yielded has polled to the end and sleeps in the queue,
/// behind the others.
#[test]
fn threads_that_yield_take_turns() {
    let names = ["a", "b", "c", "d"];
    let found = pypy_on("costs = { wake_latency_idle = \"20us\" }", 100, &names.map(hog).join(", "));
    for name in names {
        assert_within(found.only(&format!("{name}.work_s")), 0.2082, 0.2085, &format!("work of {name}"));
    }
}

/// Where the stealer wakes up at once, whoever yielded still polls, sees it leave and locks the stealer's mutex before
/// the next in the queue is awake.
#[test]
fn who_still_polls_when_the_stealer_has_the_lock_becomes_the_next_stealer() {
    let found = pypy(100, &["a", "b", "c"].map(hog).join(", "));
    found.assert_exact(0, &[("c.work_s", 0.0)], "the third");
    assert_within(found.only("b.work_s"), 0.4999, 0.5001, "work of the second");
}

/// 333 calls, a check after each hundredth.
#[test]
fn a_c_call_of_any_length_is_one_bytecode() {
    let caller = "{ name = \"caller\", steps = [{ repeat = 333, steps = [{ call = \"3ms\" }] }, { io = \"10s\" }] }";
    let found = pypy(100, &format!("{caller}, {WAITER}"));
    found.assert_exact(0, &[("lock.switches_forced", 1.0), ("in.latency_mean_us", 300_000.0)], "calls");
}

#[test]
fn the_main_thread_handles_a_signal_at_its_next_check_point_however_long_the_ticker_has_to_run() {
    let found =
        pypy(100_000, &format!("{}]\n signal = [{{ name = \"interrupt\", arrivals = \"1050500ns\" }}", hog("main")));
    assert_within(found.only("interrupt.count"), 950.0, 952.0, "signals");
    assert_within(found.only("interrupt.latency_max_us"), 0.0, 1.001, "wait of a signal");
}
