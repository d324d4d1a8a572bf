//! Traces tell the truth: what is recorded of a run comes to its metrics, and does not change it.

use std::collections::BTreeMap;
use std::path::Path;

use gilsim::experiment::runner::Repeatable;
use gilsim::figure::{Theme, check, timeline};
use gilsim::kernel::{NEVER, Nanos};
use gilsim::machine::Cores;
use gilsim::simulation::recorder::Nothing;
use gilsim::simulation::{Outcome, State};
use gilsim::trace::history::MarkKind;
use gilsim::trace::waits::Slowest;
use gilsim::trace::{History, Log, csv, picture};

use crate::support::{assert_same, files, gilsim, is_near, plan, texts};

/// Programs that make use of everything a recorder is told of. Groups have names without hyphens.
const PROGRAMS: [(&str, &str); 9] = [
    (
        "a reader beside two hogs, CPython 3",
        r#"
        machine = { cores = 2 }
        lock = { policy = "cpython", switch_interval = "1ms" }
        thread = [
          { name = "hog", count = 2, steps = [{ repeat = "forever", steps = [{ compute = "3ms" }, { call = "2ms" }] }] },
          { name = "reader", steps = [{ repeat = "forever", steps = [{ io = "exp(200us)" }, { compute = "20us", counts = "r" }] }] },
        ]
        run = { duration = "200ms", warm_up = "50ms" }
        "#,
    ),
    (
        "more threads than cores, CPython 2",
        r#"
        machine = { cores = 2 }
        lock = { policy = "cpython2" }
        thread = [
          { name = "hog", count = 4, steps = [{ compute = "forever" }] },
          { name = "sleeper", steps = [{ repeat = "forever", steps = [{ sleep = "1ms" }, { compute = "100us" }] }] },
        ]
        run = { duration = "45ms", warm_up = "10ms" }
        "#,
    ),
    (
        "PyPy, which spins",
        r#"
        machine = { cores = 4 }
        lock = { policy = "pypy" }
        thread = [
          { name = "hog", count = 2, steps = [{ compute = "forever" }] },
          { name = "io", count = 3, steps = [{ repeat = "forever", steps = [{ io = "exp(50us)" }, { compute = "5us" }] }] },
        ]
        run = { duration = "50ms", warm_up = "10ms" }
        "#,
    ),
    (
        "slots that are used again",
        r#"
        lock = { policy = "handoff" }
        thread = [{ name = "customer", count = 500, arrivals = "exp(1ms)", steps = [{ compute = "exp(0.8ms)" }, { native = "100us" }] }]
        "#,
    ),
    (
        "processes with locks of their own, one of which ends with a daemon that waits",
        r#"
        machine = { cores = 3 }
        process = [{ name = "worker", count = 2, start = "fork" }]
        thread = [
          { name = "main", steps = [{ start = "worker" }, { join = "worker" }] },
          { name = "task", process = "worker", steps = [{ compute = "20ms" }, { io = "5ms" }, { compute = "3ms" }] },
          { name = "watch", process = "worker", daemon = true, steps = [{ compute = "forever" }] },
        ]
        "#,
    ),
    (
        "no lock, with stops of the world",
        r#"
        machine = { cores = 2 }
        lock = { policy = "free-threaded", pause = "100us", pause_every = "1ms" }
        thread = [{ name = "hog", count = 3, steps = [{ compute = "20ms" }] }]
        run = { warm_up = "5ms" }
        "#,
    ),
    (
        "a queue and a pool",
        r#"
        machine = { cores = 2 }
        objects = { queue = { jobs = 2 } }
        lock = { policy = "barging" }
        thread = [
          { name = "maker", steps = [{ repeat = 50, steps = [{ compute = "exp(100us)" }, { put = "jobs" }] }, { close = "jobs" }] },
          { name = "taker", count = 2, steps = [{ drain = "jobs", steps = [{ compute = "exp(200us)" }, { io = "50us" }] }] },
        ]
        "#,
    ),
    (
        "signals",
        r#"
        machine = { cores = 2 }
        thread = [{ name = "main", steps = [{ call = "3ms" }, { compute = "20ms" }] }, { name = "hog", steps = [{ compute = "30ms" }] }]
        signal = [{ name = "int", arrivals = "exp(2ms)", handler = "10us" }]
        "#,
    ),
    (
        "unlimited cores, a warm-up that is found",
        r#"
        machine = { cores = "unlimited" }
        thread = [{ name = "io", count = 3, steps = [{ repeat = "forever", steps = [{ io = "exp(1ms)" }, { compute = "exp(300us)", counts = "r" }] }] }]
        run = { duration = "1s", warm_up = "auto" }
        "#,
    ),
];

