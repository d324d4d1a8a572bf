//! gilsim, run as anybody runs it: `gilsim run FILE`, with all metrics and all files written.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use gilsim::figure::Table;
use serde_json::Value;

use crate::Result;
use crate::models::Model;

/// How often the memory of a running process is looked at.
const LOOK: Duration = Duration::from_millis(2);

/// A build of gilsim.
pub(crate) struct Gilsim {
    program: PathBuf,
    models: PathBuf,
    scratch: tempfile::TempDir,
}

/// What came out of a run.
pub(crate) struct Found {
    /// How long the simulations took, from a plan to its results, as `FILE.build.json` has it.
    pub(crate) seconds: f64,
    /// Events that fired.
    pub(crate) events: u64,
    /// How often threads took a lock.
    pub(crate) acquisitions: u64,
    /// Their mean wait in nanoseconds.
    pub(crate) wait: f64,
}

impl Gilsim {
    /// The build at a path.
    pub(crate) fn new(root: &Path, program: &Path) -> Result<Self> {
        Ok(Self { program: program.into(), models: root.join("benches/models"), scratch: tempfile::tempdir()? })
    }

    /// Runs the cell of a model with some values overridden, on one core.
    pub(crate) fn cell(&self, model: &Model, set: &[&str]) -> Result<Found> {
        let mut command = self.command(model.file);
        command.args(["--jobs", "1"]);
        if let Some(axis) = model.axis {
            command.arg("--only").arg(format!("{axis} == {}", model.size));
        }
        for value in set {
            command.args(["--set", value]);
        }
        finish(command.spawn()?)?;
        self.found(model.file)
    }

    /// Runs an experiment on so many cores.
    pub(crate) fn experiment(&self, file: &str, jobs: u32) -> Result<Found> {
        finish(self.command(file).args(["--jobs", &jobs.to_string()]).spawn()?)?;
        self.found(file)
    }

    /// How long so many processes take, started at the same time, of which each does its share of an experiment on one core.
    pub(crate) fn processes(&self, file: &str, count: usize) -> Result<f64> {
        let begin = |number: usize| {
            let mut command = self.command_into(file, &self.scratch.path().join(number.to_string()));
            command.args(["--jobs", "1", "--shard", &format!("{number}/{count}")]).spawn()
        };
        let started = Instant::now();
        let children = (0..count).map(begin).collect::<std::io::Result<Vec<Child>>>()?;
        children.into_iter().try_for_each(finish)?;
        Ok(started.elapsed().as_secs_f64())
    }

    /// How long an experiment takes from the start of the process to its end.
    pub(crate) fn elapsed(&self, file: &str) -> Result<Duration> {
        let mut command = self.command(file);
        let started = Instant::now();
        finish(command.spawn()?)?;
        Ok(started.elapsed())
    }

    /// The most memory that the run of a cell had, in bytes, as Linux has it.
    pub(crate) fn memory(&self, model: &Model) -> Result<u64> {
        let axis = model.axis.ok_or("the model has one size only")?;
        let mut command = self.command(model.file);
        let mut child = command.args(["--jobs", "1", "--only"]).arg(format!("{axis} == {}", model.size)).spawn()?;
        let status = format!("/proc/{}/status", child.id());
        let mut most = 0;
        while child.try_wait()?.is_none() {
            let text = fs::read_to_string(&status).unwrap_or_default();
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
            most = most.max(kilobytes.unwrap_or(0) * 1024);
            thread::sleep(LOOK);
        }
        finish(child)?;
        if most == 0 { Err("this system does not tell how much memory a process has".into()) } else { Ok(most) }
    }

    /// A fresh run of an experiment, with nothing kept of earlier ones.
    fn command(&self, file: &str) -> Command {
        self.command_into(file, self.scratch.path())
    }

    /// The same, with the results in a directory.
    fn command_into(&self, file: &str, data: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("run").arg(self.models.join(file).with_extension("toml"));
        let _ = fs::remove_dir_all(data.join("runs"));
        command.args(["--no-plots", "--data"]).arg(data).arg("--cache").arg(data.join("runs"));
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        command
    }

    /// What the files of an experiment say of its runs.
    fn found(&self, file: &str) -> Result<Found> {
        let data = self.scratch.path();
        let build: Value = serde_json::from_str(&fs::read_to_string(data.join(format!("{file}.build.json")))?)?;
        let runs = Table::read(&data.join(format!("{file}.runs.csv")))?;
        let sum =
            |column: usize| runs.rows.iter().map(|row| row[column].parse::<f64>().unwrap_or(f64::NAN)).sum::<f64>();
        let named = |name: &str| runs.require(name, "the table of runs").map(sum);
        let of_threads = |name: &&String| name.ends_with(".acquisitions") && !name.starts_with("lock.");
        let threads = runs.headers.iter().find(of_threads).ok_or("the threads have no acquisitions")?;
        Ok(Found {
            seconds: build["seconds"].as_f64().ok_or("there is no time in the record of the build")?,
            events: named("events")? as u64,
            acquisitions: named(threads)? as u64,
            wait: named("lock.wait_mean_us")? * 1e3 / runs.rows.len() as f64,
        })
    }
}

fn finish(child: Child) -> Result<()> {
    let output = child.wait_with_output()?;
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).trim().into()) }
}
