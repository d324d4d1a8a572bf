//! Measures Python interpreters: runs `python/probe.py`, one measurement a process, and reads what it prints.
//!
//! [`probes::PROBES`] is the table of what is measured of each. An interpreter that is missing, prints something else
//! or does not answer in time is told in a sentence; one of its measurements that fails leaves the others as they are.

pub mod probes;
mod process;

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use serde::Deserialize;

use super::bench::{Budget, Sample};
use probes::{PROBES, Probe, STARTUP};
use process::Ended;

/// The script, which an installed program has with it.
const SCRIPT: &str = include_str!("python/probe.py");

/// Flags that keep the user's modules and environment out: since Python 3.4, and before.
const FLAGS: [&[&str]; 2] = [&["-I", "-S"], &["-E", "-S", "-s"]];

/// How long an interpreter may take beyond the time that it was given, before it counts as hanging.
const GRACE: Duration = Duration::from_secs(10);

/// The least time to tell its name in.
const FIRST_ANSWER: Duration = Duration::from_secs(3);

/// What a Python interpreter says of itself.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Identity {
    /// `cpython`, `pypy` or another.
    pub implementation: String,
    /// Its own version.
    pub version: String,
    /// The version of the language.
    pub language: String,
    /// Whether its threads share a lock.
    pub gil: bool,
    executable: PathBuf,
}

/// An interpreter and what was measured of it.
#[derive(Debug)]
pub struct Python {
    /// What was asked for.
    pub asked: OsString,
    /// What it is.
    pub identity: Identity,
    /// The samples, by what they are of.
    pub samples: Vec<(&'static str, Sample)>,
    /// What could not be measured, and why.
    pub missing: Vec<(&'static str, String)>,
}

impl Identity {
    /// The short name that tables of measurements use: `py311`, `py313t`, `pypy`.
    pub fn short_name(&self) -> String {
        let mut parts = self.language.split('.');
        let (major, minor) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        match self.implementation.as_str() {
            "cpython" => format!("py{major}{minor}{}", if self.gil { "" } else { "t" }),
            other => other.to_ascii_lowercase(),
        }
    }

    /// Name and version, for people.
    pub fn title(&self) -> String {
        let name = match self.implementation.as_str() {
            "cpython" => "CPython",
            "pypy" => "PyPy",
            other => other,
        };
        format!("{name} {}{}", self.version, if self.gil { "" } else { ", free-threaded" })
    }

    /// Whether the language is Python 2.
    pub fn is_python2(&self) -> bool {
        self.language.starts_with("2.")
    }
}

impl Python {
    /// The sample of something, if it was measured.
    pub fn sample(&self, name: &str) -> Option<&Sample> {
        self.samples.iter().find(|(known, _)| *known == name).map(|(_, sample)| sample)
    }
}

/// An interpreter that has told its name, ready to be measured.
pub struct Subject {
    asked: OsString,
    identity: Identity,
    program: OsString,
    flags: &'static [&'static str],
    directory: Arc<tempfile::TempDir>,
    stop: Arc<AtomicBool>,
}

/// The script in a directory of its own.
///
/// # Errors
/// It cannot be written.
pub fn unpack() -> std::io::Result<Arc<tempfile::TempDir>> {
    let directory = tempfile::Builder::new().prefix("gilsim-").tempdir()?;
    std::fs::write(directory.path().join("probe.py"), SCRIPT)?;
    Ok(Arc::new(directory))
}

impl Subject {
    /// Asks an interpreter for its name.
    ///
    /// # Errors
    /// A sentence that says why it cannot be measured.
    pub fn meet(
        asked: &OsStr,
        directory: &Arc<tempfile::TempDir>,
        budget: &Budget,
        stop: &Arc<AtomicBool>,
    ) -> Result<Self, String> {
        let patience = (budget.left() / 6).clamp(FIRST_ANSWER, GRACE);
        let mut last = String::new();
        for flags in FLAGS {
            let subject = |identity: Identity, program: OsString| {
                let (directory, stop) = (Arc::clone(directory), Arc::clone(stop));
                Self { asked: asked.into(), identity, program, flags, directory, stop }
            };
            match ask(asked, flags, &script(directory), stop, ("identity", 0.0), patience) {
                Ok(output) => {
                    let told = output.lines().find_map(|line| serde_json::from_str::<Identity>(line).ok());
                    let Some(identity) = told else { return Err(garbage(&output)) };
                    // The real program, not a wrapper that first looks for it.
                    let own = Path::new(&identity.executable).is_file();
                    let program = if own { identity.executable.clone().into() } else { asked.into() };
                    return Ok(subject(identity, program));
                }
                Err(Failure::Exit(message)) => last = message,
                Err(other) => return Err(other.to_string()),
            }
        }
        Err(last)
    }

    /// The short name of the interpreter.
    pub fn short_name(&self) -> String {
        self.identity.short_name()
    }