/// A run recorded from the end of its warm-up to its end.
fn recorded(name: &str, text: &str) -> (History, Log, Outcome, String) {
    let plan = plan(text);
    let run = Repeatable::new(&plan, &plan.cells[0], 0).unwrap();
    let mut log = Log::new(run.scenario.limits.warm_up.end()..NEVER, usize::MAX);
    let outcome = run.run(&mut log).unwrap_or_else(|fault| panic!("{name}: {fault}"));
    log.close(outcome.ended_at);
    let history = History::new(&run.scenario, &log);
    let mut bytes = Vec::new();
    csv::write(&log, &history.cast, &mut bytes).unwrap();
    let unrecorded = run.run(Nothing).unwrap();
    assert_eq!(outcome.fingerprint, unrecorded.fingerprint, "{name}: the recorder has changed the run");
    assert_eq!(format!("{:?}", outcome.metrics), format!("{:?}", unrecorded.metrics), "{name}");
    (history, log, outcome, String::from_utf8(bytes).unwrap())
}

/// What a table of events comes to: times of states by group and state, and counts by event and group.
#[derive(Default)]
struct Sums {
    states: BTreeMap<(String, String), Nanos>,
    cores: BTreeMap<String, Nanos>,
    events: BTreeMap<(String, String), u64>,
}

impl Sums {
    fn of(table: &str) -> Self {
        let mut sums = Self::default();
        let mut states: BTreeMap<String, (Nanos, String)> = BTreeMap::new();
        let mut cores: BTreeMap<String, (Nanos, String)> = BTreeMap::new();
        let (mut start, mut end) = (Nanos::MAX, 0);
        let mut reader = ::csv::Reader::from_reader(table.as_bytes());
        for row in reader.records() {
            let row = row.unwrap();
            let (at, event, thread, state, core): (Nanos, _, _, _, _) =
                (row[0].parse().unwrap(), &row[1], row[2].to_owned(), row[3].to_owned(), row[4].to_owned());
            assert!(at >= end, "{row:?}");
            (start, end) = (start.min(at), at);
            *sums.events.entry((event.into(), group(&thread))).or_default() += 1;
            match event {
                "state" => {
                    if let Some((since, old)) = states.insert(thread.clone(), (at, state)) {
                        *sums.states.entry((group(&thread), old)).or_default() += at - since;
                    }
                }
                "core" => {
                    let (since, old) = cores.insert(core, (at, state)).unwrap_or((start, "idle".into()));
                    *sums.cores.entry(old).or_default() += at - since;
                }
                _ => {}
            }
        }
        for (thread, (since, state)) in states {
            *sums.states.entry((group(&thread), state)).or_default() += end - since;
        }
        for (since, state) in cores.into_values() {
            *sums.cores.entry(state).or_default() += end - since;
        }
        sums
    }

    fn count(&self, event: &str) -> u64 {
        self.events.iter().filter(|((of, _), _)| of == event).map(|(_, count)| count).sum()
    }
}

fn group(thread: &str) -> String {
    thread.split('-').next().unwrap().into()
}

