//! How often a core that has run out of work looks for some on other cores.
//!
//! To look takes time, and mostly there is nothing to be had. So Linux throws a die of 1024 sides and looks in proportion to
//! how often that has helped (`sched_balance_newidle` and `update_newidle_stats` in `kernel/sched/fair.c`, since 6.19 and in
//! the stable 6.18): a thread that waits behind another is left there mostly, though a core is idle.

use rand::RngExt;

use crate::kernel::streams::Stream;

/// Sides of the die.
const SIDES: u32 = 1024;

/// What a core remembers of its looks.
#[derive(Debug, Clone)]
pub(super) struct Foraging {
    calls: u32,
    successes: u32,
    /// Of so many looks in [`SIDES`] something came.
    ratio: u32,
}

impl Default for Foraging {
    /// A machine that has been idle for long: nothing ever came.
    fn default() -> Self {
        Self { calls: SIDES / 2, successes: 0, ratio: 0 }
    }
}

impl Foraging {
    /// Throws the die: for how many looks the one counts that is due, if one is.
    pub(super) fn throw(&mut self, random: &mut Stream) -> Option<u32> {
        let weight = 1 + self.ratio;
        if random.random_range(0..SIDES) > weight {
            self.record(0);
            return None;
        }
        Some((SIDES + weight / 2) / weight)
    }

    /// Tells how many successes a look counts for.
    pub(super) fn record(&mut self, successes: u32) {
        self.calls += 1;
        self.successes += successes;
        if self.calls >= SIDES {
            self.ratio = self.successes;
            self.calls /= 2;
            self.successes /= 2;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::streams::{Purpose, Streams};

    /// Share of the calls at which a core looks, where every look finds something with a given probability.
    fn looks(found: f64) -> f64 {
        let mut random = Streams::new(1, 0).stream(Purpose::Scheduler, &[]);
        let mut foraging = Foraging::default();
        let calls = 400_000;
        let looked = (0..calls).filter(|_| {
            let weight = foraging.throw(&mut random);
            if let Some(weight) = weight {
                let success = random.random::<f64>() < found;
                foraging.record(if success { weight } else { 0 });
            }
            weight.is_some()
        });
        looked.count() as f64 / f64::from(calls)
    }

    #[test]
    fn a_core_looks_as_often_as_that_has_helped() {
        assert!(looks(0.0) < 0.003);
        assert!((looks(0.2) - 0.2).abs() < 0.03, "{}", looks(0.2));
        assert!(looks(1.0) > 0.95);
    }
}
