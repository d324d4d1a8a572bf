//! `gilsim schema`: the JSON Schema of experiment files.

use std::io::Write;

use super::{CliError, Status};
use crate::experiment::schema;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gilsim schema > schemas/experiment.schema.json
An editor with TOML support finds it by the first line of a file: #:schema ../schemas/experiment.schema.json")]
pub(super) struct Arguments {}

impl Arguments {
    #[allow(clippy::unused_self)] // As all commands.
    pub(super) fn run(&self, out: &mut dyn Write) -> Result<Status, CliError> {
        out.write_all(schema::text().as_bytes())?;
        Ok(Status::Done)
    }
}
