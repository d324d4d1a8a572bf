//! Outlines of markers and the lines of hatches, on the canvas.

use crate::figure::ink::clip;
use crate::figure::look::style::{Hatch, PT, Shape};
use crate::figure::page::layout::Area;
use std::f64::consts::TAU;

/// Distance between the lines of a hatch.
const HATCH_STEP: f64 = 4.0 * PT;

/// Corners of a marker. Radii differ so that all shapes look equally large.
pub fn corners(shape: Shape, (x, y): (i32, i32), radius: f64) -> Vec<(i32, i32)> {
    let (count, reach, turn) = match shape {
        Shape::Circle => (24, 1.0, 0.0),
        Shape::Square => (4, 1.27, 0.125),
        Shape::Diamond => (4, 1.3, 0.0),
        Shape::Up => (3, 1.3, 0.75),
        Shape::Down => (3, 1.3, 0.25),
        Shape::Left => (3, 1.3, 0.5),
        Shape::Right => (3, 1.3, 0.0),
        Shape::Star => (10, 1.5, 0.75),
    };
    let corner = |index: u32| {
        let inner = shape == Shape::Star && index % 2 == 1;
        let distance = radius * reach * if inner { 0.45 } else { 1.0 };
        let angle = TAU * (f64::from(index) / f64::from(count) + turn);
        let place = |middle: i32, offset: f64| (f64::from(middle) + offset).round() as i32;
        (place(x, distance * angle.cos()), place(y, distance * angle.sin()))
    };
    (0..count).map(corner).collect()
}

/// The lines of a hatch over an area. They hang on the canvas, not on the area, so equal bars look equal everywhere.
pub fn hatch(hatch: Hatch, area: Area) -> Vec<((i32, i32), (i32, i32))> {
    let slopes: &[f64] = match hatch {
        Hatch::Plain => &[],
        Hatch::Rising => &[-1.0],
        Hatch::Falling => &[1.0],
        Hatch::Crossed => &[-1.0, 1.0],
        Hatch::Level => &[0.0],
    };
    slopes.iter().flat_map(|&slope| parallels(slope, area)).collect()
}

fn parallels(slope: f64, area: Area) -> Vec<((i32, i32), (i32, i32))> {
    let (width, height) = (f64::from(area.width()), f64::from(area.height()));
    if width < 1.0 || height < 1.0 {
        return Vec::new();
    }
    let (left, top) = (f64::from(area.left), f64::from(area.top));
    // Lines y = slope * x + shift; the shifts that meet the area are those at its corners and between.
    let step = HATCH_STEP * slope.hypot(1.0);
    let shifts = area.corners().map(|(x, y)| y - slope * x);
    let low = shifts.iter().copied().fold(f64::INFINITY, f64::min);
    let high = shifts.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let (first, last) = ((low / step).ceil() as i32, (high / step).floor() as i32);
    let line = |index: i32| {
        let at = |x: f64| ((x - left) / width, (slope * x + f64::from(index) * step - top) / height);
        let (from, to) = clip::segment(at(left), at(left + width))?;
        let place = |p: clip::Place| ((left + p.0 * width).round() as i32, (top + p.1 * height).round() as i32);
        Some((place(from), place(to)))
    };
    (first..=last).filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hatches_stay_inside() {
        let area = Area { left: 100, top: 50, right: 300, bottom: 400 };
        for pattern in [Hatch::Rising, Hatch::Falling, Hatch::Crossed, Hatch::Level] {
            let lines = hatch(pattern, area);
            assert!(lines.len() > 3);
            assert!(lines.iter().all(|&(a, b)| area.contains(a, 0) && area.contains(b, 0)));
        }
    }
}
