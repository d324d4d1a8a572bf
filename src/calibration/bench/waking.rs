//! Waking sleepers: what the call costs, and how long it is until the sleeper runs.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::futex::Word;
use super::pinning::{self, since};
use super::{Finding, Found, Pair, Sample, Slice};

/// Calls that are timed together where one is too short for the clock.
const BATCH: u32 = 10;

/// The values of the sleeper's word.
const SLEEP: u32 = 0;
const WAKE: u32 = 1;
const END: u32 = 2;

/// What waker and sleeper share.
#[derive(Default)]
struct Sleeper {
    word: Word,
    /// How often the sleeper has been about to sleep.
    asleep: AtomicU64,
    /// When it ran again, in nanoseconds after the waker's epoch; 0 before that.
    woke: AtomicU64,
}

impl Sleeper {
    /// Sleeps and tells when it runs, until the end.
    fn run(&self, epoch: Instant) {
        for round in 1.. {
            self.asleep.store(round, Ordering::Release);
            self.word.wait_while(SLEEP);
            let now = epoch.elapsed().as_nanos() as u64;
            if self.woke.swap(now, Ordering::AcqRel) == u64::MAX {
                return;
            }
            self.word.set(SLEEP);
        }
    }
}

/// Calls and latencies of waking a sleeper on `core` from `waker`, each after a sleep of a given length.
fn wakes(waker: Option<usize>, core: Option<usize>, sleep: Duration, slice: &Slice) -> (Vec<f64>, Vec<f64>) {
    let sleeper = Sleeper::default();
    let epoch = Instant::now();
    // On the waker's own core the sleeper runs only when the waker lets it.
    let shared = waker.is_some() && waker == core;
    let wait = || if shared { std::thread::yield_now() } else { std::hint::spin_loop() };
    std::thread::scope(|scope| {
        scope.spawn(|| {
            pinning::pin(core);
            sleeper.run(epoch);
        });
        let work = || {
            pinning::pin(waker);
            let (mut calls, mut latencies) = (Vec::new(), Vec::new());
            for round in 1.. {
                while sleeper.asleep.load(Ordering::Acquire) < round {
                    wait();
                }
                let begun = Instant::now();
                while begun.elapsed() < sleep {
                    wait();
                }
                let last = !slice.goes_on(calls.len());
                sleeper.woke.store(if last { u64::MAX } else { 0 }, Ordering::Release);
                let start = epoch.elapsed().as_nanos() as u64;
                sleeper.word.set(if last { END } else { WAKE });
                sleeper.word.wake();
                let end = epoch.elapsed().as_nanos() as u64;
                if last {
                    break;
                }
                while sleeper.woke.load(Ordering::Acquire) == 0 {
                    wait();
                }
                calls.push((end - start) as f64);
                latencies.push(sleeper.woke.load(Ordering::Acquire).saturating_sub(start) as f64);
            }
            (calls, latencies)
        };
        scope.spawn(work).join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// Waking a sleeper on another core, which has been idle for a fifth of a millisecond.
pub(super) fn idle(pair: &Pair, slice: &Slice) -> Found {
    let (calls, latencies) = wakes(pair.first, pair.other()?, Duration::from_micros(200), slice);
    let how = "futex wake of a sleeper on a core that has been idle for 0.2 ms";
    Ok(vec![
        Finding::new("wake_call", Sample::nanoseconds(calls)?, format!("{how}: the call")),
        Finding::new("wake_latency_idle", Sample::nanoseconds(latencies)?, format!("{how}: until the sleeper runs")),
    ])
}

/// Waking a sleeper on the waker's core, which the waker then offers.
pub(super) fn busy(pair: &Pair, slice: &Slice) -> Found {
    if pair.first.is_none() {
        return Err("threads cannot be pinned to a core here".into());
    }
    let (_, latencies) = wakes(pair.first, pair.first, Duration::from_micros(20), slice);
    let how = "futex wake of a sleeper on the waker's own core, which yields: until the sleeper runs";
    Ok(vec![Finding::new("wake_latency_busy", Sample::nanoseconds(latencies)?, how)])
}

/// Waking a sleeper on a core that has been idle for so long.
fn idle_after(name: &'static str, sleep: Duration, pair: &Pair, slice: &Slice) -> Found {
    let (_, latencies) = wakes(pair.first, pair.other()?, sleep, slice);
    let how = format!("as wake_latency_idle, after {} ms of sleep", sleep.as_secs_f64() * 1e3);
    Ok(vec![Finding::new(name, Sample::nanoseconds(latencies)?, how)])
}

pub(super) fn idle_20us(pair: &Pair, slice: &Slice) -> Found {
    idle_after("wake_latency_idle_20us", Duration::from_micros(20), pair, slice)
}

pub(super) fn idle_1ms(pair: &Pair, slice: &Slice) -> Found {
    idle_after("wake_latency_idle_1ms", Duration::from_millis(1), pair, slice)
}

pub(super) fn idle_5ms(pair: &Pair, slice: &Slice) -> Found {
    idle_after("wake_latency_idle_5ms", Duration::from_millis(5), pair, slice)
}

pub(super) fn idle_20ms(pair: &Pair, slice: &Slice) -> Found {
    idle_after("wake_latency_idle_20ms", Duration::from_millis(20), pair, slice)
}

/// The mean of each of many batches of calls.
fn batches(processor: Option<usize>, slice: &Slice, call: impl Fn() + Sync) -> Result<Sample, String> {
    let work = || {
        let mut values = Vec::new();
        while slice.goes_on(values.len()) {
            let start = Instant::now();
            (0..BATCH).for_each(|_| call());
            values.push(since(start) / f64::from(BATCH));
        }
        values
    };
    Sample::nanoseconds(pinning::on(processor, work))
}

/// Waking where nobody sleeps.
pub(super) fn empty(pair: &Pair, slice: &Slice) -> Found {
    let word = Word::default();
    let sample = batches(pair.first, slice, || word.wake())?;
    Ok(vec![Finding::new("wake_call_empty", sample, "futex wake without a sleeper, means of 10")])
}

/// Going to sleep, up to where others would sleep: the word has changed.
pub(super) fn sleep_call(pair: &Pair, slice: &Slice) -> Found {
    if cfg!(not(target_os = "linux")) {
        return Err("there is no call that goes to sleep and returns at once but a futex".into());
    }
    let word = Word::default();
    let sample = batches(pair.first, slice, || word.wait_once(WAKE))?;
    Ok(vec![Finding::new("sleep_call", sample, "futex wait that finds its word changed, means of 10")])
}
