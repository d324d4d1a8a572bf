//! `gilsim welch`: draws how a cell settles, to choose a warm-up by eye.

use std::io::Write;
use std::path::PathBuf;

use super::plot::{Format, LookArguments, Picture};
use super::{CliError, Directories, OverrideArguments, Status, counted};
use crate::experiment::plan;
use crate::experiment::welch::Welch;
use crate::figure;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gilsim welch experiments/convoy.toml
  gilsim welch --cell 3 --window 40 --set run.replications=20 --format svg,png experiments/convoy.toml

Draws plots/NAME-welch-CELL.png, with the numbers beside it in a CSV file: for each counter, and for the waiters of the
lock, the average over the replications, smoothed over time. The dashed rule is where MSER-5 ends the warm-up.")]
pub(super) struct Arguments {
    /// The experiment, whose runs must have a time limit.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The number of the cell, as `gilsim check` lists it.
    #[arg(long, value_name = "N", default_value_t = 0)]
    cell: u64,
    /// Intervals on either side over which is smoothed; a run has a thousand.
    #[arg(long, value_name = "N", default_value_t = 20)]
    window: usize,
    /// Formats of the figure, separated by commas.
    #[arg(long, value_enum, value_delimiter = ',', default_value = "png", value_name = "FORMAT")]
    format: Vec<Format>,
    #[command(flatten)]
    overrides: OverrideArguments,
    #[command(flatten)]
    look: LookArguments,
    #[command(flatten)]
    directories: Directories,
}

impl Arguments {
    pub(super) fn run(&self, out: &mut dyn Write) -> Result<Status, CliError> {
        let plan = plan::load(&self.file, &self.overrides.overrides())?;
        let Some(cell) = plan.cells.iter().find(|cell| cell.number == self.cell) else {
            let cells = counted(plan.cells.len() as u64, "cell");
            return Err(CliError::Usage(format!("there is no cell {}: {} has {cells}, from 0", self.cell, plan.stem)));
        };
        if cell.scenario.limits.duration.is_none() {
            let message =
                format!("the runs of {} have no time limit: they settle nowhere; set run.duration", plan.stem);
            return Err(CliError::Usage(message));
        }
        let found =
            Welch::of(cell, &plan.repetition, self.window).map_err(|fault| CliError::Usage(fault.to_string()))?;
        let theme = self.look.theme()?;
        let name = format!("{}-welch-{}", plan.stem, self.cell);
        let drawing = figure::draw_chart(&found.chart(), &theme);
        let drawing = drawing.map_err(|error| CliError::Usage(format!("cannot draw {name}: {error}")))?;
        let cut = found.cut as f64 / 1e9;
        let caption = format!(
            "How cell {} of {} settles: averages of {}, smoothed over {} intervals.\nMSER-5 ends the warm-up at {cut} s.\n",
            self.cell,
            plan.stem,
            plan.repetition,
            2 * self.window + 1
        );
        let picture = Picture { name: &name, drawing: &drawing, caption: &caption };
        for path in picture.save(&self.directories.plots, &theme, &self.format)? {
            writeln!(out, "{}", path.display())?;
        }
        writeln!(out, "warm-up by MSER-5: {cut} s")?;
        Ok(Status::Done)
    }
}
