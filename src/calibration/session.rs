//! A calibration: the machine, then its interpreters, within a time.

use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::bench::{self, Budget, MEASUREMENTS, Pair, allowed_processors};
use super::description;
use super::prices::{self, Machine};
use super::profile::Known;
use super::python::{self, Python, Subject, probes};

/// What a weight of one is worth at full length.
const FULL: Duration = Duration::from_millis(200);

/// The share of the time that is given out to measurements. They end a little late, the more so on a busy machine, and what
/// they found has to be put together and written.
const PLANNED: f64 = 0.95;

/// What to measure, and for how long.
#[derive(Debug)]
pub struct Session {
    /// Interpreters, as they are called.
    pub pythons: Vec<OsString>,
    /// Time for everything.
    pub budget: Duration,
    /// Ends it all when it is set.
    pub stop: Arc<AtomicBool>,
}

/// What came out of a calibration.
#[derive(Debug)]
pub struct Calibration {
    /// What is known of the machine.
    pub machine: Known,
    /// The processors that the process may use.
    pub processors: usize,
    /// The interpreters that could be measured.
    pub pythons: Vec<Python>,
    /// The others, and why not.
    pub failed: Vec<(OsString, String)>,
}

/// What is told while it goes on: what is being measured, and its weight.
pub type Tell<'t> = &'t mut dyn FnMut(&str, u32);

impl Session {
    /// Sum of the weights of all measurements.
    pub fn weight(&self) -> u32 {
        let machine: u32 = MEASUREMENTS.iter().map(|measurement| measurement.weight).sum();
        machine + self.pythons.len() as u32 * probes::weight()
    }

    /// Measures everything; nothing if somebody wants an end of it.
    ///
    /// # Errors
    /// The script of the interpreters cannot be written anywhere.
    pub fn run(&self, tell: Tell) -> std::io::Result<Option<Calibration>> {
        let mut budget = Budget::new(self.budget.mul_f64(PLANNED), self.weight(), FULL, Arc::clone(&self.stop));
        let (machine, processors) = measure_machine(&mut budget, tell);
        let directory = python::unpack()?;
        let (mut pythons, mut failed) = (Vec::new(), Vec::new());
        for asked in &self.pythons {
            tell(&asked.to_string_lossy(), 0);
            match Subject::meet(asked, &directory, &budget, &self.stop) {
                Ok(subject) => {
                    let name = subject.short_name();
                    pythons.push(
                        subject.measure(&mut budget, &mut |what, weight| tell(&format!("{name}: {what}"), weight)),
                    );
                }
                Err(reason) => {
                    failed.push((asked.clone(), reason));
                    budget.forgo(probes::weight());
                    tell("", probes::weight());
                }
            }
        }
        let calibration = Calibration { machine, processors, pythons, failed };
        Ok((!budget.is_stopped()).then_some(calibration))
    }
}

fn measure_machine(budget: &mut Budget, tell: Tell) -> (Known, usize) {
    let processors = allowed_processors();
    let pair = Pair::of(&processors);
    let mut known = Known {
        title: format!("{} {}, {} processors", std::env::consts::OS, std::env::consts::ARCH, processors.count()),
        settings: bench::settings(&pair, &processors),
        ..Known::default()
    };
    for measurement in &MEASUREMENTS {
        tell(measurement.title, measurement.weight);
        let slice = budget.take(measurement.weight);
        match (measurement.run)(&pair, &slice) {
            Ok(findings) => known.findings.extend(findings),
            Err(reason) => known.missing.extend(measurement.gives.iter().map(|&name| (name, reason.clone()))),
        }
    }
    (known, processors.count())
}

/// The texts of the files of a calibration.
#[derive(Debug)]
pub struct Files {
    /// The machine's profile.
    pub profile: String,
    /// The interpreters, each with its short name.
    pub interpreters: Vec<(String, String)>,
}

impl Calibration {
    /// Puts everything into the files that the model reads. The costs of Python in the profile are those of the first
    /// interpreter.
    ///
    /// # Errors
    /// The model cannot read what was measured, or there is no place for a temporary file.
    pub fn files(&mut self) -> Result<Files, String> {
        let rest = self.rest()?;
        let machine = Machine::of(&self.machine.findings);
        let first = self.pythons.first();
        self.machine.prices = first.map_or_else(Vec::new, |first| prices::of(first, rest, &machine));
        self.machine.missing.extend(prices::missing(first));
        let mut interpreters: Vec<(String, String)> = Vec::new();
        for python in &self.pythons {
            let name = python.identity.short_name();
            let same = interpreters.iter().filter(|(known, _)| known.split('-').next() == Some(&name)).count();
            let name = if same == 0 { name } else { format!("{name}-{}", same + 1) };
            interpreters.push((name, description::to_toml(python, rest, &machine)));
        }
        Ok(Files { profile: self.machine.to_toml()?, interpreters })
    }

    /// Asks the model for its own share in starting a thread, on what was measured of the machine alone.
    fn rest(&self) -> Result<f64, String> {
        let file = tempfile::Builder::new().prefix("gilsim-").suffix(".toml").tempfile();
        let file = file.map_err(|error| format!("cannot make a temporary file: {error}"))?;
        write(file.path(), &self.machine.to_toml()?)?;
        prices::rest_of_thread(file.path())
    }
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    std::fs::write(path, text).map_err(|error| format!("cannot write {}: {error}", path.display()))
}
