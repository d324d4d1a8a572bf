//! Signals: they come to the main process, and its main thread handles them at a check point.

use super::Scenario;
use super::engine::{Engine, Event};
use super::recorder::Recorder;
use super::thread::{After, Kind, State};
use crate::kernel::Nanos;
use crate::kernel::streams::{Purpose, Stream, Streams};
use crate::machine::ThreadId;

/// The thread that handles signals: the first that the main process begins with has the first slot.
pub(super) const MAIN_THREAD: ThreadId = 0;

/// The instance of the main process.
const MAIN: usize = 0;

/// The signals of a run.
#[derive(Debug)]
pub(super) struct Signals {
    random: Vec<Stream>,
    /// Counters of the signals that have come and wait for the main thread, and when they came.
    pending: Vec<(u32, Nanos)>,
    /// Those that are being handled.
    handling: Vec<(u32, Nanos)>,
    /// How long the handlers of the pending ones will run.
    work: Nanos,
}

impl Signals {
    pub(super) fn new(scenario: &Scenario, streams: Streams) -> Self {
        let numbers = 0..scenario.program.signals.len() as u64;
        Self {
            random: numbers.map(|number| streams.stream(Purpose::Signals, &[number])).collect(),
            pending: Vec::new(),
            handling: Vec::new(),
            work: 0,
        }
    }
}

impl<R: Recorder> Engine<'_, R> {
    pub(super) fn begin_signals(&mut self) {
        (0..self.code.signals.len()).for_each(|signal| self.schedule_signal(signal));
    }

    fn schedule_signal(&mut self, signal: usize) {
        let delay = self.code.signals[signal].0.draw(&mut self.signals.random[signal]);
        self.queue.push(self.now.saturating_add(delay), Event::Signal(signal as u32));
    }

    /// A signal comes: whoever is concerned passes a check point soon.
    pub(super) fn signal(&mut self, signal: usize) {
        let work = self.code.signals[signal].1.draw(&mut self.signals.random[signal]);
        self.signals.work = self.signals.work.saturating_add(work);
        self.signals.pending.push((self.scenario.program.signals[signal].counter as u32, self.now));
        self.schedule_signal(signal);
        let running = self.locks[MAIN].holder.unwrap_or(MAIN_THREAD);
        let core =
            self.threads[running as usize].core.filter(|_| self.threads[running as usize].state == State::Python);
        if let Some(core) = core {
            self.settle(core, running);
        }
        let lock = &mut self.locks[MAIN];
        let until = lock.until_check();
        lock.signalled = true;
        lock.set_until_check(until.min(lock.check_points.signalled_gap.max(1)));
        if let Some(core) = core {
            self.plan(core, running);
        }
    }

    /// Whether a thread that runs Python code must look up at its next check point.
    pub(super) fn is_interrupted(&self, thread: ThreadId) -> bool {
        self.locks[self.threads[thread as usize].instance as usize].interrupts(thread)
    }

    /// At a check point: if it is the main thread and signals wait, it runs their handlers first.
    pub(super) fn handle_signals(&mut self, thread: ThreadId) -> bool {
        let is_main = thread == MAIN_THREAD && self.threads[thread as usize].instance as usize == MAIN;
        if !is_main || self.signals.pending.is_empty() {
            return false;
        }
        self.locks[MAIN].until_check();
        self.locks[MAIN].signalled = false;
        self.signals.handling.append(&mut self.signals.pending);
        let work = std::mem::take(&mut self.signals.work);
        self.start_segment(thread, Kind::Call, work, After::Handled);
        true
    }

    /// The handlers have run: the rest of the check point follows.
    pub(super) fn signals_handled(&mut self, thread: ThreadId) {
        for (counter, came) in std::mem::take(&mut self.signals.handling) {
            self.measures.counters[counter as usize].count(self.now - came);
        }
        self.ask_at_check_point(thread);
    }
}
