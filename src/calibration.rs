//! Simulated beside measured: what the model predicts for cells that were measured on real interpreters.
//!
//! [`cells`] reads the measurements, [`interpreter`] what was measured of each interpreter separately, and
//! [`scenarios`] the experiments that claim to be equal to the measured ones. [`overrides`] puts the three together,
//! [`prediction`] runs the cells, [`comparison`] sets predicted beside measured values, [`summary`] counts, and
//! [`tables`] and [`picture`] write what came out. Nothing is fitted here.

pub mod cells;
pub mod comparison;
pub mod interpreter;
pub mod overrides;
pub mod picture;
pub mod prediction;
pub mod scenarios;
pub mod summary;
pub mod tables;

#[cfg(test)]
mod shipped;
