//! Process instances, and the groups of threads in them.

use crate::kernel::Nanos;
use crate::kernel::streams::{Family, Stream};
use crate::lock::Setting;
use crate::lock::free_threaded::PRESET as FREE_THREADED;
use crate::machine::ThreadId;
use crate::workload::code::Code;

/// A process instance.
#[derive(Debug, Default)]
pub(super) struct Instance {
    pub(super) process: usize,
    /// Which of the equal instances it is.
    pub(super) ordinal: u32,
    pub(super) begun: bool,
    /// Whether everything that kept it alive has ended.
    pub(super) ended: bool,
    /// Threads begun so far, and living ones.
    pub(super) threads_begun: u32,
    pub(super) living: u32,
    /// What keeps the process alive: living threads but daemons, arrivals to come, its own start.
    pub(super) keeping: u32,
    /// Threads that wait for its end.
    pub(super) joiners: Vec<ThreadId>,
    /// Threads that run Python code this moment.
    pub(super) running_python: u64,
    /// Whether the world is stopped.
    pub(super) stopped: bool,
    /// Free-threaded builds: slow-down by each further running thread in thousandths, pause, time between pauses.
    pub(super) contention_milli: u64,
    /// Speed of its Python work when nothing else runs, in billionths.
    pub(super) python_pace: u64,
    /// The same of its C calls that keep the lock.
    pub(super) call_pace: u64,
    pub(super) pause: Nanos,
    pub(super) pause_every: Nanos,
}

impl Instance {
    pub(super) fn new(process: usize, ordinal: u32, setting: &Setting) -> Self {
        let mut instance = Self { process, ordinal, ..Self::default() };
        if setting.preset.name == FREE_THREADED.name {
            instance.contention_milli = (setting.number("contention") * 1000.0).round() as u64;
            instance.pause = setting.duration("pause");
            instance.pause_every = setting.duration("pause_every");
        }
        instance
    }
}

/// The threads of a group in one process instance.
#[derive(Debug, Default)]
pub(super) struct Unit {
    pub(super) group: usize,
    pub(super) instance: usize,
    /// Whether its threads do not keep the process alive.
    pub(super) daemon: bool,
    /// How many threads it is to have; `None` without end.
    pub(super) total: Option<u32>,
    pub(super) begun: u32,
    pub(super) ended: u32,
    /// Threads that wait for the end of all of them.
    pub(super) joiners: Vec<ThreadId>,
    /// The random numbers behind the times between their arrivals, if they arrive.
    pub(super) arrivals: Option<Stream>,
    /// Those behind their steps, by the number of the thread.
    pub(super) steps: Family,
}

impl Unit {
    /// Counts its next thread, which is about to begin, in; gives back the random numbers behind that one's steps.
    #[inline(always)]
    pub(super) fn count_in(&mut self, instance: &mut Instance) -> Stream {
        let random = self.steps.stream(u64::from(self.begun));
        self.begun += 1;
        instance.threads_begun = instance.threads_begun.saturating_add(1);
        instance.living += 1;
        instance.keeping += u32::from(!self.daemon);
        random
    }

    /// Counts one of its threads as ended. What that kept alive has yet to be let go.
    #[inline(always)]
    pub(super) fn count_out(&mut self, instance: &mut Instance) {
        self.ended += 1;
        instance.living -= 1;
    }

    /// Whether there are threads that have yet to begin.
    #[inline(always)]
    pub(super) fn has_more(&self) -> bool {
        self.total.is_none_or(|total| self.begun < total)
    }

    /// Whether one of its living threads is the last thing that keeps its process alive.
    #[inline(always)]
    pub(super) fn is_last(&self, instance: &Instance) -> bool {
        instance.keeping == 1 && !self.daemon
    }

    /// Draws the time until its next thread arrives; none if they do not arrive.
    #[inline(always)]
    pub(super) fn draw_arrival(&mut self, code: &Code) -> Option<Nanos> {
        Some(code.arrivals[self.group].as_ref()?.draw(self.arrivals.as_mut()?))
    }
}
