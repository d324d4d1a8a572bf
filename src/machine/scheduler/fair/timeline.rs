//! The virtual time line of one core: EEVDF.
//!
//! A thread's *virtual runtime* is the processor time it has used over its weight ([`crate::machine::nice`]); the mean over all threads
//! of a core, by weight, is what each would have used if the core were shared as they weigh. A thread that has used no more
//! than the mean is *eligible*; of the eligible the one with the earliest *deadline* goes first, where a deadline lies one
//! slice of work after the moment it was set. What a thread lags behind the mean when it leaves it gets back when it returns. After `kernel/sched/fair.c` of
//! Linux 6.18 (`place_entity`, `update_entity_lag`, `pick_eevdf`, `update_deadline`), features at their defaults;
//! functions named in comments are of that file.
//!
//! Virtual times are signed nanoseconds and are compared exactly: an eligibility is a comparison of integers.

use std::collections::BTreeSet;

use crate::kernel::Nanos;
use crate::machine::ThreadId;
use crate::machine::nice::UNIT;

/// What the scheduler knows of a thread.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entity {
    /// What it weighs, of [`UNIT`].
    weight: i64,
    /// Virtual runtime, comparable within one time line.
    runtime: i64,
    /// Virtual time at which its request is due.
    deadline: i64,
    /// How far it was behind the mean when it left a time line.
    lag: i64,
    /// Virtual runtime up to which it may not be preempted by its like (`protect_slice`).
    protected: i64,
    /// Its place among equal deadlines, and its key in the tree.
    arrival: u64,
    /// It sleeps, but stays until the mean has caught up with it (`DELAY_DEQUEUE`).
    pub(super) delayed: bool,
}

impl Entity {
    /// A thread that has not run yet.
    pub(super) fn new(weight: i64) -> Self {
        Self { weight, runtime: 0, deadline: 0, lag: 0, protected: 0, arrival: 0, delayed: false }
    }

    /// Processor time as virtual time (`calc_delta_fair`).
    fn virtual_time(&self, time: i64) -> i64 {
        if self.weight == UNIT { time } else { quotient(i128::from(time) * i128::from(UNIT), self.weight) }
    }

    /// The virtual runtime times the weight.
    fn weighted(&self) -> i128 {
        i128::from(self.runtime) * i128::from(self.weight)
    }
}

/// The threads of one core: the one that runs and those that wait for the core.
#[derive(Debug, Clone, Default)]
pub(super) struct Timeline {
    /// Deadline, arrival, thread of all but the current one.
    tree: BTreeSet<(i64, u64, ThreadId)>,
    /// Sum of the virtual runtimes in the tree, each times its weight.
    sum: i128,
    /// Sum of the weights in the tree.
    weights: i64,
    /// How many in the tree are delayed.
    delayed: usize,
    /// The mean when there was last anybody.
    floor: i64,
    /// The thread that has the core.
    pub(super) current: Option<ThreadId>,
    /// How much of the current thread's present run stands in its virtual runtime.
    accounted: Nanos,
    /// When the virtual runtime of the current thread was last brought up to date.
    updated: Nanos,
    arrivals: u64,
}

/// The slice and the tick that hold for every time line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// Work between two deadlines, an hour at most: products with it stay within bounds.
    pub(super) slice: i64,
    /// Time between two ticks.
    pub(super) tick: Nanos,
}

impl Timeline {
    /// How many threads want the core or have it.
    pub(super) fn load(&self) -> usize {
        self.waiting() + usize::from(self.current.is_some())
    }

    /// How many threads wait for the core.
    pub(super) fn waiting(&self) -> usize {
        self.tree.len() - self.delayed
    }

    /// Whether anything is in line behind the current thread, sleepers that have not left included.
    pub(super) fn is_contended(&self) -> bool {
        !self.tree.is_empty()
    }

    /// The threads that wait, those with early deadlines first.
    pub(super) fn in_line<'a>(&'a self, entities: &'a [Entity]) -> impl Iterator<Item = ThreadId> + 'a {
        self.tree.iter().map(|&(.., thread)| thread).filter(|&thread| !entities[thread as usize].delayed)
    }

