//! `gilsim run`: runs experiments, writes their results and draws their figures.

use std::io::Write;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use super::plot::{self, Format};
use super::{
    CliError, Directories, OverrideArguments, SelectionArguments, Status, check, counted, grouped, jobs, load_all, talk,
};
use crate::experiment::output::DataDirectory;
use crate::experiment::plan::Plan;
use crate::experiment::runner::{self, Results};
use crate::experiment::{provenance, results};
use crate::figure::Theme;

/// So many failed runs are told one by one.
const TOLD: usize = 10;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gilsim run experiments/convoy.toml
  gilsim run --quick experiments/*.toml
  gilsim run --set run.replications=50 --jobs 2 experiments/convoy.toml
  gilsim run --set 'sweep.thread.hog.count=[1, 2]' experiments/convoy.toml
  gilsim run --only 'thread.hog.count > 0 && machine.cores == 4' experiments/convoy.toml
  gilsim run --dry-run experiments/convoy.toml")]
pub(super) struct Arguments {
    /// Experiments.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Threads to run on; as many as there are processors by default. Has no influence on the results.
    #[arg(long, short, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    /// Only list what would be run, and how long it would take; writes nothing.
    #[arg(long)]
    dry_run: bool,
    /// Draw no figures.
    #[arg(long)]
    no_plots: bool,
    #[command(flatten)]
    overrides: OverrideArguments,
    #[command(flatten)]
    selection: SelectionArguments,
    #[command(flatten)]
    directories: Directories,
}

impl Arguments {
    pub(super) fn run(&self, out: &mut dyn Write) -> Result<Status, CliError> {
        let plans = load_all(&self.files, &self.selection.select(self.overrides.overrides()))?;
        let mut status = Status::Done;
        for plan in &plans {
            if self.dry_run {
                check::show(plan, jobs(self.jobs), out)?;
            } else if self.run_plan(plan, out)? == Status::RunFailed {
                status = Status::RunFailed;
            }
        }
        Ok(status)
    }

    fn run_plan(&self, plan: &Plan, out: &mut dyn Write) -> Result<Status, CliError> {
        let jobs = jobs(self.jobs);
        let data = DataDirectory(self.directories.data.clone());
        let found = runner::run(plan, jobs)?;
        results::write(plan, &found, &data)?;
        provenance::write(plan, &found, jobs, &data)?;
        let draw = || plot::draw_all(plan, &self.directories, &Theme::default(), &[Format::Png]);
        let figures = if self.no_plots { Ok(Vec::new()) } else { draw() };
        report(plan, &found, &data, figures.as_deref().unwrap_or_default(), out)?;
        out.flush()?;
        figures?;
        Ok(complain_of_failures(plan, &found))
    }
}

/// The short table about one experiment.
fn report(
    plan: &Plan,
    found: &Results,
    data: &DataDirectory,
    figures: &[PathBuf],
    out: &mut dyn Write,
) -> std::io::Result<()> {
    let replications = counted(plan.repetition.replications, "replication");
    writeln!(out, "{}: {}", plan.stem, plan.title)?;
    writeln!(out, "  cells    {}", grouped(plan.cells.len() as u64))?;
    writeln!(out, "  runs     {} ({replications} of each cell)", grouped(plan.runs()))?;
    writeln!(out, "  events   {}", grouped(found.events()))?;
    writeln!(out, "  time     {:.2} s", found.elapsed.as_secs_f64())?;
    writeln!(out, "  results  {}", data.summary(&plan.stem).display())?;
    for figure in figures {
        writeln!(out, "  figure   {}", figure.display())?;
    }
    let deadlocks = found.deadlocks().count() as u64;
    if let Some((run, who)) = found.deadlocks().next() {
        writeln!(out, "  deadlock in {} of {}", grouped(deadlocks), counted(plan.runs(), "run"))?;
        writeln!(out, "           first in cell {}, replication {}: {who}", run.cell, run.replication)?;
    }
    Ok(())
}

/// Tells the failed runs, with what it takes to run them again.
fn complain_of_failures(plan: &Plan, found: &Results) -> Status {
    let count = found.failures().count();
    for (run, error) in found.failures().take(TOLD) {
        let cell = &plan.cells[run.cell];
        let params: Vec<String> =
            cell.params.iter().map(|(path, value)| format!("{path} = {}", value.describe())).collect();
        let at = if params.is_empty() { String::new() } else { format!(" ({})", params.join(", ")) };
        let (stem, seed) = (&plan.stem, plan.repetition.seed);
        let told = format!("cell {}{at}, replication {}, seed {seed}", cell.number, run.replication);
        talk(&format!("error: {stem}: {told}: {error}"));
        talk(&format!("  to repeat it alone: gilsim explain {} {} {}", plan.text.name, cell.number, run.replication));
    }
    if count > TOLD {
        talk(&format!("error: {}: {} more runs failed", plan.stem, count - TOLD));
    }
    if count == 0 { Status::Done } else { Status::RunFailed }
}
