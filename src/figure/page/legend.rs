//! The legend: its entries, its size, where it goes, and how it is painted.

use crate::figure::canvas::font::Font;
use crate::figure::canvas::{Anchor, At, Canvas, Label, MarkerPaint, Stroke};
use crate::figure::chart::{Chart, Kind};
use crate::figure::ink::pen;
use crate::figure::look::looks::Looks;
use crate::figure::look::style::{self, Hatch, Look, PT, SMALL};
use crate::figure::page::layout::{Area, Role, overlap};
use std::sync::Arc;

/// Length of the sample of a line.
const LINE_SAMPLE: f64 = 20.0 * PT;

/// Width of any other sample.
const SAMPLE: f64 = 10.0 * PT;

/// Between sample and name.
const GAP: f64 = 3.5 * PT;

/// Between columns.
const COLUMN_GAP: f64 = 9.0 * PT;

/// Line to line.
const ROW: f64 = SMALL * 1.38;

/// Distance from the frame; clear of the ticks.
const INSET: f64 = 5.0 * PT;

/// Where in a frame a legend is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spots {
    /// In the corners.
    Corners,
    /// At the middles of the sides.
    Sides,
}

/// What stands before a name.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Sample {
    Line(Look),
    Mark(Look),
    Bar(Look),
    Hollow(Look),
    Theory(Look),
}

impl Sample {
    fn is_line(self) -> bool {
        matches!(self, Self::Line(_) | Self::Theory(_))
    }
}

#[derive(Debug, Clone)]
struct Entry {
    label: String,
    sample: Sample,
}

/// A legend whose columns are settled.
#[derive(Debug, Clone)]
pub struct Legend {
    heading: Option<String>,
    /// The heading stands before the first entry instead of above it.
    inline: bool,
    entries: Vec<Entry>,
    widths: Vec<f64>,
    sample: f64,
    over_bars: bool,
    font: Arc<Font>,
}

impl Legend {
    /// The legend that a chart needs, in one column; none when there is nothing to tell apart.
    pub fn of_chart(chart: &Chart, looks: &Looks, font: &Arc<Font>) -> Option<Self> {
        let entries = entries(chart, looks);
        if entries.len() < 2 && chart.legend_heading.is_none() || entries.is_empty() {
            return None;
        }
        let sample = if entries.iter().any(|entry| entry.sample.is_line()) { LINE_SAMPLE } else { SAMPLE };
        let heading = chart.legend_heading.clone().filter(|heading| !heading.is_empty());
        let over_bars = chart.kind.has_bars();
        let legend =
            Self { heading, inline: false, entries, widths: Vec::new(), sample, over_bars, font: Arc::clone(font) };
        Some(legend.in_columns(1))
    }

    /// How many entries there are.
    pub fn entry_count(&self) -> usize {
        self.entries.len()
    }

    /// The same legend in so many columns, filled one after the other, or in fewer if they hold all entries.
    #[must_use]
    pub fn in_columns(&self, columns: usize) -> Self {
        let rows = self.entry_count().div_ceil(columns.clamp(1, self.entry_count()));
        let mut widths = vec![0.0_f64; self.entry_count().div_ceil(rows)];
        for (index, entry) in self.entries.iter().enumerate() {
            let width = &mut widths[index / rows];
            *width = width.max(self.sample + GAP + self.font.width(&entry.label, SMALL));
        }
        Self { widths, inline: false, ..self.clone() }
    }

    /// The same legend as wide as fits into `width`, the heading before the entries when one row holds them all.
    #[must_use]
    pub fn as_wide_as(&self, width: f64) -> Self {
        let row = Self { inline: true, ..self.in_columns(self.entry_count()) };
        if row.width() <= width {
            return row;
        }
        let fitting = (1..=self.entry_count()).rev().map(|columns| self.in_columns(columns));
        fitting.into_iter().find(|legend| legend.width() <= width).unwrap_or_else(|| self.in_columns(1))
    }

    /// Shortens names so that one column is no wider than `width`; returns the names cut.
    pub fn shorten(&mut self, width: f64) -> Vec<String> {
        let mut cut = Vec::new();
        let font = Arc::clone(&self.font);
        let limits = [(width - self.sample - GAP, true), (width, false)];
        for (limit, is_entry) in limits {
            let names: Vec<&mut String> = if is_entry {
                self.entries.iter_mut().map(|entry| &mut entry.label).collect()
            } else {
                self.heading.iter_mut().collect()
            };
            for name in names {
                let short = font.shortened(name, SMALL, limit);
                if short != *name {
                    cut.push(std::mem::replace(name, short));
                }
            }
        }
        *self = self.in_columns(self.widths.len());
        cut
    }

    /// Width of the whole.
    pub fn width(&self) -> f64 {
        let entries = self.widths.iter().sum::<f64>() + COLUMN_GAP * (self.widths.len() - 1) as f64;
        match &self.heading {
            Some(heading) if self.inline => self.heading_width(heading) + entries,
            Some(heading) => entries.max(self.font.width(heading, SMALL)),
            None => entries,
        }
    }

    /// Height of the whole.
    pub fn height(&self) -> f64 {
        let heading = usize::from(self.heading.is_some() && !self.inline);
        (self.rows() + heading) as f64 * ROW
    }

    fn heading_width(&self, heading: &str) -> f64 {
        self.font.width(heading, SMALL) + COLUMN_GAP
    }

    fn rows(&self) -> usize {
        self.entry_count().div_ceil(self.widths.len())
    }

