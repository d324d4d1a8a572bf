//! The rules of single axes, in the presets that need them.

use super::General;
use crate::kernel::Nanos;
use crate::lock::desk::Desk;
use crate::lock::policy::{Cause, Free, Policy, Step};
use crate::lock::preset::{Setting, find};
use crate::machine::ThreadId;

/// A lock of that name, which thread 0 has.
fn held(name: &str) -> (General, Desk) {
    let setting = Setting::new(find(name).unwrap());
    let (mut lock, mut desk) = (General::new(&setting), Desk::default());
    assert_eq!(lock.request(&mut desk, 0), Step::Enter);
    (lock, desk)
}

/// Releases the lock; who is told.
fn release(lock: &mut General, desk: &mut Desk, holder: ThreadId) -> Vec<ThreadId> {
    assert_eq!(desk.holder, Some(holder));
    assert_eq!(lock.release(desk, holder, Free::Voluntary), Step::Leave);
    std::mem::take(&mut desk.told)
}

/// A waiter that does not spin makes the call that puts it to sleep, and sleeps.
fn falls_asleep(lock: &mut General, desk: &mut Desk, first: Step, thread: ThreadId) {
    assert_eq!(first, Step::Spend(0));
    assert_eq!(lock.resume(desk, thread, Cause::Spent), Step::Park);
}

/// A futex that thread 0 has, and on which threads 1 and 2 sleep in this order.
fn futex_with_two_sleepers() -> (General, Desk) {
    let (mut lock, mut desk) = held("futex");
    for thread in [1, 2] {
        let first = lock.request(&mut desk, thread);
        falls_asleep(&mut lock, &mut desk, first, thread);
    }
    (lock, desk)
}

/// A waiter spins for so long, and then sleeps.
fn spins_and_parks(lock: &mut General, desk: &mut Desk, thread: ThreadId, spin: Nanos) {
    assert_eq!(lock.request(desk, thread), Step::Spin(spin));
    desk.now += spin;
    assert_eq!(lock.resume(desk, thread, Cause::Spent), Step::Park);
}

#[test]
fn who_takes_a_free_futex_without_waiting_makes_no_wake_call_though_others_sleep() {
    let (mut lock, mut desk) = futex_with_two_sleepers();
    assert_eq!(release(&mut lock, &mut desk, 0), [1]);
    assert_eq!(lock.request(&mut desk, 3), Step::Enter, "before the one that was woken");
    assert!(release(&mut lock, &mut desk, 3).is_empty(), "it held the lock in state 1");
    assert_eq!(lock.resume(&mut desk, 1, Cause::Woken), Step::Enter);
    assert_eq!(release(&mut lock, &mut desk, 1), [2], "it held it in state 2");
    assert_eq!(lock.resume(&mut desk, 2, Cause::Woken), Step::Enter);
    assert!(release(&mut lock, &mut desk, 2).is_empty(), "its wake call finds nobody");
    assert_eq!(desk.empty_calls, 1);
}

#[test]
fn who_comes_too_late_for_a_futex_sleeps_behind_the_others() {
    let (mut lock, mut desk) = futex_with_two_sleepers();
    assert_eq!(release(&mut lock, &mut desk, 0), [1]);
    assert_eq!(lock.request(&mut desk, 3), Step::Enter);
    let again = lock.resume(&mut desk, 1, Cause::Woken);
    falls_asleep(&mut lock, &mut desk, again, 1);
    assert_eq!(desk.wasted, 1);
    assert_eq!(release(&mut lock, &mut desk, 3), [2], "thread 1 has set state 2");
}

#[test]
fn who_is_about_to_sleep_on_a_futex_that_is_released_meanwhile_takes_it() {
    let (mut lock, mut desk) = held("futex");
    assert_eq!(lock.request(&mut desk, 1), Step::Spend(0));
    assert!(release(&mut lock, &mut desk, 0).is_empty());
    assert_eq!(desk.empty_calls, 1, "the word was 2, and nobody slept");
    assert_eq!(lock.resume(&mut desk, 1, Cause::Spent), Step::Enter);
}

#[test]
fn a_waiter_of_glibc_or_mutexee_spins_when_it_has_come_and_not_when_it_was_woken_in_vain() {
    for (name, spin) in [("glibc-adaptive", 250), ("mutexee", 3_413)] {
        let (mut lock, mut desk) = held(name);
        assert_eq!(lock.request(&mut desk, 1), Step::Spin(spin), "{name}");
        desk.now += spin;
        let first = lock.resume(&mut desk, 1, Cause::Spent);
        falls_asleep(&mut lock, &mut desk, first, 1);
        desk.holder = None;
        assert_eq!(lock.request(&mut desk, 2), Step::Enter);
        let again = lock.resume(&mut desk, 1, Cause::Woken);
        falls_asleep(&mut lock, &mut desk, again, 1);
    }
}