#[test]
fn the_events_come_to_the_metrics_exactly() {
    for (name, text) in PROGRAMS {
        let cores = plan(text).cells[0].scenario.machine.cores;
        let (history, _, outcome, table) = recorded(name, text);
        let metric = |metric: &str| outcome.metrics.iter().find(|other| other.name == metric).unwrap().value;
        let sums = Sums::of(&table);
        let groups: Vec<String> = sums.states.keys().map(|(group, _)| group.clone()).collect();
        assert!(!groups.is_empty(), "{name}");
        for group in groups {
            for state in State::NAMED.map(|(state, _)| state.name()) {
                let sum = sums.states.get(&(group.clone(), state.into())).copied().unwrap_or(0);
                assert_eq!(sum as f64 / 1e9, metric(&format!("{group}.{state}_s")), "{name}: {group} {state}");
            }
            let taken = sums.events.get(&("acquire".into(), group.clone())).copied().unwrap_or(0);
            assert_eq!(taken as f64, metric(&format!("{group}.acquisitions")), "{name}: {group}");
        }
        for (event, of) in [
            ("drop_request", "lock.drop_requests"),
            ("wake", "lock.wake_ups"),
            ("wasted_wake_up", "lock.wasted_wake_ups"),
            ("world_stops", "interpreter.world_stops"),
        ] {
            assert_eq!(sums.count(event) as f64, metric(of), "{name}: {event}");
        }
        let forced = history.marks.iter().filter(|mark| mark.kind == MarkKind::ForcedSwitch).count();
        assert_eq!(forced as f64, metric("lock.switches_forced"), "{name}");
        let cores = match cores {
            Cores::Count(cores) => cores as usize,
            Cores::Unlimited => history.threads.len(),
        };
        let switching = sums.cores.get("switching").copied().unwrap_or(0) as f64 / 1e9;
        let seconds = (history.window.end - history.window.start) as f64 / 1e9;
        assert_eq!(switching / (seconds * cores as f64), metric("core.switching_share"), "{name}");
    }
}

#[test]
fn a_history_tells_the_same_as_the_table() {
    for (name, text) in PROGRAMS {
        let (history, _, _, table) = recorded(name, text);
        let sums = Sums::of(&table);
        let mut states: BTreeMap<(String, String), Nanos> = BTreeMap::new();
        for (thread, stays) in history.threads.iter().enumerate() {
            let mut end = history.window.start;
            for stay in stays {
                assert!(stay.begin >= end && stay.end > stay.begin, "{name}: {stay:?}");
                end = stay.end;
                let key = (group(&history.cast.threads[thread]), stay.state.name().to_owned());
                *states.entry(key).or_default() += stay.end - stay.begin;
            }
        }
        let told = sums.states.into_iter().filter(|((_, state), time)| *time > 0 && state != "absent");
        assert_eq!(states, told.collect::<BTreeMap<_, _>>(), "{name}");
        for holds in &history.locks {
            assert!(holds.windows(2).all(|pair| pair[0].end <= pair[1].begin), "{name}");
        }
        let taken = history.locks.iter().flatten().filter(|hold| hold.acquired).count() as u64;
        assert_eq!(taken, Sums::of(&table).count("acquire"), "{name}");
    }
}

#[test]
fn a_picture_of_a_run_has_no_problems() {
    for (name, text) in PROGRAMS {
        let (history, ..) = recorded(name, text);
        let (picture, _) = picture::timeline(&history, name);
        let drawing = timeline::draw(&picture, &Theme::default()).unwrap();
        assert_eq!(check::problems(&drawing.layout), Vec::<String>::new(), "{name}");
        assert!(drawing.svg.len() < 4_000_000, "{name}: {}", drawing.svg.len());
    }
}

const TWO_HOGS: &str = r#"
title = "Two hogs"
question = "Who has the lock when?"
machine = { cores = 2 }
lock = { policy = "cpython" }
thread = [{ name = "hog", count = 2, steps = [{ compute = "forever" }] }]
sweep = { "lock.switch_interval" = ["5ms", "10ms"] }
run = { duration = "1s", warm_up = "100ms" }
"#;

fn directory() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("hogs.toml"), TWO_HOGS).unwrap();
    directory
}

