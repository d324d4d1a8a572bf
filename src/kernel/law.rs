//! Laws of random durations.
//!
//! A [`Law`] is plain data; [`Sampler`] is the same law made ready to draw from. Draws are rounded to whole
//! nanoseconds and cut at zero, so that no floating-point value ever orders two events and differences in the last
//! bit between mathematical libraries vanish (all but one draw in about 10^10).

use std::cell::Cell;
use std::sync::Arc;

use rand::{Rng, RngExt};
use rand_distr::{Distribution, Exp1, Gamma, LogNormal, Normal, Pareto, Weibull};

use super::Nanos;

/// A law of durations. All times are in nanoseconds.
#[derive(Debug, Clone, PartialEq)]
pub enum Law {
    /// Always the same duration.
    Constant(Nanos),
    /// Every duration from `low` to `high`, both included, equally likely.
    Uniform {
        /// The shortest duration.
        low: Nanos,
        /// The longest duration.
        high: Nanos,
    },
    /// Exponential.
    Exponential {
        /// Its mean.
        mean: f64,
    },
    /// Normal, with draws below zero set to zero.
    Normal {
        /// Mean of the law before the cut.
        mean: f64,
        /// Standard deviation of the law before the cut.
        sd: f64,
    },
    /// Log-normal.
    LogNormal {
        /// Its median.
        median: f64,
        /// Standard deviation of the logarithm.
        sigma: f64,
    },
    /// Gamma; with a whole `shape` k this is Erlang-k.
    Gamma {
        /// Shape (one over the squared coefficient of variation).
        shape: f64,
        /// Its mean.
        mean: f64,
    },
    /// Weibull.
    Weibull {
        /// Shape.
        shape: f64,
        /// Scale: the 63.2 % quantile.
        scale: f64,
    },
    /// Pareto of the first kind.
    Pareto {
        /// Tail index.
        shape: f64,
        /// The shortest duration.
        minimum: f64,
    },
    /// The values of a sample, each equally likely.
    Empirical(Arc<[Nanos]>),
    /// Quantiles, the first of share 0 and the last of share 1; between neighbours the quantile function is linear.
    Quantiles(Arc<[Quantile]>),
}

/// A point of a quantile function.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantile {
    /// This share of the draws is shorter.
    pub share: f64,
    /// The duration.
    pub value: Nanos,
}

impl Law {
    /// The law that is always zero.
    pub const ZERO: Self = Self::Constant(0);

    /// The mean in nanoseconds; infinite for a Pareto law of shape 1 or less.
    ///
    /// For [`Law::Normal`] this is the mean before the cut at zero.
    pub fn mean(&self) -> f64 {
        match self {
            Self::Constant(value) => *value as f64,
            Self::Uniform { low, high } => (*low as f64).midpoint(*high as f64),
            Self::Exponential { mean } | Self::Normal { mean, .. } | Self::Gamma { mean, .. } => *mean,
            Self::LogNormal { median, sigma } => median * (sigma * sigma / 2.0).exp(),
            Self::Weibull { shape, scale } => scale * statrs::function::gamma::gamma(1.0 + 1.0 / shape),
            Self::Pareto { shape, minimum } if *shape > 1.0 => shape * minimum / (shape - 1.0),
            Self::Pareto { .. } => f64::INFINITY,
            Self::Empirical(values) => values.iter().map(|&v| v as f64).sum::<f64>() / values.len() as f64,
            Self::Quantiles(points) => {
                let piece = |ends: &[Quantile]| {
                    (ends[1].share - ends[0].share) * (ends[0].value as f64).midpoint(ends[1].value as f64)
                };
                points.windows(2).map(piece).sum()
            }
        }
    }

    /// Whether its variance is finite.
    fn has_variance(&self) -> bool {
        !matches!(self, Self::Pareto { shape, .. } if *shape <= 2.0)
    }

