//! What is measured, if it is asked for, of each thread by itself: what it gets done, and when it is ready.

use super::super::Extras;
use super::super::thread::State;
use crate::kernel::Nanos;
use crate::machine::ThreadId;

/// What a thread, or one after another in the same slot, has got done.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::simulation) struct Account {
    /// Time from its beginning to its end.
    pub(in crate::simulation) lived: Nanos,
    /// Time in which it used a core.
    pub(in crate::simulation) ran: Nanos,
    /// Useful work done: Python code and native code, at speed 1.
    pub(in crate::simulation) work: Nanos,
}

/// When the threads of a group became ready: ran their own code for the first time. Nothing of it is forgotten at the end of the
/// warm-up.
#[derive(Debug, Clone, Default)]
pub(in crate::simulation) struct Births {
    /// Threads that have begun.
    pub(in crate::simulation) begun: u64,
    /// When each became ready, since the start of the run, in this order.
    pub(in crate::simulation) ready: Vec<Nanos>,
    /// Times from when their start was asked for.
    pub(in crate::simulation) latency_sum: u128,
    pub(in crate::simulation) latency_max: Nanos,
}

/// What is known of each thread.
#[derive(Debug, Default)]
pub(in crate::simulation) struct Lives {
    /// By slot.
    pub(in crate::simulation) accounts: Vec<Account>,
    /// By group.
    pub(in crate::simulation) births: Vec<Births>,
    /// By slot: its group, and when the start of a thread that is not ready yet was asked for.
    unready: Vec<Option<(u32, Nanos)>>,
    /// By slot: since when a thread pays for the start of others.
    asks: Vec<Option<Nanos>>,
    /// By process instance: when its start was asked for.
    instances: Vec<Nanos>,
    /// When the start was asked for of what is being started.
    asked: Option<Nanos>,
}

impl Lives {
    /// Nothing if nothing is asked for.
    pub(super) fn new(groups: usize, instances: usize, asked: Extras) -> Option<Box<Self>> {
        let births = vec![Births::default(); groups];
        (asked.progress || asked.births)
            .then(|| Box::new(Self { births, instances: vec![0; instances], ..Self::default() }))
    }

    pub(super) fn reset(&mut self) {
        self.accounts.fill(Account::default());
    }

    /// A thread begins to pay for the start of another, or of a process.
    pub(in crate::simulation) fn asks(&mut self, thread: ThreadId, now: Nanos) {
        *of(&mut self.asks, thread) = Some(now);
    }

    /// What a thread has asked for is started from here to [`Lives::started`].
    pub(in crate::simulation) fn starts(&mut self, thread: ThreadId, now: Nanos) {
        self.asked = Some(of(&mut self.asks, thread).take().unwrap_or(now));
    }

    /// A process begins, whose threads may begin later.
    pub(in crate::simulation) fn process_begins(&mut self, instance: usize, now: Nanos) {
        self.instances[instance] = self.asked.unwrap_or(now);
    }

    /// The start of a process has been paid for: its threads begin from here to [`Lives::started`].
    pub(in crate::simulation) fn process_booted(&mut self, instance: usize) {
        self.asked = Some(self.instances[instance]);
    }

    /// What has been asked for has begun.
    pub(in crate::simulation) fn started(&mut self) {
        self.asked = None;
    }

    /// A thread of a group begins.
    pub(in crate::simulation) fn begins(&mut self, thread: ThreadId, group: u32, now: Nanos) {
        self.births[group as usize].begun += 1;
        *of(&mut self.unready, thread) = Some((group, self.asked.unwrap_or(now)));
    }

    /// A thread, so long in one state, comes into the next.
    pub(in crate::simulation) fn changes(
        &mut self,
        thread: ThreadId,
        (before, elapsed): (State, Nanos),
        next: State,
        now: Nanos,
    ) {
        if before != State::Absent {
            let account = of(&mut self.accounts, thread);
            account.lived += elapsed;
            account.ran += if before.runs() || before == State::StartUp { elapsed } else { 0 };
        }
        if matches!(next, State::Python | State::Native)
            && let Some((group, asked)) = of(&mut self.unready, thread).take()
        {
            let births = &mut self.births[group as usize];
            births.ready.push(now);
            births.latency_sum += u128::from(now - asked);
            births.latency_max = births.latency_max.max(now - asked);
        }
    }

    pub(in crate::simulation) fn works(&mut self, thread: ThreadId, work: Nanos) {
        of(&mut self.accounts, thread).work += work;
    }
}

impl Births {
    /// When so large a share of the threads that have begun were ready, if they ever were.
    pub(in crate::simulation) fn ready_at(&self, share: f64) -> Option<Nanos> {
        let rank = ((share * self.begun as f64).ceil() as usize).max(1);
        self.ready.get(rank - 1).copied()
    }
}

/// The element of a thread, made if need be.
pub(super) fn of<T: Clone + Default>(list: &mut Vec<T>, thread: ThreadId) -> &mut T {
    let index = thread as usize;
    if index >= list.len() {
        list.resize(index + 1, T::default());
    }
    &mut list[index]
}
