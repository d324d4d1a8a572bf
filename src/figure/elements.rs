//! Elements that plotters lacks: dashed lines, bars with hatches, markers on record.

use super::backend::PaperBackend;
use super::canvas::{MarkerPaint, Stroke};
use super::layout::Area;
use super::style::{Look, Shape};
use plotters::element::{Drawable, PointCollection};
use plotters_backend::{BackendCoord, DrawingErrorKind};
use std::convert::Infallible;

type Outcome = Result<(), DrawingErrorKind<Infallible>>;

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
            let area = Area { left: a.0.min(b.0), top: a.1.min(b.1), right: a.0.max(b.0), bottom: a.1.max(b.1) };
            backend.with(|canvas| canvas.bar(area, &self.look));
        }
        Ok(())
    }
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
