//! Runs whose warm-up ends where MSER-5 says.

use std::borrow::Cow;

use crate::simulation::{self, Fault, Limits, Outcome, Scenario, WarmUp};
use crate::statistics::warm_up::mser5;

/// Observations of a pilot run: two hundred batches of five.
const INTERVALS: u64 = 1000;

/// Runs a scenario; if its warm-up is to be found, a pilot run with the same random numbers comes first.
///
/// What happens in both is the same. Only from when on it counts is not, so a run depends on its scenario, seed and
/// replication only.
pub(super) fn simulate(scenario: &Scenario, seed: u64, replication: u64) -> Result<Outcome, Fault> {
    let scenario = settled(scenario, seed, replication)?;
    simulation::run(&scenario, seed, replication)
}

/// The scenario with the end of its warm-up.
pub(super) fn settled(scenario: &Scenario, seed: u64, replication: u64) -> Result<Cow<'_, Scenario>, Fault> {
    let WarmUp::Auto(_) = scenario.limits.warm_up else { return Ok(Cow::Borrowed(scenario)) };
    let pilot = simulation::pilot(scenario, seed, replication, INTERVALS)?;
    let dropped = pilot.series.iter().map(|series| mser5(series)).max().unwrap_or(0);
    let warm_up = WarmUp::Auto(dropped as u64 * pilot.every);
    let limits = Limits { warm_up, ..scenario.limits };
    Ok(Cow::Owned(Scenario { limits, ..scenario.clone() }))
}
