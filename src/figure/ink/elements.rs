//! Elements that plotters lacks: dashed lines, bars with hatches, markers on record.

use crate::figure::backend::paper::PaperBackend;
use crate::figure::canvas::{Anchor, Label, MarkerPaint, Stroke};
use crate::figure::look::colors;
use crate::figure::look::style::{self, Look, Shape};
use crate::figure::page::layout::{Area, Role};
use plotters::element::{Drawable, PointCollection};
use plotters::style::{RGBColor, WHITE};
use plotters_backend::{BackendCoord, DrawingErrorKind};
use std::convert::Infallible;

type Outcome = Result<(), DrawingErrorKind<Infallible>>;

/// By how much a tile reaches under its neighbours to the right and above, so that no seam shows.
const OVERLAP: i32 = 4;

/// A point in data coordinates.
pub type Data = (f64, f64);

/// A line with dashes.
pub struct Dashed<'p> {
    /// Its points.
    pub points: &'p [Data],
    /// How it is drawn.
    pub stroke: Stroke,
}

/// A bar between two opposite corners.
pub struct Bar {
    /// The corners.
    pub corners: [Data; 2],
    /// Its colour and hatch.
    pub look: Look,
}

/// A rectangle without an outline.
pub struct Tile {
    /// Two opposite corners.
    pub corners: [Data; 2],
    /// Its colour.
    pub color: RGBColor,
    /// What is written in its middle.
    pub text: Option<String>,
}

/// A number above a point.
pub struct Value {
    /// The point.
    pub at: [Data; 1],
    /// The number.
    pub text: String,
}

/// A marker that stands for data.
pub struct Mark {
    /// Its middle.
    pub at: [Data; 1],
    /// Its outline.
    pub shape: Shape,
    /// About half its size.
    pub radius: f64,
    /// Its colours.
    pub paint: MarkerPaint,
}

impl<'a> PointCollection<'a, Data> for &'a Dashed<'_> {
    type Point = &'a Data;
    type IntoIter = &'a [Data];

    fn point_iter(self) -> &'a [Data] {
        self.points
    }
}

impl<'a> PointCollection<'a, Data> for &'a Bar {
    type Point = &'a Data;
    type IntoIter = &'a [Data];

    fn point_iter(self) -> &'a [Data] {
        &self.corners
    }
}

impl<'a> PointCollection<'a, Data> for &'a Tile {
    type Point = &'a Data;
    type IntoIter = &'a [Data];

    fn point_iter(self) -> &'a [Data] {
        &self.corners
    }
}

impl<'a> PointCollection<'a, Data> for &'a Value {
    type Point = &'a Data;
    type IntoIter = &'a [Data];

    fn point_iter(self) -> &'a [Data] {
        &self.at
    }
}

impl<'a> PointCollection<'a, Data> for &'a Mark {
    type Point = &'a Data;
    type IntoIter = &'a [Data];

    fn point_iter(self) -> &'a [Data] {
        &self.at
    }
}

impl Drawable<PaperBackend<'_>> for Dashed<'_> {
    fn draw<I: Iterator<Item = BackendCoord>>(&self, at: I, backend: &mut PaperBackend, _: (u32, u32)) -> Outcome {
        let points: Vec<BackendCoord> = at.collect();
        backend.with(|canvas| canvas.line(&points, &self.stroke));
        Ok(())
    }
}

impl Drawable<PaperBackend<'_>> for Bar {
    fn draw<I: Iterator<Item = BackendCoord>>(&self, mut at: I, backend: &mut PaperBackend, _: (u32, u32)) -> Outcome {
        if let (Some(a), Some(b)) = (at.next(), at.next()) {
            backend.with(|canvas| canvas.bar(Area::between(a, b), &self.look));
        }
        Ok(())
    }
}

impl Drawable<PaperBackend<'_>> for Tile {
    fn draw<I: Iterator<Item = BackendCoord>>(&self, mut at: I, backend: &mut PaperBackend, _: (u32, u32)) -> Outcome {
        let (Some(a), Some(b)) = (at.next(), at.next()) else { return Ok(()) };
        let area = Area::between(a, b);
        let color = if colors::lightness(self.color) > 0.5 { style::INK } else { WHITE };
        backend.with(|canvas| {
            canvas.cell(Area { right: area.right + OVERLAP, top: area.top - OVERLAP, ..area }, self.color);
            if let Some(text) = &self.text {
                canvas.text(area.middle(), &value(text, color));
            }
        });
        Ok(())
    }
}

impl Drawable<PaperBackend<'_>> for Value {
    fn draw<I: Iterator<Item = BackendCoord>>(&self, at: I, backend: &mut PaperBackend, _: (u32, u32)) -> Outcome {
        for (x, y) in at {
            let above = y - (style::PT * 2.0 + style::SMALL / 2.0) as i32;
            backend.with(|canvas| canvas.text_where_free((x, above), &value(&self.text, style::INK)));
        }
        Ok(())
    }
}

fn value(text: &str, color: RGBColor) -> Label<'_> {
    Label { text, size: style::SMALL, anchor: Anchor::Middle, turn: 0, color, role: Role::Value }
}

impl Drawable<PaperBackend<'_>> for Mark {
    fn draw<I: Iterator<Item = BackendCoord>>(&self, at: I, backend: &mut PaperBackend, _: (u32, u32)) -> Outcome {
        for middle in at {
            backend.with(|canvas| {
                canvas.marker(middle, self.shape, self.radius, self.paint);
                canvas.layout.marks.push(middle);
            });
        }
        Ok(())
    }
}
