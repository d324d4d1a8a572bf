//! Closed forms for queues and locks: what tests check the simulator against, and what figures draw beside it.
//!
//! **Units.** Times are in seconds, rates per second, probabilities and utilisations without unit. Every formula is
//! homogeneous, so any other unit does as long as it is the same throughout.
//! **Exactness.** A formula is exact under its stated conditions unless it says "bound" or "approximation".
//! **Saturation.** A mean that does not exist because the load reaches 1 is infinite.
//! **Stability.** Sums have terms of one sign and are taken by ratios or in logarithms, so that large populations
//! neither overflow nor cancel.
//!
//! Nothing here depends on the rest of gilsim.

pub mod open;
pub mod closed;
pub mod round_robin;
pub mod mva;
pub mod polling;
pub mod ticket;
pub mod scaling;
mod birth_death;
#[cfg(test)]
mod printed;
