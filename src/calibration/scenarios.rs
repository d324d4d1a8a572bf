//! The experiments that claim to be equal to measured scenarios.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::experiment::diagnostic::{Checked, Diagnostic};
use crate::experiment::measured::Measured;
use crate::experiment::plan::{self, Overrides, Plan};
use crate::experiment::source::Source;

/// An experiment with a `[measured]` table.
#[derive(Debug)]
pub struct Scenario {
    /// Its file.
    pub path: PathBuf,
    /// Its text.
    pub text: Arc<Source>,
    /// The experiment as it runs on its own.
    pub plan: Plan,
    /// What it claims.
    pub measured: Measured,
}

/// Reads all scenarios of a directory, by name.
///
/// # Errors
/// The first thing that is wrong with one of them.
pub fn read_all(directory: &Path) -> Checked<Vec<Scenario>> {
    let mut scenarios: Vec<Scenario> = Vec::new();
    for path in toml_files(directory)? {
        let text = Source::load(&path)?;
        let mut plan = plan::read(&path, &text, &Overrides::default())?;
        let whole = text.place(0..0);
        let Some(measured) = plan.measured.take() else {
            return Err(Diagnostic::at(&whole, "this experiment has no [measured] table", "claims nothing"));
        };
        if scenarios.iter().any(|other| other.measured.scenario == measured.scenario) {
            let message = format!("the scenario `{}` has two files", measured.scenario);
            return Err(Diagnostic::at(&whole, message, "the second"));
        }
        if plan.cells.len() != 1 {
            let message = "a scenario that claims to be equal to measurements has no sweep of its own";
            return Err(Diagnostic::at(&whole, message, format!("{} cells", plan.cells.len())));
        }
        scenarios.push(Scenario { path, text, plan, measured });
    }
    Ok(scenarios)
}

/// The TOML files of a directory, by name.
pub(super) fn toml_files(directory: &Path) -> Checked<Vec<PathBuf>> {
    let fail = |error| Diagnostic::new(format!("cannot read {}: {error}", directory.display()));
    let entries = std::fs::read_dir(directory).map_err(fail)?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>();
    let mut paths = paths.map_err(fail)?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    Ok(paths)
}
