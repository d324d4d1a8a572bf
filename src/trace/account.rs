//! What happened during a wait: who held the lock, how often it changed hands, what the waiter did about it.

use std::collections::BTreeMap;

use super::situation::Situation;
use super::waits::Wait;
use crate::kernel::Nanos;
use crate::lock::policy::Free;
use crate::machine::ThreadId;
use crate::simulation::{Entry, Recorder, State};

/// What happened during a wait, in sums: a recorder that takes the same room however long the wait is.
#[derive(Debug, Clone)]
pub struct Account {
    /// The wait.
    pub wait: Wait,
    /// Who held the lock when the waiter asked for it.
    pub first_holder: Option<ThreadId>,
    /// How often and how long each thread held the lock meanwhile.
    pub holders: BTreeMap<ThreadId, Held>,
    /// How often the lock went from one of them to another.
    pub exchanges: u64,
    /// How long nobody held it.
    pub free: Nanos,
    /// How long its holder was in a C call that keeps it.
    pub in_calls: Nanos,
    /// How long its holder had no core.
    pub without_core: Nanos,
    /// How long the waiter was ready, without a core.
    pub ready: Nanos,
    /// How long it spun.
    pub spun: Nanos,
    /// How often its timed wait was over.
    pub timeouts: u64,
    /// How often that came to nothing, because the lock had changed hands since the timed wait began.
    pub void_timeouts: u64,
    /// Its drop requests.
    pub requests: u64,
    /// How long after the beginning of its wait it requested that first.
    pub patience: Option<Nanos>,
    /// Drop requests of other waiters.
    pub requests_of_others: u64,
    /// How long the holder went on after its last drop request, and whether it was in a C call then.
    pub reaction: Option<(Nanos, bool)>,
    /// How often it was woken for the lock, and how often in vain.
    pub wake_ups: u64,
    /// How often it found the lock taken.
    pub wasted: u64,
    /// Who released the lock before it got it, when and why.
    pub last: Option<(ThreadId, Nanos, Free)>,
    now: Situation,
    /// Up to when it is written.
    settled: Nanos,
    over: bool,
    /// How many exchanges there had been when its present timed wait began.
    seen: u64,
    /// Since when the last request of the waiter is pending.
    pending: Option<(Nanos, bool)>,
}

/// Holds of one thread.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Held {
    /// How many began or went on meanwhile.
    pub times: u64,
    /// For how long, together.
    pub time: Nanos,
}

impl Account {
    /// An account of a wait that is known from an earlier run.
    pub fn new(wait: Wait) -> Self {
        Self {
            wait,
            first_holder: None,
            holders: BTreeMap::new(),
            exchanges: 0,
            free: 0,
            in_calls: 0,
            without_core: 0,
            ready: 0,
            spun: 0,
            timeouts: 0,
            void_timeouts: 0,
            requests: 0,
            patience: None,
            requests_of_others: 0,
            reaction: None,
            wake_ups: 0,
            wasted: 0,
            last: None,
            now: Situation::default(),
            settled: wait.begin,
            over: false,
            seen: 0,
            pending: None,
        }
    }

    /// Ends the account with the run, if the wait outlasts it.
    pub fn close(&mut self) {
        if !std::mem::replace(&mut self.over, true) {
            self.settle(self.wait.end);
        }
    }

    /// Whether the wait has begun and is not over.
    fn is_open(&mut self) -> bool {
        self.now.thread(self.wait.thread).waits == Some(self.wait.begin)
    }

    fn settle(&mut self, at: Nanos) {
        let elapsed = at - self.settled;
        self.settled = at;
        if elapsed == 0 {
            return;
        }
        match self.now.thread(self.wait.thread).state {
            State::Ready => self.ready += elapsed,
            State::Spinning => self.spun += elapsed,
            _ => {}
        }
        let Some(holder) = self.now.lock(self.wait.lock).holder else {
            self.free += elapsed;
            return;
        };
        self.holders.entry(holder).or_default().time += elapsed;
        let holder = *self.now.thread(holder);
        match holder.state {
            State::Preempted | State::Ready => self.without_core += elapsed,
            State::Python if holder.in_call => self.in_calls += elapsed,
            _ => {}
        }
    }

    /// Counts what happens while the wait is open.
    fn count(&mut self, at: Nanos, entry: &Entry) {
        let Wait { thread: waiter, lock: own, .. } = self.wait;
        match *entry {
            Entry::Acquire { lock, thread } if lock == own && thread != waiter => {
                let before = self.now.lock(own).released;
                self.exchanges += u64::from(before.is_some_and(|(other, ..)| other != thread));
                self.holders.entry(thread).or_default().times += 1;
            }
            Entry::Release { lock, .. } if lock == own => {
                if let Some((since, in_call)) = self.pending.take() {
                    self.reaction = Some((at - since, in_call));
                }
            }
            Entry::DropRequest { lock, thread } if lock == own && thread == waiter => {
                self.requests += 1;
                self.patience.get_or_insert(at - self.wait.begin);
                let holder = self.now.lock(own).holder;
                let in_call = holder.is_some_and(|holder| self.now.thread(holder).in_call);
                self.pending = Some((at, in_call));
            }
            Entry::DropRequest { lock, .. } if lock == own => self.requests_of_others += 1,
            Entry::TimedOut { thread, .. } if thread == waiter => {
                self.timeouts += 1;
                self.void_timeouts += u64::from(std::mem::replace(&mut self.seen, self.exchanges) < self.exchanges);
            }
            Entry::Wake { woken, .. } if woken == waiter => self.wake_ups += 1,
            Entry::WastedWakeUp { thread, .. } if thread == waiter => self.wasted += 1,
            _ => {}
        }
    }
}

impl Recorder for Account {
    fn record(&mut self, at: Nanos, entry: Entry) {
        if self.over {
            return;
        }
        let own = matches!(entry, Entry::Request { thread, .. } | Entry::Acquire { thread, .. } if thread == self.wait.thread);
        if self.is_open() {
            self.settle(at);
            if own && at == self.wait.end && matches!(entry, Entry::Acquire { .. }) {
                self.last = self.now.lock(self.wait.lock).released;
                self.over = true;
                return;
            }
            self.count(at, &entry);
        }
        self.now.apply(at, &entry);
        if own && at == self.wait.begin && matches!(entry, Entry::Request { .. }) {
            self.settled = at;
            self.first_holder = self.now.lock(self.wait.lock).holder;
            if let Some(holder) = self.first_holder {
                self.holders.entry(holder).or_default().times = 1;
            }
        }
    }

    fn is_full(&self) -> bool {
        self.over
    }
}

/// Accounts of several waits of one run.
#[derive(Debug, Clone)]
pub struct Accounts(pub Vec<Account>);

impl Recorder for Accounts {
    fn record(&mut self, at: Nanos, entry: Entry) {
        for account in &mut self.0 {
            account.record(at, entry);
        }
    }

    fn is_full(&self) -> bool {
        self.0.iter().all(Recorder::is_full)
    }
}