#[test]
fn a_waiter_of_a_parking_lot_spins_only_while_nobody_is_parked() {
    for (name, spin) in [("wtf-lock", 10_320), ("parking-lot", 2_156), ("pymutex", 10_320)] {
        let (mut lock, mut desk) = held(name);
        assert_eq!(lock.request(&mut desk, 1), Step::Spin(spin), "{name}");
        desk.now += spin / 2;
        assert_eq!(lock.request(&mut desk, 2), Step::Spin(spin), "{name}");
        desk.now += spin / 2;
        assert_eq!(lock.resume(&mut desk, 1, Cause::Spent), Step::Park, "{name}");
        assert_eq!(std::mem::take(&mut desk.told), [2], "{name}: the other spinner sees it");
        assert_eq!(lock.resume(&mut desk, 2, Cause::Poked), Step::Park, "{name}");
        assert_eq!(lock.request(&mut desk, 3), Step::Park, "{name}: an arrival does not spin at all");
    }
}

#[test]
fn pymutex_hands_over_to_the_first_that_is_parked_and_only_once_that_has_waited_for_1_ms() {
    let (mut lock, mut desk) = held("pymutex");
    spins_and_parks(&mut lock, &mut desk, 1, 10_320);
    assert_eq!(lock.request(&mut desk, 2), Step::Park);
    desk.now += 500_000;
    assert_eq!(release(&mut lock, &mut desk, 0), [1]);
    assert_eq!(lock.request(&mut desk, 3), Step::Enter, "it is no hand-over");
    assert_eq!(lock.resume(&mut desk, 1, Cause::Woken), Step::Park, "in vain, and behind thread 2");
    desk.now += 500_001;
    assert_eq!(release(&mut lock, &mut desk, 3), [2]);
    assert_eq!(lock.request(&mut desk, 4), Step::Park, "the lock is handed to thread 2, which has waited for 1 ms");
    assert_eq!(lock.resume(&mut desk, 2, Cause::Woken), Step::Enter);
}

#[test]
fn of_the_waiters_of_gos_spinbit_mutex_one_spins_and_while_it_does_nobody_is_woken() {
    let (mut lock, mut desk) = held("go-spinbit");
    spins_and_parks(&mut lock, &mut desk, 1, 3_258);
    spins_and_parks(&mut lock, &mut desk, 2, 3_258);
    assert_eq!(lock.request(&mut desk, 3), Step::Spin(3_258));
    assert_eq!(lock.request(&mut desk, 4), Step::Park, "another spins");
    desk.drawn = usize::MAX;
    assert_eq!(release(&mut lock, &mut desk, 0), [3], "the spinner alone");
    assert_eq!(lock.resume(&mut desk, 3, Cause::Poked), Step::Enter);
    assert_eq!(release(&mut lock, &mut desk, 3), [4], "the top of the stack");
    assert_eq!(lock.resume(&mut desk, 4, Cause::Woken), Step::Enter);
    desk.drawn = 0;
    assert_eq!(release(&mut lock, &mut desk, 4), [1], "once in sixteen the bottom");
    assert_eq!(lock.request(&mut desk, 5), Step::Enter, "to which the lock is not handed");
}

#[test]
fn a_time_published_lock_passes_over_waiters_that_have_lost_their_cores() {
    let (mut lock, mut desk) = held("mcs-tp");
    for thread in [1, 2] {
        assert!(matches!(lock.request(&mut desk, thread), Step::Spin(_)));
    }
    desk.without_core = vec![1];
    assert_eq!(release(&mut lock, &mut desk, 0), [2]);
    assert_eq!(lock.resume(&mut desk, 2, Cause::Poked), Step::Enter);
    assert_eq!(release(&mut lock, &mut desk, 2), [1], "nobody else waits");
}

#[test]
fn a_turn_of_glibcs_spinning_takes_as_long_as_the_requests_of_the_others_that_spin() {
    let (mut lock, mut desk) = held("glibc-adaptive");
    desk.request = 100;
    assert_eq!(lock.request(&mut desk, 1), Step::Spin(10 * 25), "ten turns of a PAUSE");
    assert_eq!(lock.request(&mut desk, 2), Step::Spin(10 * 100), "one other writes the line");
    assert_eq!(lock.request(&mut desk, 3), Step::Spin(10 * 200));
    desk.now += 250;
    assert_eq!(lock.resume(&mut desk, 1, Cause::Spent), Step::Spend(0));
    assert_eq!(
        lock.request(&mut desk, 4),
        Step::Spin((250 + 2 * (250 / 8)) * 200 / 25),
        "ten, and twice an eighth of ten"
    );
}
