//! Writes what was measured of an interpreter in the format that [`super::interpreter`] reads.

use std::fmt::Write;

use super::entry::{Entry, constant, joined, law, lines, quoted, spread};
use super::prices::{self, Machine};
use super::python::{Python, probes};
use crate::lock::preset;

/// What an interpreter is to the model: its policy, and what the parameter `switch` of a measured cell sets.
struct Kind {
    policy: &'static str,
    switch: &'static str,
    why: &'static str,
}

/// The interpreter as TOML. `rest` is that of [`prices::rest_of_thread`].
pub fn to_toml(python: &Python, rest: f64, machine: &Machine) -> String {
    let title = quoted(&python.identity.title());
    let mut text = format!(
        "# Measured by `gilsim calibrate` on the machine of the profile beside this directory.\ntitle = {title}\n"
    );
    for (name, reason) in &python.missing {
        let _ = writeln!(text, "# Not measured: {name}: {reason}");
    }
    let Some(kind) = kind(python) else {
        let reason = quoted(&format!("no policy models {} yet", python.identity.title()));
        // Its costs are of use all the same: to the one who writes its policy.
        let _ = write!(text, "unmodelled = {reason}\n\n{}", samples(python));
        return text;
    };
    let mut entries = vec![Entry::new("lock.policy", quoted(kind.policy), kind.why)];
    if kind.policy == "free-threaded" {
        entries.push(Entry::new("lock.slowdown", "1.0", "the steps below were measured in this build"));
    }
    entries.extend(steps(python));
    entries.extend(params(python, machine));
    entries.extend(
        python
            .sample("lock_pair")
            .map(|sample| Entry::new("machine.costs.lock_pair", law(sample), source(python, "lock_pair"))),
    );
    entries.extend(
        prices::of(python, rest, machine)
            .into_iter()
            .map(|entry| Entry { key: format!("machine.costs.{}", entry.key), ..entry }),
    );
    let quoted_entries: Vec<[String; 3]> =
        entries.iter().map(|entry| [quoted(&entry.key), entry.value.clone(), quoted(&entry.source)]).collect();
    let pairs =
        |column: usize| lines(quoted_entries.iter().map(move |entry| (entry[0].as_str(), entry[column].as_str())));
    let _ = write!(text, "switch = {}\n\n[set]\n{}\n[sources]\n{}", kind.switch, pairs(1), pairs(2));
    text
}

/// What the model takes an interpreter for, if it has a policy for it.
fn kind(python: &Python) -> Option<Kind> {
    let identity = &python.identity;
    let interval = "{ path = \"lock.switch_interval\", unit = \"s\" }";
    let kind = match identity.implementation.as_str() {
        "cpython" if identity.is_python2() => Kind {
            policy: "cpython2",
            switch: "{ path = \"lock.check_interval\", unit = \"count\" }",
            why: "Python/ceval.c, Python/thread_pthread.h; the interval is its default, 100 ticks",
        },
        "cpython" if identity.gil => {
            Kind { policy: "cpython", switch: interval, why: "Python/ceval_gil.c; the interval is its default, 5 ms" }
        }
        "cpython" => Kind { policy: "free-threaded", switch: "{ unit = \"s\" }", why: "it says that its GIL is off" },
        "pypy" => Kind { policy: "pypy", switch: interval, why: "rpython/translator/c/src/thread_gil.c" },
        _ => return None,
    };
    preset::find(kind.policy).map(|_| kind)
}

/// Where the value of one sample is from.
fn source(python: &Python, name: &str) -> String {
    let words = python.sample(name).map(spread).unwrap_or_default();
    format!("gilsim calibrate: {}; {words}", probes::how(name))
}

/// The loop steps and what the policies take from them.
fn steps(python: &Python) -> Vec<Entry> {
    let mut entries = Vec::new();
    if let Some(step) = python.sample("step") {
        let gap = quoted(&format!("{:.0}ns", step.median().round().max(1.0)));
        entries.push(Entry::new("interpreter.check_gap", gap, "one check a pass of the loop: params.step"));
        if python.identity.is_python2() {
            let tick = quoted(&format!("{:.0}ns", (step.median() / 3.0).round().max(1.0)));
            entries.push(Entry::new("interpreter.tick", tick, "three ticks a pass of the loop: params.step"));
        }
    }
    entries
}

/// Parameters of the measured scenarios.
fn params(python: &Python, machine: &Machine) -> Vec<Entry> {
    let plain = |name: &str| {
        let sample = python.sample(name)?;
        Some(Entry::new(format!("params.{name}"), constant(sample), source(python, name)))
    };
    let mut entries: Vec<Entry> =
        ["step", "warm_step", "element", "kib", "around", "side"].into_iter().filter_map(plain).collect();
    if let Some(frees) = python.sample("frees") {
        let frees = frees.median() > 0.5;
        let why = "whether hashlib is that of OpenSSL, which releases the lock; that of CPython 2 does not";
        entries.push(Entry::new("params.frees", i32::from(frees).to_string(), why));
        entries.push(Entry::new("params.keeps", i32::from(!frees).to_string(), why));
    }
    entries.extend(python.sample("message").map(|sample| {
        let own = (sample.median() - machine.message).max(0.0).round();
        let how = format!("{}, less {:.0} ns of system calls", source(python, "message"), machine.message);
        Entry::new("params.message", quoted(&format!("{own}ns")), how)
    }));
    entries
}

/// All samples as comments.
fn samples(python: &Python) -> String {
    let line = |(name, sample): &(&str, _)| format!("# {name}: {}; {}", spread(sample), probes::how(name));
    joined(python.samples.iter().map(line))
}
