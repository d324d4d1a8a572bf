//! What each thread, lock and core did from when to when, and why.

use std::ops::Range;

use super::cast::Cast;
use super::log::Log;
use super::situation::Situation;
use crate::kernel::Nanos;
use crate::lock::policy::Free;
use crate::machine::{CoreId, ThreadId};
use crate::simulation::{CorePhase, Entry, Scenario, State};

/// What happened in a window of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// The window.
    pub window: Range<Nanos>,
    /// Who appears in it.
    pub cast: Cast,
    /// For each slot, what its threads did: stays of some length, one after another. Nothing where it is empty.
    pub threads: Vec<Vec<Stay>>,
    /// For each lock, who held it.
    pub locks: Vec<Vec<Hold>>,
    /// For each lock, from when on how many threads waited for it.
    pub waiters: Vec<Vec<(Nanos, u32)>>,
    /// For each core, what it did.
    pub cores: Vec<Vec<Turn>>,
    /// What happened at a moment.
    pub marks: Vec<Mark>,
}

/// A thread's stay in a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stay {
    /// When it came.
    pub begin: Nanos,
    /// When it left.
    pub end: Nanos,
    /// The state.
    pub state: State,
    /// The core that it had.
    pub core: Option<CoreId>,
    /// Whether it ran a C call that keeps the lock.
    pub in_call: bool,
    /// Whether it held its lock.
    pub holds: bool,
    /// Whether it waited for its lock, from request to acquire.
    pub waits: bool,
    /// What brought it there.
    pub cause: Cause,
}

/// What brought a thread into a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    /// It goes on with what it is about.
    None,
    /// It begins.
    Begin,
    /// It waits for the lock that this thread holds.
    Holder(ThreadId),
    /// It took the lock, which this thread had released in this way.
    Taken(ThreadId, Free),
    /// This thread woke it for the lock.
    Woken(ThreadId),
    /// Its timed wait for the lock was over.
    TimedOut,
    /// Its device, its sleep or what it waited for was done.
    Done,
    /// The scheduler took its core.
    Preempted,
    /// It released the lock because it was asked to.
    Dropped,
}

/// A time in which a thread held a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    /// From when on, in the window.
    pub begin: Nanos,
    /// Until when, in the window.
    pub end: Nanos,
    /// The holder.
    pub thread: ThreadId,
    /// Whether it took the lock in the window.
    pub acquired: bool,
    /// Who released the lock before, in the window, and when and why.
    pub from: Option<(ThreadId, Nanos, Free)>,
    /// How it released the lock, if it did so in the window.
    pub why: Option<Free>,
}

/// A lock that goes from one thread to another in the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HandOff {
    /// Who releases it, and when.
    pub from: (ThreadId, Nanos),
    /// Who takes it, and when.
    pub to: (ThreadId, Nanos),
}

/// What a core does for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// From when on.
    pub begin: Nanos,
    /// Until when.
    pub end: Nanos,
    /// Its phase.
    pub phase: CorePhase,
    /// Its thread.
    pub thread: Option<ThreadId>,
}

impl Turn {
    /// The name of the one for whom it is.
    pub fn name<'c>(&self, cast: &'c Cast) -> &'c str {
        match (self.thread, self.phase) {
            (Some(thread), _) => cast.thread(thread),
            (None, CorePhase::System) => "system",
            (None, _) => "",
        }
    }
}

/// Something that happened at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// When.
    pub at: Nanos,
    /// What.
    pub kind: MarkKind,
    /// To which thread; for a stop of the world to none.
    pub thread: Option<ThreadId>,
    /// At which lock.
    pub lock: u32,
}

/// What happens at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarkKind {
    /// The thread requests the lock to be dropped.
    DropRequest,
    /// The thread takes a lock that another was made to drop.
    ForcedSwitch,
    /// The thread was woken for the lock in vain.
    WastedWakeUp,
    /// The world stops.
    WorldStop,
}

