//! Fast-forward: stretches that repeat themselves are passed in one step.
//!
//! Threads that never block, on a machine where nothing is drawn at random, come back to the same state after a cycle
//! of hand-offs. What happens in a cycle then happens in each that follows, until something comes that lies far ahead: the end
//! of the run, of a batch or of a thread's work. So the engine marks a state, and when it meets the same one again a period
//! later, moves the clock on by as many periods as there is room for. Times move with it; sums grow, and work that is left
//! shrinks, by as many times what one cycle did; the fingerprint has each event folded in.
//!
//! **Contract.** Every result is that of the run that goes through all events (`run.shortcuts = false`; a test compares), to
//! the last bit of the fingerprint. Two states are the same if they are equal but for the numbers that their
//! [tour](crate::kernel::tour) shows, and if those obey the rules of `step_of`. Marks are made after 2^n events (Brent, BIT 20, 1980), so
//! that a cycle is found wherever it begins and however long it is; a stream of random numbers that has moved ends the search.

mod mark;

use self::mark::{Leap, Mark, Unlike};
use super::engine::{Engine, Event, fold, is_live};
use super::recorder::Recorder;
use crate::kernel::tour::{Tour, Visitor};
use crate::kernel::{NEVER, Nanos};
use crate::lock::policy::Policy;

/// The first mark is made after so many events, and is given up after twice as many.
const FIRST_WINDOW: usize = 1 << 6;

/// Longer cycles are not found.
const LAST_WINDOW: usize = 1 << 18;

/// So many states are compared with marks before the search is given up.
const MOST_LOOKS: u32 = 1 << 10;

/// A state of more threads takes too long to compare.
const MOST_THREADS: usize = 1 << 12;

/// The search for cycles.
#[derive(Debug, Default)]
pub(super) struct FastForward {
    on: bool,
    /// How many events a mark is kept for.
    window: usize,
    looks: u32,
    mark: Option<Box<Mark>>,
    /// The events since the mark, or since the search began: when they fired, and their codes.
    log: Vec<(Nanos, u64)>,
}

impl FastForward {
    pub(super) fn new(on: bool) -> Self {
        Self { on, window: FIRST_WINDOW, ..Self::default() }
    }

    /// Whether a cycle is looked for.
    #[inline(always)]
    pub(super) fn is_on(&self) -> bool {
        self.on
    }

    /// Notes an event.
    #[inline(always)]
    pub(super) fn log(&mut self, at: Nanos, code: u64) {
        self.log.push((at, code));
    }
}

impl<R: Recorder> Engine<'_, R> {
    /// Whether this run may come to stretches that repeat themselves, of which everything is known that changes in them.
    pub(super) fn may_have_cycles(&mut self) -> bool {
        let machine = &self.scenario.machine;
        let mut keep = |_, value| value;
        self.scenario.limits.shortcuts
            && self.unlimited
            && machine.costs.cold_start.is_none()
            && machine.speed_milli.iter().all(|&speed| speed <= 1000)
            && !self.paced
            && self.objects.is_empty()
            && self.scenario.program.signals.is_empty()
            && !self.scenario.extras.controls
            && self.measures.locks.iter().all(|measures| measures.extras.is_none())
            && self.locks.iter_mut().filter_map(|lock| lock.policy.as_mut()).all(|policy| policy.tour(&mut keep))
    }

    /// After an event: marks the state, or looks whether it is the one that is marked.
    #[inline(never)]
    pub(super) fn look_for_cycle(&mut self, event: Event) {
        let FastForward { window, mark, log, .. } = &self.forward;
        match mark {
            _ if self.end.is_some() || self.fault.is_some() || self.queue.has_present() => {}
            Some(mark) if log.len() <= *window => {
                if mark.may_be(event.code(), self.now, &self.queue) {
                    self.meet_mark();
                }
            }
            _ if log.len() < *window => {}
            _ if *window >= LAST_WINDOW || self.threads.len() > MOST_THREADS || self.samples.is_some() => {
                self.forward = FastForward::default();
            }
            Some(mark) if mark.has_drawn(self) => self.forward = FastForward::default(),
            _ => {
                self.forward.window *= 2;
                self.make_mark(event);
            }
        }
    }

    fn make_mark(&mut self, event: Event) {
        self.tidy_up();
        let mark = Mark::new(self, event.code());
        self.forward.mark = Some(Box::new(mark));
        self.forward.log.clear();
    }

    /// The state may be the marked one: if it is, all further cycles for which there is room are passed.
    fn meet_mark(&mut self) {
        self.tidy_up();
        let Some(mark) = self.forward.mark.take() else { return };
        self.forward.looks += 1;
        match mark.compare(self) {
            Ok(leap) => {
                let log = std::mem::take(&mut self.forward.log);
                let times = leap.times.min(self.cycles_in_budget(leap.period, log.len() as u64));
                self.leap(&mark, &leap, times, &log);
                self.forward = FastForward::new(true);
            }
            Err(Unlike::Random) => self.forward = FastForward::default(),
            Err(Unlike::Other) if self.forward.looks >= MOST_LOOKS => self.forward = FastForward::default(),
            Err(Unlike::Other) => self.forward.mark = Some(mark),
        }
    }

    /// Writes everything to the accounts, and takes void events out of the queue.
    fn tidy_up(&mut self) {
        self.settle_accounts();
        let (cores, threads) = (&self.cores, &self.threads);
        self.queue.sweep(|event| is_live(event, cores, threads));
    }

    /// How many cycles of so many events may be passed before the budget of events is used up or the clock overflows.
    fn cycles_in_budget(&self, period: Nanos, events: u64) -> u64 {
        let by_events = (self.scenario.limits.max_events - self.events) / events;
        by_events.min((NEVER / 2).saturating_sub(self.now) / period).saturating_sub(1)
    }

    /// Passes so many cycles, of which each has the events of the log.
    fn leap(&mut self, mark: &Mark, leap: &Leap, times: u64, log: &[(Nanos, u64)]) {
        let steps = &mut leap.steps.iter();
        self.tour(&mut |_, value: u128| value.wrapping_add_signed(steps.next().unwrap_or(&0) * i128::from(times)));
        for (distribution, before) in self.measures.distributions().zip(&mark.distributions) {
            distribution.repeat_since(before, times);
        }
        for cycle in 1..=times {
            let passed = cycle * leap.period;
            self.fingerprint = log.iter().fold(self.fingerprint, |print, &(at, code)| fold(print, at + passed, code));
        }
        self.now += times * leap.period;
        let moved = leap.events.iter().map(|&(at, step)| at + times * step);
        self.queue.reschedule(self.now, moved);
        self.events += times * log.len() as u64;
        if self.events >= self.watch.next {
            self.look_at_budgets();
        }
    }

    /// Shows all numbers of the state but those of the event queue.
    fn tour(&mut self, visitor: &mut impl Visitor) {
        self.threads.iter_mut().for_each(|thread| thread.tour(visitor));
        self.cores.iter_mut().for_each(|core| core.tour(visitor));
        self.locks.iter_mut().for_each(|lock| lock.tour(visitor));
        self.clocks.iter_mut().for_each(|clock| visitor.moment(clock));
        self.measures.tour(visitor);
    }
}
