//! Getting the peers ready: crates from their registry, SimPy from PyPI into an environment of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Result;
use crate::ours::Gilsim;

/// The version of SimPy that is compared.
const SIMPY: &str = "simpy==4.1.2";

/// The programs that run the models.
pub(crate) struct Programs {
    /// The build of gilsim that is measured.
    pub(crate) gilsim: Gilsim,
    /// The crates, unless they could not be built.
    pub(crate) peers: Option<PathBuf>,
    /// A Python with SimPy, unless there is none.
    pub(crate) python: Option<PathBuf>,
    /// The models for SimPy.
    pub(crate) simpy_models: PathBuf,
}

impl Programs {
    /// Builds and installs what is missing; says what could not be had.
    pub(crate) fn prepare(root: &Path, gilsim: &Path) -> Result<Self> {
        let peers = root.join("benches/peers");
        Ok(Self {
            gilsim: Gilsim::new(root, gilsim)?,
            peers: told("simcore, nexosim and the bare loops", build(&peers, &root.join("target/peers"))),
            python: told("SimPy", install(&root.join("target/peers/python"))),
            simpy_models: peers.join("simpy_models.py"),
        })
    }
}

/// The program, or a line that says that its rows are left out, and why.
fn told(what: &str, program: Result<PathBuf>) -> Option<PathBuf> {
    program.map_err(|error| eprintln!("left out: {what}: {error}")).ok()
}

fn build(peers: &Path, target: &Path) -> Result<PathBuf> {
    eprintln!("building the peers");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let manifest = peers.join("Cargo.toml");
    let mut command = Command::new(cargo);
    command.args(["build", "--release", "--locked", "--quiet", "--manifest-path"]).arg(manifest);
    command.arg("--target-dir").arg(target).env_remove("RUSTFLAGS");
    succeed(&mut command)?;
    Ok(target.join("release/gilsim-peers"))
}

fn install(environment: &Path) -> Result<PathBuf> {
    let python = environment.join("bin/python");
    if succeed(Command::new(&python).args(["-I", "-c", "import simpy"])).is_err() {
        eprintln!("installing SimPy");
        succeed(Command::new("python3").args(["-m", "venv", "--clear"]).arg(environment))?;
        succeed(Command::new(&python).args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", SIMPY]))?;
    }
    Ok(python)
}

/// Runs a command that must succeed; its error is the last line that it printed.
fn succeed(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| format!("{name}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let last = text.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("failed");
    Err(format!("{name}: {last}").into())
}
