//! From samples to the rows of the tables.

use std::path::Path;

use serde::Serialize;

use crate::Result;
use crate::models::Model;
use crate::samples::{Samples, Spread};
use crate::table::{Quantity, Row};

/// The row of a model on a system, compared with gilsim.
pub(crate) fn row(model: &Model, system: &str, samples: &Samples, ours: &Samples) -> Row {
    let (cost, times) = (samples.cost(), samples.over(ours));
    Row {
        model: model.name.into(),
        size: model.size,
        unit: model.unit().into(),
        system: system.into(),
        count: samples.count,
        rounds: samples.costs.len(),
        cost_ns: rounded(cost.median),
        cost_q1_ns: rounded(cost.low),
        cost_q3_ns: rounded(cost.high),
        times_gilsim: rounded(times.median),
        times_gilsim_q1: rounded(times.low),
        times_gilsim_q3: rounded(times.high),
    }
}

/// The row of something else.
pub(crate) fn quantity(name: &str, unit: &str, spread: Spread) -> Quantity {
    Quantity {
        what: name.into(),
        unit: unit.into(),
        median: rounded(spread.median),
        q1: rounded(spread.low),
        q3: rounded(spread.high),
    }
}

/// Writes rows.
pub(crate) fn write<T: Serialize>(path: &Path, rows: &[T]) -> Result<()> {
    let mut writer = csv::Writer::from_path(path)?;
    rows.iter().try_for_each(|row| writer.serialize(row))?;
    Ok(writer.flush()?)
}

/// Four significant figures: more are noise.
fn rounded(value: f64) -> f64 {
    format!("{value:.3e}").parse().unwrap_or(value)
}
