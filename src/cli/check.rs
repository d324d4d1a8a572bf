//! `gilsim check`: reads experiments, lists what they would run, and estimates what that takes.

use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::path::PathBuf;

use super::{CliError, OverrideArguments, SelectionArguments, Status, counted, jobs, load_all};
use crate::experiment::estimate::Estimate;
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
    #[command(flatten)]
    selection: SelectionArguments,
    /// Threads to estimate for; as many as there are processors by default.
    #[arg(long, short, value_name = "N")]
    jobs: Option<NonZeroUsize>,
}

impl Arguments {
    pub(super) fn run(&self, out: &mut dyn Write) -> Result<Status, CliError> {
        for plan in load_all(&self.files, &self.selection.select(self.overrides.overrides()))? {
            show(&plan, jobs(self.jobs), out)?;
        }
        Ok(Status::Done)
    }
}

/// Lists the cells of a plan, and what it takes to run them on so many threads.
pub(super) fn show(plan: &Plan, jobs: usize, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}: {}", plan.stem, plan.title)?;
    let cells = counted(plan.cells.len() as u64, "cell");
    let repetition = &plan.repetition;
    let most = if repetition.until.is_some() { "at most " } else { "" };
    writeln!(out, "  {cells} x {repetition} = {most}{}", counted(plan.runs(), "run"))?;
    if !plan.axes.is_empty() {
        let axes: Vec<String> = plan.axes.iter().map(|(name, values)| format!("{name} ({values})")).collect();
        writeln!(out, "  swept     {}", axes.join(" x "))?;
    }
    if let Some(tune) = &plan.tune {
        let over: Vec<&str> = tune.space.dimensions().iter().map(|dimension| dimension.name.as_str()).collect();
        let runs = counted(tune.budget.runs, "run");
        writeln!(out, "  tuned     {}, by `gilsim tune` in at most {runs}", over.join(", "))?;
    }
    writeln!(out, "  estimate  {}", describe(&Estimate::of(plan, jobs), jobs))?;
    for cell in &plan.cells {
        let params: Vec<String> =
            cell.params.iter().map(|(path, value)| format!("{path} = {}", value.describe())).collect();
        if !params.is_empty() {
            writeln!(out, "  {:>4}  {}", cell.number, params.join(", "))?;
        }
    }
    Ok(())
}

fn describe(estimate: &Estimate, jobs: usize) -> String {
    let threads = counted(jobs as u64, "thread");
    let memory = format!("{:.1} MB", estimate.bytes as f64 / 1e6);
    let Some((fewest, most)) = estimate.seconds else { return format!("time unknown, {memory}") };
    let about = if estimate.at_least { "at least" } else { "about" };
    let (fewest, most) = (time(fewest), time(most));
    let time = if fewest == most { most } else { format!("{fewest} to {most}") };
    format!("{about} {time} on {threads}, about {memory}")
}

fn time(seconds: f64) -> String {
    match seconds {
        ..120.0 => format!("{seconds:.2} s"),
        120.0..7200.0 => format!("{:.0} min", seconds / 60.0),
        _ => format!("{:.1} h", seconds / 3600.0),
    }
}
