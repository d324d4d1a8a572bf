//! The figure: cost against the number of entities, a line a system.

use std::fs;
use std::path::Path;

use gilsim::figure::chart::{Axis, Panel, Point, Series};
use gilsim::figure::{self, Chart, Kind, Scale, Theme};
use serde_json::Value;

use crate::Result;
use crate::table::Row;

/// The model whose sizes are compared.
const MODEL: &str = "PHOLD";

/// Draws the figure, with its numbers and its caption.
pub(crate) fn draw(rows: &[Row], provenance: &Value, plots: &Path) -> Result<()> {
    let theme = Theme::default();
    let drawing = figure::draw_chart(&chart(rows), &theme)?;
    fs::write(plots.join("bench.png"), figure::png(&drawing.svg, &theme.font)?)?;
    fs::write(plots.join("bench.csv"), &drawing.numbers_csv)?;
    fs::write(plots.join("bench.txt"), caption(provenance))?;
    Ok(())
}

fn chart(rows: &[Row]) -> Chart {
    let mut panel = Panel::default();
    for row in rows.iter().filter(|row| row.model == MODEL) {
        let point =
            Point { interval: Some((row.cost_q1_ns, row.cost_q3_ns)), ..Point::new(row.size as f64, row.cost_ns) };
        match panel.series.iter_mut().find(|series| series.label == row.system) {
            Some(series) => series.points.push(point),
            None => panel.series.push(Series::new(row.system.clone(), vec![point])),
        }
    }
    let x = Axis::new("Entities", Scale::Log);
    let mut chart = Chart::new(Kind::Line, x, Axis::new("Cost of a lock acquisition (ns)", Scale::Log));
    chart.panels.push(panel);
    chart.description =
        Some("Nanoseconds of computing time a lock acquisition over the number of entities, by simulator".into());
    chart
}

fn caption(provenance: &Value) -> String {
    format!(
        "Computing time of a simulated lock acquisition.\n\
         How does the cost grow with the number of entities, each with one pending event (PHOLD)?\n\
         Lines: medians of {} interleaved runs; bands: quartiles. gilsim through `gilsim run` with all metrics, the others \
         as docs/performance.md says.\n\
         {}.\n",
        provenance["rounds"],
        provenance["processor"].as_str().unwrap_or("unknown processor"),
    )
}
