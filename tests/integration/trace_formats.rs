//! What `gilsim trace` writes for other programs obeys their formats, and tells the same as the events.

use std::collections::{BTreeMap, BTreeSet};

use gilsim::experiment::runner::Repeatable;
use gilsim::kernel::NEVER;
use gilsim::trace::perfetto::{BEGIN, COUNTER, END, INSTANT, Trace};
use gilsim::trace::{History, Log, chrome, perfetto};
use prost::Message;
use serde_json::Value;

use crate::support::plan;

/// Three threads that make one lock change hands in every way.
const PROGRAM: &str = r#"
machine = { cores = 2 }
lock = { policy = "cpython", switch_interval = "1ms" }
thread = [
  { name = "hog", count = 2, steps = [{ repeat = 20, steps = [{ compute = "3ms" }, { call = "2ms" }] }] },
  { name = "reader", daemon = true, steps = [{ repeat = "forever", steps = [{ io = "exp(200us)" }, { compute = "20us" }] }] },
]
"#;

pub(crate) fn history() -> History {
    let plan = plan(PROGRAM);
    let run = Repeatable::new(&plan, &plan.cells[0], 0).unwrap();
    let mut log = Log::new(0..NEVER, usize::MAX);
    let outcome = run.run(&mut log).unwrap();
    log.close(outcome.ended_at);
    History::new(&run.scenario, &log)
}

#[test]
fn the_json_obeys_the_trace_event_format() {
    let history = history();
    let mut bytes = Vec::new();
    chrome::write(&history, "a <title>", &mut bytes).unwrap();
    let json: Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!((&json["displayTimeUnit"], &json["otherData"]["title"]), (&"ns".into(), &"a <title>".into()));
    let events = json["traceEvents"].as_array().unwrap();
    // Each event stands on a line of its own.
    assert_eq!(String::from_utf8(bytes).unwrap().lines().count(), events.len() + 2);
    let mut named = BTreeSet::new();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut flows: BTreeMap<u64, Vec<(String, f64)>> = BTreeMap::new();
    let mut ends: BTreeMap<(u64, u64), f64> = BTreeMap::new();
    for event in events {
        let ph = event["ph"].as_str().unwrap();
        let track = (event["pid"].as_u64().unwrap(), event["tid"].as_u64().unwrap());
        let ts = event["ts"].as_f64().unwrap();
        assert!(ts >= 0.0 && event["name"].is_string() && event["cat"].is_string(), "{event}");
        *counts.entry(ph.into()).or_default() += 1;
        match ph {
            "M" => {
                named.insert(track);
            }
            "X" => {
                let dur = event["dur"].as_f64().unwrap();
                let end = ends.entry(track).or_default();
                assert!(dur > 0.0 && ts >= *end - 1e-6, "{event} begins before {end}");
                *end = ts + dur;
            }
            "i" => assert_eq!(event["s"], "t"),
            "C" => assert!(event["args"]["waiters"].is_u64(), "{event}"),
            "s" | "f" => flows.entry(event["id"].as_u64().unwrap()).or_default().push((ph.into(), ts)),
            other => panic!("{other}"),
        }
        assert!(named.contains(&track), "{event}: nothing has this name");
    }
    for (id, pair) in &flows {
        let [(start, released), (finish, taken)] = pair.as_slice() else { panic!("flow {id} is {pair:?}") };
        assert!((start.as_str(), finish.as_str()) == ("s", "f") && released <= taken, "flow {id} is {pair:?}");
    }
    assert_eq!(flows.len(), history.hand_offs().count());
    assert!(flows.len() > 10, "{}", flows.len());
    let holds = history.locks.iter().flatten().filter(|hold| hold.begin < hold.end).count();
    let stays = history.threads.iter().flatten().count();
    let turns = history.cores.iter().flatten().filter(|turn| turn.phase != gilsim::simulation::CorePhase::Idle).count();
    assert_eq!((counts["X"], counts["i"]), (stays + holds + turns, history.marks.len()));
    assert_eq!(counts["C"], history.waiters.iter().flatten().count());
}

#[test]
fn perfettos_packets_have_tracks_slices_that_end_and_flows_that_go_forwards() {
    let history = history();
    let mut bytes = Vec::new();
    perfetto::write(&history, &mut bytes).unwrap();
    let trace = Trace::decode(bytes.as_slice()).unwrap();
    let mut tracks = BTreeMap::new();
    let mut open: BTreeMap<u64, u64> = BTreeMap::new();
    let mut counts = [0; 5];
    let (mut leaving, mut arriving) = (BTreeMap::new(), BTreeMap::new());
    for packet in &trace.packet {
        assert_eq!(packet.trusted_packet_sequence_id, Some(1));
        if let Some(track) = &packet.track_descriptor {
            let parent = track.parent_uuid;
            assert!(parent.is_none_or(|parent| tracks.contains_key(&parent)), "{track:?}");
            assert!(tracks.insert(track.uuid.unwrap(), track.name.clone().unwrap()).is_none(), "{track:?}");
            continue;
        }
        let (at, event) = (packet.timestamp.unwrap(), packet.track_event.as_ref().unwrap());
        let track = event.track_uuid.unwrap();
        assert!(tracks.contains_key(&track), "{event:?}");
        let kind = event.r#type.unwrap();
        counts[kind as usize] += 1;
        match kind {
            BEGIN => assert!(event.name.is_some() && open.insert(track, at).is_none(), "{event:?}"),
            END => assert!(open.remove(&track).unwrap() < at, "{event:?}"),
            INSTANT => assert!(event.name.is_some()),
            COUNTER => assert!(event.counter_value.is_some()),
            other => panic!("{other}"),
        }
        leaving.extend(event.flow_ids.iter().map(|&flow| (flow, at)));
        arriving.extend(event.terminating_flow_ids.iter().map(|&flow| (flow, at)));
    }
    assert!(open.is_empty() && tracks.values().any(|name| name == "hog-2") && counts.iter().skip(1).all(|&n| n > 0));
    assert_eq!(leaving.keys().collect::<Vec<_>>(), arriving.keys().collect::<Vec<_>>());
    assert!(leaving.len() > 10 && leaving.iter().all(|(flow, begins)| begins < &arriving[flow]));
}
