//! Puts a timeline on the canvas: legend, rows with their names, marks, and the axis of time.

use super::columns;
use super::{Row, Timeline};
use crate::figure::axis::span::{Side, Span};
use crate::figure::axis::ticks::{self, Ruler, Tick};
use crate::figure::canvas::{Anchor, At, Canvas, Label, MarkerPaint, Stroke};
use crate::figure::chart::Scale;
use crate::figure::error::FigureError;
use crate::figure::look::colors;
use crate::figure::look::style::{self, HAIRLINE, INK, LABEL, PT, SMALL, Shape, TICK};
use crate::figure::look::theme::{Style, Theme};
use crate::figure::page::layout::{Area, Role};
use plotters::style::RGBColor;
use std::sync::Arc;

/// Paper left free at every edge.
const EDGE: f64 = 2.5 * PT;

/// Between frame and labels.
const GAP: f64 = 3.0 * PT;

/// Height of the row of a thread, and of a strip.
const HEIGHTS: (i32, i32) = (120, 80);

/// Above each row, and above one that stands apart.
const SPACES: (i32, i32) = (35, 75);

/// Side of the square that shows the colour of a row.
const SWATCH: f64 = 5.0 * PT;

/// Length of a sample in the legend.
const SAMPLE: f64 = 10.0 * PT;

/// Between the entries of the legend.
const ENTRY_GAP: f64 = 9.0 * PT;

/// From line to line of the legend.
const LINE: f64 = SMALL * 1.45;

/// The largest share of the width that the names of rows may take.
const NAMES: f64 = 0.25;

/// Half the size of a mark, and how far marks of a kind must be apart to be told apart.
const MARK: (f64, i32) = (1.4 * PT, 16);

/// The least width of the frame.
const LEAST_WIDTH: i32 = 600;

/// An entry of the legend: its name, its colour, and its shape if it is not a bar.
type Entry<'t> = (&'t str, RGBColor, Option<Shape>);

/// The painted canvas, warnings, and by how much it is to be magnified.
pub(super) fn paint(timeline: &Timeline, theme: &Theme) -> Result<(Canvas, Vec<String>, f64), FigureError> {
    let sheet = theme.sheet(timeline.size)?;
    let font = &theme.font;
    let width = sheet.width as i32;
    let room = NAMES * sheet.width;
    let names: Vec<String> = timeline.rows.iter().map(|row| font.shortened(&row.name, SMALL, room)).collect();
    let widest = names.iter().map(|name| font.width(name, SMALL)).fold(0.0, f64::max);
    let left = (EDGE + widest + GAP + SWATCH + GAP).ceil() as i32;
    let right = width - (EDGE + overhang(timeline, f64::from(width - left), theme)) as i32;
    if right - left < LEAST_WIDTH {
        return Err(FigureError::TooSmall("there is no room for a timeline beside the names of its rows".into()));
    }
    let lines = legend_lines(timeline, theme, f64::from(right) - EDGE);
    let top = (EDGE + lines.len() as f64 * LINE + 3.0 * PT).ceil() as i32;
    let tops = tops(&timeline.rows, top);
    let bottom = tops.last().map_or(top, |&(_, bottom)| bottom) + SPACES.0;
    let height = f64::from(bottom) + GAP + SMALL + GAP + LABEL + EDGE;
    let height = ((height / 10.0).ceil() * 10.0) as i32;

    let mut canvas = Canvas::new(width, height, Arc::clone(font), timeline.description.clone());
    let frame = Area { left, top, right, bottom };
    canvas.layout.frames.push(frame);
    paint_legend(&mut canvas, &lines, theme);
    let mut hidden = 0;
    for ((row, name), &(from, to)) in timeline.rows.iter().zip(&names).zip(&tops) {
        let area = Area { top: from, bottom: to, ..frame };
        paint_row(&mut canvas, timeline, row, area, theme);
        hidden += paint_marks(&mut canvas, timeline, row, area, theme);
        paint_name(&mut canvas, row, name, area, theme);
    }
    let corners = frame.corners().map(|(x, y)| (x as i32, y as i32));
    canvas.outline(&corners, &Stroke::solid(INK, HAIRLINE));
    paint_axis(&mut canvas, timeline, frame, height, theme);
    let mut warnings = Vec::new();
    if hidden > 0 {
        warnings.push(format!("{hidden} marks lie on others of their kind and were drawn once"));
    }
    for (row, name) in timeline.rows.iter().zip(&names).filter(|(row, name)| row.name != **name) {
        warnings.push(format!("the name `{}` is too long and was cut to `{name}`", row.name));
    }
    Ok((canvas, warnings, sheet.magnification))
}

