//! Morris' method: walks through a grid that move one parameter at a time (M. D. Morris, Technometrics 33, 1991), with the
//! mean of absolute effects (Campolongo, Cariboni and Saltelli, 2007).

use rand::RngExt;

use crate::kernel::streams::{Purpose, Streams};
use crate::statistics::interval::Estimate;
use crate::statistics::summary::Summary;

/// Levels of each parameter.
const LEVELS: u32 = 8;

/// A step in levels: half of them, which gives all levels the same probability.
const STEP: u32 = LEVELS / 2;

/// The streams of walks, beside those of samples.
const STREAM: u64 = 1 << 32;

/// A walk: points of which each differs from the one before in one parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Walk {
    /// The points, one more than there are parameters.
    pub points: Vec<Vec<f64>>,
    /// Which parameter moves after each point but the last.
    pub moves: Vec<usize>,
}

/// Random walks.
pub fn trajectories(dimensions: usize, count: u32, seed: u64) -> Vec<Walk> {
    let walk = |index: u32| {
        let mut stream = Streams::new(seed, 0).stream(Purpose::Sample, &[STREAM + u64::from(index)]);
        let mut levels: Vec<u32> = (0..dimensions).map(|_| stream.random_range(0..LEVELS)).collect();
        let mut moves: Vec<usize> = (0..dimensions).collect();
        for last in (1..dimensions).rev() {
            moves.swap(last, stream.random_range(0..=last as u32) as usize);
        }
        let share = |levels: &[u32]| levels.iter().map(|&l| f64::from(l) / f64::from(LEVELS - 1)).collect::<Vec<_>>();
        let mut points = vec![share(&levels)];
        for &dimension in &moves {
            let level = &mut levels[dimension];
            *level = if *level < STEP { *level + STEP } else { *level - STEP };
            points.push(share(&levels));
        }
        Walk { points, moves }
    };
    (0..count).map(walk).collect()
}

/// For each parameter the mean absolute effect and the standard deviation of the effects, from the values at all points of all walks.
pub fn effects(walks: &[Walk], values: &[f64], dimensions: usize) -> Vec<(Estimate, f64)> {
    let mut effects = vec![Vec::new(); dimensions];
    for (walk, values) in walks.iter().zip(values.chunks(dimensions + 1)) {
        for (step, &dimension) in walk.moves.iter().enumerate() {
            let moved = walk.points[step + 1][dimension] - walk.points[step][dimension];
            effects[dimension].push((values[step + 1] - values[step]) / moved);
        }
    }
    let summarised = effects.into_iter().map(|effects: Vec<f64>| {
        let sizes: Vec<f64> = effects.iter().map(|effect| effect.abs()).collect();
        (Estimate::of(&sizes, 0.95), Summary::of(&effects).sd)
    });
    summarised.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_effects_of_a_plane_are_its_slopes_and_do_not_vary() {
        let walks = trajectories(3, 10, 1);
        let value = |point: &Vec<f64>| 2.0 * point[0] - 5.0 * point[1];
        let values: Vec<f64> = walks.iter().flat_map(|walk| walk.points.iter().map(value)).collect();
        let found = effects(&walks, &values, 3);
        for (index, slope) in [2.0, 5.0, 0.0].into_iter().enumerate() {
            assert!((found[index].0.mean - slope).abs() < 1e-12 && found[index].1 < 1e-12, "{found:?}");
        }
    }

    #[test]
    fn a_walk_moves_each_parameter_once_within_the_cube() {
        for walk in trajectories(4, 20, 3) {
            let mut moves = walk.moves.clone();
            moves.sort_unstable();
            assert_eq!(moves, [0, 1, 2, 3]);
            assert!(walk.points.iter().flatten().all(|share| (0.0..=1.0).contains(share)));
        }
        assert_ne!(trajectories(4, 1, 3), trajectories(4, 1, 4));
    }
}