impl MarkKind {
    /// All kinds, with their names.
    pub const NAMED: [(Self, &'static str); 4] = [
        (Self::DropRequest, "drop request"),
        (Self::ForcedSwitch, "forced switch"),
        (Self::WastedWakeUp, "wasted wake-up"),
        (Self::WorldStop, "stop of the world"),
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::NAMED.iter().find(|(kind, _)| *kind == self).map_or("", |(_, name)| name)
    }
}

impl History {
    /// What a closed log tells.
    pub fn new(scenario: &Scenario, log: &Log) -> Self {
        let cast = Cast::new(scenario, log);
        let locks = cast.locks.len();
        let mut history = Self {
            window: log.window.clone(),
            threads: vec![Vec::new(); cast.threads.len()],
            locks: vec![Vec::new(); locks],
            waiters: vec![Vec::new(); locks],
            cores: Vec::new(),
            marks: Vec::new(),
            cast,
        };
        let mut teller = Teller::new(&mut history, log);
        for (at, entry) in &log.entries {
            teller.tell(*at, entry);
        }
        teller.end();
        history
    }

    /// All hand-offs between different threads, lock by lock, in order of time.
    pub fn hand_offs(&self) -> impl Iterator<Item = HandOff> {
        self.locks.iter().flatten().filter_map(|hold| {
            let (before, released, _) = hold.from.filter(|_| hold.acquired)?;
            let hand_off = HandOff { from: (before, released), to: (hold.thread, hold.begin) };
            (before != hold.thread).then_some(hand_off)
        })
    }
}

/// Goes through a log and writes a history.
struct Teller<'h> {
    history: &'h mut History,
    now: Situation,
    /// Since when each thread is in its state, and why.
    stays: Vec<(Nanos, Cause)>,
    /// Since when each core does what it does.
    turns: Vec<Nanos>,
    /// The present hold of each lock.
    holds: Vec<Option<Hold>>,
    /// Why a thread is about to be ready.
    pending: Vec<Cause>,
}

impl<'h> Teller<'h> {
    fn new(history: &'h mut History, log: &Log) -> Self {
        let (threads, locks) = (history.threads.len(), history.locks.len());
        let from = history.window.start;
        let mut now = log.before.clone();
        let cores = log.entries.iter().map(|(_, entry)| match entry {
            Entry::Core { core, .. } => core + 1,
            _ => 0,
        });
        let cores = cores.max().unwrap_or(0).max(now.cores.len() as u32);
        (0..threads as u32).for_each(|thread| {
            now.thread(thread);
        });
        (0..cores).for_each(|core| {
            now.core(core);
        });
        (0..locks as u32).for_each(|lock| {
            now.lock(lock);
        });
        let hold = |thread| Hold { begin: from, end: from, thread, acquired: false, from: None, why: None };
        let holds = now.locks.iter().map(|lock| lock.holder.map(hold)).collect();
        for (list, lock) in history.waiters.iter_mut().zip(&now.locks) {
            list.push((from, lock.waiters));
        }
        history.cores = vec![Vec::new(); cores as usize];
        Self {
            history,
            now,
            stays: vec![(from, Cause::None); threads],
            turns: vec![from; cores as usize],
            holds,
            pending: vec![Cause::None; threads],
        }
    }

    fn tell(&mut self, at: Nanos, entry: &Entry) {
        match *entry {
            Entry::Begin { thread, .. } => self.pending[thread as usize] = Cause::Begin,
            Entry::State { thread, state, .. } => {
                let cause = self.cause(thread, state);
                self.leave(at, thread, cause);
            }
            Entry::Core { core, .. } => self.turn(at, core),
            Entry::Request { thread, .. } | Entry::Withdraw { thread, .. } => {
                self.leave(at, thread, self.stays[thread as usize].1);
            }
            Entry::Acquire { lock, thread } => self.acquire(at, lock, thread),
            Entry::Release { lock, thread, why } => {
                if let Some(hold) = self.holds[lock as usize].take() {
                    self.history.locks[lock as usize].push(Hold { end: at, why: Some(why), ..hold });
                }
                self.leave(at, thread, if why == Free::Forced { Cause::Dropped } else { Cause::None });
            }
            Entry::DropRequest { lock, thread } => self.mark(at, MarkKind::DropRequest, Some(thread), lock),
            Entry::Wake { thread, woken, .. } => self.pending[woken as usize] = Cause::Woken(thread),
            Entry::TimedOut { thread, .. } => self.pending[thread as usize] = Cause::TimedOut,
            Entry::WastedWakeUp { lock, thread } => self.mark(at, MarkKind::WastedWakeUp, Some(thread), lock),
            Entry::WorldStops { lock } => self.mark(at, MarkKind::WorldStop, None, lock),
            Entry::WorldGoesOn { .. } => {}
        }
        self.now.apply(at, entry);
        if let Entry::Request { lock, .. } | Entry::Withdraw { lock, .. } | Entry::Acquire { lock, .. } = *entry {
            self.count_waiters(at, lock);
        }
    }