#[test]
fn the_command_writes_the_same_bytes_each_time() {
    let written = [(); 2].map(|()| {
        let directory = directory();
        let output = gilsim(directory.path(), &["trace", "--cell", "lock.switch_interval=10ms", "hogs.toml"]);
        let (out, talk) = texts(&output);
        assert!(output.status.success() && out.contains("cell 1 (lock.switch_interval = 10ms)"), "{out}{talk}");
        files(&directory.path().join("traces"))
    });
    let names: Vec<&str> = written[0].iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["hogs.csv", "hogs.events.csv", "hogs.json", "hogs.png", "hogs.txt"]);
    assert_same(&written[0], &written[1]);
}

#[test]
fn a_window_is_kept_and_one_that_is_too_much_is_cut_with_a_warning() {
    let directory = directory();
    let trace = |arguments: &[&str]| gilsim(directory.path(), &[&["trace", "hogs.toml"], arguments].concat());
    let output = trace(&["--window", "200ms..260ms", "--format", "events"]);
    assert!(texts(&output).0.contains("200ms..260ms"), "{}", texts(&output).0);
    let table = std::fs::read_to_string(directory.path().join("traces/hogs.events.csv")).unwrap();
    let times: Vec<Nanos> =
        table.lines().skip(1).map(|line| line.split(',').next().unwrap().parse().unwrap()).collect();
    assert_eq!((times[0], *times.last().unwrap()), (200_000_000, 260_000_000));

    let (_, talk) = texts(&trace(&["--window", "0s..1s", "--max-recorded", "100"]));
    assert!(talk.contains("after 100 events: --max-recorded takes more"), "{talk}");
    for (window, what) in [("2s..3s", "the run ends at 1s"), ("3ms..2ms", "begins before it ends"), ("5", "FROM..TO")] {
        let output = trace(&["--window", window]);
        assert_eq!(output.status.code(), Some(2));
        assert!(texts(&output).1.contains(what), "{}", texts(&output).1);
    }
}

#[test]
fn the_slowest_wait_is_the_longest_of_the_metrics() {
    for (name, text) in PROGRAMS {
        let plan = plan(text);
        let run = Repeatable::new(&plan, &plan.cells[0], 0).unwrap();
        let mut slowest = Slowest::new(3, run.scenario.limits.warm_up.end(), None);
        let outcome = run.run(&mut slowest).unwrap();
        let longest = outcome.metrics.iter().find(|metric| metric.name == "lock.wait_max_us").unwrap().value;
        assert!(slowest.waits.is_sorted_by(|before, after| before.length() >= after.length()), "{name}");
        match slowest.waits.first() {
            // The metric has three significant digits.
            Some(wait) => assert!(is_near(wait.length() as f64 / 1e3, longest, 2e-3), "{name}: {wait:?}, {longest}"),
            None => assert!(longest.is_nan(), "{name}"),
        }
    }
}

/// The commands of `make traces`, without the program.
fn commands() -> Vec<Vec<String>> {
    let makefile = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Makefile")).unwrap();
    let words = |line: &str| line.split(' ').map(str::to_owned).collect();
    makefile.lines().filter_map(|line| line.strip_prefix("\t$(GILSIM) trace ")).map(words).collect()
}

#[test]
fn the_timelines_in_plots_are_what_make_traces_draws() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let commands = commands();
    assert!(commands.len() >= 3);
    for mut command in commands {
        let directory = tempfile::tempdir().unwrap();
        let output = command.iter().position(|word| word == "-o").unwrap() + 1;
        let stored = root.join(&command[output]);
        let name = stored.file_name().unwrap().to_str().unwrap().to_owned();
        command[output] = directory.path().join(&name).display().to_string();
        let arguments: Vec<&str> = ["trace"].into_iter().chain(command.iter().map(String::as_str)).collect();
        let done = gilsim(root, &arguments);
        assert!(done.status.success(), "{}", texts(&done).1);
        for ending in ["png", "csv", "txt"] {
            let same = std::fs::read(directory.path().join(format!("{name}.{ending}"))).unwrap()
                == std::fs::read(format!("{}.{ending}", stored.display())).unwrap_or_default();
            assert!(same, "{name}.{ending} is out of date: make traces");
        }
    }
}
