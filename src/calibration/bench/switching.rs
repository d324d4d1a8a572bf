//! What it costs that cores are shared: switches, migrations, cache lines, and each other's presence.

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::pinning::{self, since};
use super::{Finding, Found, PARALLEL, Pair, Sample, Slice, Unit};

/// Yields that are timed together.
const YIELDS: u32 = 200;

/// What a thread has in its cache when it moves: a first-level data cache, in bytes.
const WORKING_SET: usize = 32 * 1024;

/// Steps of work that read most of a working set.
const STEPS: u32 = 4096;

/// Round trips of a cache line that are timed together.
const ROUNDS: u32 = 500;

/// How long both cores are busy for one value of the slow-down.
const STRETCH: Duration = Duration::from_millis(4);

/// Two threads yield to each other on one core; a thread that yields to nobody is taken off.
pub(super) fn context_switch(pair: &Pair, slice: &Slice) -> Found {
    let core = pair.first;
    if core.is_none() {
        return Err("threads cannot be pinned to a core here".into());
    }
    let turns = Turns::default();
    let values = std::thread::scope(|scope| {
        let timed = || {
            pinning::pin(core);
            let alone: Vec<f64> = (0..50).map(|_| timed_yields(&turns).0 / f64::from(YIELDS)).collect();
            let alone = Sample::nanoseconds(alone)?.median();
            scope.spawn(|| {
                pinning::pin(core);
                while !turns.over.load(Ordering::Relaxed) {
                    turns.take(2);
                }
            });
            let mut values = Vec::new();
            for round in 0.. {
                if !slice.goes_on(round) {
                    break;
                }
                let (time, yields, switches) = timed_yields(&turns);
                if switches > YIELDS / 2 {
                    values.push((time - alone * f64::from(yields)) / f64::from(switches));
                }
            }
            turns.over.store(true, Ordering::Relaxed);
            Ok::<_, String>(values)
        };
        scope.spawn(timed).join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })?;
    let how = "two threads on one core yield to each other, less what a yield to nobody takes; means of 200 yields";
    Ok(vec![Finding::new("context_switch", Sample::nanoseconds(values)?, how)])
}

/// Who had the core last, and how often it changed.
#[derive(Default)]
struct Turns {
    last: AtomicU32,
    yields: AtomicU32,
    switches: AtomicU32,
    over: AtomicBool,
}

impl Turns {
    fn take(&self, who: u32) {
        if self.last.swap(who, Ordering::Relaxed) != who {
            self.switches.fetch_add(1, Ordering::Relaxed);
        }
        self.yields.fetch_add(1, Ordering::Relaxed);
        std::thread::yield_now();
    }
}

/// Time of a batch of yields, and how many yields and switches there were in it.
fn timed_yields(turns: &Turns) -> (f64, u32, u32) {
    let before = (turns.yields.load(Ordering::Relaxed), turns.switches.load(Ordering::Relaxed));
    let start = Instant::now();
    (0..YIELDS).for_each(|_| turns.take(1));
    let time = since(start);
    let after = (turns.yields.load(Ordering::Relaxed), turns.switches.load(Ordering::Relaxed));
    (time, after.0.wrapping_sub(before.0), after.1.wrapping_sub(before.1))
}

/// Interpreter-like work on a new core, less the same work there again.
pub(super) fn migration(pair: &Pair, slice: &Slice) -> Found {
    let cores = [pair.first, pair.other()?];
    if cores.contains(&None) {
        return Err("threads cannot be pinned to a core here".into());
    }
    let work = || {
        let mut memory = vec![1; WORKING_SET / size_of::<u32>()];
        let mut timed = || {
            let start = Instant::now();
            interpret(&mut memory, STEPS);
            since(start)
        };
        let mut values = Vec::new();
        for core in cores.into_iter().cycle() {
            if !slice.goes_on(values.len()) {
                break;
            }
            pinning::pin(core);
            let cold = timed();
            let warm = (0..3).map(|_| timed()).fold(f64::INFINITY, f64::min);
            values.push((cold - warm).max(0.0));
        }
        values
    };
    let how = "4096 steps like an interpreter's, on 32 KiB, after moving to another core, less the same there again";
    Ok(vec![Finding::new("migration", Sample::nanoseconds(pinning::on(None, work))?, how)])
}

