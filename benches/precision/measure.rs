//! The measurement of one experiment.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use gilsim::figure::Table;
use gilsim::statistics::summary::quantile;
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

use crate::Result;
use crate::experiments::Subject;
use crate::table::Row;

/// The precision that is wanted: half the width of the 95 % interval over the estimate.
pub(crate) const PRECISION: f64 = 0.01;

/// The fewest replications of a cell with random numbers, and the most.
pub(crate) const FEWEST: u64 = 10;
const MOST: u64 = 200;

/// An experiment gets so many events, beside its first replications.
const EVENTS: u64 = 150_000_000;

/// Measures an experiment.
pub(crate) fn row(root: &Path, gilsim: &Path, subject: &Subject) -> Result<Row> {
    let scratch = tempfile::tempdir()?;
    let program = Program { root, gilsim, subject, data: scratch.path().into() };
    let first = program.run(&FEWEST.to_string(), false)?;
    let per_run = first.events / first.runs().max(1);
    let most = FEWEST + EVENTS / (per_run * first.cells.len() as u64).max(1);
    let until = format!("{{min={FEWEST},max={},precision={PRECISION},of=[{:?}]}}", most.min(MOST), subject.metric);
    let plain = program.run(&until, false)?;
    let controlled = if plain.is_random() { program.run(&until, true)? } else { plain.clone() };
    let runs = [plain.fixed(), plain.stopped(), controlled.stopped()];
    let seconds = runs.map(|runs| runs as f64 * first.seconds / first.runs() as f64);
    Ok(Row {
        experiment: subject.file.rsplit('/').next().unwrap_or_default().into(),
        metric: subject.metric.into(),
        cells: plain.cells.len() as u64,
        constant_cells: plain.cells.iter().filter(|cell| cell.is_constant()).count() as u64,
        most_runs_of_a_cell: plain.most(),
        most_runs_with_controls: controlled.most(),
        runs_fixed: runs[0],
        runs_stopped: runs[1],
        runs_controlled: runs[2],
        variance_ratio: rounded(controlled.gain()),
        extrapolated: plain.is_extrapolated() || controlled.is_extrapolated(),
        seconds_fixed: rounded(seconds[0]),
        seconds_stopped: rounded(seconds[1]),
        seconds_controlled: rounded(seconds[2]),
    })
}

/// The program, an experiment, and where its files go.
struct Program<'a> {
    root: &'a Path,
    gilsim: &'a Path,
    subject: &'a Subject,
    data: PathBuf,
}

impl Program<'_> {
    /// Runs the experiment with such replications, and does nothing again that has been done.
    fn run(&self, replications: &str, controls: bool) -> Result<Found> {
        let mut command = Command::new(self.gilsim);
        command.arg("run").arg(self.root.join(self.subject.file).with_extension("toml"));
        command
            .args(["--jobs", "1", "--no-plots", "--data"])
            .arg(&self.data)
            .arg("--cache")
            .arg(self.data.join("runs"));
        command.arg("--set").arg(format!("run.replications={replications}"));
        if controls {
            command.args(["--set", "run.control_variates=true"]);
        }
        self.subject.set.iter().for_each(|value| {
            command.args(["--set", value]);
        });
        let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
        let seconds = computing_time(&child)?;
        let output = child.wait_with_output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).trim().into());
        }
        self.found(seconds)
    }

    fn found(&self, seconds: f64) -> Result<Found> {
        let stem = self.subject.file.rsplit('/').next().unwrap_or_default();
        let summary = Table::read(&self.data.join(format!("{stem}.csv")))?;
        let column = |name: &str| summary.require(name, "the summary");
        let [metric, n, value, low, high] = ["metric", "n", "value", "low_95", "high_95"].map(column);
        let (metric, n, value, low, high) = (metric?, n?, value?, low?, high?);
        let plain = ["mean_low_95", "mean_high_95"].map(|name| column(name).ok());
        let rows = summary.rows.iter().filter(|row| row[metric] == self.subject.metric);
        let number = |text: &str| text.parse::<f64>().unwrap_or(f64::NAN);
        let cells = rows.map(|row| {
            let runs = row[n].parse().unwrap_or(0);
            let half_width = (number(&row[high]) - number(&row[low])) / 2.0;
            let [low, high] = plain.map(|column| column.map_or(f64::NAN, |column| number(&row[column])));
            let plain = (high - low) / 2.0;
            Cell { runs, width: half_width / number(&row[value]), gain: (plain / half_width).powi(2) }
        });
        let runs = Table::read(&self.data.join(format!("{stem}.runs.csv")))?;
        let events = runs.require("events", "the table of runs")?;
        let events = runs.rows.iter().map(|row| row[events].parse::<u64>().unwrap_or(0)).sum();
        Ok(Found { cells: cells.collect(), events, seconds })
    }
}

