//! Intervals for quantiles: of all observations of several runs, from the quantiles of the single runs.
//!
//! The estimate is the quantile q of all observations put together: a mean of the runs' quantiles would be
//! biased, since each is, and would be so however many runs there were. Within a run observations depend on each other, so
//! their number says nothing about the precision, and binomial intervals over all of them are far too narrow. Runs are
//! independent. *Sectioning* takes them as the sections of the sample: the interval is
//! q +- t(n - 1) s / sqrt(n) with s^2 = `sum of (q_i - q)^2 / (n - 1)`, about q and not about the mean of the runs' `q_i`, which is
//! what makes it cover more often than batching does (S. Asmussen & P. W. Glynn, Stochastic Simulation, 2007, III.5;
//! M. K. Nakayama, Confidence intervals for quantiles using sectioning, ACM TOMACS 24(4), 2014). Runs should have about as
//! many observations each, and of each tail some tens.
//!
//! So are functions of several such estimates, as the ratio or the difference of two: the function of the estimates is the
//! estimate, and the function of the estimates of each run is its section. Sections of systems that met the same random numbers
//! are paired by that, since the run is taken out of both.
//!
//! A largest value has no interval: it grows with the number of observations.

use super::interval::{Estimate, student_t_quantile};
use super::moments::measured;

/// The estimate `whole` of all runs, with its interval at confidence `level` from those of the single runs.
///
/// NaN values are left out; fewer than two, or infinite ones, give no interval.
///
/// # Panics
/// When `level` is not between 0 and 1.
pub fn estimate(whole: f64, sections: &[f64], level: f64) -> Estimate {
    assert!(level > 0.0 && level < 1.0, "confidence level {level} is not between 0 and 1");
    let sections = measured(sections);
    let n = sections.len();
    let half_width = (n > 1).then(|| {
        let squares: f64 = sections.iter().map(|section| (section - whole).powi(2)).sum();
        let degrees = (n - 1) as f64;
        student_t_quantile(f64::midpoint(1.0, level), degrees) * (squares / degrees / n as f64).sqrt()
    });
    Estimate::within(n, whole, half_width.filter(|width| width.is_finite()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_about_the_whole_and_widens_with_the_bias_of_the_sections() {
        let sections = [9.0, 11.0, 10.0, 10.0];
        let level = estimate(10.0, &sections, 0.95);
        let plain = Estimate::of(&sections, 0.95);
        assert_eq!((level.n, level.mean), (4, 10.0));
        assert!((level.half_width().unwrap() - plain.half_width().unwrap()).abs() < 1e-12);
        let biased = estimate(12.0, &sections, 0.95);
        assert!(biased.half_width().unwrap() > 2.0 * level.half_width().unwrap() && biased.contains(10.0));
    }

    #[test]
    fn the_ratio_of_proportional_sections_is_exact() {
        let theirs = [10.0, 22.0, 8.0];
        let ratios = theirs.map(|value| 3.0 * value / value);
        assert_eq!(estimate(39.0 / 13.0, &ratios, 0.95), Estimate { n: 3, mean: 3.0, interval: Some((3.0, 3.0)) });
    }

    #[test]
    fn too_few_sections_give_no_interval() {
        assert_eq!(estimate(3.0, &[3.0, f64::NAN], 0.95), Estimate { n: 1, mean: 3.0, interval: None });
        assert_eq!(estimate(3.0, &[3.0, f64::INFINITY], 0.95).interval, None);
    }
}
