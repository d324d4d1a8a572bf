//! Scheduler ticks: slices that are over, and cores that have too many threads.

use super::core_state::CorePhase;
use super::engine::{Engine, Event};
use super::pace::advance;
use super::recorder::Recorder;
use super::thread::Kind;
use crate::machine::{CoreId, ThreadId};

impl<R: Recorder> Engine<'_, R> {
    /// Schedules the scheduler's next look at a core, if it wants one.
    pub(super) fn arm_tick(&mut self, core: CoreId) {
        let this = &mut self.cores[core as usize];
        if this.tick_armed || !this.is_at_work() {
            return;
        }
        if let Some(at) = self.run_queues.next_tick(core, this.started, self.now) {
            this.tick_armed = true;
            self.queue.push(at, Event::Tick(core, this.tick_generation));
        }
    }

    /// The scheduler looks at a core: first whether its thread must make room, then whether another core should help out.
    pub(super) fn tick(&mut self, core: CoreId) {
        let this = &mut self.cores[core as usize];
        this.tick_armed = false;
        let (thread, ran) = (this.thread, this.ran(self.now));
        // Who is done this very moment is not made to wait for the core again to say so.
        if self.run_queues.tick(core, ran, self.now) && thread.is_none_or(|thread| !self.is_done(core, thread)) {
            self.preempt(core);
            self.serve(core, false);
        }
        self.relieve(core);
        (0..self.cores.len()).for_each(|core| self.arm_tick(core as CoreId));
    }

    /// Has an idle core woken up that should take over a thread from this one.
    fn relieve(&mut self, core: CoreId) {
        let cores = &self.cores;
        let idle = |core: CoreId| cores[core as usize].phase == CorePhase::Idle;
        if let Some(other) = self.run_queues.relieve(core, idle) {
            self.cores[other as usize].kicked = true;
            self.wake_core(other, CorePhase::System);
        }
    }

    /// Whether a running thread has no work left of its stretch: the event that says so is about to fire.
    fn is_done(&self, core: CoreId, thread: ThreadId) -> bool {
        let segment = self.threads[thread as usize].segment;
        let core = &self.cores[core as usize];
        let (done, _) = advance(self.now - segment.settled, core.pace, segment.done_billionths);
        core.phase == CorePhase::Running && segment.kind != Kind::None && done >= segment.left
    }

    #[inline]
    pub(super) fn void_tick(&mut self, core: CoreId) {
        let this = &mut self.cores[core as usize];
        if std::mem::take(&mut this.tick_armed) {
            this.tick_generation = this.tick_generation.wrapping_add(1);
            self.queue.made_void();
        }
    }
}
