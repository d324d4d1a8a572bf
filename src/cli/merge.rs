//! `gilsim merge`: the results of experiments from the shards that were run.

use std::io::Write;
use std::path::PathBuf;

use super::{
    CacheArgument, CliError, Directories, OverrideArguments, SelectionArguments, Status, counted, grouped, interrupt,
    load_all, results, talk,
};
use crate::experiment::journal::Journal;
use crate::experiment::plan::Plan;
use crate::experiment::runner::{self, Missing};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gilsim run --shard 0/2 FILE; gilsim run --shard 1/2 FILE; gilsim merge FILE")]
pub(super) struct Arguments {
    /// Experiments of which all shards have been run, with the same overrides and selection.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Draw no figures.
    #[arg(long)]
    no_plots: bool,
    #[command(flatten)]
    overrides: OverrideArguments,
    #[command(flatten)]
    selection: SelectionArguments,
    #[command(flatten)]
    directories: Directories,
    #[command(flatten)]
    cache: CacheArgument,
}

impl Arguments {
    pub(super) fn run(&self, out: &mut dyn Write) -> Result<Status, CliError> {
        let plans = load_all(&self.files, &self.selection.select(self.overrides.overrides()))?;
        interrupt::install();
        let mut status = Status::Done;
        for plan in &plans {
            if self.merge(plan, out)? == Status::RunFailed {
                status = Status::RunFailed;
            }
        }
        Ok(status)
    }

    fn merge(&self, plan: &Plan, out: &mut dyn Write) -> Result<Status, CliError> {
        let journal = Journal::new(&self.cache.directory(&self.directories), &plan.stem, None);
        match runner::merge(plan, &journal)? {
            Ok(found) => {
                let status = results::write(plan, &found, 0, &self.directories, !self.no_plots, out)?;
                journal.compact();
                Ok(status)
            }
            Err(missing) => {
                complain(plan, &missing);
                Ok(Status::RunFailed)
            }
        }
    }
}

/// Tells what is missing, and what would do it.
fn complain(plan: &Plan, missing: &Missing) {
    const TOLD: usize = 20;
    let (stem, runs) = (&plan.stem, counted(missing.runs, "run"));
    talk(&format!("error: {stem}: {runs} of {} are missing; nothing was written", grouped(plan.runs())));
    if missing.shards.is_empty() {
        return talk("help: `gilsim run --shard INDEX/COUNT` does part of them, `gilsim run` all");
    }
    let shards: Vec<String> = missing.shards.iter().take(TOLD).map(ToString::to_string).collect();
    let more = missing.shards.len().saturating_sub(TOLD);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    talk(&format!("help: run these shards again (`gilsim run --shard`), then merge: {}{more}", shards.join(", ")));
}
