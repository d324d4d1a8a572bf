//! The event log as a table.
//!
//! Columns: `time_ns`, `event`, `thread`, `state`, `core`, `lock`, `detail`. The first rows, at the time at which the
//! window begins, tell how things stand then: `begin`, `state` and `waits` for each living thread, `core` for each core,
//! `holds` for each lock that is held. What follows is in the order in which it happened:
//!
//! | event | |
//! |---|---|
//! | `begin` | a thread begins in this slot; `detail` is its number in its group, from 0 |
//! | `state` | a thread comes into a state; `detail` is `call` in a C call that keeps the lock |
//! | `core` | a core comes into another state (`idle`, `switching`, `running`), or gets another thread |
//! | `request`, `acquire`, `release` | of a lock; `detail` of a release is `voluntary`, `forced` or `exit` |
//! | `withdraw` | a waiter ends with its process |
//! | `drop_request` | a waiter requests the lock to be dropped |
//! | `wake` | `thread` wakes the thread `detail` for the lock |
//! | `timed_out` | the timed wait of a thread is over |
//! | `wasted_wake_up` | a thread was woken for the lock in vain |
//! | `world_stops`, `world_goes_on` | of a free-threaded process |
//! | `end` | the window ends |

use std::io::Write;

use super::cast::Cast;
use super::log::Log;
use super::situation::LockNow;
use crate::kernel::Nanos;
use crate::lock::policy::Free;
use crate::machine::ThreadId;
use crate::simulation::{CorePhase, Entry, State};

/// Writes a log, row by row.
///
/// # Errors
/// Those of the writer.
pub fn write(log: &Log, cast: &Cast, to: impl Write) -> Result<(), csv::Error> {
    let mut table = Table { cast, writer: csv::Writer::from_writer(to) };
    table.writer.write_record(["time_ns", "event", "thread", "state", "core", "lock", "detail"])?;
    table.before(log)?;
    for (at, entry) in &log.entries {
        table.entry(*at, entry)?;
    }
    table.row(log.window.end, "end", Row::default())?;
    table.writer.flush()?;
    Ok(())
}

struct Table<'c, W: Write> {
    cast: &'c Cast,
    writer: csv::Writer<W>,
}

#[derive(Clone, Copy, Default)]
struct Row<'r> {
    thread: Option<ThreadId>,
    state: &'r str,
    core: Option<u32>,
    lock: Option<u32>,
    detail: &'r str,
}

impl<W: Write> Table<'_, W> {
    fn before(&mut self, log: &Log) -> Result<(), csv::Error> {
        let from = log.window.start;
        let threads = || (0..).zip(&log.before.threads).filter(|(_, thread)| thread.state != State::Absent);
        for (number, thread) in threads() {
            let entry =
                Entry::Begin { thread: number, group: thread.group, instance: thread.instance, number: thread.number };
            self.entry(from, &entry)?;
            let (state, core, in_call) = (thread.state, thread.core, thread.in_call);
            self.entry(from, &Entry::State { thread: number, state, core, in_call })?;
            if thread.waits.is_some() {
                let row = Row { thread: Some(number), lock: Some(thread.instance), ..Row::default() };
                self.row(from, "waits", row)?;
            }
        }
        for (core, now) in (0..).zip(&log.before.cores) {
            self.entry(from, &Entry::Core { core, phase: now.phase, thread: now.thread })?;
        }
        for (lock, LockNow { holder, .. }) in (0..).zip(&log.before.locks) {
            if holder.is_some() {
                self.row(from, "holds", Row { thread: *holder, lock: Some(lock), ..Row::default() })?;
            }
        }
        Ok(())
    }

    fn entry(&mut self, at: Nanos, entry: &Entry) -> Result<(), csv::Error> {
        let number;
        let on_lock = |lock, thread| Row { thread: Some(thread), lock: Some(lock), ..Row::default() };
        let (event, row) = match *entry {
            Entry::Begin { thread, instance, number: which, .. } => {
                number = which.to_string();
                ("begin", Row { detail: &number, ..on_lock(instance, thread) })
            }
            Entry::State { thread, state, core, in_call } => {
                let detail = if in_call { "call" } else { "" };
                ("state", Row { thread: Some(thread), state: state.name(), core, detail, ..Row::default() })
            }
            Entry::Core { core, phase, thread } => {
                ("core", Row { thread, state: phase_name(phase), core: Some(core), ..Row::default() })
            }
            Entry::Request { lock, thread } => ("request", on_lock(lock, thread)),
            Entry::Acquire { lock, thread } => ("acquire", on_lock(lock, thread)),
            Entry::Release { lock, thread, why } => ("release", Row { detail: why_name(why), ..on_lock(lock, thread) }),
            Entry::Withdraw { lock, thread } => ("withdraw", on_lock(lock, thread)),
            Entry::DropRequest { lock, thread } => ("drop_request", on_lock(lock, thread)),
            Entry::Wake { lock, thread, woken } => {
                ("wake", Row { detail: self.cast.thread(woken), ..on_lock(lock, thread) })
            }
            Entry::TimedOut { lock, thread } => ("timed_out", on_lock(lock, thread)),
            Entry::WastedWakeUp { lock, thread } => ("wasted_wake_up", on_lock(lock, thread)),
            Entry::WorldStops { lock } => ("world_stops", Row { lock: Some(lock), ..Row::default() }),
            Entry::WorldGoesOn { lock } => ("world_goes_on", Row { lock: Some(lock), ..Row::default() }),
        };
        self.row(at, event, row)
    }

    fn row(&mut self, at: Nanos, event: &str, row: Row<'_>) -> Result<(), csv::Error> {
        let Row { thread, state, core, lock, detail } = row;
        let thread = thread.map(|thread| self.cast.thread(thread)).unwrap_or_default();
        let number = |number: Option<u32>| number.map(|number| number.to_string()).unwrap_or_default();
        self.writer.write_record([&at.to_string(), event, thread, state, &number(core), &number(lock), detail])
    }
}

/// What a core is doing, in a word.
pub(super) fn phase_name(phase: CorePhase) -> &'static str {
    match phase {
        CorePhase::Idle => "idle",
        CorePhase::Switching => "switching",
        CorePhase::Running => "running",
        CorePhase::System => "system",
    }
}

/// Why a lock was released, in a word.
pub(super) fn why_name(why: Free) -> &'static str {
    match why {
        Free::Voluntary => "voluntary",
        Free::Exit => "exit",
        Free::Forced => "forced",
    }
}
