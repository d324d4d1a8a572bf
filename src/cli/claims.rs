//! `gilsim claims`: published claims beside the results, as one table.

use std::io::Write;
use std::path::PathBuf;

use super::{CliError, Status};
use crate::experiment::claims;
use crate::experiment::output::DataDirectory;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gilsim claims
  gilsim claims my-claims.toml --data target/mine > claims.md")]
pub(super) struct Arguments {
    /// What was published: [[claim]] with name, what, source, experiment, metric and values, or a note why not.
    #[arg(value_name = "FILE", default_value = "data/published/claims.toml")]
    file: PathBuf,
    /// Directory of the results.
    #[arg(long, value_name = "DIR", default_value = "data")]
    data: PathBuf,
}

impl Arguments {
    pub(super) fn run(&self, out: &mut dyn Write) -> Result<Status, CliError> {
        let claims = claims::load(&self.file, &DataDirectory(self.data.clone()))?;
        claims::write_markdown(&claims, out)?;
        Ok(Status::Done)
    }
}
