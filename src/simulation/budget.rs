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
        let max_events = self.scenario.limits.max_events;
        self.watch.next = max_events.min(self.events + EVENTS_BETWEEN_LOOKS);
        let (time, events) = self.watch.moved;
        if self.now != time {
            self.watch.moved = (self.now, self.events);
        } else if self.events - events >= EVENTS_WITHOUT_TIME {
            self.stop(&format!("the clock has stood still for {} events", self.events - events));
        }
        if self.events >= max_events {
            self.stop(&format!("the budget of {max_events} events (run.max_events) is used up"));
        }
        self.look_at_memory();
    }

    /// Looks at the memory when there is another lot of new threads.
    #[inline]
    pub(super) fn thread_added(&mut self) {
        if (self.threads.len() as u64).is_multiple_of(EVENTS_BETWEEN_LOOKS) {
            self.look_at_memory();
        }
    }

    fn look_at_memory(&mut self) {
        let max_memory = self.scenario.limits.max_memory;
        if self.bytes() > max_memory {
            self.stop(&format!("the budget of {max_memory} bytes of memory (run.max_memory) is used up"));
        }
    }

    /// What grows with a run: its threads, their clocks, its cores if there is one for each thread, and its events.
    fn bytes(&self) -> u64 {
        let threads = self.threads.capacity() * (size_of::<Thread>() + BYTES_ELSEWHERE);
        let clocks = self.clocks.capacity() * size_of::<crate::kernel::Nanos>();
        let cores = self.cores.capacity() * size_of::<Core>();
        let events = self.queue.capacity() * size_of::<(crate::kernel::Nanos, u64, Event)>();
        (threads + clocks + cores + events) as u64
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
