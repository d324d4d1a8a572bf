//! Fewer points that look the same: nothing is left out that could be told apart in print.

use crate::figure::ink::clip::Place;
use std::collections::HashSet;

/// Lines of no more points are drawn as they are.
pub const MANY: usize = 5000;

/// Columns of a frame in which a line is told apart; finer than print at 600 dots an inch across 3 inches.
const COLUMNS: f64 = 2000.0;

/// Rows and columns of a frame in which markers are told apart, at so many markers: a third of their own width.
const SPOTS: f64 = 250.0;

/// The line with at most four points for each time it passes through a column: where it enters, its lowest and
/// highest points, and where it leaves (M4: Jugel and others, VLDB 2014).
pub fn line(places: Vec<Place>) -> Vec<Place> {
    if places.len() <= MANY {
        return places;
    }
    let column = |place: &Place| (place.0 * COLUMNS).floor();
    let mut kept = Vec::new();
    for run in places.chunk_by(|one, next| column(one) == column(next)) {
        let extreme = |better: fn(f64, f64) -> bool| {
            (0..run.len()).reduce(|best, next| if better(run[next].1, run[best].1) { next } else { best }).unwrap_or(0)
        };
        let mut indices = [0, extreme(|a, b| a < b), extreme(|a, b| a > b), run.len() - 1];
        indices.sort_unstable();
        let mut last = None;
        for index in indices {
            if last != Some(index) {
                kept.push(run[index]);
                last = Some(index);
            }
        }
    }
    kept
}

/// Which of many markers to draw: of those on the same spot only the first.
pub fn marks(places: &[Place]) -> Vec<bool> {
    let mut taken = HashSet::new();
    let spot = |place: &Place| ((place.0 * SPOTS).round() as i64, (place.1 * SPOTS).round() as i64);
    places.iter().map(|place| places.len() <= MANY || taken.insert(spot(place))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_keeps_its_peaks() {
        let wave = |index: i32| (f64::from(index) / 1e6, if index == 123_456 { 1.0 } else { 0.5 });
        let thin = line((0..1_000_000).map(wave).collect());
        assert!(thin.len() <= 8000, "{}", thin.len());
        assert!(thin.contains(&(0.123_456, 1.0)));
        assert_eq!((thin[0], thin[thin.len() - 1]), (wave(0), wave(999_999)));
    }

    #[test]
    fn markers_on_one_spot_are_drawn_once() {
        let places: Vec<Place> = (0..10_000).map(|index| (f64::from(index % 3) / 2.0, 0.5)).collect();
        assert_eq!(marks(&places).iter().filter(|&&drawn| drawn).count(), 3);
        assert!(marks(&places[..100]).iter().all(|&drawn| drawn));
    }
}
