//! What a panel shows, as strokes and shapes in data coordinates, cut at the frame.
//!
//! The same list is drawn and asked where the legend would hide data.

use super::canvas::{At, MarkerPaint, Stroke};
use super::chart::{Chart, Kind, Panel, Point, Scale, Series};
use super::clip::{self, Place};
use super::elements::Data;
use super::layout::Area;
use super::looks::Looks;
use super::span::Span;
use super::style::{self, Look, Shape};
use plotters::coord::ranged1d::Ranged as _;
use plotters::style::RGBColor;

/// Share of the room of a category that its bars take.
const GROUP: f64 = 0.8;

/// Longer series have a marker only at every so many points.
const ALL_MARKED: usize = 40;

/// How many markers a long series has.
const MARKED: usize = 12;

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
    /// An error bar.
    Whisker {
        /// Where it stands.
        x: f64,
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
}

/// The coordinates of a chart's panels.
#[derive(Debug, Clone, Copy)]
pub struct Plane {
    /// Horizontal.
    pub x: Span,
    /// Vertical.
    pub y: Span,
}

impl Plane {
    fn place(&self, (x, y): Data) -> Place {
        (self.x.fraction(x), self.y.fraction(y))
    }

    fn data(&self, (x, y): Place) -> Data {
        (self.x.value(x), self.y.value(y))
    }

    fn shows(&self, at: Data) -> bool {
        clip::contains(self.place(at))
    }

    /// The point of the canvas for a point of the data, in a panel with this frame.
    pub fn at(&self, (x, y): Data, frame: &Area) -> At {
        (self.x.map(&x, (frame.left, frame.right)), self.y.map(&y, (frame.bottom, frame.top)))
    }
}

/// Everything to draw in a panel, from back to front, and how many points lie outside the frame.
pub fn of_panel(chart: &Chart, panel: &Panel, plane: &Plane, looks: &Looks) -> (Vec<Ink>, usize) {
    let mut pen = Pen { chart, plane, looks, back: Vec::new(), lines: Vec::new(), marks: Vec::new(), outside: 0 };
    pen.rules();
    for series in &panel.series {
        match chart.kind {
            Kind::Line => pen.line(series),
            Kind::Scatter => pen.scatter(series),
            Kind::Bars => pen.bars(series),
        }
    }
    for (index, curve) in panel.curves.iter().enumerate() {
        let look = Look::of_theory(index);
        let points: Vec<Data> = curve.points.iter().map(|point| (point.x, point.y)).collect();
        pen.stroke(&points, Stroke { dash: look.dash, ..Stroke::solid(look.color, style::THIN) });
    }
    for series in &panel.references {
        pen.reference(series);
    }
    let Pen { mut back, lines, marks, outside, .. } = pen;
    back.extend(lines);
    back.extend(marks);
    (back, outside)
}

struct Pen<'c> {
    chart: &'c Chart,
    plane: &'c Plane,
    looks: &'c Looks,
    back: Vec<Ink>,
    lines: Vec<Ink>,
    marks: Vec<Ink>,
    outside: usize,
}

