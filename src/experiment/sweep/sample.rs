//! Samples of a space of parameters: `[sample]` with a kind, a number of points, and a spread for each path.
//!
//! A Latin hypercube (`McKay`, Beckman and Conover, 1979) has one value in each n-th of every path's spread. The Sobol
//! points are Owen-scrambled (Burley, 2020, by the crate `sobol_burley`); their number should be a power of two. Both
//! depend on `seed`, the order of the paths and nothing else: not on the seed of the runs.

use rand::RngExt;

use super::generator::Spread;
use crate::experiment::tree::Item;
use crate::kernel::streams::{Purpose, Streams};

/// How the points of a sample are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A Latin hypercube.
    LatinHypercube,
    /// An Owen-scrambled Sobol sequence.
    Sobol,
}

/// The kinds and their names.
pub const KINDS: [(&str, Kind); 2] = [("latin-hypercube", Kind::LatinHypercube), ("sobol", Kind::Sobol)];

impl Kind {
    /// The most points of this kind.
    pub fn most(self) -> u32 {
        match self {
            Self::LatinHypercube => 100_000,
            Self::Sobol => 1 << 16,
        }
    }

    /// The values of one path at `n` points: `dimension` is its place among the paths.
    pub fn values(self, spread: &Spread, dimension: u32, n: u32, seed: u32) -> Vec<Item> {
        match self {
            Self::Sobol => (0..n).map(|index| spread.at(sobol(index, dimension, seed))).collect(),
            Self::LatinHypercube => strata(dimension, n, seed).map(|share| spread.at(share)).collect(),
        }
    }
}

/// A coordinate of a Sobol point, from 0 to less than 1.
pub fn sobol(index: u32, dimension: u32, seed: u32) -> f64 {
    f64::from(sobol_burley::sample(index, dimension, seed))
}

/// One share in each n-th of the way, in random order.
fn strata(dimension: u32, n: u32, seed: u32) -> impl Iterator<Item = f64> {
    let mut stream = Streams::new(u64::from(seed), 0).stream(Purpose::Sample, &[u64::from(dimension)]);
    let mut order: Vec<u32> = (0..n).collect();
    for index in (1..order.len()).rev() {
        order.swap(index, stream.random_range(0..=index as u32) as usize);
    }
    order.into_iter().map(move |stratum| (f64::from(stratum) + stream.random::<f64>()) / f64::from(n))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::node::Node;
    use crate::experiment::source::Source;
    use crate::experiment::sweep::generator;
    use crate::experiment::tree::{self, Value};

    fn shares(kind: Kind, dimension: u32, n: u32, seed: u32) -> Vec<f64> {
        let item = tree::parse_value(&Source::new("test", "{ linspace = [0.0, 1.0] }"), 0).unwrap();
        let spread = generator::spread(&Node { key: "x", item: &item }).unwrap();
        let number = |item: Item| if let Value::Number(value) = item.value { value } else { panic!("{item:?}") };
        kind.values(&spread, dimension, n, seed).into_iter().map(number).collect()
    }

    #[test]
    fn each_nth_of_every_path_has_one_point() {
        for (_, kind) in KINDS {
            for dimension in 0..20 {
                let mut hit = [0; 64];
                for share in shares(kind, dimension, 64, 7) {
                    hit[(share * 64.0) as usize] += 1;
                }
                assert_eq!(hit, [1; 64], "{kind:?}, dimension {dimension}");
            }
        }
    }

    #[test]
    fn sobol_points_are_spread_evenly_over_every_elementary_box_of_two_paths() {
        let (xs, ys) = (shares(Kind::Sobol, 0, 64, 3), shares(Kind::Sobol, 1, 64, 3));
        for columns in [1, 2, 4, 8, 16, 32, 64] {
            let rows = 64 / columns;
            let mut hit = vec![0; 64];
            for (x, y) in xs.iter().zip(&ys) {
                hit[(x * columns as f64) as usize * rows + (y * rows as f64) as usize] += 1;
            }
            assert_eq!(hit, vec![1; 64], "{columns} x {rows}");
        }
    }

    #[test]
    fn another_seed_and_another_path_have_other_points() {
        for (_, kind) in KINDS {
            let first = shares(kind, 0, 16, 1);
            assert_eq!(first, shares(kind, 0, 16, 1));
            assert_ne!(first, shares(kind, 0, 16, 2));
            assert_ne!(first, shares(kind, 1, 16, 1));
        }
    }
}