    /// A place inside a frame where the legend hides nothing.
    pub fn room_inside(&self, frame: &Area, spots: Spots, obstacles: &[Vec<(f64, f64)>]) -> Option<At> {
        let (width, height) = (self.width().ceil() as i32, self.height().ceil() as i32);
        let inner = frame.grown(-(INSET as i32));
        if width > inner.width() || height > inner.height() {
            return None;
        }
        let (left, right, top, bottom) = (inner.left, inner.right - width, inner.top, inner.bottom - height);
        let (middle, centre) = (i32::midpoint(left, right), i32::midpoint(top, bottom));
        let places = match spots {
            Spots::Corners => [(right, top), (left, top), (right, bottom), (left, bottom)],
            Spots::Sides => [(right, centre), (left, centre), (middle, top), (middle, bottom)],
        };
        places.into_iter().find(|&(x, y)| {
            let area = self.area((x, y)).grown((2.0 * PT) as i32).corners();
            !obstacles.iter().any(|shape| overlap(&area, shape, 0.0))
        })
    }

    /// The box of the legend with its upper left corner here.
    pub fn area(&self, (left, top): At) -> Area {
        Area { left, top, right: left + self.width().ceil() as i32, bottom: top + self.height().ceil() as i32 }
    }

    /// Paints the legend with its upper left corner here.
    pub fn paint(&self, canvas: &mut Canvas, at: At) {
        canvas.layout.legend = Some(self.area(at));
        let (left, top) = (f64::from(at.0), f64::from(at.1));
        let (mut first_row, mut first_column) = (0.0, 0.0);
        if let Some(heading) = &self.heading {
            write(canvas, heading, left, top + ROW / 2.0);
            if self.inline {
                first_column = self.heading_width(heading);
            } else {
                first_row = ROW;
            }
        }
        let rows = self.rows();
        for (index, entry) in self.entries.iter().enumerate() {
            let before: f64 = self.widths[..index / rows].iter().map(|width| width + COLUMN_GAP).sum();
            let (x, y) = (left + first_column + before, top + first_row + ((index % rows) as f64 + 0.5) * ROW);
            self.paint_sample(canvas, entry.sample, x, y);
            write(canvas, &entry.label, x + self.sample + GAP, y);
        }
    }

    fn paint_sample(&self, canvas: &mut Canvas, sample: Sample, x: f64, y: f64) {
        let at = |dx: f64| ((x + dx).round() as i32, y.round() as i32);
        let (from, middle, to) = (at(0.0), at(self.sample / 2.0), at(self.sample));
        let solid = |look: Look| MarkerPaint { fill: Some(look.color), outline: None };
        match sample {
            Sample::Line(look) => {
                canvas.line(&[from, to], &Stroke { dash: look.dash, ..Stroke::solid(look.color, style::LINE) });
                canvas.marker(middle, look.shape, style::MARKER, solid(look));
            }
            Sample::Theory(look) => {
                canvas.line(&[from, to], &Stroke { dash: look.dash, ..Stroke::solid(look.color, style::THIN) });
            }
            Sample::Mark(look) => canvas.marker(middle, look.shape, style::MARKER, solid(look)),
            Sample::Hollow(look) => {
                let (shape, paint) = pen::hollow(&look, self.over_bars);
                canvas.marker(middle, shape, style::HOLLOW, paint);
            }
            Sample::Bar(look) => {
                let (dx, dy) = ((5.0 * PT) as i32, (2.6 * PT) as i32);
                let (left, right) = (middle.0 - dx, middle.0 + dx);
                canvas.bar(Area { left, top: middle.1 - dy, right, bottom: middle.1 + dy }, &look);
            }
        }
    }
}

fn entries(chart: &Chart, looks: &Looks) -> Vec<Entry> {
    let labels = looks.labels();
    let mut entries = Vec::new();
    if matches!(chart.kind, Kind::Map | Kind::Waterfall) {
        return entries;
    }
    for label in &labels[..looks.simulated()] {
        let look = looks.of(label);
        let sample = match chart.kind {
            Kind::Line | Kind::Steps => Sample::Line(look),
            Kind::Scatter => Sample::Mark(look),
            Kind::Spans => Sample::Bar(Look { color: look.fill, hatch: Hatch::Plain, ..look }),
            _ => Sample::Bar(look),
        };
        entries.push(Entry { label: label.clone(), sample });
    }
    let references = || chart.panels.iter().flat_map(|panel| &panel.references);
    let matched: Vec<Look> = references()
        .filter(|series| labels[..looks.simulated()].contains(&series.label))
        .map(|series| looks.of(&series.label))
        .collect();
    if let Some(&first) = matched.first() {
        if let [entry] = &mut entries[..]
            && entry.label.is_empty()
        {
            "simulated".clone_into(&mut entry.label);
        }
        // One marker stands for the references of all series: theirs if they share it, else a black circle.
        let look = if matched.iter().all(|look| *look == first) { first } else { Look::of(0) };
        entries.push(Entry { label: chart.reference_label.clone(), sample: Sample::Hollow(look) });
    }
    for label in &labels[looks.simulated()..] {
        entries.push(Entry { label: label.clone(), sample: Sample::Hollow(looks.of(label)) });
    }
    for label in looks.curves() {
        entries.push(Entry { label: label.clone(), sample: Sample::Theory(looks.of_curve(label)) });
    }
    entries.retain(|entry| !entry.label.is_empty());
    entries
}

fn write(canvas: &mut Canvas, text: &str, x: f64, y: f64) {
    let label = Label { text, size: SMALL, anchor: Anchor::Start, turn: 0, color: style::INK, role: Role::Legend };
    canvas.text((x.round() as i32, y.round() as i32), &label);
}
