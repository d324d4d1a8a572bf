//! From the points of a panel to ink: lines, markers, intervals, rules, references. Bars and maps have files of their
//! own.

use crate::figure::canvas::{MarkerPaint, Stroke};
use crate::figure::chart::{Chart, Kind, Panel, Point, Scale, Series};
use crate::figure::ink::clip::{self, Place};
use crate::figure::ink::elements::Data;
use crate::figure::ink::grid::Grid;
use crate::figure::ink::thin;
use crate::figure::ink::{Ink, Plane};
use crate::figure::look::looks::Looks;
use crate::figure::look::style::{self, Look, Shape};
use plotters::style::RGBColor;

/// Longer series have a marker only at every so many points.
const ALL_MARKED: usize = 40;

/// How many markers a long series has.
const MARKED: usize = 10;

/// From so many points in a panel on, markers of a scatter are small.
const CROWD: usize = 250;

/// Dash of rules, in tenths of a point.
const RULE: &[u32] = &[20, 20];

/// What came of a panel.
pub struct Drawn {
    /// Everything to draw, from back to front.
    pub ink: Vec<Ink>,
    /// How many points lie outside the frame.
    pub outside: usize,
    /// How many markers were left out because others stand on the same spot.
    pub hidden: usize,
}

/// Everything to draw in a panel.
pub fn panel(chart: &Chart, panel: &Panel, plane: &Plane, looks: &Looks, grid: Option<&Grid>) -> Drawn {
    let mut pen = Pen { chart, plane, looks, layers: Layers::default(), outside: 0, hidden: 0 };
    if let Some(grid) = grid {
        pen.map(panel, grid);
    }
    pen.connectors(panel);
    pen.rules();
    let crowded = panel.series.iter().map(|series| series.points.len()).sum::<usize>() > CROWD;
    for series in &panel.series {
        match chart.kind {
            Kind::Line => pen.line(series),
            Kind::Steps => pen.steps(series),
            Kind::Scatter => pen.scatter(series, if crowded { style::SMALL_MARKER } else { style::MARKER }),
            Kind::Bars | Kind::Stack | Kind::Waterfall => pen.bars(series),
            Kind::Boxes => pen.boxes(series),
            Kind::Spans => pen.spans(series),
            Kind::Map => {}
        }
    }
    for series in &panel.strays {
        pen.strays(series);
    }
    for curve in panel.curves.iter().filter(|curve| !curve.label.is_empty()) {
        pen.curve(curve);
    }
    for series in &panel.references {
        pen.reference(series);
    }
    let Pen { layers: Layers { mut back, lines, marks }, outside, hidden, .. } = pen;
    back.extend(lines);
    back.extend(marks);
    Drawn { ink: back, outside, hidden }
}

/// Ink by depth.
#[derive(Default)]
pub(super) struct Layers {
    pub(super) back: Vec<Ink>,
    pub(super) lines: Vec<Ink>,
    pub(super) marks: Vec<Ink>,
}

/// Draws the series of a panel one after the other.
pub(super) struct Pen<'c> {
    pub(super) chart: &'c Chart,
    pub(super) plane: &'c Plane,
    pub(super) looks: &'c Looks,
    pub(super) layers: Layers,
    outside: usize,
    hidden: usize,
}

