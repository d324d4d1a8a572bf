//! Declarative experiments: TOML -> raw tree -> checked plan -> cells x replications -> CSV and JSON.
//!
//! [`plan::load`] reads and checks a file completely before anything runs; [`runner::resume`] runs what the [`journal`] does
//! not have of its plan; [`results::write`] and [`provenance::write`] write what came out. Same file, same bytes: nothing in the results
//! depends on the machine, the time or the number of jobs.
//!
//! ```
//! use std::path::Path;
//! use gilsim::experiment::{plan, source::Source};
//!
//! let text = Source::new("hogs.toml", r#"
//!     title    = "Two hogs"
//!     question = "What do two CPU-bound threads do to each other?"
//!     [[thread]]
//!     name  = "hog"
//!     count = 2
//!     steps = [{ compute = "1s" }]
//!     [sweep]
//!     "machine.cores" = [1, 2]
//! "#);
//! let plan = plan::read(Path::new("experiments/hogs.toml"), &text, &plan::Overrides::default())?;
//! assert_eq!(plan.cells.len(), 2);
//! # Ok::<(), gilsim::experiment::diagnostic::Diagnostic>(())
//! ```

pub mod baseline;
pub mod claims;
mod columns;
pub mod control_variates;
pub mod derived;
pub mod diagnostic;
pub mod duration;
pub mod estimate;
pub mod expression;
pub mod figures;
pub mod files;
pub mod include;
pub mod journal;
pub mod key;
pub mod law;
pub mod lock;
pub mod machine;
pub mod measured;
pub mod names;
pub mod node;
pub mod output;
pub mod params;
pub mod path;
pub mod plan;
pub mod pool;
pub mod pooled;
pub mod provenance;
pub mod repetition;
pub mod results;
pub mod revision;
pub mod runner;
pub mod scenario;
pub mod schema;
pub mod scope;
pub mod selection;
pub mod shard;
pub mod source;
pub mod steps;
pub mod sweep;
pub mod tree;
pub mod tune;
pub mod wanted;
pub mod welch;
pub mod workload;

#[cfg(test)]
mod bad_files;
#[cfg(test)]
mod bad_sweeps;
#[cfg(test)]
mod bad_tunings;
#[cfg(test)]
mod good_files;
#[cfg(test)]
mod good_sweeps;
