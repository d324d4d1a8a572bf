//! The command line: one file a command.
//!
//! Data goes to standard output, talk to standard error. Exit codes: 0 done, 1 a run failed or a result could not be
//! written, 2 bad input or usage, 75 ended by a signal (the same command goes on from there). A reader that closes the
//! pipe early is no error.

mod ablate;
mod calibrate;
mod check;
mod claims;
mod compare;
mod experiments;
mod explain;
mod explain_wait;
mod interrupt;
mod list;
mod merge;
mod metrics;
mod observing;
mod plot;
mod policies;
mod predicting;
mod report;
mod results;
mod run;
mod schema;
mod slurm;
mod trace;
mod tune;
mod validate;
mod welch;

use std::io::{self, IsTerminal, Write};
use std::num::{NonZeroU64, NonZeroUsize};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::experiment::diagnostic::Diagnostic;
use crate::experiment::output::{self, WriteError};
use crate::experiment::plan::{self, Overrides, Plan};
use crate::experiment::runner::RunnerError;
use crate::simulation::Fault;

/// A simulator of lock contention: Python's GIL and its rivals.
#[derive(Debug, Parser)]
#[command(name = "gilsim", version, arg_required_else_help = true, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run experiments: results into data/, figures into plots/.
    Run(run::Arguments),
    /// Put the shards of experiments together: results and figures as from one run.
    Merge(merge::Arguments),
    /// Write a Slurm job array that runs experiments in shards, and the job that merges them.
    Slurm(slurm::Arguments),
    /// Find the best setting of parameters, with a guarantee.
    Tune(tune::Arguments),
    /// Draw the figures of experiments from the results that are there.
    Plot(plot::Arguments),
    /// Compare simulated with published points, as a Markdown table.
    Compare(compare::Arguments),
    /// Tell which published claims the results bear out, as a Markdown table.
    Claims(claims::Arguments),
    /// Compare predicted with measured values of real interpreters.
    Validate(validate::Arguments),
    /// Turn the mechanisms of the model off, one at a time, and tell how much worse the predictions get.
    Ablate(ablate::Arguments),
    /// Measure this machine and Python interpreters: a profile for experiments.
    Calibrate(calibrate::Arguments),
    /// Check experiments and list their cells without running them.
    Check(check::Arguments),
    /// Tell what a run is, and the command that repeats it alone.
    Explain(explain::Arguments),
    /// Tell why the slowest waits for the lock in one run were so slow.
    ExplainWait(explain_wait::Arguments),
    /// Record a part of one run: a timeline of threads, lock and cores, and the log of events.
    Trace(trace::Arguments),
    /// Write a page with question, figures, numbers, provenance and an interactive timeline.
    Report(report::Arguments),
    /// Print the JSON Schema of experiment files, for editors.
    Schema(schema::Arguments),
    /// List the lock policies, or describe one.
    Policies(policies::Arguments),
    /// Draw how a cell settles, averaged over its replications, to choose a warm-up.
    Welch(welch::Arguments),
    /// List the metrics that runs have, or describe some of them.
    Metrics(metrics::Arguments),
    /// List the experiments of a directory.
    List(list::Arguments),
}

/// What changes an experiment.
#[derive(Debug, Args)]
struct OverrideArguments {
    /// Use the overrides of the experiment's `[quick]` table.
    #[arg(long)]
    quick: bool,
    /// Set a value: a path as in `[sweep]`, and a TOML value or a bare word.
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// Stop a run after so many events; short for `--set run.max_events=N`.
    #[arg(long, value_name = "N")]
    max_events: Option<NonZeroU64>,
    /// Stop a run whose threads and events take so much memory, such as 500MB; short for `--set run.max_memory=SIZE`.
    #[arg(long, value_name = "SIZE")]
    max_memory: Option<String>,
}

/// What is run of an experiment.
#[derive(Debug, Args)]
struct SelectionArguments {
    /// Only the cells for which a condition holds, such as 'thread.hog.count <= 2' or 'cell == 12'.
    #[arg(long, value_name = "EXPR")]
    only: Option<String>,
    /// Only the replication with this number, counted from 0.
    #[arg(long, value_name = "N")]
    replication: Option<u64>,
}

/// Where results and figures are.
#[derive(Debug, Args)]
struct Directories {
    /// Directory of the results.
    #[arg(long, value_name = "DIR", default_value = "data")]
    data: PathBuf,
    /// Directory of the figures.
    #[arg(long, value_name = "DIR", default_value = "plots")]
    plots: PathBuf,
}

impl Directories {
    /// Refuses one directory for both: a table of results and that of a figure may have the same name.
    fn apart(&self) -> Result<(), CliError> {
        let [data, plots] =
            [&self.data, &self.plots].map(|path| std::path::absolute(path).unwrap_or_else(|_| path.clone()));
        if data != plots {
            return Ok(());
        }
        let message = format!("--data and --plots are both {}: figures would overwrite results", data.display());
        Err(CliError::Usage(message))
    }
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Done,
    RunFailed,
    BadInput,
}

impl Status {
    /// That of two experiments, none of which keeps the other from being done.
    fn and(self, other: Self) -> Self {
        if self == Self::Done { other } else { self }
    }
}

