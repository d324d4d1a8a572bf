//! The colour bar of a map: one for all panels, as high as they are together.

use crate::figure::axis::span::{Side, Span};
use crate::figure::axis::ticks::{self, Ruler, Ticks};
use crate::figure::canvas::font::Font;
use crate::figure::canvas::{Anchor, Canvas, Label, Stroke};
use crate::figure::chart::Chart;
use crate::figure::ink::Plane;
use crate::figure::look::colors;
use crate::figure::look::style::{HAIRLINE, INK, LABEL, LEADING, PT, SMALL};
use crate::figure::look::theme::{Style, Theme};
use crate::figure::page::layout::{Area, Role};
use plotters::coord::ranged1d::Ranged as _;

/// Width of the bar itself.
const BAR: f64 = 8.0 * PT;

/// Between panels and bar.
const BEFORE: f64 = 6.0 * PT;

/// Between bar and numbers.
const GAP: f64 = 2.5 * PT;

/// Length of a tick.
const TICK: f64 = 2.0 * PT;

/// Steps of colour along the bar.
const STEPS: i32 = 128;

/// A colour bar.
#[derive(Debug, Clone)]
pub struct ColorBar {
    span: Span,
    label: String,
    style: Style,
}

impl ColorBar {
    /// The colour bar of a map.
    pub fn of_chart(chart: &Chart, plane: &Plane, theme: &Theme) -> Option<Self> {
        let (axis, span) = chart.color.as_ref().zip(plane.color)?;
        Some(Self { span, label: axis.label.clone(), style: theme.style })
    }

    /// Room that the bar takes to the right of panels as high as this.
    pub fn width(&self, height: i32, font: &Font) -> f64 {
        let label = self.lines(height, font).len() as f64 * LABEL * LEADING;
        BEFORE + BAR + GAP + widest(&self.ticks(height, font), font) + label + GAP
    }

    /// Paints the bar beside the outline of the panels.
    pub fn paint(&self, canvas: &mut Canvas, outline: Area) {
        let left = outline.right + BEFORE as i32;
        let bar = Area { left, right: left + BAR as i32, ..outline };
        for step in 0..STEPS {
            let edge = |step: i32| bar.bottom - bar.height() * step / STEPS;
            // Each reaches under the next.
            let area = Area { top: edge((step + 2).min(STEPS)), bottom: edge(step), ..bar };
            let color = colors::color((f64::from(step) + 0.5) / f64::from(STEPS), self.style);
            canvas.cell(area, color);
        }
        let stroke = Stroke::solid(INK, HAIRLINE);
        canvas.outline(&bar.corners().map(|(x, y)| (x as i32, y as i32)), &stroke);
        let ticks = self.ticks(outline.height(), canvas.font());
        for tick in &ticks.major {
            let y = self.span.map(&tick.value, (bar.bottom, bar.top));
            canvas.line(&[(bar.right, y), (bar.right - TICK as i32, y)], &stroke);
            write(canvas, (bar.right + GAP as i32, y), &tick.label, (SMALL, Anchor::Start, 0));
        }
        let beyond = f64::from(bar.right) + GAP + widest(&ticks, canvas.font()) + GAP;
        for (number, line) in self.lines(outline.height(), canvas.font()).iter().enumerate() {
            let x = beyond + (number as f64 + 0.5) * LABEL * LEADING;
            let y = i32::midpoint(outline.top, outline.bottom);
            write(canvas, (x as i32, y), line, (LABEL, Anchor::Middle, -90));
        }
    }

    fn ticks(&self, height: i32, font: &Font) -> Ticks {
        ticks::numeric(&self.span, &Ruler { side: Side::Y, length: f64::from(height), font })
    }

    fn lines(&self, height: i32, font: &Font) -> Vec<String> {
        let room = f64::from(height);
        font.wrapped(&self.label, LABEL, room).iter().map(|line| font.shortened(line, LABEL, room)).collect()
    }
}

fn widest(ticks: &Ticks, font: &Font) -> f64 {
    ticks.major.iter().map(|tick| font.width(&tick.label, SMALL)).fold(0.0, f64::max)
}

fn write(canvas: &mut Canvas, at: (i32, i32), text: &str, (size, anchor, turn): (f64, Anchor, i32)) {
    canvas.text(at, &Label { text, size, anchor, turn, color: INK, role: Role::ColorBar });
}
