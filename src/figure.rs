//! Figures for print: from result tables to SVG and PNG.
//!
//! [`draw`] makes a [`Chart`] from a table as a [`FigureSpec`] says and draws it; [`draw_chart`] draws a chart that was
//! made otherwise. The chart is plain data; plotters gives the coordinates and draws the data, while frames, ticks,
//! labels and legends are painted here. Every length is that in print, every byte is the same on every machine, and
//! [`check::problems`] tells whether anything overlaps or is clipped.

pub mod arrange;
pub mod backend;
pub mod canvas;
pub mod categories;
pub mod cells;
pub mod chart;
pub mod check;
pub mod clip;
pub mod compose;
pub mod elements;
pub mod error;
pub mod font;
pub mod frame;
pub mod from_table;
pub mod ink;
pub mod layout;
pub mod legend;
pub mod looks;
pub mod marker;
pub mod numbers;
pub mod prepare;
pub mod raster;
pub mod reference;
pub mod span;
pub mod spec;
pub mod style;
pub mod table;
pub mod ticks;
pub mod values;

pub use chart::{Chart, Kind, Scale, Size};
pub use error::FigureError;
pub use layout::Layout;
pub use raster::png;
pub use spec::{FigureSpec, Reference};
pub use table::Table;

/// A finished figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawing {
    /// The figure.
    pub svg: String,
    /// The numbers drawn, as CSV.
    pub numbers_csv: String,
    /// What was left out or cut.
    pub warnings: Vec<String>,
    /// Where things are, for [`check::problems`].
    pub layout: Layout,
}

/// Draws the figure that a spec makes of a table of replications, with published or measured points beside it.
pub fn draw(spec: &FigureSpec, table: &Table, reference: Option<&Table>) -> Result<Drawing, FigureError> {
    let (chart, mut warnings) = from_table::chart(spec, table, reference)?;
    let mut drawing = compose::compose(&chart)?;
    warnings.append(&mut drawing.warnings);
    drawing.warnings = warnings;
    Ok(drawing)
}

/// Draws a chart.
pub fn draw_chart(chart: &Chart) -> Result<Drawing, FigureError> {
    compose::compose(chart)
}

#[cfg(test)]
mod tests {
    use super::chart::{Axis, Panel, Point, Series};
    use super::*;

    /// Twelve decades on both axes, seven series with intervals and references, three panels.
    fn awkward(size: Size) -> Chart {
        let mut chart =
            Chart::new(Kind::Line, Axis::new("interval (s)", Scale::Log), Axis::new("wait (s)", Scale::Log));
        chart.size = size;
        chart.legend_heading = Some("threads that want the lock".into());
        chart.reference_label = "measured elsewhere".into();
        chart.ideal = Some("ideal".into());
        chart.x.rules = vec![1.0];
        let value = |series: i32, step: i32| 10_f64.powf(f64::from(step) * 1.1 - 7.0 + f64::from(series) * 0.4);
        for cores in [2, 4, 8] {
            let points = |series: i32| {
                let at = |step: i32| {
                    let y = value(series, step);
                    Point::within(10_f64.powi(step - 6), y, y * f64::from(series) * 0.2)
                };
                (0..13).map(at).collect()
            };
            let series = (0..7).map(|k| Series::new(format!("{} threads", 1 << k), points(k))).collect();
            let measured =
                (0..7).map(|k| Series::new(format!("{} threads", 1 << k), vec![Point::new(1.0, value(k, 6))]));
            let panel =
                Panel { title: format!("{cores} cores"), series, references: measured.collect(), curves: Vec::new() };
            chart.panels.push(panel);
        }
        chart
    }

    fn one_panel(kind: Kind, scale: Scale, series: Vec<Series>) -> Chart {
        let x = match kind {
            Kind::Bars => Axis::of_categories("policy", vec!["a".into(), "b".into()]),
            _ => Axis::new("x", scale),
        };
        let mut chart = Chart::new(kind, x, Axis::new("y", scale));
        chart.panels.push(Panel { series, ..Panel::default() });
        chart
    }

    #[test]
    fn an_awkward_figure_has_no_problems() {
        for size in [Size::Single, Size::Double] {
            let drawing = draw_chart(&awkward(size)).unwrap();
            assert_eq!(check::problems(&drawing.layout), Vec::<String>::new());
            assert_eq!(drawing.layout.frames.len(), 3);
        }
    }

    #[test]
    fn two_drawings_have_the_same_bytes() {
        let (first, second) =
            (draw_chart(&awkward(Size::Single)).unwrap(), draw_chart(&awkward(Size::Single)).unwrap());
        assert_eq!(first, second);
        assert_eq!(png(&first.svg).unwrap(), png(&second.svg).unwrap());
    }

    #[test]
    fn every_kind_and_scale_survives_every_kind_of_data() {
        let awkward_values =
            [0.0, -1.0, 1.0, f64::NAN, f64::INFINITY, 1e300, f64::MIN_POSITIVE, -1e-12, 1e12, 7.0, 1e-9];
        for kind in [Kind::Line, Kind::Scatter, Kind::Bars] {
            for scale in [Scale::Linear, Scale::Log] {
                for (index, &value) in awkward_values.iter().enumerate() {
                    for take in 1..=awkward_values.len() - index {
                        let values = &awkward_values[index..index + take];
                        let points = values.iter().map(|&y| Point::within(value.abs().min(1.0), y, 0.5)).collect();
                        let series = vec![Series::new("s", points), Series::new("none", Vec::new())];
                        match draw_chart(&one_panel(kind, scale, series)) {
                            Ok(drawing) => assert_eq!(check::problems(&drawing.layout), Vec::<String>::new()),
                            Err(error) => assert!(matches!(error, FigureError::Empty(_)), "{error}"),
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn fifty_series_get_a_legend_that_hides_nothing() {
        for kind in [Kind::Line, Kind::Bars] {
            let points = |k: i32| vec![Point::new(0.0, f64::from(k)), Point::new(1.0, f64::from(50 - k))];
            let series = (0..50).map(|k| Series::new(format!("policy number {k}"), points(k))).collect();
            let drawing = draw_chart(&one_panel(kind, Scale::Linear, series)).unwrap();
            assert_eq!(check::problems(&drawing.layout), Vec::<String>::new());
        }
    }

    #[test]
    fn a_figure_too_low_for_its_labels_is_refused() {
        let chart = Chart { height: Some(0.6), ..awkward(Size::Single) };
        assert!(matches!(draw_chart(&chart), Err(FigureError::TooSmall(_))));
    }

    #[test]
    fn the_numbers_are_those_drawn() {
        let series = vec![Series::new("s", vec![Point::within(1.0, 2.0, 0.5), Point::new(3.0, f64::NAN)])];
        let drawing = draw_chart(&one_panel(Kind::Line, Scale::Linear, series)).unwrap();
        assert_eq!(drawing.numbers_csv, "panel,series,x,y,low,high,kind\n,s,1,2,1.5,2.5,simulated\n");
        assert_eq!(drawing.warnings.len(), 1);
    }
}
