//! A history as a figure: the picture that D. Beazley's visualisations of the GIL made known.

use super::history::{History, MarkKind, Stay, Turn};
use super::words;
use crate::figure::Size;
use crate::figure::look::style::Shape;
use crate::figure::timeline::{Bar, Paint, Row, Symbol, Timeline};
use crate::kernel::Nanos;
use crate::machine::ThreadId;
use crate::simulation::{CorePhase, State};
use plotters::style::RGBColor;

/// More threads than this are not drawn.
const MOST_THREADS: usize = 40;

/// A window that begins later than after so many of its lengths has an axis of its own.
const MOST_SPANS_BEFORE: Nanos = 20;

/// More cores than this are not drawn.
const MOST_CORES: usize = 16;

/// What a thread does, as far as a reader must tell it apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activity {
    /// Runs and holds the lock.
    WithLock,
    /// Runs and does not hold the lock.
    WithoutLock,
    /// Spins for the lock.
    Spins,
    /// Waits for a core.
    Ready,
    /// Waits for a core and holds the lock.
    ReadyWithLock,
    /// Waits for the lock.
    WaitsForLock,
    /// Waits for a device.
    Io,
    /// Sleeps.
    Sleeps,
    /// Waits for another thread.
    WaitsForThread,
}

impl Activity {
    /// All activities, with their names and colours: those of Okabe and Ito for what runs, pale ones for what waits.
    pub const SHOWN: [(Self, &'static str, RGBColor); 9] = [
        (Self::WithLock, "runs with the lock", RGBColor(0x00, 0x9E, 0x73)),
        (Self::WithoutLock, "runs without the lock", RGBColor(0x56, 0xB4, 0xE9)),
        (Self::Spins, "spins for the lock", RGBColor(0xE6, 0x9F, 0x00)),
        (Self::Ready, "ready, waits for a core", RGBColor(0xF0, 0xE4, 0x42)),
        (Self::ReadyWithLock, "ready, with the lock", RGBColor(0xB0, 0x3A, 0x00)),
        (Self::WaitsForLock, "waits for the lock", RGBColor(0xF2, 0xA3, 0x9B)),
        (Self::Io, "in I/O", RGBColor(0xD4, 0xD4, 0xD4)),
        (Self::Sleeps, "sleeps", RGBColor(0xEC, 0xEC, 0xEC)),
        (Self::WaitsForThread, "waits for a thread", RGBColor(0xB9, 0xAB, 0xD8)),
    ];

    /// What a stay comes to.
    pub fn of(stay: &Stay) -> Option<Self> {
        Some(match stay.state {
            State::Absent => return None,
            State::Python | State::Native | State::Overhead | State::StartUp if stay.holds => Self::WithLock,
            State::Python | State::Native | State::Overhead | State::StartUp => Self::WithoutLock,
            State::Spinning => Self::Spins,
            State::Preempted => Self::ReadyWithLock,
            State::Ready if stay.holds => Self::ReadyWithLock,
            State::Ready => Self::Ready,
            State::LockWait => Self::WaitsForLock,
            State::Io => Self::Io,
            State::Sleep => Self::Sleeps,
            State::ObjectWait => Self::WaitsForThread,
        })
    }

    /// Its number in [`Activity::SHOWN`].
    pub fn number(self) -> usize {
        self as usize
    }
}

/// Colours that stand for threads, none of which could be taken for an activity (in part P. Tol's muted scheme).
pub const THREADS: [RGBColor; 8] = [
    RGBColor(0x33, 0x22, 0x88),
    RGBColor(0xCC, 0x66, 0x77),
    RGBColor(0x99, 0x99, 0x33),
    RGBColor(0xAA, 0x44, 0x99),
    RGBColor(0x7A, 0x52, 0x30),
    RGBColor(0x00, 0x00, 0x00),
    RGBColor(0x5F, 0x7F, 0x95),
    RGBColor(0x88, 0x22, 0x55),
];

/// A core that switches to a thread.
pub const SWITCHING: RGBColor = RGBColor(0x99, 0x99, 0x99);

/// How marks look.
const MARKS: [(MarkKind, Shape, RGBColor); 4] = [
    (MarkKind::DropRequest, Shape::Down, RGBColor(0xFF, 0xFF, 0xFF)),
    (MarkKind::ForcedSwitch, Shape::Diamond, RGBColor(0xD5, 0x5E, 0x00)),
    (MarkKind::WastedWakeUp, Shape::Up, RGBColor(0x00, 0x00, 0x00)),
    (MarkKind::WorldStop, Shape::Square, RGBColor(0x00, 0x00, 0x00)),
];

/// A unit of time, and how many nanoseconds it has.
pub fn unit(window: Nanos) -> (&'static str, f64) {
    match window {
        0..10_000 => ("ns", 1.0),
        10_000..10_000_000 => ("µs", 1e3),
        10_000_000..10_000_000_000 => ("ms", 1e6),
        _ => ("s", 1e9),
    }
}

/// The figure of a history, and what it leaves out, in words.
pub fn timeline(history: &History, description: &str) -> (Timeline, Vec<String>) {
    let window = &history.window;
    let (unit, nanos) = unit(window.end - window.start);
    // Times with many digits that do not change are told from the beginning of the window on.
    let far = window.start > MOST_SPANS_BEFORE * (window.end - window.start);
    let drawer = Drawer { history, nanos, zero: if far { window.start } else { 0 } };
    let mut left_out = Vec::new();
    let present: Vec<ThreadId> = (0..history.threads.len() as ThreadId).filter(|&t| drawer.is_present(t)).collect();
    if present.len() > MOST_THREADS {
        left_out.push(format!("{} of {} threads are not drawn", present.len() - MOST_THREADS, present.len()));
    }
    if history.cores.len() > MOST_CORES {
        left_out.push(format!("{} of {} cores are not drawn", history.cores.len() - MOST_CORES, history.cores.len()));
    }
    let mut rows: Vec<Row> = present.iter().take(MOST_THREADS).map(|&thread| drawer.thread(thread)).collect();
    let locks = (0..history.locks.len()).filter(|&lock| !history.locks[lock].is_empty());
    rows.extend(locks.take(MOST_CORES).enumerate().map(|(index, lock)| drawer.lock(lock, index == 0)));
    rows.extend((0..history.cores.len()).take(MOST_CORES).map(|core| drawer.core(core)));
    let used = |number: usize| rows.iter().flat_map(|row| &row.bars).any(|bar| bar.paint == number);
    let activities = Activity::SHOWN.iter().enumerate();
    let mut paints: Vec<Paint> = activities
        .map(|(number, &(_, name, color))| Paint { name: name.into(), color, listed: used(number) })
        .collect();
    paints.push(Paint { name: "core wakes or switches".into(), color: SWITCHING, listed: used(paints.len()) });
    let threads = history.cast.threads.iter().enumerate();
    paints.extend(threads.map(|(number, name)| Paint {
        name: name.clone(),
        color: THREADS[number % THREADS.len()],
        listed: false,
    }));
    // Only kinds that occur get a place in the legend.
    let kinds: Vec<usize> =
        (0..MARKS.len()).filter(|&kind| rows.iter().flat_map(|row| &row.marks).any(|mark| mark.1 == kind)).collect();
    for (_, symbol) in rows.iter_mut().flat_map(|row| &mut row.marks) {
        *symbol = kinds.iter().position(|kind| kind == symbol).unwrap_or(0);
    }
    let symbols = kinds.iter().map(|&kind| {
        let (kind, shape, color) = MARKS[kind];
        Symbol { name: kind.name().into(), shape, color }
    });
    let timeline = Timeline {
        size: Size::Double,
        x_label: match drawer.zero {
            0 => format!("Time ({unit})"),
            zero => format!("Time after {} ({unit})", words::exactly(zero)),
        },
        range: (drawer.time(window.start), drawer.time(window.end)),
        paints,
        symbols: symbols.collect(),
        rows,
        description: Some(description.to_owned()),
    };
    (timeline, left_out)
}

struct Drawer<'h> {
    history: &'h History,
    /// Nanoseconds in the unit of the axis.
    nanos: f64,
    /// The time at which the axis has its zero.
    zero: Nanos,
}

