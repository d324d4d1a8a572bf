//! A trace in Chrome's trace event format (JSON), which `ui.perfetto.dev`, `chrome://tracing` and the Firefox Profiler open.
//!
//! Process 1 has the cores as threads, process 2 the locks; then come the processes of the program with their threads. A
//! stay in a state, a hold of a lock and a turn on a core are complete events (`X`); flow events (`s`, `f`) lead from each
//! release to the acquire by another thread; marks are instants (`i`), and the numbers of waiters counters (`C`). Events
//! are written one by one, each on its line.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Value, json};

use super::csv::{phase_name, why_name};
use super::history::{HandOff, History, Hold, Mark, Stay, Turn};
use super::words;
use crate::kernel::Nanos;
use crate::machine::ThreadId;
use crate::simulation::CorePhase;

/// The process of the cores.
const CORES: usize = 1;

/// The process of the locks.
const LOCKS: usize = 2;

/// The first process of the program.
const FIRST: usize = 3;

/// Where an event stands: process and thread.
type Place = (usize, usize);

#[derive(Serialize)]
struct Event<'e> {
    ph: &'e str,
    name: &'e str,
    cat: &'e str,
    pid: usize,
    tid: usize,
    /// Microseconds.
    ts: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    dur: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    /// Scope of an instant.
    #[serde(skip_serializing_if = "Option::is_none")]
    s: Option<&'e str>,
    #[serde(skip_serializing_if = "Value::is_null")]
    args: Value,
}

/// Writes a history, event by event; `title` says what it is.
///
/// # Errors
/// Those of the writer.
pub fn write(history: &History, title: &str, to: impl Write) -> io::Result<()> {
    let mut sheet = Sheet { history, to, first: true };
    write!(sheet.to, "{{\"displayTimeUnit\":\"ns\",\"otherData\":{},\"traceEvents\":[", json!({ "title": title }))?;
    sheet.names()?;
    for (number, hand_off) in history.hand_offs().enumerate() {
        sheet.flow(number, &hand_off)?;
    }
    for mark in &history.marks {
        sheet.mark(mark)?;
    }
    for (lock, counts) in history.waiters.iter().enumerate() {
        for &(at, count) in counts {
            sheet.waiters(lock, at, count)?;
        }
    }
    for (thread, stays) in (0..).zip(&history.threads) {
        for stay in stays {
            sheet.stay(thread, stay)?;
        }
    }
    for (lock, holds) in history.locks.iter().enumerate() {
        for hold in holds.iter().filter(|hold| hold.begin < hold.end) {
            sheet.hold(lock, hold)?;
        }
    }
    for (core, turns) in history.cores.iter().enumerate() {
        for turn in turns.iter().filter(|turn| turn.phase != CorePhase::Idle) {
            sheet.turn(core, turn)?;
        }
    }
    writeln!(sheet.to, "\n]}}")
}

struct Sheet<'h, W> {
    history: &'h History,
    to: W,
    first: bool,
}

