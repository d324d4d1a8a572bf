//! Figures for print: from result tables to SVG, and from that to PNG and PDF.
//!
//! [`draw`] makes a [`Chart`] from a table as a [`FigureSpec`] says and draws it; [`draw_chart`] draws a chart that was
//! made otherwise. The chart is plain data; plotters gives the coordinates and draws the data, while frames, ticks,
//! labels, legends and colour bars are painted here. Every length is that in print, every byte is the same on every
//! machine, and [`check::problems`] tells whether anything overlaps or is clipped.

pub mod axis;
pub mod backend;
pub mod canvas;
pub mod chart;
pub mod compose;
pub mod error;
pub mod from_table;
pub mod front;
pub mod ink;
pub mod look;
pub mod page;
pub mod spec;
pub mod table;
pub mod timeline;

pub use backend::pdf::pdf;
pub use backend::raster::png;
pub use canvas::font::Font;
pub use chart::{Chart, Kind, Scale, Size};
pub use error::FigureError;
pub use from_table::Beside;
pub use look::theme::{Style, Theme};
pub use page::check;
pub use page::layout::Layout;
pub use spec::{FigureSpec, Plot, Reference, is_percentile};
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

/// Draws the figure that a spec makes of a table of replications, with the points of other tables beside them.
pub fn draw(spec: &FigureSpec, table: &Table, beside: Beside, theme: &Theme) -> Result<Drawing, FigureError> {
    let (chart, mut warnings) = from_table::chart(spec, table, beside)?;
    let mut drawing = compose::compose(&chart, theme)?;
    warnings.append(&mut drawing.warnings);
    drawing.warnings = warnings;
    Ok(drawing)
}

/// Draws a chart.
pub fn draw_chart(chart: &Chart, theme: &Theme) -> Result<Drawing, FigureError> {
    compose::compose(chart, theme)
}

#[cfg(test)]
mod tests {
    use super::chart::{Axis, Cell, Kind, Panel, Point, Series};
    use super::*;

    const KINDS: [Kind; 8] =
        [Kind::Line, Kind::Steps, Kind::Scatter, Kind::Bars, Kind::Stack, Kind::Waterfall, Kind::Boxes, Kind::Map];

    fn around(y: f64, half: f64) -> (f64, f64) {
        (y - half, y + half)
    }

