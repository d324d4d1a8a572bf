//! The names of the columns of results: no two columns of a table may have the same.
//!
//! Metrics of the simulation and swept parameters have names that nothing else has. A derived metric is called what its file
//! calls it, which may be what a column is called already: of the runs, of a parameter, or of the comparison of another metric
//! with the baseline.

use super::baseline::COMPARED;
use super::diagnostic::{Checked, Diagnostic};
use super::node::Node;
use super::results::RUN_COLUMNS;

/// Checks the names of derived metrics, beside those of the simulated metrics and of the columns of parameters, in an experiment
/// that may have a baseline.
pub(super) fn check(
    derived: &Node,
    simulated: &[String],
    parameters: &[String],
    baseline: Option<&Node>,
) -> Checked<()> {
    let entries = derived.entries()?;
    let is_metric =
        |name: &str| simulated.iter().any(|other| other == name) || entries.iter().any(|other| other.key == name);
    for entry in entries {
        let name = entry.key.as_str();
        if RUN_COLUMNS.contains(&name) || parameters.iter().any(|other| other == name) {
            let error =
                Diagnostic::at(&entry.place, format!("a column of the results is called `{name}`"), "has two meanings");
            return Err(error.help("give the metric another name"));
        }
        let compared = COMPARED.iter().find_map(|ending| name.strip_suffix(ending).filter(|of| is_metric(of)));
        if let Some((baseline, of)) = baseline.zip(compared) {
            let message = format!("`{name}` is what the comparison of `{of}` with the baseline is called");
            let error = Diagnostic::at(&entry.place, message, "has two meanings")
                .also(baseline.place(), "compares all metrics");
            return Err(error.help(format!("give the metric another name, or use `{of}` and its comparison")));
        }
    }
    Ok(())
}
