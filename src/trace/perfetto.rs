//! A trace in Perfetto's own format: protocol buffers, packet by packet.
//!
//! The messages are those of `protos/perfetto/trace` as far as they are needed here, with their numbers. Tracks are nested:
//! cores, locks with their counters of waiters, and the processes of the program with their threads. A hand-off is a flow
//! from the stay in which the lock is released to that which begins with it.

use std::collections::BTreeMap;
use std::io::{self, Write};

use prost::Message;

use super::csv::{phase_name, why_name};
use super::history::{History, Stay};
use super::words;
use crate::kernel::Nanos;
use crate::machine::ThreadId;
use crate::simulation::CorePhase;

/// `TracePacket`, as an element of `Trace.packet`.
#[derive(Clone, PartialEq, Message)]
pub struct Packet {
    /// Nanoseconds.
    #[prost(uint64, optional, tag = "8")]
    pub timestamp: Option<u64>,
    /// All packets are of one sequence.
    #[prost(uint32, optional, tag = "10")]
    pub trusted_packet_sequence_id: Option<u32>,
    /// Something that happens on a track.
    #[prost(message, optional, tag = "11")]
    pub track_event: Option<TrackEvent>,
    /// A track.
    #[prost(message, optional, tag = "60")]
    pub track_descriptor: Option<TrackDescriptor>,
}

/// `Trace`.
#[derive(Clone, PartialEq, Message)]
pub struct Trace {
    /// Its packets.
    #[prost(message, repeated, tag = "1")]
    pub packet: Vec<Packet>,
}

/// `TrackDescriptor`.
#[derive(Clone, PartialEq, Message)]
pub struct TrackDescriptor {
    /// Its number.
    #[prost(uint64, optional, tag = "1")]
    pub uuid: Option<u64>,
    /// Its name.
    #[prost(string, optional, tag = "2")]
    pub name: Option<String>,
    /// The track that it belongs to.
    #[prost(uint64, optional, tag = "5")]
    pub parent_uuid: Option<u64>,
    /// Present if the track counts something.
    #[prost(message, optional, tag = "8")]
    pub counter: Option<Counter>,
    /// 3 if the tracks in it have an order.
    #[prost(int32, optional, tag = "11")]
    pub child_ordering: Option<i32>,
    /// Its place in that order.
    #[prost(int32, optional, tag = "12")]
    pub sibling_order_rank: Option<i32>,
}

/// `CounterDescriptor`.
#[derive(Clone, PartialEq, Message)]
pub struct Counter {}

/// `TrackEvent`.
#[derive(Clone, PartialEq, Message)]
pub struct TrackEvent {
    /// What else is known of it.
    #[prost(message, repeated, tag = "4")]
    pub debug_annotations: Vec<Annotation>,
    /// One of [`BEGIN`], [`END`], [`INSTANT`], [`COUNTER`].
    #[prost(int32, optional, tag = "9")]
    pub r#type: Option<i32>,
    /// Its track.
    #[prost(uint64, optional, tag = "11")]
    pub track_uuid: Option<u64>,
    /// Its category.
    #[prost(string, repeated, tag = "22")]
    pub categories: Vec<String>,
    /// Its name.
    #[prost(string, optional, tag = "23")]
    pub name: Option<String>,
    /// The value of a counter.
    #[prost(int64, optional, tag = "30")]
    pub counter_value: Option<i64>,
    /// The flows that it belongs to.
    #[prost(fixed64, repeated, packed = "false", tag = "47")]
    pub flow_ids: Vec<u64>,
    /// The flows that end with it.
    #[prost(fixed64, repeated, packed = "false", tag = "48")]
    pub terminating_flow_ids: Vec<u64>,
}

/// `DebugAnnotation`.
#[derive(Clone, PartialEq, Message)]
pub struct Annotation {
    /// What it says.
    #[prost(string, optional, tag = "6")]
    pub string_value: Option<String>,
    /// Its name.
    #[prost(string, optional, tag = "10")]
    pub name: Option<String>,
}

