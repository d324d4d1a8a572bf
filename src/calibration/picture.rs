//! Predicted over measured values: a panel for each interpreter, drawn from the table of rows alone.

use crate::figure::chart::{Axis, Panel, Point, Series};
use crate::figure::{Chart, FigureError, Scale, Size, Table, chart::Kind};

/// What stands under the figure.
pub const CAPTION: &str = "\
Predicted over measured values of real interpreters, by interpreter and scenario.
How well does the model predict what its constants do not stem from?
Each marker is a value of a measured cell: a time in seconds, or a rate in 1/s; medians of the measured runs. Dashed: equal.
Dotted: off by a factor of 1.5.
Source: data/measured/cells.csv.
";

/// Height in inches.
const HEIGHT: f64 = 2.2;

/// How far off the band reaches.
const BAND: f64 = 1.5;

const TABLE: &str = "the table of predictions";

/// The role of rows that test the model, as the table has it.
const PREDICTION: &str = "prediction";

/// The chart of all rows of the table that test the model.
pub fn chart(table: &Table) -> Result<Chart, FigureError> {
    let column = |name: &str| table.require(name, TABLE);
    let (interpreter, scenario, role) = (column("interpreter")?, column("scenario")?, column("role")?);
    let (measured, predicted) = (column("median")?, column("predicted")?);
    let x = Axis::new("Measured (s, or 1/s)", Scale::Log);
    let mut chart = Chart::new(Kind::Scatter, x, Axis::new("Predicted / measured", Scale::Log));
    for row in table.rows.iter().filter(|row| row[role] == PREDICTION) {
        let number = |column: usize| row[column].parse().unwrap_or(f64::NAN);
        let panel = entry(&mut chart.panels, |panel| panel.title == row[interpreter], || titled(&row[interpreter]));
        let series = || Series::new(row[scenario].clone(), Vec::new());
        let series = entry(&mut panel.series, |series| series.label == row[scenario], series);
        series.points.push(Point::new(number(measured), number(predicted) / number(measured)));
    }
    let values = chart.panels.iter().flat_map(|panel| &panel.series).flat_map(|series| &series.points);
    let values: Vec<f64> = values.map(|point| point.x).filter(|value| *value > 0.0).collect();
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(0.0, f64::max);
    let line = |label: &str, factor: f64| Series::new(label, [low, high].map(|x| Point::new(x, factor)).to_vec());
    for panel in &mut chart.panels {
        let off = "a factor of 1.5";
        panel.curves = vec![line("equal", 1.0), line(off, BAND), line(off, 1.0 / BAND)];
    }
    chart.size = Size::Double;
    chart.height = Some(HEIGHT);
    chart.description =
        Some("Ratio of predicted to measured values over the measured ones, on logarithmic scales".into());
    Ok(chart)
}

fn titled(title: &str) -> Panel {
    Panel { title: title.to_owned(), ..Panel::default() }
}

/// The element of a list that is meant, made if it is not there.
fn entry<T>(list: &mut Vec<T>, is_meant: impl Fn(&T) -> bool, make: impl FnOnce() -> T) -> &mut T {
    let index = list.iter().position(is_meant).unwrap_or_else(|| {
        list.push(make());
        list.len() - 1
    });
    &mut list[index]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_set_constants_are_not_drawn() {
        let table =
            "interpreter,scenario,role,predicted,median\na,x,input,1,1\na,x,prediction,2,1\nb,x,prediction,3,4\n";
        let chart = chart(&Table::parse(table).unwrap()).unwrap();
        assert_eq!(chart.panels.iter().map(|panel| panel.title.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(chart.panels[0].series[0].points, [Point::new(1.0, 2.0)]);
    }
}