    fn mark(&mut self, at: Nanos, kind: MarkKind, thread: Option<ThreadId>, lock: u32) {
        self.history.marks.push(Mark { at, kind, thread, lock });
    }

    fn acquire(&mut self, at: Nanos, lock: u32, thread: ThreadId) {
        let released = self.now.lock(lock).released;
        let inside = released.filter(|&(_, when, _)| when >= self.history.window.start);
        let hold = Hold { begin: at, end: at, thread, acquired: true, from: inside, why: None };
        self.holds[lock as usize] = Some(hold);
        match released {
            Some((other, _, why)) if other != thread => {
                if why == Free::Forced {
                    self.mark(at, MarkKind::ForcedSwitch, Some(thread), lock);
                }
                self.leave(at, thread, Cause::Taken(other, why));
            }
            _ => self.leave(at, thread, Cause::None),
        }
    }

    fn count_waiters(&mut self, at: Nanos, lock: u32) {
        let waiters = self.now.lock(lock).waiters;
        let list = &mut self.history.waiters[lock as usize];
        match list.last_mut() {
            Some((when, count)) if *when == at => *count = waiters,
            _ => list.push((at, waiters)),
        }
    }

    /// Why a thread comes into a state.
    fn cause(&mut self, thread: ThreadId, state: State) -> Cause {
        let this = *self.now.thread(thread);
        let pending = std::mem::replace(&mut self.pending[thread as usize], Cause::None);
        match state {
            State::Ready | State::Preempted if pending != Cause::None => pending,
            State::Ready if matches!(this.state, State::Io | State::Sleep | State::ObjectWait) => Cause::Done,
            State::Ready | State::Preempted => Cause::Preempted,
            State::LockWait | State::Spinning => self.now.lock(this.instance).holder.map_or(Cause::None, Cause::Holder),
            // What it did to get the lock goes on until it does something else.
            State::Python if this.state != State::Python => match self.stays[thread as usize].1 {
                cause @ Cause::Taken(..) => cause,
                _ => Cause::None,
            },
            _ => Cause::None,
        }
    }

    /// Ends a thread's stay in its present state.
    fn leave(&mut self, at: Nanos, thread: ThreadId, cause: Cause) {
        let this = *self.now.thread(thread);
        let (begin, old) = std::mem::replace(&mut self.stays[thread as usize], (at, cause));
        if this.state == State::Absent {
            return;
        }
        let holder = self.now.lock(this.instance).holder;
        let stay = Stay {
            begin,
            end: at,
            state: this.state,
            core: this.core,
            in_call: this.in_call,
            holds: holder == Some(thread),
            waits: this.waits.is_some(),
            cause: old,
        };
        let list = &mut self.history.threads[thread as usize];
        match list.last_mut() {
            // What a thread goes through in no time is not seen, but hands its cause on.
            _ if begin == at => {
                if cause == Cause::None {
                    self.stays[thread as usize].1 = old;
                }
            }
            Some(last)
                if last.end == begin
                    && Stay { begin, end: at, cause: stay.cause, ..*last } == stay
                    && old == Cause::None =>
            {
                last.end = at;
            }
            _ => list.push(stay),
        }
    }

    fn turn(&mut self, at: Nanos, core: CoreId) {
        let begin = std::mem::replace(&mut self.turns[core as usize], at);
        let now = *self.now.core(core);
        if begin < at {
            self.history.cores[core as usize].push(Turn { begin, end: at, phase: now.phase, thread: now.thread });
        }
    }

    fn end(mut self) {
        let at = self.history.window.end;
        for thread in 0..self.stays.len() as ThreadId {
            self.leave(at, thread, Cause::None);
        }
        for core in 0..self.turns.len() as CoreId {
            self.turn(at, core);
        }
        for lock in 0..self.holds.len() {
            if let Some(hold) = self.holds[lock].take() {
                self.history.locks[lock].push(Hold { end: at, ..hold });
            }
        }
    }
}