    /// Makes the law ready to draw from.
    ///
    /// # Errors
    /// A sentence that names the parameter out of range.
    pub fn sampler(&self) -> Result<Sampler, String> {
        Sampler::new(self)
    }
}

/// A law made ready to draw from.
#[derive(Debug, Clone)]
pub struct Sampler(Kind);

#[derive(Debug, Clone)]
enum Kind {
    Constant(Nanos),
    /// The variate, and the mean of its law if the variance is finite.
    Random(Variate, Option<f64>),
    Tallied(Box<Tallied>),
}

/// A variate with the sum of what was drawn less as many means.
#[derive(Debug, Clone)]
struct Tallied {
    variate: Variate,
    mean: f64,
    excess: Cell<f64>,
}

#[derive(Debug, Clone)]
enum Variate {
    Uniform(Nanos, Nanos),
    /// Times its mean.
    Exponential(f64),
    Normal(Normal<f64>),
    LogNormal(LogNormal<f64>),
    Gamma(Gamma<f64>),
    Weibull(Weibull<f64>),
    Pareto(Pareto<f64>),
    Empirical(Arc<[Nanos]>),
    Quantiles(Arc<[Quantile]>),
}

impl Sampler {
    fn new(law: &Law) -> Result<Self, String> {
        let variate = match law {
            Law::Constant(value) => return Ok(Self(Kind::Constant(*value))),
            Law::Uniform { low, high } if low <= high => Variate::Uniform(*low, *high),
            Law::Uniform { .. } => return Err("the lower end of a uniform law lies above its upper end".into()),
            Law::Exponential { mean } => {
                positive("mean", *mean)?;
                // As `Exp` computes it from its rate, to the last bit.
                Variate::Exponential(1.0 / (1.0 / mean))
            }
            Law::Normal { mean, sd } => Variate::Normal(Normal::new(*mean, *sd).map_err(|e| e.to_string())?),
            Law::LogNormal { median, sigma } => {
                positive("median", *median)?;
                Variate::LogNormal(LogNormal::new(median.ln(), *sigma).map_err(|e| e.to_string())?)
            }
            Law::Gamma { shape, mean } => {
                positive("shape", *shape)?;
                positive("mean", *mean)?;
                Variate::Gamma(Gamma::new(*shape, mean / shape).map_err(|e| e.to_string())?)
            }
            Law::Weibull { shape, scale } => {
                positive("shape", *shape)?;
                positive("scale", *scale)?;
                Variate::Weibull(Weibull::new(*scale, *shape).map_err(|e| e.to_string())?)
            }
            Law::Pareto { shape, minimum } => {
                positive("shape", *shape)?;
                positive("minimum", *minimum)?;
                Variate::Pareto(Pareto::new(*minimum, *shape).map_err(|e| e.to_string())?)
            }
            Law::Empirical(values) if values.is_empty() => {
                return Err("an empirical law needs at least one value".into());
            }
            Law::Empirical(values) => Variate::Empirical(Arc::clone(values)),
            Law::Quantiles(points) => {
                check_quantiles(points)?;
                Variate::Quantiles(Arc::clone(points))
            }
        };
        Ok(Self(Kind::Random(variate, law.has_variance().then(|| law.mean()))))
    }

    /// Draws one duration, in nanoseconds.
    #[inline(always)]
    pub fn draw<R: Rng + ?Sized>(&self, random: &mut R) -> Nanos {
        match &self.0 {
            // Most prices of a machine are constants, and every event pays some: they are not worth a call.
            Kind::Constant(value) => *value,
            Kind::Random(Variate::Exponential(mean), _) => round(exponential(random) * mean),
            _ => self.draw_random(random),
        }
    }

    fn draw_random<R: Rng + ?Sized>(&self, random: &mut R) -> Nanos {
        match &self.0 {
            Kind::Constant(value) => *value,
            Kind::Random(variate, _) => variate.draw_exact(random).0,
            Kind::Tallied(tallied) => tallied.draw(random),
        }
    }

