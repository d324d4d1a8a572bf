//! Bars of all sorts as ink: beside each other, on top of each other, boxes, spans of a timeline; and cells of maps.

use crate::figure::axis::ticks;
use crate::figure::canvas::Stroke;
use crate::figure::chart::{Kind, Panel, Scale, Series};
use crate::figure::ink::Ink;
use crate::figure::ink::grid::Grid;
use crate::figure::ink::pen::Pen;
use crate::figure::look::colors;
use crate::figure::look::style;

/// Share of the room of a category that its bars take.
const GROUP: f64 = 0.8;

/// The same where the category has one bar.
const ALONE: f64 = 0.5;

/// Share of its slot that a box takes.
const BOX: f64 = 0.7;

/// Share of the room of its row that a span takes.
const ROW: f64 = 0.7;

impl Pen<'_> {
    pub(super) fn bars(&mut self, series: &Series) {
        let look = self.looks.of(&series.label);
        let (offset, width) = self.slot(&series.label);
        let y = self.plane.y;
        let foot = if y.scale == Scale::Log { y.low } else { 0.0_f64.clamp(y.low, y.high) };
        for point in &series.points {
            let middle = point.x + offset;
            self.counts((middle, point.y));
            let from = point.base.unwrap_or(foot).clamp(y.low, y.high);
            let to = point.y.clamp(y.low, y.high);
            let corners = [(middle - width / 2.0, from), (middle + width / 2.0, to)];
            if from != to || point.base.is_none() {
                self.layers.back.push(Ink::Bar { corners, look });
            }
            if let Some((low, high)) = point.interval {
                self.whisker(middle, low, high, style::INK);
            }
            if self.chart.kind == Kind::Waterfall {
                let text = ticks::compact(point.y - point.base.unwrap_or(0.0));
                self.layers.marks.push(Ink::Value { at: (middle, from.max(to)), text });
            }
        }
    }

    /// Quartiles as a box, the median as a line across, whiskers as error bars.
    pub(super) fn boxes(&mut self, series: &Series) {
        let look = self.looks.of(&series.label);
        let (offset, room) = self.slot(&series.label);
        let half = BOX * room / 2.0;
        for point in &series.points {
            let middle = point.x + offset;
            self.counts((middle, point.y));
            let (lower, upper) = point.quartiles.unwrap_or((point.y, point.y));
            let corners = [(middle - half, lower), (middle + half, upper)].map(|corner| self.plane.clamped(corner));
            if let Some((low, high)) = point.interval {
                self.whisker(middle, low, lower.min(high), look.color);
                self.whisker(middle, upper.max(low), high, look.color);
            }
            self.layers.back.push(Ink::Bar { corners, look });
            self.stroke(&[(middle - half, point.y), (middle + half, point.y)], Stroke::solid(style::INK, style::LINE));
        }
    }

    pub(super) fn spans(&mut self, series: &Series) {
        let color = self.looks.of(&series.label).fill;
        for point in &series.points {
            self.counts((point.x, point.y));
            let from = (point.base.unwrap_or(0.0), point.y - ROW / 2.0);
            let corners = [from, (point.x, point.y + ROW / 2.0)].map(|corner| self.plane.clamped(corner));
            self.layers.back.push(Ink::Cell { corners, color, text: String::new() });
        }
    }

    pub(super) fn map(&mut self, panel: &Panel, grid: &Grid) {
        let Some(span) = self.plane.color else { return };
        for cell in &panel.cells {
            if self.counts((cell.x, cell.y)) {
                let color = colors::color(span.fraction(cell.value), self.looks.style());
                let corners = grid.corners(cell).map(|corner| self.plane.clamped(corner));
                self.layers.back.push(Ink::Cell { corners, color, text: ticks::compact(cell.value) });
            }
        }
    }

    /// Where the bars of a series stand in the room of their category, and how wide they are.
    pub(super) fn slot(&self, label: &str) -> (f64, f64) {
        let width = self.slot_width();
        let count = match self.chart.kind {
            Kind::Bars | Kind::Boxes => self.looks.simulated(),
            Kind::Stack | Kind::Waterfall => return (0.0, width),
            _ => return (0.0, GROUP),
        };
        match self.looks.position(label).filter(|&position| position < count) {
            Some(position) if count > 1 => ((position as f64 + 0.5) * width - GROUP / 2.0, width),
            Some(_) => (0.0, width),
            None => (0.0, GROUP),
        }
    }

    /// How wide a bar is, in the room of its category.
    pub(super) fn slot_width(&self) -> f64 {
        match (self.chart.kind, self.looks.simulated()) {
            (Kind::Bars | Kind::Boxes, count) if count > 1 => GROUP / count as f64,
            _ => ALONE,
        }
    }
}
