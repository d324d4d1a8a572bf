//! Lock policies: the rules by which an interpreter's lock changes hands.
//!
//! [`policy`] is the trait; each family of policies is a file; [`preset`] is the table of names and parameters.
pub mod policy;
pub mod preset;
pub mod interpreter;
pub mod cpython2;
pub mod cpython3;
pub mod free_threaded;
pub mod pypy;
pub mod queued;
mod pthread;

pub use interpreter::Interpreter;
pub use preset::{Parameter, ParameterKind, Preset, Setting, Value};