    /// The duration, if the law is a constant.
    #[inline]
    pub fn constant(&self) -> Option<Nanos> {
        match self.0 {
            Kind::Constant(value) => Some(value),
            Kind::Random(..) | Kind::Tallied(_) => None,
        }
    }

    /// Lets it add up what it draws, if that is random with finite variance. What it draws stays the same.
    pub fn tally(&mut self) {
        if let Kind::Random(variate, Some(mean)) = &self.0 {
            let tallied = Tallied { variate: variate.clone(), mean: *mean, excess: Cell::new(0.0) };
            self.0 = Kind::Tallied(Box::new(tallied));
        }
    }

    /// Whether it adds up what it draws.
    pub fn is_tallied(&self) -> bool {
        matches!(self.0, Kind::Tallied(_))
    }

    /// The sum of what was drawn less as many means, in nanoseconds, since this was last asked; 0 without a tally.
    ///
    /// What counts are the values before they are rounded and cut at zero, whose mean is exactly [`Law::mean`]. So the
    /// expectation of this sum is exactly zero, also when a run is ended, at a time or by what was drawn, before it is asked
    /// for: draws to come are independent of all that decides whether there are any (Wald's identity).
    pub fn take_excess(&self) -> f64 {
        match &self.0 {
            Kind::Tallied(tallied) => tallied.excess.take(),
            Kind::Constant(_) | Kind::Random(..) => 0.0,
        }
    }
}

impl Tallied {
    fn draw<R: Rng + ?Sized>(&self, random: &mut R) -> Nanos {
        let (drawn, exact) = self.variate.draw_exact(random);
        self.excess.set(self.excess.get() + (exact - self.mean));
        drawn
    }
}

impl Variate {
    /// Draws one duration, with its value before it is rounded and cut.
    #[inline(always)]
    fn draw_exact<R: Rng + ?Sized>(&self, random: &mut R) -> (Nanos, f64) {
        let value = match self {
            Self::Uniform(low, high) => return whole(random.random_range(*low..=*high)),
            Self::Empirical(values) => return whole(values[random.random_range(0..values.len())]),
            Self::Exponential(mean) => exponential(random) * mean,
            Self::Normal(law) => law.sample(random),
            Self::LogNormal(law) => law.sample(random),
            Self::Gamma(law) => law.sample(random),
            Self::Weibull(law) => law.sample(random),
            Self::Pareto(law) => law.sample(random),
            Self::Quantiles(points) => interpolate(points, random.random()),
        };
        (round(value), value)
    }
}

/// Draws from the exponential law with mean 1. The commonest law of queueing theory is one call away from where it is drawn.
#[inline(never)]
fn exponential<R: Rng + ?Sized>(random: &mut R) -> f64 {
    Exp1.sample(random)
}

fn whole(drawn: Nanos) -> (Nanos, f64) {
    (drawn, drawn as f64)
}

/// The quantile of a share from 0 to 1, linear between neighbours.
fn interpolate(points: &[Quantile], share: f64) -> f64 {
    let upper = points.partition_point(|point| point.share <= share).clamp(1, points.len() - 1);
    let [low, high] = [points[upper - 1], points[upper]];
    let part = (share - low.share) / (high.share - low.share);
    low.value as f64 + part * (high.value as f64 - low.value as f64)
}

fn check_quantiles(points: &[Quantile]) -> Result<(), String> {
    let ends = points.first().map(|first| first.share).zip(points.last().map(|last| last.share));
    if points.len() < 2 || ends != Some((0.0, 1.0)) {
        return Err("the quantiles must begin with share 0 and end with share 1".into());
    }
    match points.windows(2).find(|ends| ends[0].share >= ends[1].share || ends[0].value > ends[1].value) {
        Some(ends) => Err(format!("after the quantile of {} that of {} is no step up", ends[0].share, ends[1].share)),
        None => Ok(()),
    }
}

