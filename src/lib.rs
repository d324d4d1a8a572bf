//! gilsim: a discrete-event simulator of lock contention, for Python's Global Interpreter Lock and its rivals.
//!
//! The modules are layers; each imports only from those above it in this list.

pub mod kernel;
pub mod statistics;
pub mod machine;
pub mod lock;
pub mod workload;
pub mod simulation;
pub mod theory;
pub mod figure;
pub mod trace;
pub mod experiment;
pub mod report;
pub mod tuning;
pub mod calibration;
pub mod cli;
