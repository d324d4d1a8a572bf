//! From a chart to a finished drawing: ranges, legend, margins, data, frame, in this order.

use super::Drawing;
use super::arrange::{self, Below, Plan, Reserve};
use super::backend::PaperBackend;
use super::canvas::{At, Canvas};
use super::chart::{Chart, Kind, Point, Scale, Series, Size};
use super::elements::{Bar, Dashed, Mark};
use super::error::FigureError;
use super::font;
use super::frame;
use super::ink::{self, Ink, Plane};
use super::layout::Area;
use super::legend::{Legend, Spots};
use super::looks::Looks;
use super::numbers;
use super::prepare;
use super::span::{Side, Span};
use super::style::{self, PT};
use plotters::coord::Shift;
use plotters::coord::cartesian::Cartesian2d;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::element::{EmptyElement, PathElement, Polygon};
use plotters::style::{Color as _, ShapeStyle};
use std::cell::RefCell;

/// Points along the ideal line, which is curved when the axes differ in scale.
const IDEAL_POINTS: u32 = 100;

/// Half the width of the cap of an error bar.
const CAP: f64 = 1.8 * PT;

/// Beside or under a legend outside the frames.
const LEGEND_GAP: f64 = 4.0 * PT;

/// The largest share of the width that a legend may take beside the panels.
const LEGEND_SHARE: f64 = 0.3;

/// Columns of a legend inside a frame.
const MOST_COLUMNS: usize = 3;

/// Draws a chart.
pub fn compose(chart: &Chart) -> Result<Drawing, FigureError> {
    if chart.height.is_some_and(|height| !(0.5..=40.0).contains(&height)) {
        return Err(FigureError::Impossible("the height of a figure is given in inches, from 0.5 to 40".into()));
    }
    if chart.kind == Kind::Bars && chart.x.scale != Scale::Category {
        return Err(FigureError::Impossible("bars need an x axis of categories".into()));
    }
    let (mut chart, mut warnings) = prepare::cleaned(chart);
    if chart.panels.iter().all(|panel| panel.series.is_empty() && panel.references.is_empty()) {
        return Err(FigureError::Empty(if warnings.is_empty() {
            "no panel has a point".into()
        } else {
            warnings.join("; ")
        }));
    }
    let plane = plane(&chart)?;
    add_ideal(&mut chart, &plane);
    let looks = Looks::of_chart(&chart);
    let inks: Vec<(Vec<Ink>, usize)> =
        chart.panels.iter().map(|panel| ink::of_panel(&chart, panel, &plane, &looks)).collect();
    match inks.iter().map(|(_, outside)| outside).sum::<usize>() {
        0 => {}
        1 => warnings.push("1 point lies outside the range of the axes".into()),
        count => warnings.push(format!("{count} points lie outside the range of the axes")),
    }
    let inks: Vec<Vec<Ink>> = inks.into_iter().map(|(ink, _)| ink).collect();
    let (plan, legend) = place_legend(&chart, &plane, &looks, &inks, &mut warnings)?;

    let canvas = RefCell::new(Canvas::new(plan.width, plan.height, chart.description.clone()));
    let root = PaperBackend::new(&canvas).into_drawing_area();
    for (ink, frame) in inks.iter().zip(&plan.frames) {
        draw_ink(&root, &plane, frame, ink)?;
    }
    drop(root);
    let mut canvas = canvas.into_inner();
    for title in frame::paint(&mut canvas, &chart, &plan, &plane) {
        warnings.push(format!("the panel title `{title}` is too long and was cut"));
    }
    warnings.extend(cut_labels(&chart, &plan));
    if let Some((legend, at)) = legend {
        legend.paint(&mut canvas, at);
    }
    let (svg, layout) = canvas.finish();
    for text in &layout.texts {
        if let Some(c) = font::missing(&text.text) {
            warnings.push(format!("the font has no `{c}`, which stands in `{}`", text.text));
        }
    }
    Ok(Drawing { svg, numbers_csv: numbers::csv(&chart)?, warnings, layout })
}

/// Says which labels of axes and categories are not written in full.
fn cut_labels(chart: &Chart, plan: &Plan) -> Vec<String> {
    let is_cut = |text: &str, lines: &[String]| {
        !text.split_whitespace().eq(lines.iter().flat_map(|line| line.split_whitespace()))
    };
    let mut labels = vec![(&chart.x.label, &plan.x_label), (&chart.y.label, &plan.y_label)];
    let mut found = Vec::new();
    if let Below::Names(names) = &plan.below {
        if names.left_out() > 0 {
            found.push(format!("there is no room for the names of {} categories", names.left_out()));
        }
        labels.extend(chart.x.categories.iter().zip(&names.names).filter(|(_, lines)| !lines.is_empty()));
    }
    labels.retain(|(text, lines)| is_cut(text, lines));
    found.extend(labels.iter().map(|(text, _)| format!("the label `{text}` is too long and was cut")));
    found
}

