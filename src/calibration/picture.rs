//! Predicted over measured values, for all interpreters.

use super::comparison::{Role, Row};
use crate::figure::chart::{Axis, Panel, Point, Series};
use crate::figure::{Chart, Kind, Scale, Size};

/// How far off the band reaches.
const BAND: f64 = 1.5;

/// The chart of all rows that test the model.
pub fn chart(rows: &[Row]) -> Chart {
    let axis = |what: &str| Axis::new(format!("{what} (s, or 1/s)"), Scale::Log);
    let mut chart = Chart::new(Kind::Scatter, axis("Measured"), axis("Predicted"));
    let rows: Vec<&Row> =
        rows.iter().filter(|row| row.role == Role::Prediction && row.log_error().is_finite()).collect();
    let mut series: Vec<Series> = Vec::new();
    for row in &rows {
        let point = Point::new(row.measure.median, row.predicted);
        match series.iter_mut().find(|series| series.label == row.cell.interpreter) {
            Some(series) => series.points.push(point),
            None => series.push(Series::new(row.cell.interpreter.clone(), vec![point])),
        }
    }
    let values = rows.iter().map(|row| row.measure.median);
    let low = values.clone().fold(f64::INFINITY, f64::min);
    let high = values.fold(0.0, f64::max);
    let points = |corners: &[(f64, f64)]| corners.iter().map(|&(x, factor)| Point::new(x, x * factor)).collect();
    let equal = points(&[(low, 1.0), (high, 1.0)]);
    let band = points(&[(low, BAND), (high, BAND), (high, 1.0 / BAND), (low, 1.0 / BAND)]);
    let curves = vec![Series::new("equal", equal), Series::new("a factor of 1.5", band)];
    chart.size = Size::Double;
    chart.height = Some(4.5);
    chart.panels.push(Panel { series, curves, ..Panel::default() });
    chart.description = Some("Predicted over measured values, on logarithmic scales".into());
    chart
}