impl<W: Write> Sheet<'_, W> {
    fn event(&mut self, event: &Event<'_>) -> io::Result<()> {
        self.to.write_all(if std::mem::take(&mut self.first) { b"\n" } else { b",\n" })?;
        Ok(serde_json::to_writer(&mut self.to, event)?)
    }

    fn place(&self, thread: ThreadId) -> Place {
        (FIRST + self.history.cast.processes[thread as usize], thread as usize + 1)
    }

    fn names(&mut self) -> io::Result<()> {
        let cast = &self.history.cast;
        let mut names = vec![((CORES, 0), "cores".to_owned()), ((LOCKS, 0), "locks".into())];
        let processes = cast.process_names.iter().enumerate();
        names.extend(processes.map(|(number, name)| ((FIRST + number, 0), format!("process {name}"))));
        names.extend((0..self.history.cores.len()).map(|core| ((CORES, core + 1), format!("core {core}"))));
        names.extend(cast.locks.iter().enumerate().map(|(lock, name)| ((LOCKS, lock + 1), name.clone())));
        let threads = (0..).zip(&cast.threads).map(|(thread, name)| (self.place(thread), name.clone()));
        names.extend(threads);
        for ((pid, tid), name) in names {
            let kind = if tid == 0 { "process" } else { "thread" };
            self.meta((pid, tid), &format!("{kind}_name"), &json!({ "name": name }))?;
            let rank = if tid == 0 { pid } else { tid };
            self.meta((pid, tid), &format!("{kind}_sort_index"), &json!({ "sort_index": rank }))?;
        }
        Ok(())
    }

    fn meta(&mut self, (pid, tid): Place, name: &str, args: &Value) -> io::Result<()> {
        let args = args.clone();
        self.event(&Event { ph: "M", name, cat: "__metadata", pid, tid, ts: 0.0, dur: None, id: None, s: None, args })
    }

    fn complete(
        &mut self,
        (pid, tid): Place,
        (name, cat): (&str, &str),
        (begin, end): (Nanos, Nanos),
        args: Value,
    ) -> io::Result<()> {
        let (ts, dur) = (microseconds(begin), Some(microseconds(end - begin)));
        self.event(&Event { ph: "X", name, cat, pid, tid, ts, dur, id: None, s: None, args })
    }

    fn stay(&mut self, thread: ThreadId, stay: &Stay) -> io::Result<()> {
        let mut args = json!({ "lock": stay.holds });
        if let Some(core) = stay.core {
            args["core"] = core.into();
        }
        let cause = words::cause(stay.cause, &self.history.cast);
        if !cause.is_empty() {
            args["cause"] = cause.into();
        }
        let place = self.place(thread);
        self.complete(place, (words::state(stay), "thread"), (stay.begin, stay.end), args)
    }

    fn hold(&mut self, lock: usize, hold: &Hold) -> io::Result<()> {
        let history = self.history;
        let args = hold.why.map_or(Value::Null, |why| json!({ "release": why_name(why) }));
        let name = history.cast.thread(hold.thread);
        self.complete((LOCKS, lock + 1), (name, "lock"), (hold.begin, hold.end), args)
    }

    fn turn(&mut self, core: usize, turn: &Turn) -> io::Result<()> {
        let history = self.history;
        let name = turn.name(&history.cast);
        let args = json!({ "state": phase_name(turn.phase) });
        self.complete((CORES, core + 1), (name, "core"), (turn.begin, turn.end), args)
    }

    /// An arrow, which begins in the slice that stands at its time and ends at the next one to begin. In what order viewers
    /// take a slice and an arrow of the same time they do not say, so that both ends come a nanosecond early: within the
    /// stay that ends with the release, and just before the one that begins with the acquire.
    fn flow(&mut self, number: usize, HandOff { from, to }: &HandOff) -> io::Result<()> {
        for (ph, (thread, at)) in [("s", from), ("f", to)] {
            let ((pid, tid), ts) = (self.place(*thread), microseconds(at.saturating_sub(1)));
            let (name, cat, id) = ("hand-off", "lock", Some(number + 1));
            self.event(&Event { ph, name, cat, pid, tid, ts, dur: None, id, s: None, args: Value::Null })?;
        }
        Ok(())
    }

    fn mark(&mut self, mark: &Mark) -> io::Result<()> {
        let (pid, tid) = mark.thread.map_or((LOCKS, mark.lock as usize + 1), |thread| self.place(thread));
        let (name, ts) = (mark.kind.name(), microseconds(mark.at));
        self.event(&Event {
            ph: "i",
            name,
            cat: "lock",
            pid,
            tid,
            ts,
            dur: None,
            id: None,
            s: Some("t"),
            args: json!({}),
        })
    }

    fn waiters(&mut self, lock: usize, at: Nanos, count: u32) -> io::Result<()> {
        // Viewers add the name of the value: `lock waiters`.
        let name = &self.history.cast.locks[lock];
        let (ts, args) = (microseconds(at), json!({ "waiters": count }));
        let (pid, tid) = (LOCKS, 0);
        self.event(&Event { ph: "C", name, cat: "lock", pid, tid, ts, dur: None, id: None, s: None, args })
    }
}

fn microseconds(time: Nanos) -> f64 {
    time as f64 / 1e3
}
