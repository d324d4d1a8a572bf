//! `gilsim list`: the experiments of a directory.

use std::io::Write;
use std::path::PathBuf;

use super::{CliError, Status, complain, counted};
use crate::experiment::plan::{self, Overrides};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gilsim list
  gilsim list my-experiments")]
pub(super) struct Arguments {
    /// The directory.
    #[arg(value_name = "DIR", default_value = "experiments")]
    directory: PathBuf,
}

impl Arguments {
    pub(super) fn run(&self, out: &mut dyn Write) -> Result<Status, CliError> {
        let mut status = Status::Done;
        for file in self.experiments()? {
            match plan::load(&file, &Overrides::default()) {
                Ok(plan) => {
                    writeln!(out, "{}: {}", plan.stem, plan.title)?;
                    writeln!(out, "  {}", plan.question)?;
                    let cells = counted(plan.cells.len() as u64, "cell");
                    writeln!(out, "  {cells}, {}", counted(plan.runs(), "run"))?;
                }
                Err(error) => {
                    complain(&error.into());
                    status = Status::BadInput;
                }
            }
        }
        Ok(status)
    }

    /// The TOML files of the directory, by name.
    fn experiments(&self) -> Result<Vec<PathBuf>, CliError> {
        let fail = |error| CliError::Usage(format!("cannot read {}: {error}", self.directory.display()));
        let entries = std::fs::read_dir(&self.directory).map_err(fail)?;
        let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>();
        let mut paths = paths.map_err(fail)?;
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
        paths.sort();
        Ok(paths)
    }
}
