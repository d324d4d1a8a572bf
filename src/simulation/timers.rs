//! Timers and devices: what a thread waits for that no other thread brings about.

use super::engine::{Engine, Event};
use super::recorder::{Entry, Recorder};
use super::thread::{OnCore, Parked};
use crate::kernel::Nanos;
use crate::lock::policy::Cause;
use crate::machine::ThreadId;

impl<R: Recorder> Engine<'_, R> {
    #[inline(always)]
    pub(super) fn set_timer(&mut self, thread: ThreadId, delay: Nanos) {
        self.void_timer(thread);
        let this = &mut self.threads[thread as usize];
        this.timer_armed = true;
        self.queue.push(self.now.saturating_add(delay), Event::Timer(thread, this.generation));
    }

    /// A thread's device or timer is done.
    #[inline(always)]
    pub(super) fn timer(&mut self, thread: ThreadId) {
        let this = &mut self.threads[thread as usize];
        this.timer_armed = false;
        if this.parked == Parked::Lock {
            this.on_core = OnCore::Lock(Cause::TimedOut);
            self.recorder.record(self.now, Entry::TimedOut { lock: this.instance, thread });
        } else {
            this.on_core = OnCore::Request;
            if let Some(counter) = this.begin_on_wake.take() {
                self.start_clock(thread, counter);
            }
        }
        self.ready(thread);
    }

    #[inline(always)]
    pub(super) fn void_timer(&mut self, thread: ThreadId) {
        let this = &mut self.threads[thread as usize];
        if std::mem::take(&mut this.timer_armed) {
            this.generation = this.generation.wrapping_add(1);
            self.queue.made_void();
        }
    }
}
