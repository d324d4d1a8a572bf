//! What the commands that look into one run have in common: which run it is.

use std::path::PathBuf;

use super::{CliError, OverrideArguments, counted, talk};
use crate::experiment::plan::{self, Cell, Overrides, Plan};
use crate::experiment::runner::Repeatable;

/// Which run of which experiment.
#[derive(Debug, clap::Args)]
pub(super) struct RunArguments {
    /// The experiment.
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    /// The cell: PATH=VALUE, once or more; its number, as `gilsim check` lists it; or a condition as for `run --only`.
    /// The first that fits, by default the first of all.
    #[arg(long, value_name = "PATH=VALUE")]
    cell: Vec<String>,
    /// The number of the replication, counted from 0.
    #[arg(long, value_name = "N", default_value_t = 0)]
    replication: u64,
    #[command(flatten)]
    overrides: OverrideArguments,
}

impl RunArguments {
    /// The experiment with the cells that fit.
    pub(super) fn plan(&self) -> Result<Plan, CliError> {
        let conditions: Vec<String> = self.cell.iter().map(|cell| format!("({})", condition(cell))).collect();
        let only = (!conditions.is_empty()).then(|| conditions.join(" && "));
        let overrides = Overrides { only, ..self.overrides.overrides() };
        let plan = plan::load(&self.file, &overrides)?;
        let replications = plan.repetition.replications;
        if self.replication >= replications {
            let (number, has) = (self.replication, &plan.repetition);
            return Err(CliError::Usage(format!("there is no replication {number}: {has}, from 0")));
        }
        if plan.cells.is_empty() {
            return Err(CliError::Usage(format!(
                "no cell of {} fits --cell {}",
                plan.stem,
                self.cell.join(" --cell ")
            )));
        }
        let cells = plan.cells.len() as u64;
        if cells > 1 {
            talk(&format!("{} of {} fit: this is the first; --cell takes another", counted(cells, "cell"), plan.stem));
        }
        Ok(plan)
    }

    /// The run of a plan that is meant.
    pub(super) fn run<'p>(&self, plan: &'p Plan) -> Result<Repeatable<'p>, CliError> {
        Ok(Repeatable::new(plan, &plan.cells[0], self.replication)?)
    }
}

/// A run in words.
pub(super) fn describe(plan: &Plan, run: &Repeatable) -> String {
    let Cell { number, params, .. } = &plan.cells[0];
    let values = params.iter().map(|(path, value)| format!("{path} = {}", value.describe()));
    let values: Vec<String> = values.collect();
    let values = if values.is_empty() { String::new() } else { format!(" ({})", values.join(", ")) };
    format!("cell {number}{values}, replication {}, seed {}", run.replication, run.seed)
}

/// A cell as the condition that it alone, or it among few, fulfils.
fn condition(cell: &str) -> String {
    if let Ok(number) = cell.parse::<u64>() {
        return format!("cell == {number}");
    }
    let is_equation = |(path, value): &(&str, &str)| {
        !path.ends_with(['!', '<', '>', '=']) && !value.starts_with('=') && !path.contains(['<', '>', '&', '|'])
    };
    let Some((path, value)) = cell.split_once('=').filter(is_equation) else { return cell.into() };
    let (path, value) = (path.trim(), value.trim());
    let is_typed = value.parse::<f64>().is_ok() || matches!(value, "true" | "false") || value.starts_with(['"', '\'']);
    if is_typed { format!("{path} == {value}") } else { format!("{path} == \"{value}\"") }
}

#[cfg(test)]
mod tests {
    use super::condition;

    #[test]
    fn a_cell_is_a_number_an_equation_or_a_condition() {
        let found =
            ["3", "thread.hog.count=2", "lock.switch_interval = 5ms", "a == 2", "a >= 2 && b == \"x\"", "cell != 1"]
                .map(condition);
        let expected = [
            "cell == 3",
            "thread.hog.count == 2",
            "lock.switch_interval == \"5ms\"",
            "a == 2",
            "a >= 2 && b == \"x\"",
            "cell != 1",
        ];
        assert_eq!(found, expected);
    }
}