    /// Brings the virtual runtime and the deadline of the current thread up to date; true if a deadline has passed
    /// (`update_curr`). Ticks while it was alone, which were not simulated, have renewed its deadline.
    pub(super) fn update(&mut self, entities: &mut [Entity], pace: Pace, ran: Nanos, now: Nanos) -> bool {
        let Some(current) = self.current else { return false };
        let delta = ran - self.accounted;
        if delta == 0 {
            return false;
        }
        let entity = &mut entities[current as usize];
        entity.runtime += entity.virtual_time(delta.cast_signed());
        let since_tick = now % pace.tick;
        if since_tick < delta && now - since_tick > self.updated {
            renew(entity, entity.runtime - entity.virtual_time(since_tick.cast_signed()), pace.slice);
        }
        let passed = renew(entity, entity.runtime, pace.slice);
        self.accounted = ran;
        self.updated = now;
        passed
    }

    /// Puts a thread that comes from elsewhere into line, as far behind the mean as it was where it left
    /// (`place_entity`). A new thread gets half a slice.
    pub(super) fn enter(&mut self, entities: &mut [Entity], thread: ThreadId, slice: i64, new: bool) {
        let mean = self.mean(entities);
        let others = self.weights(entities);
        let entity = &mut entities[thread as usize];
        // Its coming moves the mean towards it: the lag is stretched so that it is left with what it had.
        let stretched = |lag: i64| quotient(i128::from(lag) * i128::from(others + entity.weight), others);
        let lag = if others > 0 { stretched(entity.lag) } else { 0 };
        entity.runtime = mean - lag;
        let slice = entity.virtual_time(slice);
        entity.deadline = entity.runtime + if new { slice / 2 } else { slice };
        self.insert(entities, thread);
    }

    /// Puts a thread that has lost the core, or that sleeps with a debt, back into line.
    pub(super) fn insert(&mut self, entities: &mut [Entity], thread: ThreadId) {
        self.arrivals += 1;
        let entity = &mut entities[thread as usize];
        entity.arrival = self.arrivals;
        self.sum += entity.weighted();
        self.weights += entity.weight;
        self.delayed += usize::from(entity.delayed);
        self.tree.insert((entity.deadline, entity.arrival, thread));
    }

    /// Takes a thread out of line; its lag goes with it, at most two slices of it (`update_entity_lag`).
    pub(super) fn withdraw(&mut self, entities: &mut [Entity], thread: ThreadId, pace: Pace) {
        let lag = self.lag(entities, thread);
        self.take(entities, thread);
        self.part(entities, thread, lag, pace);
    }

    /// A thread, so far behind the mean, is no longer in line.
    fn part(&mut self, entities: &mut [Entity], thread: ThreadId, lag: i64, pace: Pace) {
        let limit = (2 * pace.slice).max(pace.tick.cast_signed());
        let entity = &mut entities[thread as usize];
        let limit = entity.virtual_time(limit);
        entity.lag = lag.clamp(-limit, limit);
        entity.delayed = false;
        self.floor = self.mean(entities);
    }

    /// The thread that had the core goes to sleep. If it has had more than its share it gets into line, without running, until
    /// the mean has caught up with it.
    pub(super) fn sleep(&mut self, entities: &mut [Entity], thread: ThreadId, pace: Pace) {
        debug_assert!(self.current.is_none(), "it has left the core");
        let entity = &mut entities[thread as usize];
        let mean = mean(self.sum + entity.weighted(), self.weights + entity.weight);
        let lag = mean - entity.runtime;
        if lag < 0 {
            entity.delayed = true;
            self.insert(entities, thread);
        } else {
            self.part(entities, thread, lag, pace);
        }
    }

    /// A thread that sleeps in line is woken (`requeue_delayed_entity`).
    pub(super) fn revive(&mut self, entities: &mut [Entity], thread: ThreadId, pace: Pace) {
        self.delayed -= 1;
        entities[thread as usize].delayed = false;
        if self.lag(entities, thread) > 0 {
            self.withdraw(entities, thread, pace);
            entities[thread as usize].lag = 0;
            self.enter(entities, thread, pace.slice, false);
        }
    }