/// From where to where each row reaches.
fn tops(rows: &[Row], top: i32) -> Vec<(i32, i32)> {
    let mut bottom = top;
    let place = |row: &Row| {
        let from = bottom + if row.apart { SPACES.1 } else { SPACES.0 };
        bottom = from + if row.strip { HEIGHTS.1 } else { HEIGHTS.0 };
        (from, bottom)
    };
    rows.iter().map(place).collect()
}

/// The colour as the style shows it.
fn shown(color: RGBColor, theme: &Theme) -> RGBColor {
    if theme.style != Style::Grey {
        return color;
    }
    let level = (255.0 * colors::lightness(color)).round() as u8;
    RGBColor(level, level, level)
}

fn paint_row(canvas: &mut Canvas, timeline: &Timeline, row: &Row, area: Area, theme: &Theme) {
    let height = f64::from(area.height());
    for tile in columns::tiles(&row.bars, timeline.range, area.width()) {
        let y = |share: f64| area.top + (height * share).round() as i32;
        let part = Area {
            left: area.left + tile.x.0,
            right: area.left + tile.x.1,
            top: y(tile.y.0),
            bottom: y(tile.y.1).max(y(tile.y.0) + 1),
        };
        canvas.cell(part, shown(timeline.paints[tile.paint].color, theme));
    }
}

/// Paints the marks of a row and gives how many lie on others.
fn paint_marks(canvas: &mut Canvas, timeline: &Timeline, row: &Row, area: Area, theme: &Theme) -> usize {
    let (low, high) = timeline.range;
    let mut last = vec![i32::MIN / 2; timeline.symbols.len()];
    let mut hidden = 0;
    for &(at, number) in row.marks.iter().filter(|(at, _)| (low..=high).contains(at)) {
        let x = area.left + ((at - low) / (high - low) * f64::from(area.width())).round() as i32;
        if x - last[number] < MARK.1 {
            hidden += 1;
            continue;
        }
        last[number] = x;
        let symbol = &timeline.symbols[number];
        // Kinds of marks of the same moment stand at different heights.
        let share = (number as f64 + 1.0) / (timeline.symbols.len() as f64 + 1.0);
        let y = area.top + (f64::from(area.height()) * share) as i32;
        let fill = Some(shown(symbol.color, theme));
        canvas.marker((x, y), symbol.shape, MARK.0, MarkerPaint { fill, outline: Some(INK) });
        canvas.layout.marks.push((x, y));
    }
    hidden
}

fn paint_name(canvas: &mut Canvas, row: &Row, name: &str, area: Area, theme: &Theme) {
    let middle = i32::midpoint(area.top, area.bottom);
    let half = (SWATCH / 2.0) as i32;
    let right = area.left - GAP as i32;
    if let Some(color) = row.color {
        let square = Area { left: right - 2 * half, right, top: middle - half, bottom: middle + half };
        canvas.cell(square, shown(color, theme));
    }
    let at = (right - 2 * half - GAP as i32, middle);
    write(canvas, at, name, Anchor::End, Role::Tick);
}