/// A slice begins.
pub const BEGIN: i32 = 1;
/// The last slice ends.
pub const END: i32 = 2;
/// Something happens.
pub const INSTANT: i32 = 3;
/// A counter has another value.
pub const COUNTER: i32 = 4;

/// The tracks in a track have an order.
const EXPLICIT: i32 = 3;

/// Numbers of tracks: a kind in the upper half, a number in the lower.
#[derive(Clone, Copy)]
enum Kind {
    Cores = 1,
    Locks,
    Process,
    Core,
    Lock,
    Waiters,
    Thread,
}

fn track(kind: Kind, number: usize) -> u64 {
    (kind as u64) << 32 | number as u64
}

/// Writes a history, packet by packet.
///
/// # Errors
/// Those of the writer.
pub fn write(history: &History, to: impl Write) -> io::Result<()> {
    let mut sheet = Sheet { history, to, buffer: Vec::new() };
    sheet.tracks()?;
    let flows = Flows::of(history);
    for (thread, stays) in (0..).zip(&history.threads) {
        for stay in stays {
            sheet.stay(thread, stay, &flows)?;
        }
    }
    for mark in &history.marks {
        let on = match mark.thread {
            Some(thread) => track(Kind::Thread, thread as usize),
            None => track(Kind::Lock, mark.lock as usize),
        };
        let event = TrackEvent { r#type: Some(INSTANT), name: Some(mark.kind.name().into()), ..TrackEvent::default() };
        sheet.event(mark.at, on, event)?;
    }
    for (lock, holds) in history.locks.iter().enumerate() {
        for hold in holds.iter().filter(|hold| hold.begin < hold.end) {
            let why = hold.why.map(|why| annotation("release", why_name(why)));
            let name = history.cast.thread(hold.thread).to_owned();
            sheet.slice((hold.begin, hold.end), track(Kind::Lock, lock), named(name, why.into_iter().collect()))?;
        }
        for &(at, count) in &history.waiters[lock] {
            let value = Some(i64::from(count));
            let event = TrackEvent { r#type: Some(COUNTER), counter_value: value, ..TrackEvent::default() };
            sheet.event(at, track(Kind::Waiters, lock), event)?;
        }
    }
    for (core, turns) in history.cores.iter().enumerate() {
        for turn in turns.iter().filter(|turn| turn.phase != CorePhase::Idle) {
            let name = turn.name(&history.cast).to_owned();
            let state = vec![annotation("state", phase_name(turn.phase))];
            sheet.slice((turn.begin, turn.end), track(Kind::Core, core), named(name, state))?;
        }
    }
    sheet.to.flush()
}

fn annotation(name: &str, value: &str) -> Annotation {
    Annotation { name: Some(name.into()), string_value: Some(value.into()) }
}

fn named(name: String, debug_annotations: Vec<Annotation>) -> TrackEvent {
    TrackEvent { name: Some(name), debug_annotations, ..TrackEvent::default() }
}

struct Sheet<'h, W> {
    history: &'h History,
    to: W,
    buffer: Vec<u8>,
}

impl<W: Write> Sheet<'_, W> {
    /// Writes a packet as the next element of the trace.
    fn packet(&mut self, packet: Packet) -> io::Result<()> {
        let packet = Packet { trusted_packet_sequence_id: Some(1), ..packet };
        self.buffer.clear();
        prost::encoding::message::encode(1, &packet, &mut self.buffer);
        self.to.write_all(&self.buffer)
    }

    fn event(&mut self, at: Nanos, on: u64, event: TrackEvent) -> io::Result<()> {
        let event = TrackEvent { track_uuid: Some(on), ..event };
        self.packet(Packet { timestamp: Some(at), track_event: Some(event), ..Packet::default() })
    }

    fn slice(&mut self, (begin, end): (Nanos, Nanos), on: u64, event: TrackEvent) -> io::Result<()> {
        self.event(begin, on, TrackEvent { r#type: Some(BEGIN), ..event })?;
        self.event(end, on, TrackEvent { r#type: Some(END), ..TrackEvent::default() })
    }

    fn tracks(&mut self) -> io::Result<()> {
        let cast = &self.history.cast;
        let top = |kind, number, name: String| (track(kind, number), name, None);
        let mut tracks = vec![top(Kind::Cores, 0, "cores".into()), top(Kind::Locks, 0, "locks".into())];
        let processes = cast.process_names.iter().enumerate();
        tracks.extend(processes.map(|(number, name)| top(Kind::Process, number, format!("process {name}"))));
        let within = |kind, number, name: String, parent| (track(kind, number), name, Some(parent));
        let cores = 0..self.history.cores.len();
        tracks.extend(cores.map(|core| within(Kind::Core, core, format!("core {core}"), track(Kind::Cores, 0))));
        for (lock, name) in cast.locks.iter().enumerate() {
            tracks.push(within(Kind::Lock, lock, name.clone(), track(Kind::Locks, 0)));
            tracks.push(within(Kind::Waiters, lock, format!("waiters of {name}"), track(Kind::Locks, 0)));
        }
        for (thread, name) in cast.threads.iter().enumerate() {
            let parent = track(Kind::Process, cast.processes[thread]);
            tracks.push(within(Kind::Thread, thread, name.clone(), parent));
        }
        for (rank, (uuid, name, parent_uuid)) in (0..).zip(tracks) {
            let descriptor = TrackDescriptor {
                uuid: Some(uuid),
                name: Some(name),
                parent_uuid,
                counter: (uuid >> 32 == Kind::Waiters as u64).then_some(Counter {}),
                child_ordering: parent_uuid.is_none().then_some(EXPLICIT),
                sibling_order_rank: Some(rank),
            };
            self.packet(Packet { track_descriptor: Some(descriptor), ..Packet::default() })?;
        }
        Ok(())
    }

    fn stay(&mut self, thread: ThreadId, stay: &Stay, flows: &Flows) -> io::Result<()> {
        let cause = words::cause(stay.cause, &self.history.cast);
        let mut annotations = vec![annotation("lock", if stay.holds { "held" } else { "not held" })];
        annotations.extend(stay.core.map(|core| annotation("core", &core.to_string())));
        annotations.extend((!cause.is_empty()).then(|| annotation("cause", &cause)));
        let event = TrackEvent {
            categories: vec!["thread".into()],
            flow_ids: flows.leaving.get(&(thread, stay.begin)).cloned().unwrap_or_default(),
            terminating_flow_ids: flows.arriving.get(&(thread, stay.begin)).cloned().unwrap_or_default(),
            ..named(words::state(stay).into(), annotations)
        };
        self.slice((stay.begin, stay.end), track(Kind::Thread, thread as usize), event)
    }
}

/// Which flows leave and arrive with which stay: its thread, and when it begins.
struct Flows {
    leaving: BTreeMap<(ThreadId, Nanos), Vec<u64>>,
    arriving: BTreeMap<(ThreadId, Nanos), Vec<u64>>,
}

impl Flows {
    fn of(history: &History) -> Self {
        let mut flows = Self { leaving: BTreeMap::new(), arriving: BTreeMap::new() };
        for (number, hand_off) in (1..).zip(history.hand_offs()) {
            let ((from, released), (to, taken)) = (hand_off.from, hand_off.to);
            let (ours, theirs) = (&history.threads[from as usize], &history.threads[to as usize]);
            let before = ours[..ours.partition_point(|stay| stay.begin < released)].last();
            let after = theirs.get(theirs.partition_point(|stay| stay.begin < taken));
            // The source of a flow is what comes first; without both of its ends there is none.
            if let (Some(before), Some(after)) = (before, after) {
                flows.leaving.entry((from, before.begin)).or_default().push(number);
                flows.arriving.entry((to, after.begin)).or_default().push(number);
            }
        }
        flows
    }
}
