//! Sobol indices by the design of Saltelli and the estimators of Jansen (A. Saltelli et al., Computer Physics Communications 181, 2010).
//!
//! Two samples A and B, and for each parameter A with the column of that parameter from B: N (D + 2) points. The intervals are
//! those of a bootstrap over the N rows.

use rand::RngExt;

use super::Index;
use crate::experiment::sweep::sample;
use crate::kernel::streams::{Purpose, Streams};
use crate::statistics::summary::quantile;

/// Resamples of the bootstrap.
const RESAMPLES: u64 = 400;

/// The stream of the resamples, beside those of samples.
const STREAM: u64 = 1 << 33;

/// The points: row by row A, B, and A with each column of B.
#[derive(Debug, Clone)]
pub struct Design {
    dimensions: usize,
    points: Vec<Vec<f64>>,
}

impl Design {
    /// A design of so many rows.
    pub fn new(dimensions: usize, rows: u32, seed: u64) -> Self {
        let row = |index: u32| {
            let at = |place: usize| sample::sobol(index, place as u32, seed as u32);
            let a: Vec<f64> = (0..dimensions).map(at).collect();
            let b: Vec<f64> = (dimensions..2 * dimensions).map(at).collect();
            let mixed = (0..dimensions).map(|dimension| {
                let mut mixed = a.clone();
                mixed[dimension] = b[dimension];
                mixed
            });
            let mixed: Vec<Vec<f64>> = mixed.collect();
            [a, b].into_iter().chain(mixed).collect::<Vec<_>>()
        };
        Self { dimensions, points: (0..rows).flat_map(row).collect() }
    }

    /// All points.
    pub fn points(&self) -> impl Iterator<Item = &Vec<f64>> {
        self.points.iter()
    }

    /// How many they are.
    pub fn len(&self) -> usize {
        self.points.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    /// For each parameter the first-order and the total index, from the values at all points. Rows with a missing value are left out.
    pub fn indices(&self, values: &[f64], seed: u64) -> Vec<(Index, Index)> {
        let rows: Vec<&[f64]> =
            values.chunks(self.dimensions + 2).filter(|row| !row.iter().any(|v| v.is_nan())).collect();
        let found = of_rows(&rows, self.dimensions);
        let mut resampled: Vec<[Vec<f64>; 2]> = vec![Default::default(); self.dimensions];
        let mut stream = Streams::new(seed, 0).stream(Purpose::Sample, &[STREAM]);
        for _ in 0..RESAMPLES {
            let drawn: Vec<&[f64]> =
                rows.iter().map(|_| rows[stream.random_range(0..rows.len() as u32) as usize]).collect();
            for (kept, (first, total)) in resampled.iter_mut().zip(of_rows(&drawn, self.dimensions)) {
                kept[0].push(first);
                kept[1].push(total);
            }
        }
        let index = |value: f64, resamples: &mut Vec<f64>| {
            resamples.retain(|value| !value.is_nan());
            resamples.sort_by(f64::total_cmp);
            Index { value, interval: (quantile(resamples, 0.025), quantile(resamples, 0.975)) }
        };
        let pairs = found.into_iter().zip(&mut resampled);
        pairs.map(|((first, total), [firsts, totals])| (index(first, firsts), index(total, totals))).collect()
    }
}

/// Jansen's estimators; NaN where nothing varies.
fn of_rows(rows: &[&[f64]], dimensions: usize) -> Vec<(f64, f64)> {
    let n = rows.len() as f64;
    let base = || rows.iter().flat_map(|row| [row[0], row[1]]);
    let mean = base().sum::<f64>() / (2.0 * n);
    let variance = base().map(|value| (value - mean).powi(2)).sum::<f64>() / (2.0 * n);
    let of = |dimension: usize| {
        let half =
            |from: usize| rows.iter().map(|row| (row[from] - row[2 + dimension]).powi(2)).sum::<f64>() / (2.0 * n);
        (1.0 - half(1) / variance, half(0) / variance)
    };
    if variance > 0.0 { (0..dimensions).map(of).collect() } else { vec![(f64::NAN, f64::NAN); dimensions] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::PI;

    /// The function of Ishigami and Homma with a = 7, b = 0.1, whose indices are known.
    #[test]
    fn the_indices_of_the_ishigami_function_are_those_of_its_closed_form() {
        let value = |point: &Vec<f64>| {
            let [x, y, z] = [0, 1, 2].map(|i| PI * (2.0 * point[i] - 1.0));
            x.sin() + 7.0 * y.sin().powi(2) + 0.1 * z.powi(4) * x.sin()
        };
        let design = Design::new(3, 4096, 1);
        let found = design.indices(&design.points().map(value).collect::<Vec<_>>(), 1);
        let exact = [(0.3139, 0.5576), (0.4424, 0.4424), (0.0, 0.2437)];
        for ((first, total), (s, st)) in found.into_iter().zip(exact) {
            assert!((first.value - s).abs() < 0.03 && (total.value - st).abs() < 0.03, "{first:?} {total:?}");
            assert!(first.interval.0 <= s + 0.01 && s - 0.01 <= first.interval.1, "{first:?} {s}");
            assert!(total.interval.0 <= st + 0.01 && st - 0.01 <= total.interval.1, "{total:?} {st}");
        }
    }

    #[test]
    fn what_does_not_vary_has_no_indices_and_missing_rows_are_left_out() {
        let design = Design::new(2, 8, 1);
        assert!(design.indices(&vec![3.0; design.len()], 1)[0].0.value.is_nan());
        let value = |point: &Vec<f64>| point[0];
        let mut values: Vec<f64> = design.points().map(value).collect();
        values[5] = f64::NAN;
        let found = design.indices(&values, 1);
        assert!(found[0].1.value > 0.5 && found[1].1.value == 0.0, "{found:?}");
    }
}
