//! A state that is marked, and what it takes for a later one to be the same a cycle later.

use crate::kernel::Nanos;
use crate::kernel::queue::EventQueue;
use crate::kernel::streams::Stream;
use crate::kernel::tour::Kind;
use crate::simulation::core_state::Core;
use crate::simulation::engine::{Engine, Event};
use crate::simulation::lock_state::Lock;
use crate::simulation::measure::LockMeasures;
use crate::simulation::measure::lock::Standing;
use crate::simulation::recorder::Recorder;
use crate::simulation::rows::Rows;
use crate::simulation::thread::Thread;
use crate::statistics::Distribution;

/// A state of a run, whose accounts are written up to its time, and whose queue has no void events.
#[derive(Debug)]
pub(super) struct Mark {
    at: Nanos,
    /// What can be compared in no time: the code of the last event, how many wait, and how soon the next fires.
    code: u64,
    waiting: usize,
    soon: Option<Nanos>,
    numbers: Vec<(Kind, u128)>,
    threads: Vec<Thread>,
    rounds: Rows,
    cores: Vec<Core>,
    locks: Vec<Lock>,
    standings: Vec<Standing>,
    /// How often each lock has changed its owner, and how often its present one has taken it.
    ownerships: Vec<(u64, u64)>,
    random: [Stream; 2],
    totals: Vec<u64>,
    events: Vec<(Nanos, u64)>,
    pub(super) distributions: Vec<Distribution>,
}

/// Why two states are not the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unlike {
    /// Something was drawn at random in between.
    Random,
    /// Something else.
    Other,
}

/// What a cycle does.
#[derive(Debug)]
pub(super) struct Leap {
    pub(super) period: Nanos,
    /// How many may be passed.
    pub(super) times: u64,
    /// What a cycle adds to each number of the state.
    pub(super) steps: Vec<i128>,
    /// The time of each event in the queue, and how far a cycle moves it.
    pub(super) events: Vec<(Nanos, Nanos)>,
}

impl Mark {
    /// Marks the present state, after an event of this code.
    pub(super) fn new<R: Recorder>(engine: &mut Engine<'_, R>, code: u64) -> Self {
        Self {
            at: engine.now,
            code,
            waiting: engine.queue.live(),
            soon: soon(engine.now, &engine.queue),
            numbers: numbers(engine),
            threads: engine.threads.clone(),
            rounds: engine.rounds.clone(),
            cores: engine.cores.clone(),
            locks: engine.locks.clone(),
            standings: standings(engine),
            ownerships: ownerships(engine),
            random: [engine.machine_random.clone(), engine.policy_random.clone()],
            totals: totals(engine),
            events: events(engine),
            distributions: engine.measures.distributions().map(|distribution| distribution.clone()).collect(),
        }
    }

    /// Whether the state after an event of this code may be the marked one.
    #[inline]
    pub(super) fn may_be(&self, code: u64, now: Nanos, queue: &EventQueue<Event>) -> bool {
        code == self.code && queue.live() == self.waiting && now > self.at && soon(now, queue) == self.soon
    }

    /// Whether the present state is the marked one, a cycle later; what a cycle does, if it is.
    pub(super) fn compare<R: Recorder>(&self, engine: &mut Engine<'_, R>) -> Result<Leap, Unlike> {
        if self.has_drawn(engine) {
            return Err(Unlike::Random);
        }
        let period = engine.now - self.at;
        let now = numbers(engine);
        if now.len() != self.numbers.len() || totals(engine) != self.totals || !self.is_owned_alike(engine) {
            return Err(Unlike::Other);
        }
        let mut leap = self.leap_of_events(engine, period)?;
        for (&(kind, before), &(_, after)) in self.numbers.iter().zip(&now) {
            let step = step_of(kind, before, after, self.at, period).ok_or(Unlike::Other)?;
            if kind == Kind::Rest && step < 0 {
                leap.times = leap.times.min(((after - u128::from(period) - 1) / step.unsigned_abs()) as u64);
            }
            leap.steps.push(step);
        }
        set_numbers(engine, &self.numbers);
        let same = engine.threads == self.threads
            && engine.rounds == self.rounds
            && engine.cores == self.cores
            && engine.locks == self.locks
            && standings(engine) == self.standings;
        set_numbers(engine, &now);
        same.then_some(leap).ok_or(Unlike::Other)
    }