/// The axis of time, and its ticks for a frame of this width.
fn axis(timeline: &Timeline, width: f64, theme: &Theme) -> (Span, Vec<Tick>) {
    let (low, high) = timeline.range;
    let span = Span { scale: Scale::Linear, low, high, whole: false, binary: false };
    let ticks = ticks::numeric(&span, &Ruler { side: Side::X, length: width, font: &theme.font });
    (span, ticks.major)
}

/// By how much the label of the last tick may reach beyond a frame of about this width.
fn overhang(timeline: &Timeline, width: f64, theme: &Theme) -> f64 {
    let (_, ticks) = axis(timeline, width, theme);
    ticks.iter().map(|tick| theme.font.width(&tick.label, SMALL) / 2.0).fold(2.0 * PT, f64::max)
}

fn paint_axis(canvas: &mut Canvas, timeline: &Timeline, frame: Area, height: i32, theme: &Theme) {
    let (span, major) = axis(timeline, f64::from(frame.width()), theme);
    let stroke = Stroke::solid(INK, HAIRLINE);
    for tick in &major {
        let x = frame.left + (span.fraction(tick.value) * f64::from(frame.width())).round() as i32;
        canvas.line(&[(x, frame.bottom), (x, frame.bottom + TICK as i32)], &stroke);
        write(canvas, (x, frame.bottom + (GAP + SMALL * 0.65) as i32), &tick.label, Anchor::Middle, Role::Tick);
    }
    let at = (i32::midpoint(frame.left, frame.right), height - (EDGE + LABEL / 2.0) as i32);
    write(canvas, at, &timeline.x_label, Anchor::Middle, Role::AxisLabel);
}

/// The entries of the legend in lines no wider than the room.
fn legend_lines<'t>(timeline: &'t Timeline, theme: &Theme, room: f64) -> Vec<Vec<Entry<'t>>> {
    let bars = timeline.paints.iter().filter(|paint| paint.listed);
    let bars = bars.map(|paint| (paint.name.as_str(), paint.color, None));
    let marks = timeline.symbols.iter().map(|symbol| (symbol.name.as_str(), symbol.color, Some(symbol.shape)));
    let mut lines: Vec<Vec<Entry<'t>>> = Vec::new();
    let mut used = f64::INFINITY;
    for entry in bars.chain(marks) {
        let width = entry_width(&entry, theme);
        if used + width > room {
            lines.push(Vec::new());
            used = 0.0;
        }
        used += width + ENTRY_GAP;
        lines.last_mut().expect("the first entry begins a line").push(entry);
    }
    lines
}

fn entry_width(entry: &Entry<'_>, theme: &Theme) -> f64 {
    SAMPLE + GAP + theme.font.width(entry.0, SMALL)
}

fn paint_legend(canvas: &mut Canvas, lines: &[Vec<Entry<'_>>], theme: &Theme) {
    for (number, line) in lines.iter().enumerate() {
        let y = (EDGE + (number as f64 + 0.5) * LINE) as i32;
        let mut x = EDGE;
        for entry in line {
            let (name, color, shape) = *entry;
            let color = shown(color, theme);
            if let Some(shape) = shape {
                let paint = MarkerPaint { fill: Some(color), outline: Some(INK) };
                canvas.marker(((x + SAMPLE / 2.0) as i32, y), shape, MARK.0, paint);
            } else {
                let half = (2.6 * PT) as i32;
                let (left, right) = (x as i32, (x + SAMPLE) as i32);
                canvas.cell(Area { left, right, top: y - half, bottom: y + half }, color);
            }
            write(canvas, ((x + SAMPLE + GAP) as i32, y), name, Anchor::Start, Role::Legend);
            x += entry_width(entry, theme) + ENTRY_GAP;
        }
    }
}

fn write(canvas: &mut Canvas, at: At, text: &str, anchor: Anchor, role: Role) {
    let size = if role == Role::AxisLabel { style::LABEL } else { SMALL };
    canvas.text(at, &Label { text, size, anchor, turn: 0, color: INK, role });
}
