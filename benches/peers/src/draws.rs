//! Random durations, drawn as gilsim draws them: PCG64-DXSM, the ziggurat of `rand_distr`, rounded to nanoseconds.

use rand_distr::{Distribution, Exp};
use rand_pcg::Pcg64Dxsm;
use serde::{Deserialize, Serialize};

/// A stream of exponential durations.
#[derive(Clone, Serialize, Deserialize)]
pub struct Draws {
    random: Pcg64Dxsm,
    law: Exp<f64>,
}

impl Draws {
    /// The stream of a number, with a mean in nanoseconds.
    pub fn new(stream: u64, mean: u64) -> Self {
        let law = Exp::new(1.0 / mean as f64).expect("a mean is above zero");
        Self { random: Pcg64Dxsm::new(1, u128::from(stream)), law }
    }

    /// The next duration in nanoseconds.
    pub fn draw(&mut self) -> u64 {
        self.law.sample(&mut self.random).round() as u64
    }
}
