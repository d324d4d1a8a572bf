//! `gilsim merge`: the results of experiments from the shards that were run.

use std::io::Write;

use super::experiments::Experiments;
use super::{CliError, Status, counted, grouped, interrupt, results, talk};
use crate::experiment::plan::Plan;
use crate::experiment::runner::{self, Missing};

#[derive(Debug, clap::Args)]
#[command(after_help = "All shards must have been run, with the same overrides and selection.

Examples:
  gilsim run --shard 0/2 FILE; gilsim run --shard 1/2 FILE; gilsim merge FILE")]
pub(super) struct Arguments {
    /// Draw no figures.
    #[arg(long)]
    no_plots: bool,
    #[command(flatten)]
    experiments: Experiments,
}

impl Arguments {
    pub(super) fn run(&self, out: &mut dyn Write) -> Result<Status, CliError> {
        let plans = self.experiments.plans()?;
        interrupt::install();
        plans.iter().try_fold(Status::Done, |status, plan| Ok(status.and(self.merge(plan, out)?)))
    }

    fn merge(&self, plan: &Plan, out: &mut dyn Write) -> Result<Status, CliError> {
        let journal = self.experiments.journal(plan, None);
        match runner::merge(plan, &journal)? {
            Ok(found) => {
                let status = results::write(plan, &found, 0, &self.experiments, !self.no_plots, out)?;
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
