//! Detours: how often other threads take a core from one that never sleeps, and for how long.
//!
//! After the *selfish detour* benchmark of Beckman et al., "The influence of operating systems on the performance of
//! collective operations at extreme scale" (CLUSTER 2006): a thread does nothing but read the clock, and a gap between two
//! readings is time that it was not there. Here a gap counts only if the kernel says that the thread was preempted
//! meanwhile: interrupts, and stops of the whole virtual machine, are none of the system's threads.

use std::time::{Duration, Instant};

use super::pinning;
use super::{Finding, Found, Pair, Sample, Slice};

/// A gap between two readings that is worth a look: readings take some 30 ns.
const SHORTEST: Duration = Duration::from_micros(1);

/// Gaps of threads that read the clock on two processors at once, and the times between them.
pub(super) fn detours(pair: &Pair, slice: &Slice) -> Found {
    if pair.first.is_none() || preemptions().is_none() {
        return Err("the system does not tell threads how often they were preempted".into());
    }
    let processors = [Some(pair.first), pair.second].into_iter().flatten();
    let seen: Vec<(Vec<f64>, Vec<f64>)> = std::thread::scope(|scope| {
        let spin = |processor| {
            scope.spawn(move || {
                pinning::pin(processor);
                watch(slice)
            })
        };
        let spinners: Vec<_> = processors.map(spin).collect();
        spinners.into_iter().filter_map(|spinner| spinner.join().ok()).collect()
    });
    let lengths: Vec<f64> = seen.iter().flat_map(|(lengths, _)| lengths).copied().collect();
    let intervals: Vec<f64> = seen.iter().flat_map(|(_, intervals)| intervals).copied().collect();
    if intervals.is_empty() {
        return Err(format!("no thread was preempted twice in {:?}", slice.length()));
    }
    let how = "gaps of a thread that only reads the clock, in which the kernel preempted it, both switches included";
    Ok(vec![
        Finding::new("detour", Sample::nanoseconds(lengths)?, how),
        Finding::new(
            "detour_interval",
            Sample::nanoseconds(intervals)?,
            "from the end of one such gap to that of the next",
        ),
    ])
}

/// Reads the clock for the time of a slice: the lengths of the gaps in which the thread was preempted, and the times
/// between their ends, in nanoseconds.
fn watch(slice: &Slice) -> (Vec<f64>, Vec<f64>) {
    let (mut lengths, mut intervals) = (Vec::new(), Vec::new());
    let mut known = preemptions();
    let (start, mut before) = (Instant::now(), Instant::now());
    let mut last: Option<Instant> = None;
    while start.elapsed() < slice.length() && !slice.is_stopped() {
        let now = Instant::now();
        if now - before >= SHORTEST {
            let count = preemptions();
            if count != known {
                lengths.push((now - before).as_nanos() as f64);
                intervals.extend(last.replace(now).map(|last| (now - last).as_nanos() as f64));
            }
            known = count;
        }
        before = Instant::now();
    }
    (lengths, intervals)
}

/// How often the calling thread has been preempted so far.
fn preemptions() -> Option<u64> {
    count(&std::fs::read_to_string("/proc/thread-self/status").ok()?)
}

fn count(status: &str) -> Option<u64> {
    status.lines().find_map(|line| line.strip_prefix("nonvoluntary_ctxt_switches:"))?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn preemptions_are_read_off_the_status_of_a_thread() {
        let status = "Name:\tgilsim\nvoluntary_ctxt_switches:\t7\nnonvoluntary_ctxt_switches:\t42\n";
        assert_eq!([count(status), count("Name:\tgilsim\n")], [Some(42), None]);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn two_threads_that_share_a_processor_are_detours_of_each_other() {
        let first = pinning::Pair::of(&pinning::allowed_processors()).first;
        let pair = Pair { first, second: Some(first) };
        let found = detours(&pair, &Slice::of(Duration::from_millis(200))).unwrap();
        let [lengths, intervals] = &found[..] else { panic!("{found:?}") };
        assert!(lengths.sample.n() >= 4, "{lengths:?}");
        assert!(lengths.sample.median() > 1e5, "a slice is a millisecond or more: {lengths:?}");
        assert!(intervals.sample.median() > lengths.sample.median(), "{intervals:?}");
    }
}
