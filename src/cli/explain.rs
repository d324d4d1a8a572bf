//! `gilsim explain`: what a run is, and the command that repeats it alone.

use std::io::Write;
use std::path::PathBuf;

use super::{CliError, OverrideArguments, Status, counted};
use crate::experiment::plan;

/// Where a run that is repeated alone has its results: not over those of the experiment.
const ALONE: &str = "target/alone";

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gilsim explain experiments/convoy.toml 12 3
  gilsim explain --quick experiments/convoy.toml 12 | sh")]
pub(super) struct Arguments {
    /// The experiment.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The number of the cell, as `gilsim check` lists it.
    cell: u64,
    /// The number of the replication, counted from 0.
    #[arg(default_value_t = 0)]
    replication: u64,
    #[command(flatten)]
    overrides: OverrideArguments,
}

impl Arguments {
    pub(super) fn run(&self, out: &mut dyn Write) -> Result<Status, CliError> {
        let plan = plan::load(&self.file, &self.overrides.overrides())?;
        let cells = counted(plan.cells.len() as u64, "cell");
        let Some(cell) = plan.cells.iter().find(|cell| cell.number == self.cell) else {
            return Err(CliError::Usage(format!("there is no cell {}: {} has {cells}, from 0", self.cell, plan.stem)));
        };
        let replications = plan.repetition.replications;
        if self.replication >= replications {
            let has = format!("{}, from 0", plan.repetition);
            return Err(CliError::Usage(format!("there is no replication {}: {has}", self.replication)));
        }
        writeln!(out, "# {}: {}", plan.stem, plan.title)?;
        let seed = plan.repetition.seed;
        let most = if plan.repetition.until.is_some() { "at most " } else { "" };
        writeln!(
            out,
            "# cell {} of {cells}, replication {} of {most}{replications}, seed {seed}",
            cell.number, self.replication
        )?;
        for (path, value) in &cell.params {
            writeln!(out, "#   {path} = {}", value.describe())?;
        }
        writeln!(out, "{}", self.command())?;
        Ok(Status::Done)
    }

    fn command(&self) -> String {
        let mut words = vec!["gilsim".to_owned(), "run".into()];
        words.extend(self.overrides.words());
        words.extend(["--only".into(), format!("'cell == {}'", self.cell)]);
        words.extend(["--replication".into(), self.replication.to_string(), "--no-plots".into()]);
        words.extend(["--data".into(), ALONE.into(), quoted(&self.file.display().to_string())]);
        words.join(" ")
    }
}

/// A word as a shell reads it.
pub(super) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=+:,@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) { word.into() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}
