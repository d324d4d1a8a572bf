//! One cell's tree as a scenario, typed and checked.

use super::diagnostic::Checked;
use super::duration;
use super::files::Files;
use super::node::{Fields, Node};
use super::{lock, machine, workload};
use crate::kernel::Nanos;
use crate::lock::Interpreter;
use crate::simulation::{Extras, Limits, Scenario, Threshold, WarmUp};

/// Keys of an experiment of which each cell has its own values.
pub const KEYS: [&str; 9] = ["machine", "interpreter", "lock", "process", "thread", "objects", "pool", "signal", "run"];

/// Keys of the `[run]` table.
const RUN_KEYS: [&str; 12] = [
    "duration",
    "warm_up",
    "replications",
    "independent",
    "seed",
    "shortcuts",
    "max_events",
    "max_memory",
    "batches",
    "metrics",
    THRESHOLDS,
    "control_variates",
];

/// The key of `[run]` that says which waits and latencies are too long.
pub(super) const THRESHOLDS: &str = "thresholds";

/// The events that a run may have when the file is silent.
const MAX_EVENTS: u64 = 1_000_000_000;

/// What a file without a warm-up has.
const NO_WARM_UP: WarmUp = WarmUp::Until(0);

/// The bytes that it may take.
const MAX_MEMORY: u64 = 4_000_000_000;

/// Reads the scenario of one cell.
pub fn read(top: &Fields, files: &Files) -> Checked<Scenario> {
    let scenario = Scenario {
        machine: machine::read(top.get("machine"), files)?,
        lock: lock::read(top.get("lock"))?,
        interpreter: interpreter(top)?,
        program: workload::read(top, files)?,
        limits: limits(top)?,
        extras: Extras::default(),
        thresholds: thresholds(top)?,
    };
    match workload::endless_thread(&scenario.program) {
        Some(name) if scenario.limits.duration.is_none() => {
            let thread = workload::thread_name(top, name).map(|node| node.place());
            let place = top.get("run").map(|node| node.place()).or(thread).unwrap_or(top.place());
            let message = format!("the run would never end: the thread `{name}` goes on for ever");
            let error = super::diagnostic::Diagnostic::at(place, message, "no `duration`");
            Err(error.help("write duration = \"10s\" in [run], or make the thread a daemon"))
        }
        _ => Ok(scenario),
    }
}

/// The `[run]` table, if there is one.
pub(super) fn run_table<'t>(top: &Fields<'t>) -> Checked<Option<Fields<'t>>> {
    top.maybe("run", |node| node.table(&RUN_KEYS))
}

fn interpreter(top: &Fields) -> Checked<Interpreter> {
    let default = Interpreter::default();
    let Some(fields) = top.maybe("interpreter", |node| node.table(&["check_gap", "tick"]))? else {
        return Ok(default);
    };
    let time = |key, default: Nanos| -> Checked<Nanos> {
        Ok(fields.maybe(key, |node| duration::read_positive(&node))?.unwrap_or(default))
    };
    Ok(Interpreter { check_gap: time("check_gap", default.check_gap)?, tick: time("tick", default.tick)? })
}

fn limits(top: &Fields) -> Checked<Limits> {
    let Some(run) = run_table(top)? else {
        return Ok(Limits {
            duration: None,
            warm_up: NO_WARM_UP,
            batches: 1,
            shortcuts: true,
            max_events: MAX_EVENTS,
            max_memory: MAX_MEMORY,
        });
    };
    let duration = run.maybe("duration", |node| duration::read_positive(&node))?;
    let warm_up = run.maybe("warm_up", |node| warm_up(&node, duration))?.unwrap_or(NO_WARM_UP);
    let max_events = run.maybe("max_events", |node| node.integer(1..=i64::MAX))?;
    let max_memory = run.maybe("max_memory", |node| size(&node))?;
    Ok(Limits {
        duration,
        warm_up,
        batches: run.maybe("batches", |node| batches(&node, duration))?.unwrap_or(1),
        shortcuts: run.maybe("shortcuts", |node| node.flag())?.unwrap_or(true),
        max_events: max_events.map_or(MAX_EVENTS, |events| events as u64),
        max_memory: max_memory.unwrap_or(MAX_MEMORY),
    })
}

/// Which waits and latencies are too long.
fn thresholds(top: &Fields) -> Checked<Vec<Threshold>> {
    let Some(node) = run_table(top)?.and_then(|run| run.get(THRESHOLDS)) else { return Ok(Vec::new()) };
    let read = |entry| {
        let node = Node::of(entry);
        Ok(Threshold { of: node.key.to_owned(), time: duration::read_positive(&node)? })
    };
    node.entries()?.iter().map(read).collect()
}

/// The number of batches into which a run is divided.
pub(super) fn batches(node: &Node, duration: Option<Nanos>) -> Checked<u64> {
    let batches = node.integer(2..=10_000_i64)? as u64;
    if duration.is_none() {
        let error = node.error("only a run with a time limit can be divided into batches", "no `duration`");
        return Err(error.help("write duration = \"1000s\" in [run]"));
    }
    Ok(batches)
}

/// Reads a size in bytes: `"500MB"`.
fn size(node: &Node) -> Checked<u64> {
    const UNITS: [(&str, u64); 4] = [("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000), ("B", 1)];
    let text = node.words()?;
    let size = UNITS.iter().find_map(|(unit, bytes)| {
        let number: u64 = text.strip_suffix(unit)?.trim_end().parse().ok()?;
        number.checked_mul(*bytes).filter(|&size| size > 0)
    });
    size.ok_or_else(|| {
        let error = node.error(format!("`{text}` is no size"), "not a size");
        error.help("write a whole number and a unit: \"500MB\"; the units are B, kB, MB and GB")
    })
}

fn warm_up(node: &Node, duration: Option<Nanos>) -> Checked<WarmUp> {
    if let super::tree::Value::Text(text) = &node.item.value
        && text == "auto"
    {
        let error = || node.error("a warm-up can be found only in a run with a time limit", "no `duration`");
        return duration.map(|_| WarmUp::Auto(0)).ok_or_else(|| error().help("write duration = \"10s\" in [run]"));
    }
    let warm_up = duration::read(node)?;
    match duration {
        Some(duration) if warm_up >= duration => {
            let message = format!("the warm-up leaves nothing of a run of {}", duration::describe(duration));
            Err(node.error(message, "not shorter than the run"))
        }
        _ => Ok(WarmUp::Until(warm_up)),
    }
}
