//! Predicted beside measured values: how far off, and whether in the right direction.
//!
//! *Error* is the absolute logarithm of predicted over measured median. Where the quartiles of the measurement lie
//! apart by more than [`WIDE`] of the median, a prediction between them counts as right.
//!
//! *Direction* is whether a cell is above or below its baseline. It is judged where the measurement is clear: the
//! quartiles of the two do not overlap, and their medians differ by more than [`CLEAR`].

use super::cells::{Cell, Measure, Params};
use super::overrides::{self, SWITCH};
use super::prediction::Prediction;
use crate::experiment::measured::{Baseline, Scalar};

/// From this spread on, as a share of the median, a prediction inside the quartiles counts as right.
pub const WIDE: f64 = 0.2;

/// Measured medians that differ by more than this factor show a direction.
pub const CLEAR: f64 = 1.05;

/// A prediction that differs from its baseline by less than this factor shows none.
pub const STILL: f64 = 1.005;

/// What a cell is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It tests the model.
    Prediction,
    /// The constants of the interpreter stem from it.
    Input,
}

/// A metric of a cell, predicted and measured.
#[derive(Debug, Clone)]
pub struct Row<'i> {
    /// The measured cell.
    pub cell: &'i Cell,
    /// The measured value.
    pub measure: &'i Measure,
    /// The predicted value.
    pub predicted: f64,
    /// Whether this tests the model.
    pub role: Role,
    /// The cell and its baseline, where the measurement shows a direction.
    pub direction: Option<Direction>,
}

/// A cell relative to its baseline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Direction {
    /// Measured value over that of the baseline.
    pub measured: f64,
    /// Predicted value over that of the baseline.
    pub predicted: f64,
}

impl Direction {
    /// Whether the prediction lies on the measured side of the baseline.
    pub fn is_right(&self) -> bool {
        let (measured, predicted) = (self.measured.ln(), self.predicted.ln());
        measured.signum() == predicted.signum() && predicted.abs() > STILL.ln()
    }
}

impl Row<'_> {
    /// Logarithm of predicted over measured; infinite where nothing came through in the simulation.
    pub fn log_error(&self) -> f64 {
        (self.predicted / self.measure.median).ln()
    }

    /// Whether the quartiles of the measurement lie far apart.
    pub fn is_wide(&self) -> bool {
        self.measure.p75 - self.measure.p25 > WIDE * self.measure.median
    }

    /// The error that counts.
    pub fn error(&self) -> f64 {
        let inside = (self.measure.p25..=self.measure.p75).contains(&self.predicted);
        if self.is_wide() && inside { 0.0 } else { self.log_error().abs() }
    }

    /// Whether the direction shows and is wrong.
    pub fn is_astray(&self) -> bool {
        self.direction.is_some_and(|direction| !direction.is_right())
    }
}

/// The rows of all cells that `wanted` picks and that were run, and what was left out of them and why.
pub fn rows<'i>(
    predictions: &[Prediction<'i>],
    wanted: impl Fn(&Cell) -> bool,
) -> (Vec<Row<'i>>, Vec<(String, usize)>) {
    let all: Vec<&Prediction<'i>> = predictions.iter().collect();
    let mut rows = Vec::new();
    let mut left_out: Vec<(String, usize)> = Vec::new();
    let mut leave = |reason: String| match left_out.iter_mut().find(|(known, _)| *known == reason) {
        Some((_, count)) => *count += 1,
        None => left_out.push((reason, 1)),
    };
    for (index, prediction) in predictions.iter().enumerate() {
        if prediction.values.is_empty() || !wanted(prediction.cell) {
            continue;
        }
        let baseline = baseline(&all, index).map(|place| &predictions[place]);
        for measure in &prediction.cell.measures {
            let (scenario, metric) = (&prediction.cell.scenario, &measure.metric);
            match value(prediction, metric) {
                Some(predicted) if measure.median > 0.0 => {
                    let direction = baseline.and_then(|baseline| direction(prediction, measure, predicted, baseline));
                    let cell = prediction.cell;
                    rows.push(Row { cell, measure, predicted, role: prediction.role, direction });
                }
                Some(_) => leave(format!("the measured `{metric}` of `{scenario}` is zero")),
                None if prediction.measured.primitives.contains(metric) => {}
                None => leave(format!("the scenario `{scenario}` says nothing of the metric `{metric}`")),
            }
        }
    }
    (rows, left_out)
}