    /// Whether something was drawn at random since.
    pub(super) fn has_drawn<R: Recorder>(&self, engine: &Engine<'_, R>) -> bool {
        let moved = |(thread, before): (&Thread, &Thread)| thread.random != before.random;
        self.random != [engine.machine_random.clone(), engine.policy_random.clone()]
            || engine.threads.iter().zip(&self.threads).any(moved)
    }

    /// Whether each lock has either kept its owner or been taken as often by the present one as by the one before.
    fn is_owned_alike<R: Recorder>(&self, engine: &Engine<'_, R>) -> bool {
        let alike = |(now, before): (&(u64, u64), &(u64, u64))| now.0 == before.0 || now.1 == before.1;
        ownerships(engine).iter().zip(&self.ownerships).all(alike)
    }

    /// What a cycle does to the events in the queue: those of the next period are the same again, those beyond may come
    /// nearer as long as they stay beyond.
    fn leap_of_events<R: Recorder>(&self, engine: &Engine<'_, R>, period: Nanos) -> Result<Leap, Unlike> {
        let present = events(engine);
        if present.len() != self.events.len() {
            return Err(Unlike::Other);
        }
        let mut leap = Leap { period, times: u64::MAX, steps: Vec::new(), events: Vec::new() };
        for (&(before, was), &(at, is)) in self.events.iter().zip(&present) {
            let step = at.checked_sub(before).filter(|&step| was == is && step <= period).ok_or(Unlike::Other)?;
            if step < period {
                let beyond = (at - engine.now).checked_sub(period + 1).ok_or(Unlike::Other)?;
                leap.times = leap.times.min(beyond / (period - step));
            }
            leap.events.push((at, step));
        }
        Ok(leap)
    }
}

/// What a cycle, whose first state is of the time `from`, adds to a number; nothing if the number may not change so.
///
/// A time that is noted anew in each cycle is less than a period old. One that is not noted anew is at least a period older than
/// the first state, so that it lies before the other in both. Work that becomes less has not been done and begun anew, as more
/// is left than a period can do.
fn step_of(kind: Kind, before: u128, after: u128, from: Nanos, period: Nanos) -> Option<i128> {
    let (from, period) = (u128::from(from), u128::from(period));
    let step = after.cast_signed() - before.cast_signed();
    let is_allowed = match kind {
        Kind::Moment if step == 0 => before + period < from,
        Kind::Moment => step == period.cast_signed() && before + period >= from,
        Kind::Rest => step == 0 || step < 0 && after > period,
        Kind::Sum => step >= 0,
        Kind::Any => return Some(0),
    };
    is_allowed.then_some(step)
}

/// How soon the next event fires.
fn soon(now: Nanos, queue: &EventQueue<Event>) -> Option<Nanos> {
    queue.next_at().map(|at| at - now)
}

fn numbers<R: Recorder>(engine: &mut Engine<'_, R>) -> Vec<(Kind, u128)> {
    let mut numbers = Vec::new();
    engine.tour(&mut |kind, value| {
        numbers.push((kind, value));
        value
    });
    numbers
}

fn set_numbers<R: Recorder>(engine: &mut Engine<'_, R>, numbers: &[(Kind, u128)]) {
    let mut numbers = numbers.iter();
    engine.tour(&mut |_, value| numbers.next().map_or(value, |&(_, number)| number));
}

fn standings<R: Recorder>(engine: &Engine<'_, R>) -> Vec<Standing> {
    engine.measures.locks.iter().map(LockMeasures::standing).collect()
}

fn ownerships<R: Recorder>(engine: &Engine<'_, R>) -> Vec<(u64, u64)> {
    engine.measures.locks.iter().map(LockMeasures::ownership).collect()
}

/// How many of what there is: who lives, who waits, who is yet to come.
fn totals<R: Recorder>(engine: &Engine<'_, R>) -> Vec<u64> {
    let units = engine.units.iter().flat_map(|unit| [unit.begun, unit.ended, unit.joiners.len() as u32]);
    let instances = engine.instances.iter().map(|instance| instance.living);
    let all = [engine.living, engine.keeping, engine.awaiting_objects, engine.arrivals_pending, engine.charge];
    all.into_iter().chain(units.chain(instances).map(u64::from)).chain([engine.busy_cores as u64]).collect()
}

fn events<R: Recorder>(engine: &Engine<'_, R>) -> Vec<(Nanos, u64)> {
    engine.queue.future().map(|(at, event)| (at, event.code())).collect()
}
