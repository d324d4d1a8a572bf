//! Runs that cannot end, or would take more than they may: they stop with a report of what they were doing.
//!
//! The engine looks every [`EVENTS_BETWEEN_LOOKS`] events, and each time that its threads have grown by so many. All that
//! it looks at depends on the scenario and the seed only, so a run that is stopped once is stopped always, at the same
//! event.

use super::core_state::Core;
use super::engine::{Engine, Event};
use super::recorder::Recorder;
use super::thread::{State, Thread};

/// Events from one look to the next, and threads.
const EVENTS_BETWEEN_LOOKS: u64 = 1 << 16;

/// A run whose clock stands still for so many events goes round in a circle.
const EVENTS_WITHOUT_TIME: u64 = 20_000_000;

/// Bytes that schedulers and policies keep of a thread, beside [`Thread`] itself: places in queues, virtual runtimes.
const BYTES_ELSEWHERE: usize = 64;

/// When to look next, and what was seen last.
#[derive(Debug)]
pub(super) struct Watch {
    /// At which count of events to look.
    pub(super) next: u64,
    /// When the clock was last seen to have moved: its time, and the events up to then.
    moved: (crate::kernel::Nanos, u64),
}

impl Watch {
    pub(super) fn new(max_events: u64) -> Self {
        Self { next: max_events.min(EVENTS_BETWEEN_LOOKS), moved: (0, 0) }
    }
}

impl<R: Recorder> Engine<'_, R> {
    /// Stops the run if it has used up a budget or its clock stands still.
    #[cold]
    pub(super) fn look_at_budgets(&mut self) {
        if let Some(why) = self.used_up(self.events) {
            self.stop(&why);
        }
    }

    /// Which budget a run of so many events has used up by now; if none, sees to when to look next.
    #[cold]
    pub(super) fn used_up(&mut self, events: u64) -> Option<String> {
        let max_events = self.scenario.limits.max_events;
        let (time, before) = self.watch.moved;
        if self.now != time {
            self.watch.moved = (self.now, events);
        } else if events - before >= EVENTS_WITHOUT_TIME {
            return Some(format!("the clock has stood still for {} events", events - before));
        }
        if events >= max_events {
            return Some(format!("the budget of {max_events} events (run.max_events) is used up"));
        }
        let why = self.memory_used_up();
        if why.is_none() {
            self.watch.next = max_events.min(events + EVENTS_BETWEEN_LOOKS);
        }
        why
    }

    /// Whether the memory is looked at when there is one more thread.
    #[inline]
    pub(super) fn next_thread_is_looked_at(&self) -> bool {
        (self.measures.threads.len() as u64 + 1).is_multiple_of(EVENTS_BETWEEN_LOOKS)
    }

    /// Stops the run if it takes too much memory.
    #[cold]
    pub(super) fn look_at_memory(&mut self) {
        if let Some(why) = self.memory_used_up() {
            self.stop(&why);
        }
    }

    fn memory_used_up(&self) -> Option<String> {
        let max_memory = self.scenario.limits.max_memory;
        (self.bytes() > max_memory)
            .then(|| format!("the budget of {max_memory} bytes of memory (run.max_memory) is used up"))
    }

    /// What grows with a run: its threads, their clocks and rounds, its cores if there is one for each thread, and its events.
    fn bytes(&self) -> u64 {
        let core = if self.unlimited { size_of::<Core>() } else { 0 };
        let thread = size_of::<Thread>() + BYTES_ELSEWHERE + self.clocks.bytes() + self.rounds.bytes() + core;
        let threads = self.measures.threads.len() * thread;
        let events = self.queue.len() * size_of::<(crate::kernel::Nanos, u64, Event)>();
        (threads + events) as u64
    }

    fn stop(&mut self, why: &str) {
        if self.fault.is_none() {
            let report = self.doing();
            self.broken(&format!("{why}; {report}"), None);
        }
    }

    /// What the run is doing: how many events wait, and how many threads of which group are in which state.
    fn doing(&self) -> String {
        let groups = self.scenario.program.threads.iter().enumerate();
        let groups = groups.filter_map(|(number, group)| {
            let threads = self.threads.iter().filter(|thread| thread.group as usize == number);
            let states: Vec<State> = threads.map(|thread| thread.state).collect();
            let counts = State::NAMED.iter().filter_map(|&(state, name)| {
                let count = states.iter().filter(|&&other| other == state).count();
                (count > 0).then(|| format!("{count} in {}", name.trim_end_matches("_s")))
            });
            let counts: Vec<String> = counts.collect();
            (!counts.is_empty()).then(|| format!("{}: {}", group.name, counts.join(", ")))
        });
        let groups: Vec<String> = groups.collect();
        let holders: Vec<String> =
            self.locks.iter().filter_map(|lock| lock.holder).map(|id| self.thread_name(id)).collect();
        let who = if groups.is_empty() { "no thread lives".into() } else { groups.join("; ") };
        let holds = if holders.is_empty() { String::new() } else { format!("; the lock is held by {}", few(&holders)) };
        format!("{} events wait; threads: {who}{holds}", self.queue.live())
    }
}

/// The first of many names.
fn few(names: &[String]) -> String {
    const TOLD: usize = 3;
    let told = names[..names.len().min(TOLD)].join(", ");
    if names.len() > TOLD { format!("{told} and {} more", names.len() - TOLD) } else { told }
}
