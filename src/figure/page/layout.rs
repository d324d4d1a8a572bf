//! Where things ended up on the canvas: the record from which a figure is checked.
//!
//! All lengths are canvas units; y grows downwards.

/// A rectangle on the canvas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Area {
    /// Left side.
    pub left: i32,
    /// Upper side.
    pub top: i32,
    /// Right side.
    pub right: i32,
    /// Lower side.
    pub bottom: i32,
}

/// What a text is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Stands at a tick.
    Tick,
    /// Names an axis.
    AxisLabel,
    /// Stands above a panel.
    Title,
    /// Belongs to the legend.
    Legend,
    /// Belongs to the colour bar.
    ColorBar,
    /// Stands in a panel: the value of a bar or a cell.
    Value,
}

/// The ink of one line of text.
#[derive(Debug, Clone, PartialEq)]
pub struct TextBox {
    /// What is written.
    pub text: String,
    /// What it is for.
    pub role: Role,
    /// The corners of its ink, in order around it; the box may be turned.
    pub corners: [(f64, f64); 4],
}

/// Everything recorded about a figure.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Layout {
    /// Width of the canvas.
    pub width: i32,
    /// Height of the canvas.
    pub height: i32,
    /// All texts.
    pub texts: Vec<TextBox>,
    /// The frames of the panels.
    pub frames: Vec<Area>,
    /// Middles of all markers that stand for data.
    pub marks: Vec<(i32, i32)>,
    /// The box of the legend.
    pub legend: Option<Area>,
}

impl Area {
    /// The area between two opposite corners.
    pub fn between(a: (i32, i32), b: (i32, i32)) -> Self {
        Self { left: a.0.min(b.0), top: a.1.min(b.1), right: a.0.max(b.0), bottom: a.1.max(b.1) }
    }

    /// Its middle.
    pub fn middle(&self) -> (i32, i32) {
        (i32::midpoint(self.left, self.right), i32::midpoint(self.top, self.bottom))
    }

    /// Width.
    pub fn width(&self) -> i32 {
        self.right - self.left
    }

    /// Height.
    pub fn height(&self) -> i32 {
        self.bottom - self.top
    }

    /// Whether a point lies within, or outside by no more than `slack`.
    pub fn contains(&self, (x, y): (i32, i32), slack: i32) -> bool {
        x >= self.left - slack && x <= self.right + slack && y >= self.top - slack && y <= self.bottom + slack
    }

    /// The area with `by` more on all sides.
    #[must_use]
    pub fn grown(&self, by: i32) -> Self {
        Self { left: self.left - by, top: self.top - by, right: self.right + by, bottom: self.bottom + by }
    }

    /// The corners, in order around the area.
    pub fn corners(&self) -> [(f64, f64); 4] {
        let (left, top, right, bottom) =
            (f64::from(self.left), f64::from(self.top), f64::from(self.right), f64::from(self.bottom));
        [(left, top), (right, top), (right, bottom), (left, bottom)]
    }
}

/// Whether two convex shapes overlap by more than `slack` in every direction (separating axes). A shape may be a
/// segment or a point.
pub fn overlap(a: &[(f64, f64)], b: &[(f64, f64)], slack: f64) -> bool {
    let upright = [(1.0, 0.0), (0.0, 1.0)];
    let normals = [a, b].into_iter().flat_map(|shape| {
        (0..shape.len()).filter_map(move |index| {
            let (from, to) = (shape[index], shape[(index + 1) % shape.len()]);
            let (dx, dy) = (to.0 - from.0, to.1 - from.1);
            let length = dx.hypot(dy);
            (length > 0.0).then(|| (-dy / length, dx / length))
        })
    });
    !upright.into_iter().chain(normals).any(|normal| {
        let ((a_low, a_high), (b_low, b_high)) = (shadow(a, normal), shadow(b, normal));
        a_high - slack <= b_low || b_high - slack <= a_low
    })
}

/// Extent of a shape along a direction.
fn shadow(shape: &[(f64, f64)], direction: (f64, f64)) -> (f64, f64) {
    let along = shape.iter().map(|corner| corner.0 * direction.0 + corner.1 * direction.1);
    along.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOX: Area = Area { left: 0, top: 0, right: 10, bottom: 10 };

    #[test]
    fn a_turned_shape_beside_a_corner_does_not_overlap() {
        let diamond = [(16.0, 8.0), (24.0, 16.0), (16.0, 24.0), (8.0, 16.0)];
        assert!(!overlap(&BOX.corners(), &diamond, 1.0));
        assert!(overlap(&BOX.grown(5).corners(), &diamond, 1.0));
    }

    #[test]
    fn a_segment_through_a_box_overlaps_it() {
        assert!(overlap(&BOX.corners(), &[(-5.0, 5.0), (15.0, 6.0)], 0.0));
        assert!(!overlap(&BOX.corners(), &[(-5.0, 12.0), (15.0, 13.0)], 0.0));
    }
}
