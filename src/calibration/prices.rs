//! From the times that an interpreter takes to start something to costs of the model.
//!
//! What is measured is from the start to the join; in the model that time also has wake-ups and switches, which have
//! prices of their own. So the model itself is asked, on the profile that has just been measured, how long start and
//! join take when the wanted cost is zero, and that is taken off.

use std::path::Path;

use super::bench::Sample;
use super::entry::{Entry, amount, law, quoted, spread};
use super::python::{self, Python};
use crate::experiment::plan::{self, Overrides};
use crate::experiment::runner;
use crate::experiment::source::Source;

/// Runs of the model that a median is taken of.
const RUNS: u32 = 41;

/// How long start and join take in the model, in nanoseconds, when starting costs nothing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rest {
    /// Of a thread.
    pub thread: f64,
    /// Of a process.
    pub process: f64,
}

impl Rest {
    /// Asks the model, on a machine's profile.
    ///
    /// # Errors
    /// The profile cannot be read, or the runs fail.
    pub fn on(profile: &Path) -> Result<Self, String> {
        Ok(Self {
            thread: start_and_join(profile, "thread_create = \"0s\"", "task", "")?,
            process: start_and_join(
                profile,
                "fork = { parent = \"0s\", child = \"0s\", exit = \"0s\" }",
                "child",
                "[[process]]\nname = \"child\"\nstart = \"fork\"\n[[thread]]\nname = \"job\"\nprocess = \"child\"\nsteps = []\n",
            )?,
        })
    }
}

/// Median wall time of starting and joining something, with a change of the costs.
fn start_and_join(profile: &Path, costs: &str, what: &str, more: &str) -> Result<f64, String> {
    let profile = quoted(&profile.display().to_string());
    let task = if more.is_empty() { "[[thread]]\nname = \"task\"\nbegin = \"step\"\nsteps = []\n" } else { more };
    let text = format!(
        "title = \"Start and join\"\nquestion = \"How long do they take?\"\nlock.policy = \"cpython\"\n\
         machine = {{ profile = {profile}, costs = {{ {costs} }} }}\nrun = {{ replications = {RUNS}, seed = 1 }}\n\
         [[thread]]\nname = \"main\"\nsteps = [{{ start = \"{what}\" }}, {{ join = \"{what}\" }}]\n{task}"
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

/// The costs of a profile that an interpreter gives, and the sample that each needs first.
const COSTS: [(&str, &str); 7] = [
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

/// The costs that an interpreter gives; keys are those of a profile's `[costs]`.
pub fn of(python: &Python, rest: &Rest) -> Vec<Entry> {
    let starts = ["fork", "spawn", "forkserver"].into_iter().filter_map(|kind| start(python, kind, rest));
    let transfers = ["pickle", "pipe"].into_iter().filter_map(|kind| transfer(python, kind));
    thread(python, rest).into_iter().chain(starts).chain(interpreter(python)).chain(transfers).collect()
}

/// `gilsim calibrate`, the interpreter, and how something was measured.
fn source(python: &Python, how: &str) -> String {
    format!("gilsim calibrate, {}: {how}", python.identity.title())
}

fn thread(python: &Python, rest: &Rest) -> Option<Entry> {
    let sample = python.sample("thread")?;
    let how = format!(
        "{}: {}, of which {:.0} us are the machine's other prices",
        python::how("thread"),
        spread(sample),
        rest.thread / 1e3
    );
    Some(Entry::new("thread_create", law(&sample.shifted(-rest.thread)), source(python, &how)))
}

/// Half of the rest is before the child's first step, half after its last.
fn start(python: &Python, kind: &str, rest: &Rest) -> Option<Entry> {
    let part = |part: &str| python.sample(&format!("{kind}.{part}"));
    let (parent, child, exit) = (part("parent")?, part("child")?, part("exit")?);
    let (child_cost, exit_cost) = (child.shifted(-rest.process / 2.0), exit.shifted(-rest.process / 2.0));
    let value = format!("{{ parent = {}, child = {}, exit = {} }}", law(parent), law(&child_cost), law(&exit_cost));
    let medians = [parent, child, exit].map(|sample| amount(sample.median(), sample.unit));
    let how = format!(
        "{}: medians {} (n = {}), of which {:.0} us are the machine's other prices",
        python::how(&format!("{kind}.parent")),
        medians.join(", "),
        parent.n(),
        rest.process / 1e3
    );
    Some(Entry::new(kind, value, source(python, &how)))
}

fn interpreter(python: &Python) -> Option<Entry> {
    let (child, exit) = (python.sample("interpreter.child")?, python.sample("interpreter.exit")?);
    let value = format!("{{ parent = \"0s\", child = {}, exit = {} }}", law(child), law(exit));
    let medians = [child, exit].map(|sample| amount(sample.median(), sample.unit)).join(", ");
    let how = format!("{}: medians {medians} (n = {})", python::how("interpreter.child"), child.n());
    Some(Entry::new("interpreter", value, source(python, &how)))
}

fn transfer(python: &Python, kind: &str) -> Option<Entry> {
    let (call, byte) = (python.sample(&format!("{kind}.call"))?, python.sample(&format!("{kind}.byte"))?);
    let picoseconds = byte.median().max(0.0).round();
    let value = format!("{{ call = {}, byte = \"{picoseconds}ps\" }}", law(call));
    let how =
        format!("{}: each call {}; each byte {}", python::how(&format!("{kind}.call")), spread(call), spread(byte));
    Some(Entry::new(kind, value, source(python, &how)))
}
