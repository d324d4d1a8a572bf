//! Timed waits and uncontended locks.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::pinning::{self, since};
use super::{Finding, Found, Pair, Sample, Slice};

/// How long the timed waits are.
const WAIT: Duration = Duration::from_millis(1);

/// How long a wait on a condition is that is only begun.
const PATIENCE: Duration = Duration::from_micros(50);

/// The turn after which nobody waits again; it is even.
const OVER: usize = usize::MAX - 1;

/// Lock pairs that are timed together.
const PAIRS: u32 = 100;

/// How much later than asked a timed wait ends, less what it takes to wake up: the same without timer slack.
pub(super) fn timer_slack(pair: &Pair, slice: &Slice) -> Found {
    if cfg!(not(target_os = "linux")) {
        return Err("timer slack cannot be told from the time to wake up here".into());
    }
    let work = || {
        let (mut late, mut exact) = (Vec::new(), Vec::new());
        while slice.goes_on(late.len()) {
            late.push(overshoot());
            exact.push(without_slack(overshoot));
        }
        (late, exact)
    };
    let (late, exact) = pinning::on(pair.first, work);
    let wake = Sample::nanoseconds(exact)?.median();
    let sample = Sample::nanoseconds(late)?.shifted(-wake);
    let how = format!("how late waits of 1 ms end, less the {:.1} us when the thread's slack is 1 ns", wake / 1e3);
    Ok(vec![Finding::new("timer_slack", sample, how)])
}

fn overshoot() -> f64 {
    let start = Instant::now();
    std::thread::sleep(WAIT);
    since(start) - WAIT.as_nanos() as f64
}

/// Does something with the smallest timer slack, which the thread then gives back.
fn without_slack<T>(work: impl FnOnce() -> T) -> T {
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::set_current_timer_slack(std::num::NonZeroU64::new(1));
    let done = work();
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::set_current_timer_slack(None);
    done
}

/// From the decision to wait on a condition until its mutex is free again, as another core sees it: from a flag that the
/// waiter sets before it waits until the mutex can be taken. Both are seen equally late.
pub(super) fn wait_begin(pair: &Pair, slice: &Slice) -> Found {
    let other = pair.other()?;
    let (mutex, condition) = (Mutex::new(()), Condvar::new());
    // Odd from the decision to wait until the watcher has seen the mutex free.
    let turn = AtomicUsize::new(0);
    let values = std::thread::scope(|scope| {
        scope.spawn(|| {
            pinning::pin(other);
            loop {
                let held = mutex.lock().unwrap_or_else(PoisonError::into_inner);
                let now = turn.load(Ordering::Acquire);
                let begun = turn.compare_exchange(now, now + 1, Ordering::AcqRel, Ordering::Relaxed);
                if now == OVER || begun.is_err() {
                    return;
                }
                let waited = condition.wait_timeout(held, PATIENCE);
                drop(waited);
                while !turn.load(Ordering::Acquire).is_multiple_of(2) {
                    std::hint::spin_loop();
                }
            }
        });
        let watch = || {
            pinning::pin(pair.first);
            let mut values = Vec::new();
            while slice.goes_on(values.len()) {
                while turn.load(Ordering::Acquire).is_multiple_of(2) {
                    std::hint::spin_loop();
                }
                let seen = Instant::now();
                let held = loop {
                    if let Ok(held) = mutex.try_lock() {
                        break held;
                    }
                };
                values.push(since(seen));
                drop(held);
                turn.fetch_add(1, Ordering::AcqRel);
            }
            turn.store(OVER, Ordering::Release);
            values
        };
        scope.spawn(watch).join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    });
    let how = "from a flag set before a timed wait on a condition until its mutex can be taken, seen from another core";
    Ok(vec![Finding::new("wait_begin", Sample::nanoseconds(values)?, how)])
}

/// What an interpreter's lock does when nobody wants it: its flag is cleared and set again, each time behind a mutex.
/// Signalling a condition on which nobody waits, as CPython does between the two, is a load in the C library.
pub(super) fn lock_pair(pair: &Pair, slice: &Slice) -> Found {
    let mutex = Mutex::new(false);
    let set = |value| *mutex.lock().unwrap_or_else(PoisonError::into_inner) = value;
    let take = || {
        set(false);
        set(true);
    };
    let work = || {
        let mut values = Vec::new();
        while slice.goes_on(values.len()) {
            let start = Instant::now();
            (0..PAIRS).for_each(|_| take());
            values.push(since(start) / f64::from(PAIRS));
        }
        values
    };
    let how = "two uncontended mutex pairs, means of 100";
    Ok(vec![Finding::new("lock_pair", Sample::nanoseconds(pinning::on(pair.first, work))?, how)])
}
