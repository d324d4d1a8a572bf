//! Ranking and selection: which of a few systems is best, where each observation of one costs a run.
//!
//! Higher is better. Observation i of two systems may have met the same random numbers, so comparisons are paired.

pub mod kn;
pub mod ocba;

use crate::statistics::interval::student_t_quantile;
use crate::statistics::paired;

/// Systems that can be observed again and again.
pub trait Systems {
    /// Why an observation cannot be made.
    type Error;

    /// Makes sure that each of these systems has `counts` observations; says whether the budget allowed it.
    ///
    /// # Errors
    /// An observation cannot be made.
    fn observe(&mut self, wanted: &[(usize, usize)]) -> Result<bool, Self::Error>;

    /// What was observed of a system, in order.
    fn observations(&self, system: usize) -> &[f64];
}

/// What a selection found.
#[derive(Debug, Clone, PartialEq)]
pub struct Selected {
    /// The system chosen.
    pub best: usize,
    /// Those that could not be told from it.
    pub rivals: Vec<usize>,
    /// Whether the procedure came to its end, on which its guarantee depends.
    pub finished: bool,
}

/// The mean of the first `n` values.
pub(super) fn mean(values: &[f64], n: usize) -> f64 {
    let values = &values[..n.min(values.len())];
    values.iter().sum::<f64>() / values.len() as f64
}

/// The system with the highest mean over the first `n` observations of each; the first of equals.
pub(super) fn highest(systems: &impl Systems, among: &[usize], n: usize) -> usize {
    let mean = |system: usize| mean(systems.observations(system), n);
    let better = |best: usize, &next: &usize| if mean(next) > mean(best) { next } else { best };
    among.iter().skip(1).fold(among[0], better)
}

/// By how much another of these systems may be better than the chosen one, at a confidence: the highest upper limit of
/// the paired differences, each at a level that the number of pairs makes stricter (Bonferroni).
///
/// This is a multiple comparison with the best (Hsu, 1984) whose intervals need no equal variances. It holds if the numbers of
/// observations did not depend on them; where they did it is an approximation. Infinite for fewer than two pairs.
pub fn shortfall(systems: &impl Systems, chosen: usize, among: &[usize], confidence: f64) -> f64 {
    let others: Vec<usize> = among.iter().copied().filter(|&other| other != chosen).collect();
    let level = 1.0 - (1.0 - confidence) / others.len().max(1) as f64;
    let upper = |other: usize| {
        let (theirs, ours) = (systems.observations(other), systems.observations(chosen));
        let n = theirs.len().min(ours.len());
        // One-sided: the upper limit of a two-sided interval at 2 level - 1.
        let difference = paired::difference(&theirs[..n], &ours[..n], (2.0 * level - 1.0).max(1e-9));
        difference.high().unwrap_or(f64::INFINITY)
    };
    others.into_iter().map(upper).fold(0.0, f64::max)
}

/// The probability that no other system is better than the chosen one by more than `tolerance`, as a normal law with the means
/// and variances observed has it, from below (Bonferroni; Chen et al., 2000, call it APCS-B).
pub fn probability(systems: &impl Systems, chosen: usize, among: &[usize], tolerance: f64) -> f64 {
    let wrong = |&other: &usize| {
        let (theirs, ours) = (systems.observations(other), systems.observations(chosen));
        let n = theirs.len().min(ours.len());
        let half = paired::difference(&ours[..n], &theirs[..n], ONE_SIGMA);
        let t = (n > 1).then(|| student_t_quantile(f64::midpoint(1.0, ONE_SIGMA), (n - 1) as f64));
        let error = half.half_width().zip(t).map_or(f64::INFINITY, |(width, t)| width / t);
        let ahead = half.mean + tolerance;
        match (error > 0.0, ahead > 0.0) {
            (true, _) => normal_below(-ahead / error),
            (false, true) => 0.0,
            (false, false) => 1.0,
        }
    };
    let others = among.iter().filter(|&&other| other != chosen);
    (1.0 - others.map(wrong).sum::<f64>()).max(0.0)
}