/// Why a command stopped.
#[derive(Debug, thiserror::Error)]
enum CliError {
    #[error("{0}")]
    Input(#[from] Diagnostic),
    #[error("error: {0}")]
    Usage(String),
    #[error("error: {0}")]
    Write(#[from] WriteError),
    #[error("error: {0}")]
    Runner(#[from] RunnerError),
    #[error("error: the run failed: {0}")]
    Fault(#[from] Fault),
    #[error("error: cannot write to standard output: {0}")]
    Output(#[from] io::Error),
}

/// Runs the command that the arguments of the process name.
pub fn main() -> ExitCode {
    let command = Cli::parse().command;
    let mut out = io::stdout().lock();
    let result = command.run(&mut out).and_then(|status| Ok(out.flush().map(|()| status)?));
    match result {
        Ok(Status::Done) => ExitCode::SUCCESS,
        Ok(Status::RunFailed) => ExitCode::from(1),
        Ok(Status::BadInput) => ExitCode::from(2),
        Err(CliError::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            error.code()
        }
    }
}

impl Command {
    fn run(&self, out: &mut dyn Write) -> Result<Status, CliError> {
        match self {
            Self::Run(arguments) => arguments.run(out),
            Self::Merge(arguments) => arguments.run(out),
            Self::Slurm(arguments) => arguments.run(out),
            Self::Tune(arguments) => arguments.run(out),
            Self::Plot(arguments) => arguments.run(out),
            Self::Compare(arguments) => arguments.run(out),
            Self::Claims(arguments) => arguments.run(out),
            Self::Validate(arguments) => arguments.run(out),
            Self::Ablate(arguments) => arguments.run(out),
            Self::Calibrate(arguments) => arguments.run(out),
            Self::Check(arguments) => arguments.run(out),
            Self::Explain(arguments) => arguments.run(out),
            Self::ExplainWait(arguments) => arguments.run(out),
            Self::Trace(arguments) => arguments.run(out),
            Self::Report(arguments) => arguments.run(out),
            Self::Schema(arguments) => arguments.run(out),
            Self::Policies(arguments) => arguments.run(out),
            Self::Welch(arguments) => arguments.run(out),
            Self::Metrics(arguments) => arguments.run(out),
            Self::List(arguments) => arguments.run(out),
        }
    }
}

impl CliError {
    fn code(&self) -> ExitCode {
        match self {
            Self::Input(_) | Self::Usage(_) => ExitCode::from(2),
            Self::Write(_) | Self::Runner(_) | Self::Fault(_) | Self::Output(_) => ExitCode::from(1),
        }
    }
}

/// Tells an error on standard error, in colour on a terminal unless `NO_COLOR` is set.
fn complain(error: &CliError) {
    match error {
        CliError::Input(diagnostic) => {
            let colour = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
            talk(&diagnostic.render(colour));
        }
        other => talk(&other.to_string()),
    }
}

/// Writes a line to standard error; nobody is left to tell when that fails.
fn talk(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

impl OverrideArguments {
    fn overrides(&self) -> Overrides {
        let events = self.max_events.map(|events| format!("run.max_events={events}"));
        let memory = self.max_memory.as_ref().map(|memory| format!("run.max_memory=\"{memory}\""));
        let set = self.set.iter().cloned().chain(events).chain(memory).collect();
        Overrides { quick: self.quick, set, ..Overrides::default() }
    }

    /// The words that say the same again, for a command line.
    fn words(&self) -> Vec<String> {
        let mut words = Vec::new();
        words.extend(self.quick.then(|| "--quick".to_owned()));
        words.extend(self.set.iter().flat_map(|set| ["--set".into(), explain::quoted(set)]));
        words.extend(self.max_events.iter().flat_map(|events| ["--max-events".into(), events.to_string()]));
        words.extend(self.max_memory.iter().flat_map(|size| ["--max-memory".into(), explain::quoted(size)]));
        words
    }
}

impl SelectionArguments {
    fn select(&self, overrides: Overrides) -> Overrides {
        Overrides { only: self.only.clone(), replication: self.replication, ..overrides }
    }
}

/// Reads and checks all experiments, before anything is done with any of them.
fn load_all(files: &[PathBuf], overrides: &Overrides) -> Result<Vec<Plan>, CliError> {
    let mut plans: Vec<Plan> = Vec::new();
    for file in files {
        let plan = plan::load(file, overrides)?;
        if plans.iter().any(|other| other.stem == plan.stem) {
            return Err(CliError::Usage(format!(
                "two experiments are called `{}`: the results of one would overwrite those of the other",
                plan.stem
            )));
        }
        plans.push(plan);
    }
    Ok(plans)
}

/// How many threads to run on: as many as there are processors unless it is said.
fn jobs(said: Option<NonZeroUsize>) -> usize {
    said.or_else(|| std::thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get)
}

/// Writes a table into a file.
fn write_table(path: &Path, bytes: Result<Vec<u8>, csv::Error>) -> Result<(), CliError> {
    let bytes = bytes.map_err(|error| WriteError::Format { path: path.into(), error: error.into() })?;
    Ok(output::write(path, &bytes)?)
}

/// A count with commas between groups of three digits.
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let groups: Vec<&str> = digits.as_bytes().rchunks(3).rev().filter_map(|g| std::str::from_utf8(g).ok()).collect();
    groups.join(",")
}

/// A count and its noun: `1 cell`, `2 cells`.
fn counted(count: u64, noun: &str) -> String {
    format!("{} {noun}{}", grouped(count), if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        <Cli as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn counts_are_grouped_by_three_digits() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!((counted(1, "run"), counted(2, "run")), ("1 run".into(), "2 runs".into()));
    }
}
