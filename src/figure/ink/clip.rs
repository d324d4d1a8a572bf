//! Cutting lines and areas at the unit square.
//!
//! Coordinates are fractions of the frame, with 0 and 1 at its sides. The drawing engine moves points that lie outside
//! to the border, which bends lines; cut pieces stay straight.

/// A point in fractions of the frame.
pub type Place = (f64, f64);

/// The part of a segment inside the unit square (Liang and Barsky).
pub fn segment(from: Place, to: Place) -> Option<(Place, Place)> {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
    for (speed, room) in [(-dx, from.0), (dx, 1.0 - from.0), (-dy, from.1), (dy, 1.0 - from.1)] {
        if speed == 0.0 {
            if room < 0.0 {
                return None;
            }
        } else if speed < 0.0 {
            enter = enter.max(room / speed);
        } else {
            leave = leave.min(room / speed);
        }
    }
    if enter > leave {
        return None;
    }
    let at = |t: f64| (from.0 + t * dx, from.1 + t * dy);
    Some((if enter > 0.0 { at(enter) } else { from }, if leave < 1.0 { at(leave) } else { to }))
}

/// The parts of a line inside the unit square, each a line of its own.
pub fn line(points: &[Place]) -> Vec<Vec<Place>> {
    let mut parts: Vec<Vec<Place>> = Vec::new();
    for pair in points.windows(2) {
        let Some((from, to)) = segment(pair[0], pair[1]) else { continue };
        match parts.last_mut() {
            Some(part) if part.last() == Some(&from) => part.push(to),
            _ => parts.push(vec![from, to]),
        }
    }
    parts
}

/// The part of an area inside the unit square (Sutherland and Hodgman).
pub fn area(corners: &[Place]) -> Vec<Place> {
    let sides: [fn(Place) -> f64; 4] = [|p| p.0, |p| 1.0 - p.0, |p| p.1, |p| 1.0 - p.1];
    let mut kept = corners.to_vec();
    for inside in sides {
        let mut next = Vec::with_capacity(kept.len() + 4);
        for (index, &to) in kept.iter().enumerate() {
            let from = kept[(index + kept.len() - 1) % kept.len()];
            let (a, b) = (inside(from), inside(to));
            if (a < 0.0) != (b < 0.0) {
                let t = a / (a - b);
                next.push((from.0 + t * (to.0 - from.0), from.1 + t * (to.1 - from.1)));
            }
            if b >= 0.0 {
                next.push(to);
            }
        }
        kept = next;
    }
    kept
}

/// Whether a point lies in the unit square, sides included.
pub fn contains(place: Place) -> bool {
    (0.0..=1.0).contains(&place.0) && (0.0..=1.0).contains(&place.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_leaves_and_returns_becomes_two() {
        let parts = line(&[(0.1, 0.5), (0.3, 1.5), (0.5, 0.5)]);
        assert_eq!(parts.len(), 2);
        assert!((parts[0][1].0 - 0.2).abs() < 1e-12 && (parts[0][1].1 - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_segment_outside_leaves_nothing() {
        assert_eq!(segment((-1.0, 2.0), (2.0, 2.0)), None);
        assert_eq!(segment((-1.0, 0.5), (2.0, 0.5)), Some(((0.0, 0.5), (1.0, 0.5))));
    }

    #[test]
    fn an_area_is_cut_at_all_sides() {
        let cut = area(&[(-1.0, -1.0), (2.0, -1.0), (2.0, 2.0), (-1.0, 2.0)]);
        assert!(cut.iter().all(|&p| contains(p)) && cut.len() >= 4);
    }
}
