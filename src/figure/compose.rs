//! From a chart to a finished drawing: ranges, legend, margins, data, frame, in this order.

use crate::figure::Drawing;
use crate::figure::axis::span::{Side, Span};
use crate::figure::backend::paper::PaperBackend;
use crate::figure::canvas::Canvas;
use crate::figure::canvas::font::Font;
use crate::figure::chart::numbers;
use crate::figure::chart::prepare;
use crate::figure::chart::{Axis, Chart, Kind, Point, Scale, Series, Size};
use crate::figure::error::FigureError;
use crate::figure::ink::elements::{Bar, Dashed, Mark, Tile, Value};
use crate::figure::ink::grid::{self, Grid};
use crate::figure::ink::pen::{self, Drawn};
use crate::figure::ink::{Ink, Plane};
use crate::figure::look::looks::Looks;
use crate::figure::look::style::{self, PT};
use crate::figure::look::theme::{Sheet, Theme};
use crate::figure::page::arrange::{Below, Plan};
use crate::figure::page::frame;
use crate::figure::page::layout::Area;
use crate::figure::page::placement::Setting;
use plotters::coord::Shift;
use plotters::coord::cartesian::Cartesian2d;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::element::{EmptyElement, PathElement, Polygon};
use plotters::style::{Color as _, ShapeStyle};
use std::cell::RefCell;
use std::sync::Arc;

/// Points along the ideal line, which is curved when the axes differ in scale.
const IDEAL_POINTS: u32 = 100;

/// Half the width of the cap of an error bar.
const CAP: f64 = 1.8 * PT;

/// Draws a chart.
pub fn compose(chart: &Chart, theme: &Theme) -> Result<Drawing, FigureError> {
    let sheet = theme.sheet(chart.size)?;
    let (chart, mut warnings) = sound(chart, &sheet)?;
    let grid = (chart.kind == Kind::Map).then(|| Grid::of_chart(&chart));
    let plane = plane(&chart, grid.as_ref())?;
    let chart = with_ideal(chart, &plane);
    let looks = Looks::of_chart(&chart, theme);
    let drawn: Vec<Drawn> =
        chart.panels.iter().map(|panel| pen::panel(&chart, panel, &plane, &looks, grid.as_ref())).collect();
    warnings.extend(left_out(&drawn));
    let inks: Vec<Vec<Ink>> = drawn.into_iter().map(|drawn| drawn.ink).collect();
    let setting = Setting { chart: &chart, plane: &plane, looks: &looks, theme, sheet };
    let placement = setting.place(&inks, &mut warnings)?;
    let plan = &placement.plan;

    let mut canvas = Canvas::new(plan.width, plan.height, Arc::clone(&theme.font), chart.description.clone());
    canvas.layout.frames.clone_from(&plan.frames);
    let canvas = RefCell::new(canvas);
    let root = PaperBackend::new(&canvas).into_drawing_area();
    for (ink, frame) in inks.iter().zip(&plan.frames) {
        draw_ink(&root, &plane, frame, ink, &theme.font)?;
    }
    drop(root);
    let mut canvas = canvas.into_inner();
    for title in frame::paint(&mut canvas, &chart, plan, &plane) {
        warnings.push(format!("the panel title `{title}` is too long and was cut"));
    }
    warnings.extend(cut_labels(&chart, plan));
    if let Some((legend, at)) = &placement.legend {
        legend.paint(&mut canvas, *at);
    }
    if let Some(bar) = &placement.color_bar {
        bar.paint(&mut canvas, plan.outline());
    }
    let (svg, layout) = canvas.finish(sheet.magnification);
    for text in &layout.texts {
        if let Some(c) = theme.font.missing(&text.text) {
            warnings.push(format!("the font has no `{c}`, which stands in `{}`", text.text));
        }
    }
    Ok(Drawing { svg, numbers_csv: numbers::csv(&chart)?, warnings, layout })
}