    /// Who should have the core now: the current thread if its slice is protected, else the eligible thread with the
    /// earliest deadline (`pick_eevdf`). Sleepers whose debt is paid leave on the way.
    pub(super) fn pick(&mut self, entities: &mut [Entity], pace: Pace) -> Option<ThreadId> {
        loop {
            let chosen = self.best(entities)?;
            if !entities[chosen as usize].delayed {
                return Some(chosen);
            }
            self.withdraw(entities, chosen, pace);
            entities[chosen as usize].lag = 0;
        }
    }

    /// As [`Timeline::pick`], a sleeper counting as one who could run.
    pub(super) fn best(&self, entities: &[Entity]) -> Option<ThreadId> {
        let (sum, weights) = (self.weighted_sum(entities), i128::from(self.weights(entities)));
        let is_eligible = |thread: ThreadId| i128::from(entities[thread as usize].runtime) * weights <= sum;
        let current = self.current.filter(|&thread| is_eligible(thread));
        if let Some(thread) = current
            && self.is_protected(entities)
        {
            return Some(thread);
        }
        let first = self.tree.iter().find(|&&(.., thread)| is_eligible(thread));
        match (current, first) {
            (Some(thread), Some(&(deadline, ..))) if entities[thread as usize].deadline < deadline => Some(thread),
            (current, None) => current.or(self.current),
            (_, Some(&(.., thread))) => Some(thread),
        }
    }

    /// Whether the current thread's slice is protected.
    pub(super) fn is_protected(&self, entities: &[Entity]) -> bool {
        self.current.is_some_and(|thread| entities[thread as usize].runtime < entities[thread as usize].protected)
    }

    /// Gives the core to a thread in line (`set_next_entity`).
    pub(super) fn begin(&mut self, entities: &mut [Entity], thread: ThreadId, now: Nanos) {
        self.take(entities, thread);
        let entity = &mut entities[thread as usize];
        entity.protected = entity.deadline;
        self.current = Some(thread);
        self.accounted = 0;
        self.updated = now;
    }

    fn take(&mut self, entities: &[Entity], thread: ThreadId) {
        let entity = entities[thread as usize];
        if self.tree.remove(&(entity.deadline, entity.arrival, thread)) {
            self.sum -= entity.weighted();
            self.weights -= entity.weight;
            self.delayed -= usize::from(entity.delayed);
        }
    }

    /// The sum of all virtual runtimes, each times its weight.
    fn weighted_sum(&self, entities: &[Entity]) -> i128 {
        self.sum + self.current.map_or(0, |thread| entities[thread as usize].weighted())
    }

    /// The sum of all weights.
    fn weights(&self, entities: &[Entity]) -> i64 {
        self.weights + self.current.map_or(0, |thread| entities[thread as usize].weight)
    }

    fn mean(&self, entities: &[Entity]) -> i64 {
        match self.weights(entities) {
            0 => self.floor,
            weights => mean(self.weighted_sum(entities), weights),
        }
    }

    fn lag(&self, entities: &[Entity], thread: ThreadId) -> i64 {
        self.mean(entities) - entities[thread as usize].runtime
    }
}

/// The mean of virtual runtimes of which this is the weighted sum, rounded down.
fn mean(sum: i128, weights: i64) -> i64 {
    let rounded = quotient(sum, weights);
    rounded - i64::from(i128::from(rounded) * i128::from(weights) > sum)
}

/// A quotient of 64 bits, rounded towards zero. Few dividends have more, and those take a division by software.
fn quotient(dividend: i128, divisor: i64) -> i64 {
    match i64::try_from(dividend) {
        Ok(dividend) => dividend / divisor,
        Err(_) => (dividend / i128::from(divisor)) as i64,
    }
}

/// Sets a new deadline if the old one has passed by this virtual time (`update_deadline`).
fn renew(entity: &mut Entity, runtime: i64, slice: i64) -> bool {
    let passed = runtime >= entity.deadline;
    if passed {
        entity.deadline = runtime + entity.virtual_time(slice);
    }
    passed
}