    /// Takes all measurements, telling each before it begins.
    pub fn measure(self, budget: &mut Budget, tell: &mut dyn FnMut(&str, u32)) -> Python {
        let mut samples: Vec<(&'static str, Sample)> = Vec::new();
        let mut missing: Vec<(&'static str, String)> = Vec::new();
        let mut hung = false;
        for probe in &PROBES {
            tell(probe.name, probe.weight);
            let left = budget.left();
            let slice = budget.take(probe.weight);
            let found = if hung {
                Err("the interpreter was given up".into())
            } else if left.is_zero() {
                Err("there was no time left".into())
            } else if probe.name == STARTUP {
                self.startup(&slice)
            } else {
                let patience = slice.length() + left.clamp(FIRST_ANSWER, GRACE);
                self.probe(probe, slice.length(), patience).map_err(|failure| {
                    hung |= matches!(failure, Failure::Hangs(_));
                    failure.to_string()
                })
            };
            match found {
                Ok(found) => samples.extend(found),
                Err(reason) => missing.extend(probe.gives.iter().map(|&name| (name, reason.clone()))),
            }
        }
        Python { asked: self.asked, identity: self.identity, samples, missing }
    }

    fn startup(&self, slice: &super::bench::Slice) -> Result<Vec<(&'static str, Sample)>, String> {
        let mut values = Vec::new();
        while slice.goes_on(values.len()) {
            let ended = process::run(&self.program, self.flags, &["-c".as_ref(), "pass".as_ref()], GRACE, &self.stop);
            match ended.map_err(|error| error.to_string())? {
                Ended { success: true, elapsed, .. } => values.push(elapsed.as_nanos() as f64),
                Ended { complaint, .. } => return Err(format!("it fails: {complaint}")),
            }
        }
        Ok(vec![(STARTUP, Sample::nanoseconds(values)?)])
    }

    fn probe(
        &self,
        probe: &Probe,
        length: Duration,
        patience: Duration,
    ) -> Result<Vec<(&'static str, Sample)>, Failure> {
        let measurement = (probe.name, length.as_secs_f64());
        let output = ask(&self.program, self.flags, &script(&self.directory), &self.stop, measurement, patience)?;
        let lines = output.lines().filter_map(|line| serde_json::from_str::<Line>(line).ok());
        let mut found = Vec::new();
        for line in lines {
            if let Some(reason) = line.reason {
                return Err(Failure::Cannot(reason));
            }
            if let Some(&name) = probe.gives.iter().find(|&&name| name == line.name) {
                let sample = Sample::new(probes::unit(name), line.values).map_err(Failure::Cannot)?;
                found.push((name, sample));
            }
        }
        if found.len() == probe.gives.len() { Ok(found) } else { Err(Failure::Cannot(garbage(&output))) }
    }
}

/// A line of the script's output.
#[derive(Debug, Deserialize)]
struct Line {
    #[serde(default)]
    name: String,
    #[serde(default)]
    values: Vec<f64>,
    reason: Option<String>,
}

/// Why a measurement has no values.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("cannot run it: {0}")]
    Start(std::io::Error),
    #[error("it does not answer within {} s", .0.as_secs())]
    Hangs(Duration),
    #[error("{0}")]
    Exit(String),
    #[error("{0}")]
    Cannot(String),
}

fn script(directory: &tempfile::TempDir) -> PathBuf {
    directory.path().join("probe.py")
}

/// Runs a measurement of the script and gives what it printed.
fn ask(
    program: &OsStr,
    flags: &[&str],
    script: &Path,
    stop: &Arc<AtomicBool>,
    (name, seconds): (&str, f64),
    patience: Duration,
) -> Result<String, Failure> {
    let seconds = seconds.to_string();
    let arguments = [script.as_os_str(), name.as_ref(), seconds.as_ref()];
    match process::run(program, flags, &arguments, patience, stop).map_err(Failure::Start)? {
        Ended { in_time: false, .. } => Err(Failure::Hangs(patience)),
        Ended { success: false, complaint, .. } => Err(Failure::Exit(format!("it fails: {complaint}"))),
        Ended { output, .. } => Ok(output),
    }
}

/// What to say of output that is none of the script's.
fn garbage(output: &str) -> String {
    let line = output.lines().find(|line| !line.trim().is_empty()).unwrap_or("nothing");
    let short: String = line.chars().filter(|c| !c.is_control()).take(60).collect();
    format!("it prints {short:?}, which is no measurement")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interpreters_have_the_names_of_the_shipped_ones() {
        let identity = |implementation: &str, language: &str, gil| Identity {
            implementation: implementation.into(),
            version: "1.2.3".into(),
            language: language.into(),
            gil,
            executable: PathBuf::new(),
        };
        let names = [("cpython", "2.7.18", true), ("cpython", "3.13.5", false), ("pypy", "3.11.1", true)];
        let names = names.map(|(implementation, language, gil)| identity(implementation, language, gil).short_name());
        assert_eq!(names, ["py27", "py313t", "pypy"]);
        assert_eq!(identity("cpython", "3.13.5", false).title(), "CPython 1.2.3, free-threaded");
    }
}
