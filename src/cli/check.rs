//! `gilsim check`: reads experiments and lists what they would run.

use std::io::{self, Write};
use std::path::PathBuf;

use super::{CliError, OverrideArguments, Status, counted, load_all};
use crate::experiment::plan::Plan;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gilsim check experiments/convoy.toml
  gilsim check --quick --set lock.switch_interval=1ms experiments/*.toml")]
pub(super) struct Arguments {
    /// Experiments.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    overrides: OverrideArguments,
}

impl Arguments {
    pub(super) fn run(&self, out: &mut dyn Write) -> Result<Status, CliError> {
        for plan in load_all(&self.files, &self.overrides.overrides())? {
            show(&plan, out)?;
        }
        Ok(Status::Done)
    }
}

/// Lists the cells of a plan.
pub(super) fn show(plan: &Plan, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}: {}", plan.stem, plan.title)?;
    let cells = counted(plan.cells.len() as u64, "cell");
    let replications = &plan.repetition;
    let most = if replications.until.is_some() { "at most " } else { "" };
    writeln!(out, "  {cells} x {replications} = {most}{}", counted(plan.runs(), "run"))?;
    for cell in &plan.cells {
        let params: Vec<String> =
            cell.params.iter().map(|(path, value)| format!("{path} = {}", value.describe())).collect();
        if !params.is_empty() {
            writeln!(out, "  {:>4}  {}", cell.index, params.join(", "))?;
        }
    }
    Ok(())
}
