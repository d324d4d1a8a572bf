//! A history as the data of an interactive timeline, in JSON that is small and quickly read.
//!
//! `rows` has threads, locks and cores. The bars of a row are arrays of whole numbers of the same length: `gap` (nanoseconds
//! from the end of the bar before, or of the window's beginning), `length` (nanoseconds), `paint` (an index into `paints`)
//! and, of threads, `state`, `cause` (indices into `states` and `causes`) and `core` (-1 for none). Marks have a row, a
//! time and a kind; `waiters` has for each lock when the number of waiters changed, and to what.

use serde_json::{Value, json};

use super::history::{Cause, History, MarkKind, Stay};
use super::picture::{Activity, SWITCHING, THREADS};
use super::words;
use crate::kernel::Nanos;
use crate::simulation::CorePhase;
use plotters::style::RGBColor;

/// The first part of a page's timeline that is shown has so many bars.
const SHOWN: usize = 400;

/// More threads than this are not shown.
const MOST_THREADS: usize = 100;

/// The data of a history; `hidden` is how many of its threads it leaves out.
pub fn data(history: &History) -> Value {
    let from = history.window.start;
    let mut states = Names::default();
    let mut causes = Names::default();
    let mut rows: Vec<Value> = Vec::new();
    let mut row_of_thread = vec![None; history.threads.len()];
    let present = || history.threads.iter().enumerate().filter(|(_, stays)| !stays.is_empty());
    for (thread, stays) in present().take(MOST_THREADS) {
        row_of_thread[thread] = Some(rows.len());
        let shown: Vec<&Stay> = stays.iter().filter(|stay| Activity::of(stay).is_some()).collect();
        let mut row =
            bars(from, shown.iter().map(|stay| (stay.begin, stay.end, Activity::of(stay).map_or(0, Activity::number))));
        row["name"] = history.cast.threads[thread].clone().into();
        row["kind"] = "thread".into();
        row["color"] = css(THREADS[thread % THREADS.len()]).into();
        row["state"] = shown.iter().map(|stay| states.number(words::state(stay))).collect();
        row["cause"] = shown.iter().map(|stay| causes.number(&cause(stay, history))).collect();
        row["core"] = shown.iter().map(|stay| stay.core.map_or(-1, i64::from)).collect();
        rows.push(row);
    }
    let first_lock = rows.len();
    let paint = |thread: u32| Activity::SHOWN.len() + 1 + thread as usize;
    for (lock, holds) in history.locks.iter().enumerate() {
        let held = holds.iter().filter(|hold| hold.begin < hold.end);
        let mut row = bars(from, held.map(|hold| (hold.begin, hold.end, paint(hold.thread))));
        row["name"] = history.cast.locks[lock].clone().into();
        row["kind"] = "lock".into();
        rows.push(row);
    }
    for (core, turns) in history.cores.iter().enumerate() {
        let mut row = bars(
            from,
            turns.iter().filter_map(|turn| match turn.phase {
                CorePhase::Idle => None,
                CorePhase::Switching | CorePhase::System => Some((turn.begin, turn.end, Activity::SHOWN.len())),
                CorePhase::Running => Some((turn.begin, turn.end, paint(turn.thread?))),
            }),
        );
        row["name"] = format!("core {core}").into();
        row["kind"] = "core".into();
        rows.push(row);
    }
    let marks = history.marks.iter().filter_map(|mark| {
        let on_lock = first_lock + mark.lock as usize;
        let row = match (mark.kind, mark.thread) {
            (MarkKind::ForcedSwitch | MarkKind::WorldStop, _) | (_, None) => on_lock,
            (_, Some(thread)) => row_of_thread[thread as usize]?,
        };
        Some(json!([row, mark.at - from, mark.kind as u8]))
    });
    let activities = Activity::SHOWN.iter().map(|&(_, name, color)| json!([name, css(color)]));
    let switching = std::iter::once(json!(["wakes or switches", css(SWITCHING)]));
    let threads = history.cast.threads.iter().enumerate();
    let threads = threads.map(|(number, name)| json!([name, css(THREADS[number % THREADS.len()])]));
    json!({
        "from": from,
        "to": history.window.end,
        "shown": shown(history),
        "hidden": present().count().saturating_sub(MOST_THREADS),
        "paints": activities.chain(switching).chain(threads).collect::<Value>(),
        "activities": Activity::SHOWN.len() + 1,
        "kinds": MarkKind::NAMED.map(|(_, name)| name),
        "rows": rows,
        "marks": marks.collect::<Value>(),
        "waiters": history.waiters.iter().map(|counts| {
            counts.iter().map(|(at, count)| json!([at - from, count])).collect::<Value>()
        }).collect::<Value>(),
        "states": states.0,
        "causes": causes.0,
    })
}

/// What brought a thread into a state, and what it has to do with the lock there.
fn cause(stay: &Stay, history: &History) -> String {
    let cause = words::cause(stay.cause, &history.cast);
    match (stay.cause, stay.holds) {
        (Cause::None, true) => "has the lock".into(),
        (_, true) => format!("{cause}; has the lock"),
        (_, false) => cause,
    }
}

/// How much of the window is shown at first.
fn shown(history: &History) -> Nanos {
    let mut ends: Vec<Nanos> = history.threads.iter().flatten().map(|stay| stay.end).collect();
    ends.sort_unstable();
    ends.get(SHOWN).map_or(history.window.end, |&end| end) - history.window.start
}

fn bars(from: Nanos, bars: impl Iterator<Item = (Nanos, Nanos, usize)>) -> Value {
    let (mut gap, mut length, mut paints) = (Vec::new(), Vec::new(), Vec::new());
    let mut last = from;
    for (begin, end, paint) in bars {
        gap.push(begin - last);
        length.push(end - begin);
        paints.push(paint);
        last = end;
    }
    json!({ "gap": gap, "length": length, "paint": paints })
}

fn css(RGBColor(red, green, blue): RGBColor) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// Texts, each of which stands there once.
#[derive(Default)]
struct Names(Vec<String>);

impl Names {
    fn number(&mut self, name: &str) -> usize {
        self.0.iter().position(|other| other == name).unwrap_or_else(|| {
            self.0.push(name.into());
            self.0.len() - 1
        })
    }
}