/// The level at which a standard error is taken from an interval; any will do.
const ONE_SIGMA: f64 = 0.5;

fn normal_below(z: f64) -> f64 {
    use statrs::distribution::{ContinuousCDF, Normal};
    Normal::standard().cdf(z)
}

/// Systems with normal observations, to test what selections promise.
#[cfg(test)]
pub(super) mod normal {
    use super::Systems;
    use rand_distr::{Distribution, StandardNormal};

    use crate::kernel::streams::{Purpose, Stream, Streams};

    pub(crate) struct Normals {
        means: Vec<f64>,
        deviations: Vec<f64>,
        /// The share of the variance that all have in common.
        common: f64,
        streams: Vec<Stream>,
        shared: (Stream, Vec<f64>),
        seen: Vec<Vec<f64>>,
        pub(crate) budget: usize,
    }

    impl Normals {
        pub(crate) fn new(means: &[f64], deviations: &[f64], common: f64, seed: u64) -> Self {
            let stream = |entity: u64| Streams::new(seed, 0).stream(Purpose::Sample, &[entity]);
            Self {
                means: means.into(),
                deviations: deviations.into(),
                common,
                streams: (1..=means.len() as u64).map(stream).collect(),
                shared: (stream(0), Vec::new()),
                seen: vec![Vec::new(); means.len()],
                budget: usize::MAX,
            }
        }

        pub(crate) fn spent(&self) -> usize {
            self.seen.iter().map(Vec::len).sum()
        }
    }

    impl Systems for Normals {
        type Error = std::convert::Infallible;

        fn observe(&mut self, wanted: &[(usize, usize)]) -> Result<bool, Self::Error> {
            let new: usize = wanted.iter().map(|&(system, n)| n.saturating_sub(self.seen[system].len())).sum();
            if self.spent() + new > self.budget {
                return Ok(false);
            }
            for &(system, n) in wanted {
                for index in self.seen[system].len()..n {
                    let (stream, shared) = &mut self.shared;
                    while shared.len() <= index {
                        shared.push(StandardNormal.sample(stream));
                    }
                    let own: f64 = StandardNormal.sample(&mut self.streams[system]);
                    let noise = self.common.sqrt() * shared[index] + (1.0 - self.common).sqrt() * own;
                    self.seen[system].push(self.means[system] + self.deviations[system] * noise);
                }
            }
            Ok(true)
        }

        fn observations(&self, system: usize) -> &[f64] {
            &self.seen[system]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::normal::Normals;
    use super::*;

    #[test]
    fn the_shortfall_covers_the_true_one_as_often_as_it_says() {
        let means = [0.0, 0.3, 0.1, 0.25];
        let covered = (0..400).filter(|&seed| {
            let mut systems = Normals::new(&means, &[1.0; 4], 0.5, seed);
            systems.observe(&[(0, 20), (1, 20), (2, 20), (3, 20)]).unwrap();
            let chosen = highest(&systems, &[0, 1, 2, 3], 20);
            shortfall(&systems, chosen, &[0, 1, 2, 3], 0.95) >= 0.3 - means[chosen]
        });
        assert!(covered.count() >= 380);
    }

    #[test]
    fn the_probability_is_high_where_the_lead_is_large_and_falls_with_it() {
        let mut systems = Normals::new(&[0.0, 5.0, 4.9], &[1.0; 3], 0.0, 1);
        systems.observe(&[(0, 50), (1, 50), (2, 50)]).unwrap();
        assert!(probability(&systems, 1, &[0, 1], 0.0) > 0.999_999);
        assert!(probability(&systems, 0, &[0, 1], 0.0) < 1e-6);
        let close = probability(&systems, 1, &[1, 2], 0.0);
        assert!((0.1..0.9).contains(&close), "{close}");
        assert!(probability(&systems, 1, &[1, 2], 1.0) > 0.999);
    }
}
