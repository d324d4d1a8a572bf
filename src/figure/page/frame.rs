//! Paints frames, ticks, tick labels, panel titles and axis labels.

use crate::figure::axis::categories::CategoryLabels;
use crate::figure::canvas::{Anchor, At, Canvas, Label, Stroke};
use crate::figure::chart::{Chart, Kind, Scale};
use crate::figure::ink::Plane;
use crate::figure::look::style::{self, HAIRLINE, INK, LABEL, LEADING, MINOR_TICK, PT, SMALL, TICK};
use crate::figure::page::arrange::{Below, Plan};
use crate::figure::page::layout::{Area, Role};
use plotters::coord::ranged1d::Ranged as _;

/// Between frame and labels.
const GAP: f64 = 3.0 * PT;

/// Paper left free at every edge.
const EDGE: f64 = 2.5 * PT;

/// Length of the ticks of a map, which would be lost in its colours.
const OUTWARDS: i32 = (2.0 * PT) as i32;

/// Paints all that surrounds the data; returns panel titles that had to be cut.
pub fn paint(canvas: &mut Canvas, chart: &Chart, plan: &Plan, plane: &Plane) -> Vec<String> {
    let mut cut = Vec::new();
    for (index, (panel, frame)) in chart.panels.iter().zip(&plan.frames).enumerate() {
        paint_ticks(canvas, chart, plan, plane, frame);
        let corners = frame.corners().map(|(x, y)| (x as i32, y as i32));
        canvas.outline(&corners, &Stroke::solid(INK, HAIRLINE));
        if plan.is_lowest(index) {
            match &plan.below {
                Below::Names(names) => paint_names(canvas, names, plane, frame),
                Below::Numbers(ticks) => {
                    for tick in &ticks.major {
                        let x = plane.x.map(&tick.value, (frame.left, frame.right));
                        let y = frame.bottom + (GAP + SMALL / 2.0) as i32;
                        write(canvas, (x, y), &tick.label, Anchor::Middle, 0, Role::Tick);
                    }
                }
            }
        }
        if plan.is_first(index) {
            for tick in &plan.beside.major {
                let y = plane.y.map(&tick.value, (frame.bottom, frame.top));
                write(canvas, (frame.left - GAP as i32, y), &tick.label, Anchor::End, 0, Role::Tick);
            }
        }
        let title = canvas.font().shortened(&panel.title, LABEL, f64::from(frame.width()) + 5.0 * PT);
        let at = (i32::midpoint(frame.left, frame.right), frame.top - (LABEL * 0.5 + 2.0 * PT) as i32);
        write(canvas, at, &title, Anchor::Middle, 0, Role::Title);
        if title != panel.title {
            cut.push(panel.title.clone());
        }
    }
    paint_axis_labels(canvas, plan);
    cut
}

fn paint_ticks(canvas: &mut Canvas, chart: &Chart, plan: &Plan, plane: &Plane, frame: &Area) {
    let stroke = Stroke::solid(INK, HAIRLINE);
    let outwards = chart.kind == Kind::Map;
    let mut upright = |value: f64, length: f64| {
        let (x, length) = (plane.x.map(&value, (frame.left, frame.right)), length.round() as i32);
        if outwards {
            return canvas.line(&[(x, frame.bottom), (x, frame.bottom + OUTWARDS)], &stroke);
        }
        canvas.line(&[(x, frame.bottom), (x, frame.bottom - length)], &stroke);
        canvas.line(&[(x, frame.top), (x, frame.top + length)], &stroke);
    };
    match &plan.below {
        Below::Numbers(ticks) => {
            ticks.minor.iter().filter(|_| !outwards).for_each(|&value| upright(value, MINOR_TICK));
            ticks.major.iter().for_each(|tick| upright(tick.value, TICK));
        }
        // Bars and cells show by themselves which name is theirs.
        Below::Names(_) if outwards || chart.kind.has_bars() => {}
        Below::Names(names) => (0..names.names.len()).for_each(|index| upright(index as f64, TICK)),
    }
    if chart.y.scale == Scale::Category {
        return;
    }
    let mut level = |value: f64, length: f64| {
        let (y, length) = (plane.y.map(&value, (frame.bottom, frame.top)), length.round() as i32);
        if outwards {
            return canvas.line(&[(frame.left, y), (frame.left - OUTWARDS, y)], &stroke);
        }
        canvas.line(&[(frame.left, y), (frame.left + length, y)], &stroke);
        canvas.line(&[(frame.right, y), (frame.right - length, y)], &stroke);
    };
    plan.beside.minor.iter().filter(|_| !outwards).for_each(|&value| level(value, MINOR_TICK));
    plan.beside.major.iter().for_each(|tick| level(tick.value, TICK));
}

fn paint_names(canvas: &mut Canvas, names: &CategoryLabels, plane: &Plane, frame: &Area) {
    for (index, lines) in names.names.iter().enumerate() {
        let x = plane.x.map(&(index as f64), (frame.left, frame.right));
        for (number, line) in lines.iter().enumerate() {
            let (drop, anchor) = match names.turn {
                0 => (GAP + SMALL / 2.0 + number as f64 * SMALL * LEADING, Anchor::Middle),
                -90 => (GAP, Anchor::End),
                _ => (GAP + SMALL * 0.3, Anchor::End),
            };
            write(canvas, (x, frame.bottom + drop as i32), line, anchor, names.turn, Role::Tick);
        }
    }
}

fn paint_axis_labels(canvas: &mut Canvas, plan: &Plan) {
    let outline = plan.outline();
    let step = LABEL * LEADING;
    for (number, line) in plan.x_label.iter().rev().enumerate() {
        let y = f64::from(plan.height) - EDGE - (number as f64 + 0.5) * step;
        let at = (i32::midpoint(outline.left, outline.right), y as i32);
        write(canvas, at, line, Anchor::Middle, 0, Role::AxisLabel);
    }
    for (number, line) in plan.y_label.iter().enumerate() {
        let x = plan.y_label_left + (number as f64 + 0.5) * step;
        let half = (canvas.font().width(line, LABEL) / 2.0).ceil() as i32;
        let (from, to) = plan.beside_y;
        let y = i32::midpoint(outline.top, outline.bottom).min(to - half).max(from + half);
        write(canvas, (x as i32, y), line, Anchor::Middle, -90, Role::AxisLabel);
    }
}

fn write(canvas: &mut Canvas, at: At, text: &str, anchor: Anchor, turn: i32, role: Role) {
    let size = if role == Role::Tick { SMALL } else { style::LABEL };
    canvas.text(at, &Label { text, size, anchor, turn, color: INK, role });
}
