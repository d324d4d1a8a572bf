//! From what an interpreter takes to start something to costs of the model.
//!
//! Processes are measured in processor time, part by part, as the model counts them. Of threads the time from the start
//! to the join is known; in the model that time also has wake-ups and switches, which have prices of their own. So the
//! model itself is asked, on the profile that has just been measured, how long start and join take when creating a
//! thread costs nothing, and that is taken off.

use std::path::Path;

use super::bench::{Finding, MESSAGE, Sample, Unit};
use super::entry::{Entry, amount, law, quoted, spread};
use super::profile::DEFAULTS;
use super::python::{Python, probes};
use crate::experiment::plan::{self, Overrides};
use crate::experiment::runner;
use crate::experiment::source::Source;

/// From so much sleep of a core on its caches are taken to be cold; this is not measured.
const COLD_AFTER: &str = "200us";

/// Runs of the model that a median is taken of.
const RUNS: u32 = 41;

/// How long starting and joining a thread take in the model, in nanoseconds, when creating it costs nothing.
///
/// # Errors
/// The profile cannot be read, or the runs fail.
pub fn rest_of_thread(profile: &Path) -> Result<f64, String> {
    let profile = quoted(&profile.display().to_string());
    let text = format!(
        "title = \"Start and join\"\nquestion = \"How long do they take?\"\nlock.policy = \"cpython\"\n\
         machine = {{ profile = {profile}, costs = {{ thread_create = \"0s\" }} }}\n\
         run = {{ replications = {RUNS}, seed = 1 }}\n\
         [[thread]]\nname = \"main\"\nsteps = [{{ start = \"task\" }}, {{ join = \"task\" }}]\n\
         [[thread]]\nname = \"task\"\nbegin = \"step\"\nsteps = []\n"
    );
    let source = Source::new("start and join", text);
    let plan = plan::read(Path::new("start-and-join.toml"), &source, &Overrides::default());
    let plan = plan.map_err(|error| error.to_string())?;
    let results = runner::run(&plan, 1).map_err(|error| error.to_string())?;
    if let Some((_, error)) = results.failures().next() {
        return Err(error.to_string());
    }
    let wall = results.metrics[0].iter().position(|metric| metric == "run.wall_s");
    let wall = wall.ok_or("the simulation has no metric `run.wall_s`")?;
    let values = results.records().map(|(_, record)| record.values[wall] * 1e9).collect();
    Ok(Sample::nanoseconds(values)?.median())
}

/// The medians, in nanoseconds, of machine costs that lie within what was measured of an interpreter.
#[derive(Debug, Clone, Copy, Default)]
pub struct Machine {
    /// Of a switch of threads.
    pub context_switch: f64,
    /// Of waking a thread on an idle core.
    pub wake: f64,
    /// Of sending and receiving a message without an interpreter.
    pub message: f64,
}

impl Machine {
    /// Reads them off what was measured of the machine; what is missing counts nothing.
    pub fn of(findings: &[Finding]) -> Self {
        let median = |name: &str| {
            let found = findings.iter().find(|finding| finding.name == name);
            found.map_or(0.0, |finding| finding.sample.median())
        };
        Self { context_switch: median("context_switch"), wake: median("wake_latency_idle"), message: median(MESSAGE) }
    }
}

/// The costs of a profile that an interpreter gives, and the sample that each needs first.
const COSTS: [(&str, &str); 8] = [
    ("cold_start", "ping"),
    ("thread_create", "thread"),
    ("fork", "fork.parent"),
    ("spawn", "spawn.parent"),
    ("forkserver", "forkserver.parent"),
    ("interpreter", "interpreter.child"),
    ("pickle", "pickle.call"),
    ("pipe", "pipe.call"),
];

