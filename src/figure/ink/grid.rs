//! Where the cells of a map begin and end.

use crate::figure::chart::{Axis, Cell, Chart, Scale};

/// The most rows or columns of a map: cells would be finer than print.
pub const MOST: usize = 300;

/// The edges of a map's columns and rows, shared by all panels.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    x: Line,
    y: Line,
}

/// Middles and edges along one axis; there is one edge more than there are middles.
#[derive(Debug, Clone, PartialEq)]
struct Line {
    middles: Vec<f64>,
    edges: Vec<f64>,
}

impl Grid {
    /// The grid of a chart.
    pub fn of_chart(chart: &Chart) -> Self {
        let values = |axis: &Axis, of: fn(&Cell) -> f64| match axis.scale {
            Scale::Category => (0..axis.categories.len()).map(|index| index as f64).collect(),
            _ => chart.panels.iter().flat_map(|panel| &panel.cells).map(of).collect(),
        };
        let x = Line::through(values(&chart.x, |cell| cell.x), chart.x.scale);
        Self { x, y: Line::through(values(&chart.y, |cell| cell.y), chart.y.scale) }
    }

    /// Columns and rows.
    pub fn size(&self) -> (usize, usize) {
        (self.x.middles.len(), self.y.middles.len())
    }

    /// The middles of the columns.
    pub fn x(&self) -> &[f64] {
        &self.x.middles
    }

    /// The middles of the rows.
    pub fn y(&self) -> &[f64] {
        &self.y.middles
    }

    /// Where the edges lie horizontally.
    pub fn columns(&self) -> &[f64] {
        &self.x.edges
    }

    /// Where the edges lie vertically.
    pub fn rows(&self) -> &[f64] {
        &self.y.edges
    }

    /// Two opposite corners of a cell.
    pub fn corners(&self, cell: &Cell) -> [(f64, f64); 2] {
        let ((left, right), (bottom, top)) = (self.x.around(cell.x), self.y.around(cell.y));
        [(left, bottom), (right, top)]
    }
}

impl Line {
    fn through(mut middles: Vec<f64>, scale: Scale) -> Self {
        middles.sort_by(f64::total_cmp);
        middles.dedup();
        let edges = match (scale, middles.as_slice()) {
            (_, []) => Vec::new(),
            (Scale::Category, _) => halves(&middles, |value| value, |value| value, 1.0),
            (Scale::Linear, _) => halves(&middles, |value| value, |value| value, middles[0].abs().max(1e-300)),
            (Scale::Log, _) => halves(&middles, f64::ln, f64::exp, std::f64::consts::LN_10),
        };
        Self { middles, edges }
    }

    fn around(&self, value: f64) -> (f64, f64) {
        let index = self.middles.partition_point(|&middle| middle < value).min(self.middles.len() - 1);
        (self.edges[index], self.edges[index + 1])
    }
}

/// Edges half-way between middles, as measured on the axis; the outermost lie as far out as the next ones lie in.
fn halves(middles: &[f64], to: fn(f64) -> f64, from: fn(f64) -> f64, alone: f64) -> Vec<f64> {
    let places: Vec<f64> = middles.iter().map(|&middle| to(middle)).collect();
    let (first, last) = (places[0], places[places.len() - 1]);
    let before = places.get(1).map_or(alone, |second| second - first);
    let after = places.iter().rev().nth(1).map_or(alone, |next| last - next);
    let between = places.windows(2).map(|pair| f64::midpoint(pair[0], pair[1]));
    let edges = std::iter::once(first - before / 2.0).chain(between).chain([last + after / 2.0]);
    edges.map(from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_lie_half_way_on_the_axis() {
        assert_eq!(Line::through(vec![2.0, 1.0, 4.0, 2.0], Scale::Linear).edges, [0.5, 1.5, 3.0, 5.0]);
        let log = Line::through(vec![1.0, 100.0], Scale::Log).edges;
        assert!((log[1] - 10.0).abs() < 1e-9 && (log[0] - 0.1).abs() < 1e-9 && (log[2] - 1000.0).abs() < 1e-6);
    }

    #[test]
    fn one_value_has_room_about_it() {
        assert_eq!(Line::through(vec![3.0], Scale::Category).edges, [2.5, 3.5]);
        assert_eq!(Line::through(vec![8.0], Scale::Linear).edges, [4.0, 12.0]);
    }
}