/// The chart without what cannot be drawn, its height on the sheet, and warnings of what was left out.
fn sound(chart: &Chart, sheet: &Sheet) -> Result<(Chart, Vec<String>), FigureError> {
    if chart.height.is_some_and(|height| !(0.5..=40.0).contains(&height)) {
        return Err(FigureError::Impossible("the height of a figure is given in inches, from 0.5 to 40".into()));
    }
    if chart.kind.has_bars() && chart.x.scale != Scale::Category {
        return Err(FigureError::Impossible("bars need an x axis of categories".into()));
    }
    let (mut chart, warnings) = prepare::cleaned(chart);
    if chart.panels.is_empty() {
        return Err(FigureError::Empty(if warnings.is_empty() {
            "no panel has a point".into()
        } else {
            warnings.join("; ")
        }));
    }
    // The height that was asked for on paper says nothing of a slide.
    let kept = sheet.magnification == 1.0 || chart.size == Size::Slide;
    chart.height = chart.height.filter(|_| kept).map(|inches| inches / sheet.magnification);
    Ok((chart, warnings))
}

/// Says how many points are not to be seen.
fn left_out(drawn: &[Drawn]) -> Vec<String> {
    let mut found = Vec::new();
    match drawn.iter().map(|drawn| drawn.outside).sum::<usize>() {
        0 => {}
        1 => found.push("1 point lies outside the range of the axes".into()),
        count => found.push(format!("{count} points lie outside the range of the axes")),
    }
    match drawn.iter().map(|drawn| drawn.hidden).sum::<usize>() {
        0 => {}
        count => found.push(format!("{count} markers lie on others and were drawn once")),
    }
    found
}

/// Says which labels of axes and categories are not written in full.
fn cut_labels(chart: &Chart, plan: &Plan) -> Vec<String> {
    let is_cut = |text: &str, lines: &[String]| {
        !text.split_whitespace().eq(lines.iter().flat_map(|line| line.split_whitespace()))
    };
    let mut labels = vec![(&chart.x.label, &plan.x_label), (&chart.y.label, &plan.y_label)];
    let mut found = Vec::new();
    if let Below::Names(names) = &plan.below {
        if names.left_out() > 0 && names.turn != 0 {
            found.push(format!("there is no room for the names of {} categories", names.left_out()));
        }
        labels.extend(chart.x.categories.iter().zip(&names.names).filter(|(_, lines)| !lines.is_empty()));
    }
    labels.retain(|(text, lines)| is_cut(text, lines));
    found.extend(labels.iter().map(|(text, _)| format!("the label `{text}` is too long and was cut")));
    found
}

/// Both axes, wide enough for everything that is drawn.
fn plane(chart: &Chart, grid: Option<&Grid>) -> Result<Plane, FigureError> {
    if let Some(grid) = grid {
        return plane_of_map(chart, grid);
    }
    let points = || {
        let lists =
            chart.panels.iter().flat_map(|panel| [&panel.series, &panel.references, &panel.curves, &panel.strays]);
        lists.flatten().flat_map(|series| &series.points)
    };
    let bases = || points().filter_map(|point| point.base);
    let mut x: Vec<f64> = points().map(|point| point.x).collect();
    x.extend(&chart.x.rules);
    let mut y: Vec<f64> = points().map(|point| point.y).collect();
    y.extend(&chart.y.rules);
    if chart.kind == Kind::Spans {
        x.extend(bases());
    } else {
        y.extend(bases());
    }
    // An interval that reaches to zero must not stretch a log axis without end.
    let log = chart.y.scale == Scale::Log;
    let ends = points().filter_map(|point| point.interval).flat_map(|(low, high)| [low, high]);
    y.extend(ends.filter(|&end| !log || end > 0.0));
    let span = |axis: &Axis, side, values: &[f64]| Span::fit(axis, side, chart.kind, values);
    Ok(Plane { x: span(&chart.x, Side::X, &x)?, y: span(&chart.y, Side::Y, &y)?, color: None })
}

