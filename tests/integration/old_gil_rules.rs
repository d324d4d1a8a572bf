//! The rules of the lock of CPython 2: checks by ticks, no forced switch, and wake-ups that the holder pays in vain.

use crate::support::{Found, assert_within, run};

/// Threads under the old lock, with a check each 100 ticks of 1 us.
fn old_gil(machine: &str, threads: &str) -> Found {
    run(&format!(
        "machine = {{ profile = \"ideal\", {machine} }}
         interpreter.tick = \"1us\"
         lock = {{ policy = \"cpython2\", check_interval = 100 }}
         thread = [{threads}]
         run.duration = \"1s\""
    ))
}

const HOLDER: &str = "{ name = \"holder\", steps = [{ compute = \"forever\" }] }";
const WAITER: &str = "{ name = \"waiter\", steps = [{ compute = \"forever\" }] }";

#[test]
fn alone_a_thread_is_never_disturbed() {
    let found = old_gil("costs = { wake_call = \"10us\", lock_pair = \"1us\" }", HOLDER);
    let none = ["lock.checks", "lock.wake_ups", "lock.wake_calls_empty", "lock.wasted_wake_ups"];
    found.assert_exact(0, &none.map(|metric| (metric, 0.0)), "one thread");
    found.assert_exact(0, &[("holder.work_s", 1.0)], "one thread");
}

/// The end of the run is the time of the ten-thousandth check, which comes after it.
#[test]
fn with_a_waiter_the_holder_checks_each_hundred_ticks_and_wakes_it_in_vain() {
    let found = old_gil("", &format!("{HOLDER}, {WAITER}"));
    let expected = [("lock.checks", 9_999.0), ("lock.wake_ups", 9_999.0), ("waiter.work_s", 0.0)];
    found.assert_exact(0, &expected, "a waiter on another core");
    assert_within(found.only("lock.wasted_wake_ups"), 9_998.0, 9_999.0, "wake-ups in vain");
}

/// A turn is 100 us of work and 10 us for the wake call, during which the lock is free; the waiter comes 10 us too late.
#[test]
fn futile_wake_ups_cost_the_holder_a_call_at_each_check() {
    let found =
        old_gil("costs = { wake_call = \"10us\", wake_latency_idle = \"20us\" }", &format!("{HOLDER}, {WAITER}"));
    assert_within(found.only("holder.work_s"), 0.909, 0.9095, "work of the holder");
    assert_within(found.only("lock.wasted_wake_ups"), 9_080.0, 9_095.0, "wake-ups in vain");
}

#[test]
fn a_c_call_of_any_length_is_one_tick() {
    let found = old_gil(
        "",
        &format!(
            "{{ name = \"caller\", steps = [{{ repeat = \"forever\", steps = [{{ call = \"3ms\" }}] }}] }}, {WAITER}"
        ),
    );
    // 333 calls, a check after each hundredth.
    found.assert_exact(0, &[("lock.checks", 3.0)], "calls");
}

#[test]
fn a_thread_that_blocks_lets_the_waiter_in_at_once() {
    let found = old_gil(
        "",
        &format!("{{ name = \"first\", steps = [{{ compute = \"150us\" }}, {{ io = \"10s\" }}] }}, {WAITER}"),
    );
    found.assert_exact(0, &[("waiter.work_s", 1.0 - 150e-6)], "the waiter");
}

/// R9. The main thread sleeps in a join that nothing interrupts: once the signal has come, at 500 ms, the worker checks
/// after every tick of 1 us.
#[test]
fn a_signal_that_the_main_thread_cannot_handle_brings_a_check_at_every_tick() {
    let found = old_gil(
        "",
        "{ name = \"main\", steps = [{ start = \"worker\" }, { join = \"worker\" }] },
         { name = \"worker\", begin = \"step\", steps = [{ compute = \"forever\" }] }]
         signal = [{ name = \"interrupt\", arrivals = \"500ms\" }",
    );
    found.assert_exact(0, &[("interrupt.count", 0.0)], "the signal");
    assert_within(found.only("lock.checks"), 499_990.0, 500_000.0, "checks");
}

/// The call takes 20 us and looks at 10 us. A release at 15 us finds the waiter on its way to sleep, waits until it
/// sleeps, and wakes it; one at 25 us finds it asleep.
#[test]
fn a_waiter_is_reached_by_a_release_from_the_middle_of_its_call_on_and_sleeps_from_its_end_on() {
    for (released, wake_ups, has_it) in [(5, 0.0, 20.0), (15, 1.0, 20.0), (25, 1.0, 25.0)] {
        let found = old_gil(
            "costs = { sleep_call = \"20us\" }",
            &format!(
                "{{ name = \"holder\", steps = [{{ compute = \"{released}us\" }}, {{ io = \"10s\" }}] }},
                 {{ name = \"waiter\", steps = [{{ count = \"in\" }}] }}"
            ),
        );
        let expected = [("lock.wake_ups", wake_ups), ("in.latency_mean_us", has_it)];
        found.assert_exact(0, &expected, &format!("a release at {released} us"));
    }
}

/// The release is at 50 us, and a call that finds nobody takes 20 us.
#[test]
fn a_wake_call_looks_for_sleepers_halfway() {
    let found = old_gil(
        "costs = { wake_call_empty = \"20us\" }",
        "{ name = \"holder\", steps = [{ compute = \"50us\" }, { io = \"10s\" }] },
         { name = \"waiter\", steps = [{ count = \"in\" }] }",
    );
    found.assert_exact(0, &[("lock.wake_ups", 1.0), ("in.latency_mean_us", 60.0)], "the waiter");
}

/// The waiter has the line from the first microsecond on. At 50 us the holder has it come and releases the lock at 51; the
/// waiter, woken then, has the line back and the lock at 52.
#[test]
fn who_touches_the_lock_first_has_its_line_come_from_the_core_that_touched_it_last() {
    for (cores, has_it) in [(2, 52.0), (1, 50.0)] {
        let found = old_gil(
            &format!("cores = {cores}, costs = {{ line_transfer = {{ near = \"1us\", far = \"1us\" }} }}"),
            "{ name = \"holder\", steps = [{ compute = \"50us\" }, { io = \"10s\" }] },
             { name = \"waiter\", steps = [{ count = \"in\" }] }",
        );
        found.assert_exact(0, &[("in.latency_mean_us", has_it)], &format!("{cores} cores"));
    }
}

/// All begin at 20 us. The check at 120 us wakes the first in vain, so that the release at 170 us wakes the second.
#[test]
fn a_waiter_that_was_woken_in_vain_sleeps_again_behind_the_others() {
    let found = old_gil(
        "costs = { wake_latency_idle = \"20us\" }",
        "{ name = \"holder\", steps = [{ compute = \"150us\" }, { io = \"10s\" }] },
         { name = \"first\", steps = [{ count = \"first_in\" }] },
         { name = \"second\", steps = [{ count = \"second_in\" }] }",
    );
    let expected = [("second_in.latency_mean_us", 190.0), ("first_in.latency_mean_us", 210.0)];
    found.assert_exact(0, &expected, "the waiters");
    found.assert_exact(0, &[("lock.wasted_wake_ups", 1.0)], "the waiters");
}

/// Two threads around a semaphore on a core each, as `data/measured/semaphore.c` has them on the machine of the profile: the
/// lowest and the highest of its quiet runs. In the shortest of these turns nobody sleeps: the waiter is back from its call
/// when the holder releases the lock once more, and the line of the semaphore goes to and fro.
#[test]
fn a_check_takes_as_long_as_around_a_semaphore_without_an_interpreter() {
    let measured = [(20, 163.0, 202.0), (60, 336.0, 402.0), (120, 465.0, 510.0), (600, 1134.0, 1263.0)];
    for (work, low, high) in measured {
        let found = run(&format!(
            "machine = {{ profile = \"linux-x86_64\", cores = 2 }}
             interpreter.tick = \"{work}ns\"
             lock = {{ policy = \"cpython2\", check_interval = 1 }}
             thread = [{{ name = \"hog\", count = 2, steps = [{{ compute = \"forever\" }}] }}]
             run.duration = \"20ms\""
        ));
        let check = 20e6 * f64::from(work) / (found.only("hog.work_s") * 1e9);
        assert_within(check, 0.9 * low, 1.1 * high, &format!("ns a check with {work} ns of work"));
    }
}