/// Both axes, wide enough for everything that is drawn.
fn plane(chart: &Chart) -> Result<Plane, FigureError> {
    let points = || {
        let series = chart.panels.iter().flat_map(|p| p.series.iter().chain(&p.references).chain(&p.curves));
        series.flat_map(|series| &series.points)
    };
    let mut x: Vec<f64> = points().map(|point| point.x).collect();
    x.extend(&chart.x.rules);
    let mut y: Vec<f64> = points().map(|point| point.y).collect();
    y.extend(&chart.y.rules);
    // An interval that reaches to zero must not stretch a log axis without end.
    let log = chart.y.scale == Scale::Log;
    let ends = points().filter_map(|point| point.interval).flat_map(|(low, high)| [low, high]);
    y.extend(ends.filter(|&end| !log || end > 0.0));
    Ok(Plane { x: Span::fit(&chart.x, Side::X, chart.kind, &x)?, y: Span::fit(&chart.y, Side::Y, chart.kind, &y)? })
}

fn add_ideal(chart: &mut Chart, plane: &Plane) {
    let Some(label) = chart.ideal.clone() else { return };
    let at = |step: u32| {
        let value = plane.x.value(f64::from(step) / f64::from(IDEAL_POINTS));
        Point::new(value, value)
    };
    let line = Series::new(label, (0..=IDEAL_POINTS).map(at).collect());
    for panel in &mut chart.panels {
        panel.curves.push(line.clone());
    }
}

/// A legend and its upper left corner.
type PlacedLegend = (Legend, At);

/// Inside where it hides no data, else in an empty cell of the grid, else to the right (double) or above.
fn place_legend(
    chart: &Chart,
    plane: &Plane,
    looks: &Looks,
    inks: &[Vec<Ink>],
    warnings: &mut Vec<String>,
) -> Result<(Plan, Option<PlacedLegend>), FigureError> {
    let plan = arrange::plan(chart, plane, Reserve::default());
    let Some(mut legend) = Legend::of_chart(chart, looks) else { return Ok((plan?, None)) };
    let paper = arrange::width_of(chart.size) - 2.0 * LEGEND_GAP;
    for name in legend.shorten(paper) {
        warnings.push(format!("the legend's `{name}` is too long and was cut"));
    }
    let plan = plan?;
    for (ink, frame) in inks.iter().zip(&plan.frames) {
        let obstacles = ink::obstacles(ink, plane, frame);
        for spots in [Spots::Corners, Spots::Sides] {
            for columns in 1..=legend.entry_count().min(MOST_COLUMNS) {
                let legend = legend.in_columns(columns);
                if let Some(at) = legend.room_inside(frame, spots, &obstacles) {
                    return Ok((plan, Some((legend, at))));
                }
            }
        }
    }
    if let Some(at) = plan.spare.and_then(|cell| legend.room_inside(&cell, Spots::Corners, &[])) {
        return Ok((plan, Some((legend, at))));
    }
    if chart.size == Size::Double && legend.width() <= LEGEND_SHARE * paper {
        let beside = Reserve { right: legend.width() + LEGEND_GAP, ..Reserve::default() };
        let plan = arrange::plan(chart, plane, beside)?;
        let outline = plan.outline();
        if legend.height() <= f64::from(outline.height()) {
            let left = f64::from(plan.width) - legend.width() - LEGEND_GAP / 2.0;
            return Ok((plan, Some((legend, (left as i32, outline.top)))));
        }
    }
    let legend = legend.as_wide_as(paper);
    let plan = arrange::plan(chart, plane, Reserve { above: legend.height() + LEGEND_GAP, right: 0.0 })?;
    let outline = plan.outline();
    let width = legend.width().ceil() as i32;
    let centred = i32::midpoint(outline.left, outline.right) - width / 2;
    let left = centred.clamp(plan.above.left, (plan.above.right - width).max(plan.above.left));
    let top = plan.above.top;
    Ok((plan, Some((legend, (left, top)))))
}

type Paper<'c> = DrawingArea<PaperBackend<'c>, Shift>;

/// Draws the data of a panel through plotters.
fn draw_ink(root: &Paper<'_>, plane: &Plane, frame: &Area, ink: &[Ink]) -> Result<(), FigureError> {
    let inner = root.clone().shrink((frame.left, frame.top), (frame.width(), frame.height()));
    let ranges = (frame.left..frame.right, frame.bottom..frame.top);
    let area = inner.apply_coord_spec(Cartesian2d::<Span, Span>::new(plane.x, plane.y, ranges));
    for item in ink {
        let drawn = match item {
            Ink::Band { corners, color } => area.draw(&Polygon::new(corners.clone(), color.mix(style::BAND))),
            Ink::Line { points, stroke } => area.draw(&Dashed { points, stroke: *stroke }),
            Ink::Bar { corners, look } => area.draw(&Bar { corners: *corners, look: *look }),
            Ink::Mark { at, shape, radius, paint } => {
                area.draw(&Mark { at: [*at], shape: *shape, radius: *radius, paint: *paint })
            }
            Ink::Whisker { x, ends, color } => {
                let style = ShapeStyle::from(color).stroke_width(style::THIN);
                let stem = area.draw(&PathElement::new(ends.map(|(y, _)| (*x, y)).to_vec(), style));
                let cap = CAP.round() as i32;
                let caps = ends.iter().filter(|(_, whole)| *whole).map(|&(y, _)| {
                    area.draw(&(EmptyElement::at((*x, y)) + PathElement::new(vec![(-cap, 0), (cap, 0)], style)))
                });
                stem.and_then(|()| caps.collect())
            }
        };
        drawn.map_err(|error| FigureError::Drawing(error.to_string()))?;
    }
    Ok(())
}
