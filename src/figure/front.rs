//! The Pareto front of points, as a line in steps.

use crate::figure::chart::Point;
use crate::figure::spec::Better;

/// The line through the points that no other point betters in one direction and equals in the other, in steps over what
/// they better: what lies beyond it, no point reaches. From step to step one coordinate gets worse and the other better.
pub fn front<'p>(points: impl IntoIterator<Item = &'p Point>, better: (Better, Better)) -> Vec<Point> {
    let mut points: Vec<&Point> = points.into_iter().collect();
    points.sort_by(|a, b| better.0.order(b.x, a.x).then(better.1.order(b.y, a.y)));
    let mut line: Vec<Point> = Vec::new();
    // From the best x on, a point is on the front if its y is better than all before.
    for point in points {
        match line.last() {
            Some(before) if better.1.order(point.y, before.y).is_le() => {}
            Some(before) => {
                let corner = Point::new(better.0.worse(before.x, point.x), better.1.worse(before.y, point.y));
                line.extend([corner, Point::new(point.x, point.y)]);
            }
            None => line.push(Point::new(point.x, point.y)),
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_point_equals_in_one_direction_and_betters_in_the_other_is_not_on_the_front() {
        let points = [(1.0, 5.0), (2.0, 5.0), (2.0, 4.0), (3.0, 7.0), (3.0, 6.0), (4.0, 7.0), (1.0, 5.0)];
        let points = points.map(|(x, y)| Point::new(x, y));
        // More x and less y is better.
        let line: Vec<(f64, f64)> =
            front(&points, (Better::High, Better::Low)).iter().map(|point| (point.x, point.y)).collect();
        assert_eq!(line, [(4.0, 7.0), (3.0, 7.0), (3.0, 6.0), (2.0, 6.0), (2.0, 4.0)]);
    }
}
