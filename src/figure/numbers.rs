//! The numbers behind a figure as CSV, to draw it again elsewhere.
//!
//! Columns: `panel`, `series`, `x`, `y`, `low`, `high`, `kind`; the kind is `simulated`, `reference` or `line`.

use super::chart::{Chart, Scale, Series};
use super::error::FigureError;

/// Every point that is drawn, in drawing order.
pub fn csv(chart: &Chart) -> Result<String, FigureError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["panel", "series", "x", "y", "low", "high", "kind"])?;
    for panel in &chart.panels {
        let lists = [(&panel.series, "simulated"), (&panel.references, "reference"), (&panel.curves, "line")];
        for (list, kind) in lists {
            for series in list {
                write_series(&mut writer, chart, &panel.title, series, kind)?;
            }
        }
    }
    let bytes = writer.into_inner().map_err(|error| FigureError::Drawing(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| FigureError::Drawing(error.to_string()))
}

fn write_series(
    writer: &mut csv::Writer<Vec<u8>>,
    chart: &Chart,
    panel: &str,
    series: &Series,
    kind: &str,
) -> Result<(), FigureError> {
    for point in &series.points {
        let category = (chart.x.scale == Scale::Category).then(|| chart.x.categories.get(point.x.round() as usize));
        let x = category.flatten().cloned().unwrap_or_else(|| point.x.to_string());
        let (low, high) =
            point.interval.map_or_else(Default::default, |(low, high)| (low.to_string(), high.to_string()));
        writer.write_record([panel, &series.label, &x, &point.y.to_string(), &low, &high, kind])?;
    }
    Ok(())
}