/// The processor time of a process in user mode, when it has ended: what else the machine does has little influence on it.
fn computing_time(child: &Child) -> Result<f64> {
    /// Linux tells it in these parts of a second, whatever the machine.
    const TICK: f64 = 0.01;
    let id = Pid::from_child(child);
    waitid(WaitId::Pid(id), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT)?;
    let status = std::fs::read_to_string(format!("/proc/{}/stat", child.id()))?;
    // After the name of the program, which stands in brackets, comes its state; the twelfth after that is the time.
    let fields = status.rsplit_once(')').map(|(_, rest)| rest.split_whitespace());
    let ticks: f64 = fields.and_then(|mut fields| fields.nth(11)).ok_or("there is no processor time")?.parse()?;
    Ok(ticks * TICK)
}

/// What came out of an experiment.
#[derive(Clone)]
struct Found {
    cells: Vec<Cell>,
    events: u64,
    seconds: f64,
}

/// What came out of a cell.
#[derive(Clone, Copy)]
struct Cell {
    runs: u64,
    /// Half the width of the interval over the estimate; NaN where nothing was to be measured.
    width: f64,
    /// The variance of the plain mean over that of the adjusted one; NaN where no control was taken.
    gain: f64,
}

impl Cell {
    /// Whether the metric has the same value in all runs, or none.
    fn is_constant(self) -> bool {
        self.width.is_nan() || self.width == 0.0
    }

    /// The runs that it takes: one, those that were done, or as many as the width of their interval lets expect.
    fn needed(self) -> u64 {
        match self.width / PRECISION {
            _ if self.is_constant() => 1,
            far if far > 1.0 => (self.runs as f64 * far * far).ceil() as u64,
            _ => self.runs,
        }
    }
}

impl Found {
    fn runs(&self) -> u64 {
        self.cells.iter().map(|cell| cell.runs).sum()
    }

    fn is_random(&self) -> bool {
        self.cells.iter().any(|cell| !cell.is_constant())
    }

    fn is_extrapolated(&self) -> bool {
        self.cells.iter().any(|cell| cell.needed() > cell.runs)
    }

    fn most(&self) -> u64 {
        self.cells.iter().map(|cell| cell.needed()).max().unwrap_or(0)
    }

    /// The runs that it takes if each cell has as many as the worst, those that are constant among them.
    fn fixed(&self) -> u64 {
        self.most() * self.cells.len() as u64
    }

    /// The median over the cells that are not constant of the variance that controls take out.
    fn gain(&self) -> f64 {
        let random = self.cells.iter().filter(|cell| !cell.is_constant());
        let mut gains: Vec<f64> = random.map(|cell| if cell.gain.is_nan() { 1.0 } else { cell.gain }).collect();
        gains.sort_by(f64::total_cmp);
        if gains.is_empty() { 1.0 } else { quantile(&gains, 0.5) }
    }

    fn stopped(&self) -> u64 {
        self.cells.iter().map(|cell| cell.needed()).sum()
    }
}

/// Three significant figures: more are noise.
pub(crate) fn rounded(value: f64) -> f64 {
    format!("{value:.2e}").parse().unwrap_or(value)
}