/// Rounds to whole nanoseconds, halves up, and cuts at zero; `as` saturates, which cuts at 292 years. `f64::round` is a call of
/// a library on processors of the first generation, for which programs are built, and a whole number with a sign is made in
/// one instruction, for which everything behind a draw waits. The sum rounds too: what lies less than 10^-16 of itself
/// below a half goes up.
#[inline]
fn round(value: f64) -> Nanos {
    ((value + 0.5) as i64).max(0).unsigned_abs()
}

fn positive(name: &str, value: f64) -> Result<(), String> {
    if value > 0.0 && value.is_finite() { Ok(()) } else { Err(format!("the {name} must be above zero")) }
}

#[cfg(test)]
mod tests {
    use super::{Law, Quantile};
    use crate::kernel::streams::{Purpose, Streams};

    fn laws() -> [(&'static str, Law); 10] {
        let quantile = |(share, value)| Quantile { share, value };
        [
            ("constant", Law::Constant(7)),
            ("uniform", Law::Uniform { low: 1_000, high: 2_000_000 }),
            ("exponential", Law::Exponential { mean: 1e6 }),
            ("normal", Law::Normal { mean: 1e6, sd: 2e5 }),
            ("lognormal", Law::LogNormal { median: 1e6, sigma: 0.5 }),
            ("gamma", Law::Gamma { shape: 2.0, mean: 1e6 }),
            ("weibull", Law::Weibull { shape: 1.5, scale: 1e6 }),
            ("pareto", Law::Pareto { shape: 2.5, minimum: 1e5 }),
            ("empirical", Law::Empirical([1, 2, 3, 5, 8, 13].into())),
            (
                "quantiles",
                Law::Quantiles([(0.0, 1_000), (0.5, 2_000), (0.9, 2_000), (1.0, 9_000)].map(quantile).into()),
            ),
        ]
    }

    #[test]
    fn durations_are_rounded_to_the_nearest_nanosecond_and_cut_at_both_ends() {
        let values = [-7.0, -0.6, 0.0, 0.4, 0.5, 1.49, 1.5, 2.5, 1e15 + 0.5, 1e300, f64::INFINITY, f64::NAN];
        let most = i64::MAX.unsigned_abs();
        assert_eq!(values.map(super::round), [0, 0, 0, 0, 1, 1, 2, 3, 1_000_000_000_000_001, most, most, 0]);
    }

    /// The streams and the laws together: a change of either shows here, and calls for another `MODEL_VERSION`.
    #[test]
    fn the_first_draws_of_each_law_are_what_they_have_always_been() {
        let drawn: Vec<String> = laws()
            .iter()
            .map(|(name, law)| {
                let mut random = Streams::new(1, 0).stream(Purpose::Steps, &[0]);
                let sampler = law.sampler().expect("the law is right");
                let draws: Vec<String> = (0..5).map(|_| sampler.draw(&mut random).to_string()).collect();
                format!("{name}: {}", draws.join(" "))
            })
            .collect();
        assert_eq!(drawn, GOLDEN);
    }

    #[test]
    fn the_mean_of_many_draws_is_the_mean_of_the_law() {
        for (name, law) in laws() {
            let mut random = Streams::new(2, 0).stream(Purpose::Steps, &[1]);
            let sampler = law.sampler().expect("the law is right");
            let count = 200_000;
            let mean = (0..count).map(|_| sampler.draw(&mut random) as f64).sum::<f64>() / f64::from(count);
            assert!((mean / law.mean() - 1.0).abs() < 0.02, "{name}: {mean} instead of {}", law.mean());
        }
    }

    #[test]
    fn a_tally_changes_no_draw_and_gives_the_sum_less_as_many_means_once() {
        for (name, law) in laws() {
            let stream = || Streams::new(4, 0).stream(Purpose::Steps, &[3]);
            let (plain, mut tallied) = (law.sampler().expect("right"), law.sampler().expect("right"));
            tallied.tally();
            let (mut one, mut other) = (stream(), stream());
            let draws: Vec<u64> = (0..500).map(|_| plain.draw(&mut one)).collect();
            assert_eq!((0..500).map(|_| tallied.draw(&mut other)).collect::<Vec<_>>(), draws, "{name}");
            let excess = draws.iter().map(|&draw| draw as f64 - law.mean()).sum::<f64>();
            let told = tallied.take_excess();
            // Half a nanosecond at most is lost by rounding each of 500 draws.
            assert!((told - excess).abs() < 250.0 + 1e-3, "{name}: {told} instead of {excess}");
            assert_eq!((tallied.take_excess(), plain.take_excess()), (0.0, 0.0), "{name}");
            assert_eq!(tallied.is_tallied(), name != "constant");
        }
        let mut endless = Law::Pareto { shape: 2.0, minimum: 1.0 }.sampler().expect("right");
        endless.tally();
        assert!(!endless.is_tallied(), "no variance, no control");
    }

    #[test]
    fn a_tally_has_no_bias_from_rounding_and_the_cut_at_zero() {
        for law in [Law::Exponential { mean: 0.4 }, Law::Normal { mean: 1.0, sd: 3.0 }] {
            let mut sampler = law.sampler().expect("the law is right");
            sampler.tally();
            let mut random = Streams::new(5, 0).stream(Purpose::Steps, &[4]);
            let count = 1_000_000;
            let drawn =
                (0..count).map(|_| sampler.draw(&mut random) as f64 - law.mean()).sum::<f64>() / f64::from(count);
            let excess = sampler.take_excess() / f64::from(count);
            assert!(
                drawn.abs() > 0.01 && excess.abs() < 0.01,
                "{law:?}: {drawn} in whole nanoseconds, {excess} before"
            );
        }
    }

    #[test]
    fn quantiles_are_met_by_as_many_draws_as_they_say() {
        let (_, law) = &laws()[9];
        let mut random = Streams::new(3, 0).stream(Purpose::Steps, &[2]);
        let sampler = law.sampler().expect("the law is right");
        let draws: Vec<u64> = (0..100_000).map(|_| sampler.draw(&mut random)).collect();
        let share = |limit| draws.iter().filter(|&&draw| draw < limit).count() as f64 / 1e5;
        for (limit, expected) in [(1_000, 0.0), (1_500, 0.25), (2_000, 0.5), (2_001, 0.9), (5_500, 0.95), (9_001, 1.0)]
        {
            assert!((share(limit) - expected).abs() < 0.005, "{limit}: {}", share(limit));
        }
    }

    #[test]
    fn quantiles_go_up_from_share_0_to_share_1() {
        for points in [&[(0.0, 1)][..], &[(0.1, 1), (1.0, 2)], &[(0.0, 1), (0.9, 2)], &[(0.0, 2), (1.0, 1)]] {
            let points: Vec<Quantile> = points.iter().map(|&(share, value)| Quantile { share, value }).collect();
            assert!(Law::Quantiles(points.into()).sampler().is_err());
        }
    }

    const GOLDEN: [&str; 10] = [
        "constant: 7 7 7 7 7",
        "uniform: 1706448 1877312 604215 90278 351881",
        "exponential: 2073751 613678 605612 74043 848317",
        "normal: 1269971 1153215 864412 721594 633622",
        "lognormal: 1963892 1466735 712503 498568 400139",
        "gamma: 2043629 467855 121975 1396847 1012539",
        "weibull: 293271 158897 1128069 2130004 1446634",
        "pareto: 106559 102566 161486 346758 200568",
        "empirical: 2 5 8 3 13",
        "quantiles: 2000 4704 1604 1089 1351",
    ];
}