impl Pen<'_> {
    fn rules(&mut self) {
        let stroke = Stroke { dash: &[20, 20], ..Stroke::solid(style::GREY, style::HAIRLINE) };
        let (x, y) = (self.plane.x, self.plane.y);
        let upright = self.chart.x.rules.iter().map(|&value| [(value, y.low), (value, y.high)]);
        let level = self.chart.y.rules.iter().map(|&value| [(x.low, value), (x.high, value)]);
        for ends in upright.chain(level).collect::<Vec<_>>() {
            self.stroke(&ends, stroke);
        }
    }

    fn stroke(&mut self, points: &[Data], stroke: Stroke) {
        let places: Vec<Place> = points.iter().map(|&point| self.plane.place(point)).collect();
        for part in clip::line(&places) {
            let points = part.into_iter().map(|place| self.plane.data(place)).collect();
            self.lines.push(Ink::Line { points, stroke });
        }
    }

    fn line(&mut self, series: &Series) {
        let look = self.looks.of(&series.label);
        let points: Vec<Data> = series.points.iter().map(|point| (point.x, point.y)).collect();
        for run in series.points.chunk_by(|a, b| a.interval.is_some() == b.interval.is_some()) {
            self.intervals(run, &look);
        }
        self.stroke(&points, Stroke { dash: look.dash, ..Stroke::solid(look.color, style::LINE) });
        let every = if points.len() > ALL_MARKED { points.len() / MARKED } else { 1 };
        for (index, &at) in points.iter().enumerate() {
            if self.counts(at) && index.is_multiple_of(every) {
                self.marks.push(solid_mark(at, &look));
            }
        }
    }

    /// A band along the points, or an error bar where a band would have no width.
    fn intervals(&mut self, run: &[Point], look: &Look) {
        let ends: Vec<(f64, f64, f64)> =
            run.iter().filter_map(|point| point.interval.map(|(low, high)| (point.x, low, high))).collect();
        if ends.len() < 2 || self.plane.x.scale == Scale::Category {
            for &(x, low, high) in &ends {
                self.whisker(x, low, high, look.color);
            }
            return;
        }
        let upper = ends.iter().map(|&(x, _, high)| (x, high));
        let lower = ends.iter().rev().map(|&(x, low, _)| (x, low));
        let corners: Vec<Place> = upper.chain(lower).map(|corner| self.plane.place(corner)).collect();
        let corners: Vec<Data> = clip::area(&corners).into_iter().map(|place| self.plane.data(place)).collect();
        if corners.len() > 2 {
            self.back.push(Ink::Band { corners, color: look.color });
        }
    }

    fn scatter(&mut self, series: &Series) {
        let look = self.looks.of(&series.label);
        for point in &series.points {
            if self.counts((point.x, point.y)) {
                self.marks.push(solid_mark((point.x, point.y), &look));
            }
            if let Some((low, high)) = point.interval {
                self.whisker(point.x, low, high, look.color);
            }
        }
    }

    fn bars(&mut self, series: &Series) {
        let look = self.looks.of(&series.label);
        let (offset, width) = self.slot(&series.label);
        let y = self.plane.y;
        let foot = if y.scale == Scale::Log { y.low } else { 0.0_f64.clamp(y.low, y.high) };
        for point in &series.points {
            let middle = point.x + offset;
            self.counts((middle, point.y));
            let corners = [(middle - width / 2.0, foot), (middle + width / 2.0, point.y.clamp(y.low, y.high))];
            self.back.push(Ink::Bar { corners, look });
            if let Some((low, high)) = point.interval {
                self.whisker(middle, low, high, style::INK);
            }
        }
    }

    /// Where the bars of a series stand in the room of their category, and how wide they are.
    fn slot(&self, label: &str) -> (f64, f64) {
        let count = self.looks.simulated();
        match self.looks.position(label).filter(|&position| position < count) {
            Some(_) if count == 1 => (0.0, 0.5),
            Some(position) => {
                let width = GROUP / count as f64;
                ((position as f64 + 0.5) * width - GROUP / 2.0, width)
            }
            None => (0.0, GROUP),
        }
    }

    fn reference(&mut self, series: &Series) {
        let look = self.looks.of(&series.label);
        let bars = self.chart.kind == Kind::Bars;
        let offset = if bars { self.slot(&series.label).0 } else { 0.0 };
        for point in &series.points {
            let at = (point.x + offset, point.y);
            if let Some((low, high)) = point.interval {
                self.whisker(at.0, low, high, if bars { style::INK } else { look.color });
            }
            if self.counts(at) {
                let (shape, paint) = hollow(&look, bars);
                self.marks.push(Ink::Mark { at, shape, radius: style::HOLLOW, paint });
            }
        }
    }

    fn whisker(&mut self, x: f64, low: f64, high: f64, color: RGBColor) {
        let (from, to) = (self.plane.place((x, low)), self.plane.place((x, high)));
        let Some((from, to)) = clip::segment(from, to) else { return };
        let end = |place: Place, value: f64| {
            if self.plane.y.contains(value) { (value, true) } else { (self.plane.data(place).1, false) }
        };
        self.lines.push(Ink::Whisker { x, ends: [end(from, low), end(to, high)], color });
    }

    /// Whether a point lies in the frame; counts those that do not.
    fn counts(&mut self, at: Data) -> bool {
        let shown = self.plane.shows(at);
        self.outside += usize::from(!shown);
        shown
    }
}

/// Shape and colours of a reference marker. Over bars it is black on white, to be seen on any fill.
pub fn hollow(look: &Look, over_bars: bool) -> (Shape, MarkerPaint) {
    if over_bars {
        (Shape::Diamond, MarkerPaint { fill: Some(plotters::style::WHITE), outline: Some(style::INK) })
    } else {
        (look.shape, MarkerPaint { fill: None, outline: Some(look.color) })
    }
}

fn solid_mark(at: Data, look: &Look) -> Ink {
    let paint = MarkerPaint { fill: Some(look.color), outline: None };
    Ink::Mark { at, shape: look.shape, radius: style::MARKER, paint }
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
            Ink::Bar { corners: [a, b], .. } => {
                shapes.push(vec![at(*a), at((b.0, a.1)), at(*b), at((a.0, b.1))]);
            }
            Ink::Whisker { x, ends, .. } => shapes.push(vec![at((*x, ends[0].0)), at((*x, ends[1].0))]),
            Ink::Mark { at: middle, radius, .. } => {
                let (x, y) = at(*middle);
                shapes.push(vec![(x - radius, y), (x, y - radius), (x + radius, y), (x, y + radius)]);
            }
        }
    }
    shapes
}
