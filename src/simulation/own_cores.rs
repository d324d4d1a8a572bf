//! Threads on a machine with a core for each: nobody waits for a core, changes it or loses it.
//!
//! The core of a thread has its number. What the scheduler and the ticks of [`cores`](super::cores) see to cannot happen
//! here; latencies, cold starts and speeds are the same.

use super::core_state::CorePhase;
use super::engine::Engine;
use super::recorder::{Entry, Recorder};
use crate::machine::{CoreId, ThreadId};

impl<R: Recorder> Engine<'_, R> {
    /// A thread that became ready runs after the latency.
    #[inline(always)]
    pub(super) fn wake_own_core(&mut self, thread: ThreadId) {
        self.end_sleep(thread);
        let latency = self.costs.wake_latency_idle.draw(&mut self.machine_random);
        let delay = latency.saturating_add(self.cold_start(thread, thread));
        let this = &mut self.cores[thread as usize];
        this.come_into(CorePhase::Switching, self.now, &mut self.measures.cores);
        this.thread = Some(thread);
        let own = self.threads[thread as usize].core.replace(thread);
        if own.is_some() {
            self.broken("a thread is dispatched that has a core", Some(thread));
        }
        let switching = Entry::Core { core: thread, phase: CorePhase::Switching, thread: Some(thread) };
        self.recorder.record(self.now, switching);
        self.arm_core(thread, delay);
    }

    /// The thread of a core needs it no longer.
    #[inline(always)]
    pub(super) fn leave_own_core(&mut self, core: CoreId) {
        let this = &mut self.cores[core as usize];
        if this.disarm() {
            self.queue.made_void();
        }
        self.busy_cores -= usize::from(this.phase == CorePhase::Running);
        this.come_into(CorePhase::Idle, self.now, &mut self.measures.cores);
        this.thread = None;
        this.idle_since = self.now;
        self.recorder.record(self.now, Entry::Core { core, phase: CorePhase::Idle, thread: None });
        if self.paced {
            self.retime();
        }
    }
}
