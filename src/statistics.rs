//! Statistics: distributions and fairness within a run; intervals, paired comparison and summaries over replications.
//!
//! **Pure.** Every function depends on its arguments alone; nothing here knows the rest of gilsim.
//! **Deterministic.** Sums run in the order of the slice, so the same values in the same order give the same bits.
//! **Missing values.** NaN means "not measured": it is left out everywhere, and `n` says how many values were used.
//! **Units.** Results carry the unit of the values, except indices and ratios, which have none.

pub mod interval;
pub mod paired;
pub mod control_variates;
pub mod order;
pub mod sectioning;
pub mod stopping;
pub mod batches;
pub mod summary;
pub mod warm_up;
pub mod fairness;
pub mod distribution;
mod moments;

pub use distribution::Distribution;
pub use interval::Estimate;
pub use summary::Summary;
