//! What the commands that predict measured cells have in common.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use super::{CliError, jobs};
use crate::calibration::prediction::{Inputs, PredictionError};
use crate::calibration::{cells, interpreter, overrides, scenarios};

/// What is predicted, from what, and on how many threads.
#[derive(Debug, clap::Args)]
pub(super) struct Predicting {
    /// The measurements: interpreter, cores, scenario, params, metric, runs, median, p25, p75.
    #[arg(long, value_name = "FILE", default_value = "data/measured/cells.csv")]
    against: PathBuf,
    /// The machine they were made on, as in `machine.profile`; by default that of the scenarios.
    #[arg(long, value_name = "PROFILE")]
    machine: Option<String>,
    /// Directory of the scenarios that claim to be equal.
    #[arg(long, value_name = "DIR", default_value = "experiments/measured")]
    scenarios: PathBuf,
    /// Directory of what is known of each interpreter.
    #[arg(long, value_name = "DIR", default_value = "data/interpreters")]
    interpreters: PathBuf,
    /// Threads to run on; as many as there are processors by default. Has no influence on the results.
    #[arg(long, short, value_name = "N")]
    jobs: Option<NonZeroUsize>,
}

impl Predicting {
    pub(super) fn inputs(&self) -> Result<Inputs, CliError> {
        let cells = cells::read(&self.against).map_err(|error| CliError::Usage(error.to_string()))?;
        let interpreters = interpreter::read_all(&self.interpreters)?;
        let scenarios = scenarios::read_all(&self.scenarios)?;
        overrides::check_values(&interpreters, &scenarios)?;
        Ok(Inputs { cells, interpreters, scenarios, machine: self.machine.clone() })
    }

    pub(super) fn jobs(&self) -> usize {
        jobs(self.jobs)
    }
}

impl From<PredictionError> for CliError {
    fn from(error: PredictionError) -> Self {
        match error {
            PredictionError::Input(error) => Self::Input(error),
            PredictionError::Runner(error) => Self::Runner(error),
        }
    }
}
