//! The numbers behind a figure as CSV, to draw it again elsewhere.
//!
//! Columns: `panel`, `series`, `x`, `y`, `low`, `high`, `kind`; the kind is `simulated`, `reference`, `line`, `stray`
//! or `cell`. Where a figure has them, `base` (where a bar starts), `q1` and `q3` (quartiles) and `value` (of a cell)
//! follow.

use crate::figure::chart::{Axis, Chart, Panel, Point, Scale};
use crate::figure::error::FigureError;

/// A column that only some figures have.
type Extra = (&'static str, fn(&Point) -> Option<f64>);

const EXTRAS: [Extra; 3] = [
    ("base", |point| point.base),
    ("q1", |point| point.quartiles.map(|(lower, _)| lower)),
    ("q3", |point| point.quartiles.map(|(_, upper)| upper)),
];

/// Every point that is drawn, in drawing order.
pub fn csv(chart: &Chart) -> Result<String, FigureError> {
    let has = |(_, of): &&Extra| {
        chart.panels.iter().flat_map(|panel| &panel.series).flat_map(|s| &s.points).any(|p| of(p).is_some())
    };
    let extras: Vec<&Extra> = EXTRAS.iter().filter(has).collect();
    let is_map = chart.panels.iter().any(|panel| !panel.cells.is_empty());
    let mut header = vec!["panel", "series", "x", "y", "low", "high", "kind"];
    header.extend(extras.iter().map(|(name, _)| *name));
    header.extend(is_map.then_some("value"));
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&header)?;
    for panel in &chart.panels {
        for record in points(chart, panel, &extras).chain(cells(chart, panel)) {
            writer.write_record(record)?;
        }
    }
    let bytes = writer.into_inner().map_err(|error| FigureError::Drawing(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| FigureError::Drawing(error.to_string()))
}

fn points<'c>(chart: &'c Chart, panel: &'c Panel, extras: &'c [&Extra]) -> impl Iterator<Item = Vec<String>> + 'c {
    let lists = [
        (&panel.series, "simulated"),
        (&panel.strays, "stray"),
        (&panel.references, "reference"),
        (&panel.curves, "line"),
    ];
    let all = lists.into_iter().flat_map(|(list, kind)| list.iter().map(move |series| (series, kind)));
    all.flat_map(move |(series, kind)| {
        series.points.iter().map(move |point| {
            let (low, high) = point.interval.unzip();
            let mut record = vec![panel.title.clone(), series.label.clone()];
            record.extend([place(&chart.x, point.x), place(&chart.y, point.y), text(low), text(high), kind.into()]);
            record.extend(extras.iter().map(|(_, of)| text(of(point))));
            record
        })
    })
}

fn cells<'c>(chart: &'c Chart, panel: &'c Panel) -> impl Iterator<Item = Vec<String>> + 'c {
    panel.cells.iter().map(|cell| {
        let (x, y) = (place(&chart.x, cell.x), place(&chart.y, cell.y));
        let empty = String::new;
        vec![panel.title.clone(), empty(), x, y, empty(), empty(), "cell".into(), cell.value.to_string()]
    })
}

fn text(value: Option<f64>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// A value of an axis: a number or the name of a category.
fn place(axis: &Axis, value: f64) -> String {
    let category = (axis.scale == Scale::Category).then(|| axis.categories.get(value.round() as usize));
    category.flatten().cloned().unwrap_or_else(|| value.to_string())
}
