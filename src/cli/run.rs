//! `gilsim run`: runs experiments, writes their results and draws their figures.

use std::io::Write;
use std::num::NonZeroUsize;

use super::experiments::Experiments;
use super::{CliError, Status, check, counted, interrupt, jobs, results};
use crate::experiment::journal::Journal;
use crate::experiment::plan::Plan;
use crate::experiment::revision;
use crate::experiment::runner::{self, Order, Results};
use crate::experiment::shard::Shard;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gilsim run experiments/convoy.toml
  gilsim run --quick experiments/*.toml
  gilsim run --set run.replications=50 --jobs 2 experiments/convoy.toml
  gilsim run --set 'sweep.thread.hog.count=[1, 2]' experiments/convoy.toml
  gilsim run --only 'thread.hog.count > 0 && machine.cores == 4' experiments/convoy.toml
  gilsim run --dry-run experiments/convoy.toml
  gilsim run --shard 0/8 experiments/convoy.toml")]
pub(super) struct Arguments {
    /// Threads to run on; as many as there are processors by default. Has no influence on the results.
    #[arg(long, short, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    /// Only list what would be run, and how long it would take; writes nothing.
    #[arg(long)]
    dry_run: bool,
    /// Forget the finished runs that were kept, and do all of them.
    #[arg(long, conflicts_with_all = ["shard", "only", "replication"])]
    fresh: bool,
    /// Do only part INDEX, counted from 0, of COUNT; `gilsim merge` puts the parts together.
    #[arg(long, value_name = "INDEX/COUNT")]
    shard: Option<Shard>,
    /// Draw no figures.
    #[arg(long)]
    no_plots: bool,
    #[command(flatten)]
    experiments: Experiments,
}

impl Arguments {
    pub(super) fn run(&self, out: &mut dyn Write) -> Result<Status, CliError> {
        // git takes longer than a short experiment: it begins before anything is read.
        revision::look();
        let plans = self.experiments.plans()?;
        if self.dry_run {
            plans.iter().try_for_each(|plan| check::show(plan, jobs(self.jobs), out))?;
            return Ok(Status::Done);
        }
        interrupt::install();
        let journals: Vec<Journal> = plans.iter().map(|plan| self.experiments.journal(plan, self.shard)).collect();
        if self.fresh {
            journals.iter().try_for_each(Journal::forget)?;
        }
        let orders: Vec<Order> =
            plans.iter().zip(&journals).map(|(plan, journal)| Order { plan, journal: Some(journal) }).collect();
        let mut status = Status::Done;
        runner::each(&orders, jobs(self.jobs), |order, found| {
            status = status.and(self.tell(order, &found, out)?);
            Ok::<_, CliError>(())
        })?;
        Ok(status)
    }

    /// Tells what came out of a plan, in files and on the terminal.
    fn tell(&self, order: &Order, found: &Results, out: &mut dyn Write) -> Result<Status, CliError> {
        let plan = order.plan;
        if let Some(shard) = self.shard {
            report_shard(plan, shard, found, out)?;
            return Ok(results::complain(plan, found, &self.experiments.overrides.words()));
        }
        let status = results::write(plan, found, jobs(self.jobs), &self.experiments, !self.no_plots, out)?;
        order.journal.into_iter().for_each(Journal::compact);
        Ok(status)
    }
}

fn report_shard(plan: &Plan, shard: Shard, found: &Results, out: &mut dyn Write) -> std::io::Result<()> {
    let runs = counted(found.runs.len() as u64, "run");
    writeln!(out, "{}: shard {shard}: {runs}, {} of them done now", plan.stem, found.done.runs)
}
