//! Lock policies: the rules by which an interpreter's lock changes hands.
//!
//! [`policy`] is the trait; each family of policies is a file; [`preset`] is the table of names and parameters.
pub mod policy;
pub mod preset;
pub mod interpreter;
pub mod cpython2;
pub mod cpython3;
pub mod free_threaded;
pub mod combining;
pub mod general;
pub mod go_mutex;
pub mod pypy;
pub mod queued;
pub mod ranked;
pub mod rcl;
pub mod reciprocating;
pub mod u_scl;
#[cfg(test)]
mod desk;
mod line;
mod pthread;
mod wait_queue;

pub use interpreter::Interpreter;
pub use preset::{Family, Parameter, ParameterKind, Preset, Setting, Value};