impl Drawer<'_> {
    fn time(&self, at: Nanos) -> f64 {
        (at - self.zero) as f64 / self.nanos
    }

    fn bar(&self, begin: Nanos, end: Nanos, paint: usize) -> Bar {
        Bar { begin: self.time(begin), end: self.time(end), paint }
    }

    /// Whether a thread does anything in the window.
    fn is_present(&self, thread: ThreadId) -> bool {
        !self.history.threads[thread as usize].is_empty()
    }

    /// The paint that stands for a thread.
    fn paint(thread: ThreadId) -> usize {
        Activity::SHOWN.len() + 1 + thread as usize
    }

    fn thread(&self, thread: ThreadId) -> Row {
        let stays = self.history.threads[thread as usize].iter();
        let bars = stays
            .filter_map(|stay| Activity::of(stay).map(|activity| self.bar(stay.begin, stay.end, activity.number())));
        let marks = self.history.marks.iter().filter(|mark| mark.thread == Some(thread));
        let marks = marks.filter(|mark| mark.kind != MarkKind::ForcedSwitch);
        Row {
            name: self.history.cast.thread(thread).to_owned(),
            color: Some(THREADS[thread as usize % THREADS.len()]),
            bars: bars.collect(),
            marks: marks.map(|mark| (self.time(mark.at), symbol(mark.kind))).collect(),
            ..Row::default()
        }
    }

    fn lock(&self, lock: usize, apart: bool) -> Row {
        let holds = self.history.locks[lock].iter();
        let of_lock = |kind| matches!(kind, MarkKind::ForcedSwitch | MarkKind::WorldStop);
        let marks = self.history.marks.iter().filter(|mark| mark.lock as usize == lock && of_lock(mark.kind));
        Row {
            name: self.history.cast.locks[lock].clone(),
            strip: true,
            apart,
            bars: holds.map(|hold| self.bar(hold.begin, hold.end, Self::paint(hold.thread))).collect(),
            marks: marks.map(|mark| (self.time(mark.at), symbol(mark.kind))).collect(),
            ..Row::default()
        }
    }

    fn core(&self, core: usize) -> Row {
        let turns = self.history.cores[core].iter();
        let bars = turns.filter_map(|&Turn { begin, end, phase, thread }| {
            let paint = match phase {
                CorePhase::Idle => return None,
                CorePhase::Switching | CorePhase::System => Activity::SHOWN.len(),
                CorePhase::Running => Self::paint(thread?),
            };
            Some(self.bar(begin, end, paint))
        });
        Row { name: format!("core {core}"), strip: true, apart: core == 0, bars: bars.collect(), ..Row::default() }
    }
}

fn symbol(kind: MarkKind) -> usize {
    MARKS.iter().position(|(other, ..)| *other == kind).unwrap_or(0)
}