impl Pen<'_> {
    fn rules(&mut self) {
        let stroke = Stroke { dash: RULE, ..Stroke::solid(style::GREY, style::HAIRLINE) };
        let (x, y) = (self.plane.x, self.plane.y);
        let upright = self.chart.x.rules.iter().map(|&value| [(value, y.low), (value, y.high)]);
        let level = self.chart.y.rules.iter().map(|&value| [(x.low, value), (x.high, value)]);
        for ends in upright.chain(level).collect::<Vec<_>>() {
            self.stroke(&ends, stroke);
        }
    }

    pub(super) fn stroke(&mut self, points: &[Data], stroke: Stroke) {
        let places: Vec<Place> = points.iter().map(|&point| self.plane.place(point)).collect();
        for part in clip::line(&thin::line(places)) {
            let points = part.into_iter().map(|place| self.plane.data(place)).collect();
            self.layers.lines.push(Ink::Line { points, stroke });
        }
    }

    fn line(&mut self, series: &Series) {
        let look = self.looks.of(&series.label);
        // Of many points those without an interval would only cut the band to shreds.
        let many = series.points.len() > thin::MANY;
        for run in series.points.chunk_by(|a, b| many || a.interval.is_some() == b.interval.is_some()) {
            self.intervals(run, &look);
        }
        let points = places(&series.points);
        self.stroke(&points, Stroke { dash: look.dash, ..Stroke::solid(look.color, style::LINE) });
        self.markers_along(&points, &series.label);
    }

    fn steps(&mut self, series: &Series) {
        let look = self.looks.of(&series.label);
        let points = places(&series.points);
        let mut corners: Vec<Data> = Vec::with_capacity(2 * points.len());
        for &(x, y) in &points {
            if let Some(&(_, before)) = corners.last() {
                corners.push((x, before));
            }
            corners.push((x, y));
        }
        self.stroke(&corners, Stroke { dash: look.dash, ..Stroke::solid(look.color, style::LINE) });
        self.markers_along(&points, &series.label);
    }

    /// A marker at each point, or at some of many: at different ones for each series, lest they cover each other.
    fn markers_along(&mut self, points: &[Data], label: &str) {
        let look = self.looks.of(label);
        let every = if points.len() > ALL_MARKED { points.len() / MARKED } else { 1 };
        let first = every * (self.looks.position(label).unwrap_or(0) % 4) / 4;
        for (index, &at) in points.iter().enumerate() {
            if self.counts(at) && index % every == first {
                self.layers.marks.push(solid_mark(at, &look, style::MARKER));
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
        let upper = thin::line(ends.iter().map(|&(x, _, high)| self.plane.place((x, high))).collect());
        let lower = thin::line(ends.iter().map(|&(x, low, _)| self.plane.place((x, low))).collect());
        let corners: Vec<Place> = upper.into_iter().chain(lower.into_iter().rev()).collect();
        let corners: Vec<Data> = clip::area(&corners).into_iter().map(|place| self.plane.data(place)).collect();
        if corners.len() > 2 {
            self.layers.back.push(Ink::Band { corners, color: look.color });
        }
    }

    fn scatter(&mut self, series: &Series, radius: f64) {
        let look = self.looks.of(&series.label);
        let points = places(&series.points);
        let spots: Vec<Place> = points.iter().map(|&point| self.plane.place(point)).collect();
        for ((point, &at), drawn) in series.points.iter().zip(&points).zip(thin::marks(&spots)) {
            let shown = self.counts(at);
            self.hidden += usize::from(shown && !drawn);
            if shown && drawn {
                self.layers.marks.push(solid_mark(at, &look, radius));
            }
            if let Some((low, high)) = point.interval.filter(|_| drawn) {
                self.whisker(point.x, low, high, look.color);
            }
        }
    }

    fn strays(&mut self, series: &Series) {
        let look = self.looks.of(&series.label);
        let offset = self.slot(&series.label).0;
        let paint = MarkerPaint { fill: None, outline: Some(look.color) };
        for point in &series.points {
            let at = (point.x + offset, point.y);
            if self.counts(at) {
                self.layers.marks.push(Ink::Mark { at, shape: Shape::Circle, radius: style::SMALL_MARKER, paint });
            }
        }
    }

    /// Curves without a name join bars, and lie behind them.
    fn connectors(&mut self, panel: &Panel) {
        for curve in panel.curves.iter().filter(|curve| curve.label.is_empty()) {
            self.curve(curve);
        }
        self.layers.back.append(&mut self.layers.lines);
    }

    fn curve(&mut self, curve: &Series) {
        let look = self.looks.of_curve(&curve.label);
        self.stroke(&places(&curve.points), Stroke { dash: look.dash, ..Stroke::solid(look.color, style::THIN) });
    }

    fn reference(&mut self, series: &Series) {
        let look = self.looks.of(&series.label);
        let bars = self.chart.kind.has_bars();
        let offset = self.slot(&series.label).0;
        for point in &series.points {
            let at = (point.x + offset, point.y);
            if let Some((low, high)) = point.interval {
                self.whisker(at.0, low, high, if bars { style::INK } else { look.color });
            }
            if self.counts(at) {
                let (shape, paint) = hollow(&look, bars);
                self.layers.marks.push(Ink::Mark { at, shape, radius: style::HOLLOW, paint });
            }
        }
    }

    pub(super) fn whisker(&mut self, x: f64, low: f64, high: f64, color: RGBColor) {
        let (from, to) = (self.plane.place((x, low)), self.plane.place((x, high)));
        let Some((from, to)) = clip::segment(from, to) else { return };
        let end = |place: Place, value: f64| {
            if self.plane.y.contains(value) { (value, true) } else { (self.plane.data(place).1, false) }
        };
        let room = self.chart.kind.has_bars().then(|| self.slot_width());
        self.layers.lines.push(Ink::Whisker { x, room, ends: [end(from, low), end(to, high)], color });
    }

    /// Whether a point lies in the frame; counts those that do not.
    pub(super) fn counts(&mut self, at: Data) -> bool {
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

fn places(points: &[Point]) -> Vec<Data> {
    points.iter().map(|point| (point.x, point.y)).collect()
}

fn solid_mark(at: Data, look: &Look, radius: f64) -> Ink {
    let paint = MarkerPaint { fill: Some(look.color), outline: None };
    Ink::Mark { at, shape: look.shape, radius, paint }
}
