//! How things stand at a moment: what the entries of a run up to then come to.

use crate::kernel::Nanos;
use crate::lock::policy::Free;
use crate::machine::{CoreId, ThreadId};
use crate::simulation::{CorePhase, Entry, State};

/// How things stand at a moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Situation {
    /// The threads, by slot.
    pub threads: Vec<ThreadNow>,
    /// The cores.
    pub cores: Vec<CoreNow>,
    /// The locks, by process instance.
    pub locks: Vec<LockNow>,
}

/// What a thread is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThreadNow {
    /// Its group.
    pub group: u32,
    /// Its process instance, which is also the number of its lock.
    pub instance: u32,
    /// Which thread of its group it is in that instance.
    pub number: u32,
    /// Its state.
    pub state: State,
    /// The core that it has.
    pub core: Option<CoreId>,
    /// Whether it runs a C call that keeps the lock.
    pub in_call: bool,
    /// Since when it waits for the lock, from request to acquire.
    pub waits: Option<Nanos>,
}

/// What a core is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CoreNow {
    /// Its phase.
    pub phase: CorePhase,
    /// Its thread.
    pub thread: Option<ThreadId>,
}

/// Who has a lock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LockNow {
    /// Its holder.
    pub holder: Option<ThreadId>,
    /// Who released it last, and when and why.
    pub released: Option<(ThreadId, Nanos, Free)>,
    /// How many threads wait for it, from request to acquire.
    pub waiters: u32,
}

const NO_THREAD: ThreadNow =
    ThreadNow { group: 0, instance: 0, number: 0, state: State::Absent, core: None, in_call: false, waits: None };

const IDLE: CoreNow = CoreNow { phase: CorePhase::Idle, thread: None };

/// The place of that number in a list that grows as needed.
fn place<T: Clone>(list: &mut Vec<T>, number: u32, empty: T) -> &mut T {
    let index = number as usize;
    if index >= list.len() {
        list.resize(index + 1, empty);
    }
    &mut list[index]
}

impl Situation {
    /// The thread in a slot.
    pub fn thread(&mut self, thread: ThreadId) -> &mut ThreadNow {
        place(&mut self.threads, thread, NO_THREAD)
    }

    /// A lock.
    pub fn lock(&mut self, lock: u32) -> &mut LockNow {
        place(&mut self.locks, lock, LockNow::default())
    }

    /// A core.
    pub fn core(&mut self, core: CoreId) -> &mut CoreNow {
        place(&mut self.cores, core, IDLE)
    }

    /// Whether an entry changes nothing: a state that lasts is told again when accounts are settled.
    pub fn knows(&self, entry: &Entry) -> bool {
        let Entry::State { thread, state, core, in_call } = *entry else { return false };
        let now = self.threads.get(thread as usize).unwrap_or(&NO_THREAD);
        (now.state, now.core, now.in_call) == (state, core, in_call)
    }

    /// Takes in what happens at this time.
    pub fn apply(&mut self, at: Nanos, entry: &Entry) {
        match *entry {
            Entry::Begin { thread, group, instance, number } => {
                *self.thread(thread) = ThreadNow { group, instance, number, ..NO_THREAD };
            }
            Entry::State { thread, state, core, in_call } => {
                let this = self.thread(thread);
                *this = ThreadNow { state, core, in_call, ..*this };
            }
            Entry::Core { core, phase, thread } => *self.core(core) = CoreNow { phase, thread },
            Entry::Request { lock, thread } => {
                self.thread(thread).waits = Some(at);
                self.lock(lock).waiters += 1;
            }
            Entry::Acquire { lock, thread } => {
                self.thread(thread).waits = None;
                let lock = self.lock(lock);
                lock.waiters = lock.waiters.saturating_sub(1);
                lock.holder = Some(thread);
            }
            Entry::Release { lock, thread, why } => {
                let lock = self.lock(lock);
                lock.holder = None;
                lock.released = Some((thread, at, why));
            }
            Entry::Withdraw { lock, thread } => {
                self.thread(thread).waits = None;
                let lock = self.lock(lock);
                lock.waiters = lock.waiters.saturating_sub(1);
            }
            Entry::DropRequest { .. }
            | Entry::Wake { .. }
            | Entry::TimedOut { .. }
            | Entry::WastedWakeUp { .. }
            | Entry::WorldStops { .. }
            | Entry::WorldGoesOn { .. } => {}
        }
    }
}
