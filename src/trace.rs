//! What happened in a run, moment by moment: recorded, told in words, and written for programs that show it.
//!
//! [`Log`] is the recorder: bounded, for a window of the run. [`History`] makes of it what each thread, lock and core did
//! from when to when, and why. The other modules write that: as a table ([`csv`]), for Perfetto and its like ([`chrome`],
//! [`perfetto`]), as a figure ([`picture`]), and as data for a page ([`page`]). [`waits`] finds the slowest waits for the lock, [`account`] and [`causes`]
//! tell why they were so slow. All times are nanoseconds from the start of the run; the bytes depend on scenario, seed, replication
//! and window only.

pub mod account;
pub mod cast;
pub mod causes;
pub mod chrome;
pub mod csv;
pub mod history;
pub mod log;
pub mod page;
pub mod perfetto;
pub mod picture;
pub mod situation;
pub mod waits;
pub mod words;

pub use cast::Cast;
pub use history::History;
pub use log::Log;
