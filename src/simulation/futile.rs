//! Futile checks, passed without the event queue.
//!
//! Under CPython 2 a holder whose waiters are all awake, on their way to the lock, still frees it at every check, makes
//! a wake call that reaches nobody and takes it back: three events for a few hundred nanoseconds, a million times a second.
//! Until another event is due nothing can come of it, so these events are carried out here one after another, with the
//! accounts, the draws and the fingerprint that they would have had; `run.shortcuts = false` has each
//! of them go through the queue, and a test compares.

use super::engine::{Engine, Event};
use super::lock_view::LockView;
use super::pace::duration;
use super::recorder::Recorder;
use super::thread::{Kind, State};
use crate::kernel::Nanos;
use crate::lock::policy::{Free, Policy, World};
use crate::machine::{CoreId, ThreadId};

impl<R: Recorder> Engine<'_, R> {
    /// The running holder of a lock has come to a check point, and has `left` Python work before it. Passes this check
    /// and those that follow it while they are futile and no other event is due; gives back the work left then, and
    /// whether the thread is at a check point still.
    pub(super) fn pass_futile_checks(&mut self, core: CoreId, thread: ThreadId, mut left: Nanos) -> (Nanos, bool) {
        let lock = self.threads[thread as usize].instance as usize;
        let may_skip = self.scenario.limits.shortcuts && left > 0 && !self.locks[lock].signalled;
        if !may_skip || !self.consult(thread, |policy, world| policy.check_is_futile(world)) {
            return (left, true);
        }
        let pace = [Kind::Overhead, Kind::Compute].map(|kind| self.pace(core, kind, lock));
        loop {
            let before = self.machine_random.clone();
            let call = self.costs.wake_call_empty.draw(&mut self.machine_random);
            // The call looks for sleepers halfway.
            let looks = self.now.saturating_add(duration(call / 2, pace[0], 0));
            let back = looks.saturating_add(duration(call - call / 2, pace[0], 0));
            if call < 2 || !self.is_quiet_until(back) {
                self.machine_random = before;
                return (left, true);
            }
            self.measures.locks[lock].checks += 1;
            self.measures.locks[lock].wake_calls_empty += 1;
            LockView { engine: self, lock, thread }.free(Free::Forced);
            self.set_state(thread, State::Overhead);
            self.jump(looks, core);
            self.jump(back, core);
            LockView { engine: self, lock, thread }.take(thread);
            self.set_state(thread, State::Python);

            let work = self.locks[lock].until_check();
            let check = self.now.saturating_add(duration(work, pace[1], 0));
            if work > left || !self.is_quiet_until(check) {
                return (left, false);
            }
            self.jump(check, core);
            self.measures.groups[self.threads[thread as usize].group as usize].work += work;
            self.tell_lives(|lives, _| lives.works(thread, work));
            self.locks[lock].pass(work);
            left -= work;
            if left == 0 {
                return (left, true);
            }
        }
    }

    /// Whether nothing happens up to a time, that time included.
    fn is_quiet_until(&self, at: Nanos) -> bool {
        self.queue.next_at().is_none_or(|next| next > at) && self.end.is_none() && self.fault.is_none()
    }

    /// Moves the clock to the event of a core that would have fired next.
    fn jump(&mut self, at: Nanos, core: CoreId) {
        self.queue.advance(at);
        self.now = at;
        self.count(Event::Core(core, self.cores[core as usize].generation));
    }
}