/// The costs that no interpreter gave, and why.
pub fn missing(python: Option<&Python>) -> Vec<(&'static str, String)> {
    let reason = |sample: &str| match python {
        None => Some("no interpreter was measured".into()),
        Some(python) => {
            let missing = python.missing.iter().find(|(name, _)| *name == sample);
            missing.map(|(_, reason)| format!("{}: {reason}", python.identity.title()))
        }
    };
    COSTS.into_iter().filter_map(|(cost, sample)| Some((cost, reason(sample)?))).collect()
}

/// The costs that an interpreter gives; keys are those of a profile's `[costs]`. `rest` is [`rest_of_thread`].
pub fn of(python: &Python, rest: f64, machine: &Machine) -> Vec<Entry> {
    let starts = ["fork", "spawn", "forkserver"].into_iter().filter_map(|kind| start(python, kind));
    let transfers = ["pickle", "pipe"].into_iter().filter_map(|kind| transfer(python, kind));
    let own = cold_start(python, machine).into_iter().chain(thread(python, rest));
    own.chain(starts).chain(interpreter(python)).chain(transfers).collect()
}

/// `gilsim calibrate`, the interpreter, and how something was measured.
fn source(python: &Python, how: &str) -> String {
    format!("gilsim calibrate, {}: {how}", python.identity.title())
}

/// A reader that has slept for long goes on later than the machine's prices for a wake-up say: its caches are cold.
fn cold_start(python: &Python, machine: &Machine) -> Option<Entry> {
    let sample = python.sample("ping")?;
    let lock = python.sample("lock_pair").map_or(0.0, Sample::median);
    let other = machine.wake + machine.context_switch + lock;
    let value = format!("{{ after = {}, time = {} }}", quoted(COLD_AFTER), law(&sample.shifted(-other)));
    let how = format!(
        "{}: {}, less {} for wake-up, switch and lock; from {COLD_AFTER} of sleep on, as on {DEFAULTS}",
        probes::how("ping"),
        spread(sample),
        amount(other, Unit::Nanoseconds)
    );
    Some(Entry::new("cold_start", value, source(python, &how)))
}

fn thread(python: &Python, rest: f64) -> Option<Entry> {
    let sample = python.sample("thread")?;
    let how = format!(
        "{}: {}, of which {:.0} us are the machine's other prices",
        probes::how("thread"),
        spread(sample),
        rest / 1e3
    );
    Some(Entry::new("thread_create", law(&sample.shifted(-rest)), source(python, &how)))
}

fn start(python: &Python, kind: &str) -> Option<Entry> {
    let part = |part: &str| python.sample(&format!("{kind}.{part}"));
    let parts = [part("parent")?, part("child")?, part("exit")?];
    let [parent, child, exit] = parts.map(law);
    let medians = parts.map(|sample| amount(sample.median(), sample.unit)).join(", ");
    let how = format!("{}: medians {medians} (n = {})", probes::how(&format!("{kind}.parent")), parts[0].n());
    let value = format!("{{ parent = {parent}, child = {child}, exit = {exit} }}");
    Some(Entry::new(kind, value, source(python, &how)))
}

fn interpreter(python: &Python) -> Option<Entry> {
    let (child, exit) = (python.sample("interpreter.child")?, python.sample("interpreter.exit")?);
    let value = format!("{{ parent = \"0s\", child = {}, exit = {} }}", law(child), law(exit));
    let medians = [child, exit].map(|sample| amount(sample.median(), sample.unit)).join(", ");
    let how = format!("{}: medians {medians} (n = {})", probes::how("interpreter.child"), child.n());
    Some(Entry::new("interpreter", value, source(python, &how)))
}

fn transfer(python: &Python, kind: &str) -> Option<Entry> {
    let (call, byte) = (python.sample(&format!("{kind}.call"))?, python.sample(&format!("{kind}.byte"))?);
    let picoseconds = byte.median().max(0.0).round();
    let value = format!("{{ call = {}, byte = \"{picoseconds}ps\" }}", law(call));
    let how =
        format!("{}: each call {}; each byte {}", probes::how(&format!("{kind}.call")), spread(call), spread(byte));
    Some(Entry::new(kind, value, source(python, &how)))
}
