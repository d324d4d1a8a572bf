//! Threads on processors of their own, and the clocks of threads.

use std::time::Instant;

/// One processor, and another one where the process may use more than one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair {
    /// The number of a processor; `None` where threads cannot be pinned.
    pub first: Option<usize>,
    /// Another one; the outer `None` if there is only one.
    pub second: Option<Option<usize>>,
}

impl Pair {
    /// The first two of the processors that may be used.
    pub fn of(processors: &Processors) -> Self {
        match processors {
            Processors::Known(numbers) => {
                Self { first: numbers.first().copied(), second: numbers.get(1).map(|&number| Some(number)) }
            }
            Processors::Counted(count) => Self { first: None, second: (*count > 1).then_some(None) },
        }
    }

    /// The other processor.
    ///
    /// # Errors
    /// There is none.
    pub fn other(&self) -> Result<Option<usize>, String> {
        self.second.ok_or_else(|| "this process may use one processor only".into())
    }
}

/// The processors that this process may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Processors {
    /// Their numbers; threads can be pinned to them.
    Known(Vec<usize>),
    /// How many there are; threads cannot be pinned.
    Counted(usize),
}

impl Processors {
    /// How many there are.
    pub fn count(&self) -> usize {
        match self {
            Self::Known(numbers) => numbers.len(),
            Self::Counted(count) => *count,
        }
    }
}

/// The processors that this process may use.
pub fn allowed_processors() -> Processors {
    #[cfg(target_os = "linux")]
    if let Ok(set) = rustix::thread::sched_getaffinity(None) {
        let most = rustix::thread::CpuSet::MAX_CPU;
        return Processors::Known((0..most).filter(|&number| set.is_set(number)).collect());
    }
    Processors::Counted(std::thread::available_parallelism().map_or(1, std::num::NonZero::get))
}

/// Binds the calling thread to a processor; without a number, or where it cannot be done, it stays free.
pub(super) fn pin(processor: Option<usize>) {
    #[cfg(target_os = "linux")]
    if let Some(number) = processor {
        let mut set = rustix::thread::CpuSet::new();
        set.set(number);
        // The processor may have been taken from us since: the measurement goes on wherever it is.
        let _ = rustix::thread::sched_setaffinity(None, &set);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = processor;
}

/// Runs something in a thread of its own on a processor, so that the caller stays as free as it was.
pub(super) fn on<T: Send>(processor: Option<usize>, work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let pinned = || {
            pin(processor);
            work()
        };
        scope.spawn(pinned).join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// Nanoseconds since a moment.
pub(super) fn since(moment: Instant) -> f64 {
    moment.elapsed().as_nanos() as f64
}

/// Processor time of the calling thread in nanoseconds; no number where it is not known.
pub(super) fn thread_time() -> f64 {
    #[cfg(target_os = "linux")]
    {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
        time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
    }
    #[cfg(not(target_os = "linux"))]
    f64::NAN
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pair_is_of_processors_that_may_be_used() {
        assert_eq!(Pair::of(&Processors::Known(vec![3, 5, 8])), Pair { first: Some(3), second: Some(Some(5)) });
        let alone = Pair::of(&Processors::Known(vec![3]));
        assert!(alone.other().unwrap_err().contains("one processor only"));
        assert_eq!(Pair::of(&Processors::Counted(2)), Pair { first: None, second: Some(None) });
    }
}