/// An atomic word goes to and fro between two cores.
pub(super) fn handover(pair: &Pair, slice: &Slice) -> Found {
    let other = pair.other()?;
    let ball = AtomicU64::new(0);
    let values = std::thread::scope(|scope| {
        scope.spawn(|| {
            pinning::pin(other);
            let mut expected = 1;
            loop {
                match ball.load(Ordering::Acquire) {
                    u64::MAX => return,
                    seen if seen == expected => {
                        ball.store(seen + 1, Ordering::Release);
                        expected += 2;
                    }
                    _ => std::hint::spin_loop(),
                }
            }
        });
        let server = || {
            pinning::pin(pair.first);
            let mut values = Vec::new();
            let mut turn = 1;
            while slice.goes_on(values.len()) {
                let start = Instant::now();
                for _ in 0..ROUNDS {
                    ball.store(turn, Ordering::Release);
                    while ball.load(Ordering::Acquire) == turn {
                        std::hint::spin_loop();
                    }
                    turn += 2;
                }
                values.push(since(start) / f64::from(2 * ROUNDS));
            }
            ball.store(u64::MAX, Ordering::Release);
            values
        };
        scope.spawn(server).join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    });
    let how = "a word written by one core until another, which polls it, sees it: half of a round trip, means of 500";
    Ok(vec![Finding::new("store_visible", Sample::nanoseconds(values)?, how)])
}

/// The speed of a core beside another busy one, relative to its speed alone: processor time of the same work.
pub(super) fn parallel(pair: &Pair, slice: &Slice) -> Found {
    let other = pair.other()?;
    if pinning::thread_time().is_nan() {
        return Err("there is no clock of a thread's processor time".into());
    }
    let (busy, over) = (AtomicBool::new(false), AtomicBool::new(false));
    let values = std::thread::scope(|scope| {
        scope.spawn(|| {
            pinning::pin(other);
            let mut memory = vec![1; 256];
            while !over.load(Ordering::Relaxed) {
                if busy.load(Ordering::Relaxed) {
                    interpret(&mut memory, STEPS);
                } else {
                    std::thread::park_timeout(Duration::from_micros(200));
                }
            }
        });
        let measured = || {
            pinning::pin(pair.first);
            let mut values = Vec::new();
            while slice.goes_on(values.len()) {
                busy.store(false, Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(1));
                let alone = pace(STRETCH);
                busy.store(true, Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(1));
                values.push(alone / pace(STRETCH));
            }
            over.store(true, Ordering::Relaxed);
            values
        };
        scope.spawn(measured).join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    });
    let how = "speed of a core while another one is busy, relative to alone: processor time of the same loop";
    Ok(vec![Finding::new(PARALLEL, Sample::new(Unit::Ratio, values)?, how)])
}

/// Processor time of a step of work, over a stretch of wall time.
fn pace(stretch: Duration) -> f64 {
    let mut memory = vec![1; 256];
    let (begun, start) = (Instant::now(), pinning::thread_time());
    let mut rounds = 0;
    while begun.elapsed() < stretch {
        interpret(&mut memory, STEPS);
        rounds += 1;
    }
    (pinning::thread_time() - start) / f64::from(rounds)
}

/// What an interpreter does: dependent arithmetic, branches that are hard to foresee, loads and stores here and there.
/// The length of the memory is a power of two.
fn interpret(memory: &mut [u32], steps: u32) {
    let mut state = 0x9E37_79B9_u32;
    for _ in 0..steps {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        let slot = &mut memory[state as usize & (memory.len() - 1)];
        *slot = if (*slot ^ state) & 512 == 0 { slot.wrapping_add(state) } else { slot.rotate_left(3) };
    }
    black_box(memory);
}
