//! The systems that are compared, and how one run on each is done and checked.

use std::path::Path;
use std::process::Command;

use crate::Result;
use crate::models::Model;
use crate::samples::Measured;
use crate::setup::Programs;

/// SimPy runs so many times fewer customers; the cost of one is what counts.
const FEWER_ON_SIMPY: u64 = 20;

/// What a model runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum System {
    /// gilsim, on the machine where everything is free, as for all others.
    Gilsim,
    /// gilsim without shortcuts: each event goes through the queue.
    GilsimEachEvent,
    /// gilsim, with Linux on four cores.
    GilsimOnLinux,
    /// A loop made for the model.
    Floor,
    /// A loop around a binary heap.
    Heap,
    /// simcore.
    Simcore,
    /// simcore with its queue of ordered events.
    SimcoreOrdered,
    /// NeXosim.
    Nexosim,
    /// SimPy.
    SimPy,
}

impl System {
    /// All systems, in the order of the tables.
    pub(crate) const ALL: [Self; 9] = [
        Self::Gilsim,
        Self::GilsimEachEvent,
        Self::GilsimOnLinux,
        Self::Floor,
        Self::Heap,
        Self::SimcoreOrdered,
        Self::Simcore,
        Self::Nexosim,
        Self::SimPy,
    ];

    /// What it is called in the tables.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Gilsim => "gilsim",
            Self::GilsimEachEvent => "gilsim, each event",
            Self::GilsimOnLinux => "gilsim, Linux",
            Self::Floor => "bare loop",
            Self::Heap => "binary heap",
            Self::Simcore => "simcore",
            Self::SimcoreOrdered => "simcore, ordered",
            Self::Nexosim => "nexosim",
            Self::SimPy => "SimPy",
        }
    }

    /// What the peers' program calls it.
    fn peer(self) -> Option<&'static str> {
        match self {
            Self::Floor => Some("floor"),
            Self::Heap => Some("heap"),
            Self::Simcore => Some("simcore"),
            Self::SimcoreOrdered => Some("simcore-ordered"),
            Self::Nexosim => Some("nexosim"),
            Self::Gilsim | Self::GilsimEachEvent | Self::GilsimOnLinux | Self::SimPy => None,
        }
    }

    /// Whether it could be installed.
    pub(crate) fn is_there(self, programs: &Programs) -> bool {
        match self {
            Self::Gilsim | Self::GilsimEachEvent | Self::GilsimOnLinux => true,
            Self::SimPy => programs.python.is_some(),
            _ => programs.peers.is_some(),
        }
    }

    /// Whether the model is run on it.
    pub(crate) fn runs(self, model: &Model) -> bool {
        !matches!(self, Self::GilsimEachEvent | Self::GilsimOnLinux) || model.is_interpreter()
    }

    /// Runs a model once and checks what comes out.
    pub(crate) fn measure(self, model: &Model, programs: &Programs) -> Result<Measured> {
        let wrong = |error| format!("{} on {}: {error}", model.label(), self.label());
        let measured = match (self, &programs.peers, &programs.python) {
            (Self::Gilsim, ..) => on_gilsim(model, programs, &[]),
            (Self::GilsimEachEvent, ..) => on_gilsim(model, programs, &["run.shortcuts=false"]),
            (Self::GilsimOnLinux, ..) => on_gilsim_on_linux(model, programs),
            (Self::SimPy, _, Some(python)) => on_simpy(model, python, programs),
            (_, Some(peers), _) => on_peer(self, model, peers),
            _ => Err("is not installed".into()),
        };
        Ok(measured.map_err(wrong)?)
    }
}

fn on_gilsim(model: &Model, programs: &Programs, set: &[&str]) -> Result<Measured> {
    let found = programs.gilsim.cell(model, set)?;
    expect_equal(found.acquisitions, model.acquisitions_on_gilsim())?;
    // The acquisitions that only gilsim has are without a wait.
    let mean = found.wait * found.acquisitions as f64 / model.count() as f64;
    expect_near(mean, reference(model, programs)?, model.tolerance())?;
    Ok(Measured { seconds: found.seconds, count: model.count() })
}

fn on_gilsim_on_linux(model: &Model, programs: &Programs) -> Result<Measured> {
    let found = programs.gilsim.cell(model, &["machine.profile=linux-x86_64", "machine.cores=4"])?;
    Ok(Measured { seconds: found.seconds, count: found.acquisitions })
}

fn on_peer(system: System, model: &Model, peers: &Path) -> Result<Measured> {
    let peer = system.peer().ok_or("is no peer")?;
    let found = run_peer(Command::new(peers).arg(peer), model)?;
    match (system, model.theory()) {
        (System::Floor, Some(theory)) => expect_near(found.wait, theory, model.tolerance())?,
        (System::Floor, None) => {}
        // The same draws in the same order.
        _ => expect_near(found.wait, run_peer(Command::new(peers).arg("floor"), model)?.wait, 1e-9)?,
    }
    Ok(found.measured)
}

fn on_simpy(model: &Model, python: &Path, programs: &Programs) -> Result<Measured> {
    let model = model.shortened(FEWER_ON_SIMPY);
    let found = run_peer(Command::new(python).arg("-I").arg(&programs.simpy_models), &model)?;
    expect_near(found.wait, reference(&model, programs)?, model.tolerance())?;
    Ok(found.measured)
}

/// The mean wait of the floor in nanoseconds, or without it that of theory.
fn reference(model: &Model, programs: &Programs) -> Result<Option<f64>> {
    match &programs.peers {
        Some(peers) => Ok(Some(run_peer(Command::new(peers).arg("floor"), model)?.wait)),
        None => Ok(model.theory()),
    }
}

/// What a peer prints.
struct Found {
    measured: Measured,
    wait: f64,
}

fn run_peer(command: &mut Command, model: &Model) -> Result<Found> {
    let output = command.args(model.arguments()).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().into());
    }
    let text = String::from_utf8(output.stdout)?;
    let fields: Vec<&str> = text.trim().split(',').collect();
    let [seconds, count, wait] = fields.as_slice() else { return Err(format!("printed {text}").into()) };
    let measured = Measured { seconds: seconds.parse()?, count: count.parse()? };
    expect_equal(measured.count, model.count())?;
    Ok(Found { measured, wait: wait.parse()? })
}

fn expect_equal(count: u64, expected: u64) -> Result<()> {
    if count == expected { Ok(()) } else { Err(format!("{count} acquisitions instead of {expected}").into()) }
}

fn expect_near(wait: f64, expected: impl Into<Option<f64>>, tolerance: f64) -> Result<()> {
    match expected.into() {
        Some(expected) if (wait / expected - 1.0).abs() > tolerance => {
            Err(format!("a mean wait of {wait} ns instead of {expected} ns").into())
        }
        _ => Ok(()),
    }
}