fn value(prediction: &Prediction, metric: &str) -> Option<f64> {
    prediction.values.iter().find(|(name, _)| *name == metric).map(|(_, value)| *value)
}

/// The cell that the one at `index` is compared with.
pub(super) fn baseline(all: &[&Prediction], index: usize) -> Option<usize> {
    let own = all[index];
    let baseline = own.measured.baseline.as_ref()?;
    if overrides::meets(&own.params, &baseline.with) {
        return None;
    }
    let fits = |other: &&Prediction| {
        other.cell.interpreter == own.cell.interpreter
            && other.cell.scenario == own.cell.scenario
            && overrides::meets(&other.params, &baseline.with)
            && agree(baseline, own, other)
    };
    let candidates = all.iter().enumerate().filter(|(_, other)| fits(other));
    // Among several the one that differs least; of those the first.
    candidates.min_by_key(|(_, other)| differences(own, other)).map(|(place, _)| place)
}

/// Whether two cells agree in everything in which a baseline must.
fn agree(baseline: &Baseline, own: &Prediction, other: &Prediction) -> bool {
    let free = |name: &str| {
        let named = |names: &[String]| names.iter().any(|free| free == name);
        named(&baseline.free) || named(&baseline.work) || baseline.with.iter().any(|(with, _)| with == name)
    };
    let cores = own.cell.cores == other.cell.cores || free("cores");
    cores && names(own, other).into_iter().all(|name| free(name) || own.params.get(name) == other.params.get(name))
}

fn names<'p>(one: &'p Prediction, other: &'p Prediction) -> Vec<&'p str> {
    let mut names: Vec<&str> = one.params.keys().chain(other.params.keys()).map(String::as_str).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn differences(own: &Prediction, other: &Prediction) -> usize {
    let cores = usize::from(own.cell.cores != other.cell.cores);
    let params = names(own, other).into_iter().filter(|name| own.params.get(*name) != other.params.get(*name));
    cores + params.map(|name| 1 + usize::from(name == SWITCH)).sum::<usize>()
}

/// The product of the parameters that make the amount of work.
fn work(baseline: &Baseline, params: &Params) -> f64 {
    let factor = |name: &String| match params.get(name) {
        Some(Scalar::Number(number)) => *number,
        _ => 1.0,
    };
    baseline.work.iter().map(factor).product()
}

fn direction(own: &Prediction, measure: &Measure, predicted: f64, other: &Prediction) -> Option<Direction> {
    let baseline = own.measured.baseline.as_ref()?;
    let scale = work(baseline, &own.params) / work(baseline, &other.params);
    let base = other.cell.measures.iter().find(|base| base.metric == measure.metric)?;
    let base_predicted = value(other, &measure.metric)? * scale;
    let measured = measure.median / (base.median * scale);
    let apart = measure.p25 > base.p75 * scale || measure.p75 < base.p25 * scale;
    let clear = apart && measured.ln().abs() > CLEAR.ln();
    clear.then(|| Direction { measured, predicted: predicted / base_predicted })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(measure: &Measure, predicted: f64) -> f64 {
        let cell = Cell {
            interpreter: "py311".into(),
            cores: 2,
            scenario: "ping".into(),
            params: Params::new(),
            text: "{}".into(),
            line: 2,
            measures: Vec::new(),
        };
        Row { cell: &cell, measure, predicted, role: Role::Prediction, direction: None }.error()
    }

    #[test]
    fn a_wide_measurement_forgives_what_lies_inside_its_quartiles() {
        let wide = Measure { metric: "p50".into(), runs: 3, median: 1.0, p25: 0.8, p75: 1.3 };
        assert_eq!(row(&wide, 1.25), 0.0);
        assert_eq!(row(&wide, 2.0), 2_f64.ln());
        let narrow = Measure { p25: 0.95, p75: 1.1, ..wide };
        assert_eq!(row(&narrow, 1.1), 1.1_f64.ln());
    }

    #[test]
    fn a_prediction_that_does_not_move_has_no_right_direction() {
        let right = |measured, predicted| Direction { measured, predicted }.is_right();
        assert!(right(1.8, 1.1) && right(0.5, 0.9));
        assert!(!right(1.8, 0.9) && !right(1.8, 1.001) && !right(0.5, 1.0));
    }
}
