//! Threads that share a core have of it what their nice levels are worth.

use gilsim::machine::nice::weight;
use proptest::prelude::*;

use crate::lock_promises::cases;
use crate::support::{assert_within, is_near, run};

/// The processor time that threads of these nice levels, which do nothing but compute and share no lock, have on one core.
fn shares(scheduler: &str, nice: &[i8]) -> Vec<f64> {
    let groups = nice.iter().enumerate().map(|(index, nice)| {
        format!("{{ name = \"t{index}\", nice = {nice}, steps = [{{ repeat = \"forever\", steps = [{{ native = \"10ms\" }}] }}] }}")
    });
    let found = run(&format!(
        "machine = {{ profile = \"ideal\", cores = 1, scheduler = \"{scheduler}\" }}
         thread = [{}]
         run.duration = \"120s\"",
        groups.collect::<Vec<_>>().join(", ")
    ));
    (0..nice.len()).map(|index| found.only(&format!("t{index}.native_s")) / 120.0).collect()
}

#[test]
fn threads_of_nice_0_and_5_share_a_core_1024_to_335() {
    let [high, low] = shares("fair", &[0, 5])[..] else { panic!("two threads") };
    assert_within(high / low, 0.998 * 1024.0 / 335.0, 1.002 * 1024.0 / 335.0, "the ratio");
}

#[test]
fn round_robin_takes_no_notice_of_nice_levels() {
    let [high, low] = shares("round-robin", &[0, 5])[..] else { panic!("two threads") };
    assert_within(high / low, 0.99, 1.01, "the ratio");
}

proptest! {
    #![proptest_config(cases(30))]

    /// In the long run each has its weight over the sum of all, whatever the levels.
    #[test]
    fn a_core_is_shared_by_weights(nice in prop::collection::vec(-10..=15_i8, 2..6)) {
        let all: i64 = nice.iter().map(|&level| weight(level)).sum();
        for (&level, share) in nice.iter().zip(shares("fair", &nice)) {
            let expected = weight(level) as f64 / all as f64;
            // A slice at the beginning and at the end, of two minutes.
            prop_assert!((share - expected).abs() < 1e-3 || is_near(share, expected, 1e-2), "{nice:?}: {share}, not {expected}");
        }
    }

    /// Weights matter only in proportion to each other.
    #[test]
    fn equal_levels_are_as_good_as_none(nice in -20..=19_i8, threads in 2..5_usize) {
        let (with, without) = (shares("fair", &vec![nice; threads]), shares("fair", &vec![0; threads]));
        for (with, without) in with.into_iter().zip(without) {
            prop_assert!((with - without).abs() < 1e-3, "{with} and {without}");
        }
    }
}