/// The axes of a map end where its cells do.
fn plane_of_map(chart: &Chart, grid: &Grid) -> Result<Plane, FigureError> {
    let (columns, rows) = grid.size();
    if columns.max(rows) > grid::MOST {
        return Err(FigureError::Impossible(format!(
            "a map of {columns} by {rows} cells is finer than print; allowed are {0} by {0}: sweep fewer values",
            grid::MOST
        )));
    }
    let values: Vec<f64> = chart.panels.iter().flat_map(|panel| &panel.cells).map(|cell| cell.value).collect();
    let span = |axis: &Axis, side, values: &[f64]| Span::fit(axis, side, chart.kind, values);
    let color = chart.color.as_ref().map(|axis| span(axis, Side::Y, &values)).transpose()?;
    let (x, y) = (span(&chart.x, Side::X, grid.columns())?, span(&chart.y, Side::Y, grid.rows())?);
    Ok(Plane { x: x.with_ticks_for(grid.x()), y: y.with_ticks_for(grid.y()), color })
}

fn with_ideal(mut chart: Chart, plane: &Plane) -> Chart {
    let Some(label) = chart.ideal.clone() else { return chart };
    let at = |step: u32| {
        let value = plane.x.value(f64::from(step) / f64::from(IDEAL_POINTS));
        Point::new(value, value)
    };
    let line = Series::new(label, (0..=IDEAL_POINTS).map(at).collect());
    for panel in &mut chart.panels {
        panel.curves.push(line.clone());
    }
    chart
}

type Paper<'c> = DrawingArea<PaperBackend<'c>, Shift>;

/// Draws the data of a panel through plotters.
fn draw_ink(root: &Paper<'_>, plane: &Plane, frame: &Area, ink: &[Ink], font: &Font) -> Result<(), FigureError> {
    let written = cells_have_room(plane, frame, ink, font);
    let inner = root.clone().shrink((frame.left, frame.top), (frame.width(), frame.height()));
    let ranges = (frame.left..frame.right, frame.bottom..frame.top);
    let area = inner.apply_coord_spec(Cartesian2d::<Span, Span>::new(plane.x, plane.y, ranges));
    for item in ink {
        let drawn = match item {
            Ink::Band { corners, color } => area.draw(&Polygon::new(corners.clone(), color.mix(style::BAND))),
            Ink::Line { points, stroke } => area.draw(&Dashed { points, stroke: *stroke }),
            Ink::Bar { corners, look } => area.draw(&Bar { corners: *corners, look: *look }),
            Ink::Cell { corners, color, text } => {
                let text = (written && !text.is_empty()).then(|| text.clone());
                area.draw(&Tile { corners: *corners, color: *color, text })
            }
            Ink::Value { at, text } => area.draw(&Value { at: [*at], text: text.clone() }),
            Ink::Mark { at, shape, radius, paint } => {
                area.draw(&Mark { at: [*at], shape: *shape, radius: *radius, paint: *paint })
            }
            Ink::Whisker { x, room, ends, color } => {
                let style = ShapeStyle::from(color).stroke_width(style::THIN);
                let stem = area.draw(&PathElement::new(ends.map(|(y, _)| (*x, y)).to_vec(), style));
                // Caps of neighbours do not touch.
                let room = room.map_or(f64::INFINITY, |room| {
                    (plane.x.fraction(x + room) - plane.x.fraction(*x)) * f64::from(frame.width())
                });
                let cap = CAP.min(0.45 * room).round() as i32;
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

/// Whether every cell is large enough for its value.
fn cells_have_room(plane: &Plane, frame: &Area, ink: &[Ink], font: &Font) -> bool {
    ink.iter().all(|item| match item {
        Ink::Cell { corners: [a, b], text, .. } => {
            let area = Area::between(plane.at(*a, frame), plane.at(*b, frame));
            let (width, height) = (font.width(text, style::SMALL) + 3.0 * PT, style::SMALL + 2.0 * PT);
            f64::from(area.width()) >= width && f64::from(area.height()) >= height
        }
        _ => true,
    })
}
