//! `gilsim explain-wait`: why the slowest waits of a run were so slow.

use std::io::Write;
use std::num::NonZeroUsize;

use super::observing::{self, RunArguments};
use super::{CliError, Status};
use crate::experiment::duration;
use crate::experiment::runner::Repeatable;
use crate::trace::account::{Account, Accounts};
use crate::trace::waits::{Slowest, Wait};
use crate::trace::{Cast, causes};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gilsim explain-wait experiments/convoy.toml
  gilsim explain-wait --cell thread.hog.count=2 --thread echo --count 5 experiments/convoy.toml")]
pub(super) struct Arguments {
    #[command(flatten)]
    run: RunArguments,
    /// Only waits of the threads of this group.
    #[arg(long, value_name = "NAME")]
    thread: Option<String>,
    /// How many waits are explained.
    #[arg(long, short = 'n', value_name = "N", default_value = "3")]
    count: NonZeroUsize,
}

impl Arguments {
    pub(super) fn run(&self, out: &mut dyn Write) -> Result<Status, CliError> {
        let plan = self.run.plan()?;
        let run = self.run.run(&plan)?;
        let groups = &run.scenario.program.threads;
        let group = self.thread.as_ref().map(|name| {
            let known = groups.iter().map(|group| group.name.as_str()).collect::<Vec<_>>().join(", ");
            let number = groups.iter().position(|group| group.name == *name);
            number.ok_or_else(|| CliError::Usage(format!("there is no thread `{name}`; there are {known}")))
        });
        let group = group.transpose()?.map(|number| number as u32);
        let waits = explained(&run, self.count.get(), group)?;
        writeln!(out, "{}: {}", plan.stem, plan.title)?;
        writeln!(out, "  {}", observing::describe(&plan, &run))?;
        if waits.is_empty() {
            writeln!(out, "  nobody waited for the lock")?;
        }
        for (number, Explained { wait, lines }) in waits.iter().enumerate() {
            let (begin, end) = (duration::describe(wait.begin), duration::describe(wait.end));
            writeln!(out, "\n{}. {}", number + 1, lines[0])?;
            writeln!(out, "   from {begin} to {end}")?;
            for line in &lines[1..] {
                writeln!(out, "   - {line}")?;
            }
        }
        Ok(Status::Done)
    }
}

/// A wait, and why it was so long.
pub(super) struct Explained {
    wait: Wait,
    /// The main cause, then what the wait consists of.
    pub(super) lines: Vec<String>,
}

/// The slowest waits of a run after its warm-up, of the threads of one group or of all.
///
/// The run is repeated: first to find the waits, then to see what happens in them.
pub(super) fn explained(run: &Repeatable, count: usize, group: Option<u32>) -> Result<Vec<Explained>, CliError> {
    let mut slowest = Slowest::new(count, run.scenario.limits.warm_up.end(), group);
    let ended_at = run.run(&mut slowest)?.ended_at;
    slowest.close(ended_at);
    if slowest.waits.is_empty() {
        return Ok(Vec::new());
    }
    let cast = Cast::of_groups(&run.scenario, &slowest.groups());
    let mut accounts = Accounts(slowest.waits.iter().copied().map(Account::new).collect());
    run.run(&mut accounts)?;
    let explained = accounts.0.into_iter().map(|mut account| {
        account.close();
        Explained { wait: account.wait, lines: causes::explain(&account, &cast) }
    });
    Ok(explained.collect())
}
