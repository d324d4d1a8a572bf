//! Lock policies: the rules by which an interpreter's lock changes hands.
//!
//! [`policy`] is the trait; each family of policies is a file; [`preset`] is the table of names and parameters.
pub mod preset;

pub use preset::{Parameter, ParameterKind, Preset, Setting, Value};
