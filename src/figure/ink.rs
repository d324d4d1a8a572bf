//! What is drawn in a panel, in data coordinates, cut at the frame.
//!
//! The same list is drawn and asked where the legend would hide data.

pub mod bars;
pub mod clip;
pub mod elements;
pub mod grid;
pub mod pen;
pub mod thin;

use crate::figure::axis::span::Span;
use crate::figure::canvas::{At, MarkerPaint, Stroke};
use crate::figure::look::style::{Look, Shape};
use crate::figure::page::layout::Area;
use clip::Place;
use elements::Data;
use plotters::coord::ranged1d::Ranged as _;
use plotters::style::RGBColor;

/// One thing to draw.
#[derive(Debug, Clone)]
pub enum Ink {
    /// The area of an interval.
    Band {
        /// Its outline.
        corners: Vec<Data>,
        /// Its colour, drawn faintly.
        color: RGBColor,
    },
    /// A line.
    Line {
        /// Its points.
        points: Vec<Data>,
        /// How it is drawn.
        stroke: Stroke,
    },
    /// A bar.
    Bar {
        /// Two opposite corners.
        corners: [Data; 2],
        /// Colour and hatch.
        look: Look,
    },
    /// A filled rectangle without an outline, of a map or a timeline.
    Cell {
        /// Two opposite corners.
        corners: [Data; 2],
        /// Its colour.
        color: RGBColor,
        /// What is written in it if all cells have room.
        text: String,
    },
    /// An error bar.
    Whisker {
        /// Where it stands.
        x: f64,
        /// How wide it may be at most, where bars stand side by side.
        room: Option<f64>,
        /// Its ends, and whether each is a true end or one cut by the frame.
        ends: [(f64, bool); 2],
        /// Its colour.
        color: RGBColor,
    },
    /// A marker.
    Mark {
        /// Its middle.
        at: Data,
        /// Its outline.
        shape: Shape,
        /// About half its size.
        radius: f64,
        /// Its colours.
        paint: MarkerPaint,
    },
    /// A number that stands above a bar.
    Value {
        /// The middle of the bar's upper side.
        at: Data,
        /// The number.
        text: String,
    },
}

/// The coordinates of a chart's panels.
#[derive(Debug, Clone, Copy)]
pub struct Plane {
    /// Horizontal.
    pub x: Span,
    /// Vertical.
    pub y: Span,
    /// The colours of a map.
    pub color: Option<Span>,
}

impl Plane {
    /// Data in fractions of the frame.
    pub fn place(&self, (x, y): Data) -> Place {
        (self.x.fraction(x), self.y.fraction(y))
    }

    /// Fractions of the frame as data.
    pub fn data(&self, (x, y): Place) -> Data {
        (self.x.value(x), self.y.value(y))
    }

    /// Whether a point lies in the frame.
    pub fn shows(&self, at: Data) -> bool {
        clip::contains(self.place(at))
    }

    /// The point of the frame next to one that may lie outside.
    pub fn clamped(&self, (x, y): Data) -> Data {
        (x.clamp(self.x.low, self.x.high), y.clamp(self.y.low, self.y.high))
    }

    /// The point of the canvas for a point of the data, in a panel with this frame.
    pub fn at(&self, (x, y): Data, frame: &Area) -> At {
        (self.x.map(&x, (frame.left, frame.right)), self.y.map(&y, (frame.bottom, frame.top)))
    }
}

/// The convex shapes on the canvas that a legend must not hide.
pub fn obstacles(ink: &[Ink], plane: &Plane, frame: &Area) -> Vec<Vec<(f64, f64)>> {
    let at = |point: Data| {
        let (x, y) = plane.at(point, frame);
        (f64::from(x), f64::from(y))
    };
    let mut shapes = Vec::new();
    for item in ink {
        match item {
            Ink::Band { corners: points, .. } | Ink::Line { points, .. } => {
                shapes.extend(points.windows(2).map(|pair| vec![at(pair[0]), at(pair[1])]));
            }
            Ink::Bar { corners: [a, b], .. } | Ink::Cell { corners: [a, b], .. } => {
                shapes.push(vec![at(*a), at((b.0, a.1)), at(*b), at((a.0, b.1))]);
            }
            Ink::Whisker { x, ends, .. } => shapes.push(vec![at((*x, ends[0].0)), at((*x, ends[1].0))]),
            Ink::Mark { at: middle, radius, .. } => {
                let (x, y) = at(*middle);
                shapes.push(vec![(x - radius, y), (x, y - radius), (x + radius, y), (x, y + radius)]);
            }
            // Only where there is no legend.
            Ink::Value { .. } => {}
        }
    }
    shapes
}
