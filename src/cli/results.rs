//! What `run` and `merge` have in common: results are written, figures drawn, and all of it told.

use std::io::Write;
use std::path::PathBuf;

use super::experiments::Experiments;
use super::plot::{self, Format};
use super::{CliError, Status, counted, explain, grouped, talk};
use crate::experiment::output::DataDirectory;
use crate::experiment::plan::Plan;
use crate::experiment::runner::Results;
use crate::experiment::{provenance, results};
use crate::figure::Theme;

/// So many failed runs are told one by one.
const TOLD: usize = 10;

/// Writes the results of a plan, draws its figures and tells about them.
pub(super) fn write(
    plan: &Plan,
    found: &Results,
    jobs: usize,
    experiments: &Experiments,
    plots: bool,
    out: &mut dyn Write,
) -> Result<Status, CliError> {
    let directories = &experiments.directories;
    let data = DataDirectory(directories.data.clone());
    results::write(plan, found, &data)?;
    provenance::write(plan, found, jobs, &data)?;
    let draw = || plot::draw_all(plan, directories, &Theme::default(), &[Format::Png]);
    let figures = if plots { draw() } else { Ok(Vec::new()) };
    report(plan, found, &data, figures.as_deref().unwrap_or_default(), out)?;
    out.flush()?;
    figures?;
    Ok(complain(plan, found, &experiments.overrides.words()))
}

/// The short table about one experiment.
fn report(
    plan: &Plan,
    found: &Results,
    data: &DataDirectory,
    figures: &[PathBuf],
    out: &mut dyn Write,
) -> std::io::Result<()> {
    let runs = found.runs.len() as u64;
    writeln!(out, "{}: {}", plan.stem, plan.title)?;
    writeln!(out, "  cells    {}", grouped(plan.cells.len() as u64))?;
    writeln!(out, "  runs     {} ({} of each cell)", grouped(runs), plan.repetition)?;
    if found.kept > 0 {
        writeln!(out, "  kept     {} from before", grouped(found.kept))?;
    }
    writeln!(out, "  events   {}", grouped(found.events()))?;
    writeln!(out, "  time     {:.2} s", found.elapsed.as_secs_f64())?;
    writeln!(out, "  results  {}", data.summary(&plan.stem).display())?;
    for figure in figures {
        writeln!(out, "  figure   {}", figure.display())?;
    }
    let deadlocks = found.deadlocks().count() as u64;
    if let Some((run, who)) = found.deadlocks().next() {
        writeln!(out, "  deadlock in {} of {}", grouped(deadlocks), counted(runs, "run"))?;
        let cell = plan.cells[run.cell].number;
        writeln!(out, "           first in cell {cell}, replication {}: {who}", run.replication)?;
    }
    Ok(())
}

/// Tells the journals that have suffered, and the failed runs with what it takes to run them again; `given` are the words
/// that changed the experiment.
pub(super) fn complain(plan: &Plan, found: &Results, given: &[String]) -> Status {
    for complaint in &found.complaints {
        talk(&format!("warning: {complaint}"));
    }
    let count = found.failures().count();
    for (run, error) in found.failures().take(TOLD) {
        let cell = &plan.cells[run.cell];
        let params: Vec<String> =
            cell.params.iter().map(|(path, value)| format!("{path} = {}", value.describe())).collect();
        let at = if params.is_empty() { String::new() } else { format!(" ({})", params.join(", ")) };
        let (stem, seed) = (&plan.stem, plan.repetition.seed);
        let told = format!("cell {}{at}, replication {}, seed {seed}", cell.number, run.replication);
        talk(&format!("error: {stem}: {told}: {error}"));
        let file = explain::quoted(&plan.text.name);
        let command: String = [given, &[file]].concat().join(" ");
        talk(&format!("  to repeat it alone: gilsim explain {command} {} {}", cell.number, run.replication));
    }
    if count > TOLD {
        talk(&format!("error: {}: {} more runs failed", plan.stem, count - TOLD));
    }
    if count == 0 { Status::Done } else { Status::RunFailed }
}