    fn drawn(chart: &Chart) -> Result<Drawing, FigureError> {
        draw_chart(chart, &Theme::default())
    }

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
                    Point::within(10_f64.powi(step - 6), y, Some(around(y, y * f64::from(series) * 0.2)))
                };
                (0..13).map(at).collect()
            };
            let series = (0..7).map(|k| Series::new(format!("{} threads", 1 << k), points(k))).collect();
            let measured =
                (0..7).map(|k| Series::new(format!("{} threads", 1 << k), vec![Point::new(1.0, value(k, 6))]));
            let panel =
                Panel { title: format!("{cores} cores"), series, references: measured.collect(), ..Panel::default() };
            chart.panels.push(panel);
        }
        chart
    }

    fn one_panel(kind: Kind, scale: Scale, series: Vec<Series>) -> Chart {
        let categories = |label: &str| Axis::of_categories(label, vec!["a".into(), "b".into()]);
        let x = if kind.has_bars() { categories("policy") } else { Axis::new("x", scale) };
        let y = Axis::new("y", scale);
        let mut chart = Chart::new(kind, x, y);
        let mut panel = Panel { series, ..Panel::default() };
        if kind == Kind::Map {
            chart.color = Some(Axis::new("value", scale));
            let points = std::mem::take(&mut panel.series).into_iter().flat_map(|series| series.points);
            panel.cells = points.map(|point| Cell { x: point.x, y: point.y, value: point.y }).collect();
        }
        chart.panels.push(panel);
        chart
    }

    #[test]
    fn an_awkward_figure_has_no_problems() {
        for size in [Size::Single, Size::Double, Size::Slide] {
            let drawing = drawn(&awkward(size)).unwrap();
            assert_eq!(check::problems(&drawing.layout), Vec::<String>::new());
            assert_eq!(drawing.layout.frames.len(), 3);
        }
    }

    #[test]
    fn two_drawings_have_the_same_bytes() {
        let (first, second) = (drawn(&awkward(Size::Single)).unwrap(), drawn(&awkward(Size::Single)).unwrap());
        assert_eq!(first, second);
        let font = Font::embedded();
        assert_eq!(png(&first.svg, &font).unwrap(), png(&second.svg, &font).unwrap());
        assert_eq!(pdf(&first.svg, &font).unwrap(), pdf(&second.svg, &font).unwrap());
    }

    #[test]
    fn every_kind_and_scale_survives_every_kind_of_data() {
        let awkward_values =
            [0.0, -1.0, 1.0, f64::NAN, f64::INFINITY, 1e300, f64::MIN_POSITIVE, -1e-12, 1e12, 7.0, 1e-9];
        for kind in KINDS {
            for scale in [Scale::Linear, Scale::Log] {
                for (index, &value) in awkward_values.iter().enumerate() {
                    for take in 1..=awkward_values.len() - index {
                        let values = &awkward_values[index..index + take];
                        let point = |&y: &f64| Point {
                            base: (y > 1.0).then_some(value),
                            quartiles: Some((y - 0.1, y + value)),
                            ..Point::within(value.abs().min(1.0), y, Some(around(y, 0.5)))
                        };
                        let points = values.iter().map(point).collect();
                        let series = vec![Series::new("s", points), Series::new("none", Vec::new())];
                        match drawn(&one_panel(kind, scale, series)) {
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
        for kind in KINDS {
            let points = |k: i32| vec![Point::new(0.0, f64::from(k)), Point::new(1.0, f64::from(50 - k))];
            let series = (0..50).map(|k| Series::new(format!("policy number {k}"), points(k))).collect();
            let drawing = drawn(&one_panel(kind, Scale::Linear, series)).unwrap();
            assert_eq!(check::problems(&drawing.layout), Vec::<String>::new());
        }
    }

    #[test]
    fn a_million_points_become_a_picture_and_all_their_numbers() {
        // A sequence that fills the square evenly (the golden ratio).
        let point = |index: u32| Point::new(f64::from(index), (f64::from(index) * 0.618_033_988_749_895).fract());
        for kind in [Kind::Line, Kind::Steps, Kind::Scatter] {
            let series = vec![Series::new("s", (0..1_000_000).map(point).collect())];
            let drawing = drawn(&one_panel(kind, Scale::Linear, series)).unwrap();
            assert!(drawing.svg.len() < 8_000_000, "{kind:?}: {}", drawing.svg.len());
            assert_eq!(drawing.numbers_csv.lines().count(), 1_000_001);
            assert_eq!(check::problems(&drawing.layout), Vec::<String>::new());
        }
    }

    #[test]
    fn a_map_finer_than_print_is_refused() {
        let points = (0..500).map(|k| Point::new(f64::from(k), f64::from(k) + 1.0)).collect();
        let error = drawn(&one_panel(Kind::Map, Scale::Linear, vec![Series::new("s", points)])).unwrap_err();
        assert!(error.to_string().contains("500 by 500 cells"), "{error}");
    }

    #[test]
    fn every_style_and_width_draws_without_problems() {
        for style in [Style::Ieee, Style::Acm, Style::Slide, Style::Grey] {
            for width in [None, Some(5.0), Some(12.0)] {
                let theme = Theme { style, width, ..Theme::default() };
                let series =
                    (0..3).map(|k| Series::new(format!("{k}"), vec![Point::new(1.0, 2.0), Point::new(2.0, 3.0)]));
                let drawing = draw_chart(&one_panel(Kind::Line, Scale::Log, series.collect()), &theme).unwrap();
                assert_eq!(check::problems(&drawing.layout), Vec::<String>::new());
            }
        }
    }

    #[test]
    fn a_pdf_has_its_font_inside_and_none_of_type_3() {
        let drawing = drawn(&awkward(Size::Single)).unwrap();
        let bytes = pdf(&drawing.svg, &Font::embedded()).unwrap();
        let has = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        assert!(has("/Subtype/Type0") && has("/Subtype/CIDFontType2") && has("/FontFile2"));
        assert!(!has("/Type3") && !has("/CreationDate") && !has("/Subtype/Image"));
    }

    #[test]
    fn a_figure_too_low_for_its_labels_is_refused() {
        let chart = Chart { height: Some(0.6), ..awkward(Size::Single) };
        assert!(matches!(drawn(&chart), Err(FigureError::TooSmall(_))));
    }

    #[test]
    fn the_numbers_are_those_drawn() {
        let series =
            vec![Series::new("s", vec![Point::within(1.0, 2.0, Some(around(2.0, 0.5))), Point::new(3.0, f64::NAN)])];
        let drawing = drawn(&one_panel(Kind::Line, Scale::Linear, series)).unwrap();
        assert_eq!(drawing.numbers_csv, "panel,series,x,y,low,high,kind\n,s,1,2,1.5,2.5,simulated\n");
        assert_eq!(drawing.warnings.len(), 1);
    }
}
