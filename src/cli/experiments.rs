//! What the commands that run experiments, here or elsewhere, have in common.

use std::path::PathBuf;

use super::{CliError, Directories, OverrideArguments, SelectionArguments, load_all};
use crate::experiment::journal::Journal;
use crate::experiment::plan::Plan;
use crate::experiment::shard::Shard;

/// Which runs of which experiments, and where what comes out is kept.
#[derive(Debug, clap::Args)]
pub(super) struct Experiments {
    /// Experiments.
    #[arg(required = true, value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) overrides: OverrideArguments,
    #[command(flatten)]
    pub(super) selection: SelectionArguments,
    #[command(flatten)]
    pub(super) directories: Directories,
    /// Directory in which finished runs are kept; `.runs` in that of the results by default.
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
}

impl Experiments {
    /// The plans of all files; a mistake in one of them stops the command before anything runs.
    pub(super) fn plans(&self) -> Result<Vec<Plan>, CliError> {
        self.directories.apart()?;
        load_all(&self.files, &self.selection.select(self.overrides.overrides()))
    }

    /// Where finished runs are kept.
    pub(super) fn cache(&self) -> PathBuf {
        self.cache.clone().unwrap_or_else(|| self.directories.data.join(".runs"))
    }

    /// The finished runs of an experiment, or of a shard of it.
    pub(super) fn journal(&self, plan: &Plan, shard: Option<Shard>) -> Journal {
        Journal::new(&self.cache(), &plan.stem, shard)
    }
}
