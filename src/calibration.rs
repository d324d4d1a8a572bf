//! Simulated beside measured: what the model predicts for cells that were measured on real interpreters.
//!
//! [`cells`] reads the measurements, [`interpreter`] what was measured of each interpreter separately, and
//! [`scenarios`] the experiments that claim to be equal to the measured ones. [`overrides`] puts the three together,
//! [`prediction`] runs the cells, [`comparison`] sets predicted beside measured values, [`summary`] counts, and
//! [`tables`] and [`picture`] write what came out. [`ablation`] does it again without one mechanism of the model at a time.
//! Nothing is fitted here.
//!
//! The constants that a prediction starts from are measured here too: [`mod@bench`] measures the machine, [`python`]
//! its interpreters, [`session`] both within a time. [`prices`] turns what an interpreter took into costs of the model,
//! [`profile`] and [`description`] write the files that the model reads, and [`report`] tells people.

pub mod ablation;
pub mod bench;
pub mod cells;
pub mod comparison;
pub mod description;
pub mod entry;
pub mod interpreter;
pub mod overrides;
pub mod picture;
pub mod prediction;
pub mod prices;
pub mod profile;
pub mod python;
pub mod report;
pub mod scenarios;
pub mod session;
pub mod summary;
pub mod tables;

#[cfg(test)]
mod shipped;
