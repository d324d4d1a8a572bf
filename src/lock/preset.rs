//! The table of policies: names, parameters, defaults, sources.
//!
//! Experiment files, `gilsim policies` and the documentation are all read off this table.

use super::{cpython2, cpython3, free_threaded, pypy, queued};
use crate::kernel::Nanos;

/// A policy that can be named in an experiment file.
pub struct Preset {
    /// Its name in files and results.
    pub name: &'static str,
    /// One line that says what it does.
    pub summary: &'static str,
    /// Its state machine, in words, for `gilsim policies NAME`.
    pub description: &'static str,
    /// Where the mechanism is described.
    pub source: &'static str,
    /// Its parameters.
    pub parameters: &'static [Parameter],
}

/// A parameter of a policy.
pub struct Parameter {
    /// Its key in the `[lock]` table.
    pub name: &'static str,
    /// What values it takes, and its default.
    pub kind: ParameterKind,
    /// What it does.
    pub doc: &'static str,
}

/// What values a parameter takes, with its default.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ParameterKind {
    /// A duration in nanoseconds, at least `minimum`.
    Duration {
        /// Its value when the file is silent.
        default: Nanos,
        /// The smallest value; smaller ones are raised to it, as CPython does.
        minimum: Nanos,
    },
    /// A whole number of at least 1.
    Count {
        /// Its value when the file is silent.
        default: u64,
    },
    /// A number of at least `minimum`.
    Number {
        /// Its value when the file is silent.
        default: f64,
        /// The smallest value allowed.
        minimum: f64,
    },
    /// Yes or no.
    Flag {
        /// Its value when the file is silent.
        default: bool,
    },
    /// One of a few names.
    Choice {
        /// Its value when the file is silent.
        default: &'static str,
        /// The names allowed.
        names: &'static [&'static str],
    },
}

/// The value of a parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value {
    /// Of a [`ParameterKind::Duration`], in nanoseconds.
    Duration(Nanos),
    /// Of a [`ParameterKind::Count`].
    Count(u64),
    /// Of a [`ParameterKind::Number`].
    Number(f64),
    /// Of a [`ParameterKind::Flag`].
    Flag(bool),
    /// Of a [`ParameterKind::Choice`].
    Choice(&'static str),
}

impl ParameterKind {
    /// The value when the file is silent.
    pub const fn default(self) -> Value {
        match self {
            Self::Duration { default, .. } => Value::Duration(default),
            Self::Count { default } => Value::Count(default),
            Self::Number { default, .. } => Value::Number(default),
            Self::Flag { default } => Value::Flag(default),
            Self::Choice { default, .. } => Value::Choice(default),
        }
    }
}

/// A policy with values for all its parameters.
#[derive(Clone)]
pub struct Setting {
    /// The policy.
    pub preset: &'static Preset,
    /// A value for each of [`Preset::parameters`], in that order.
    pub values: Vec<Value>,
}

impl Setting {
    /// A policy with its defaults.
    pub fn new(preset: &'static Preset) -> Self {
        Self { preset, values: preset.parameters.iter().map(|p| p.kind.default()).collect() }
    }

    /// The value of a parameter.
    ///
    /// # Panics
    /// When the policy has no parameter of that name: the callers are the policies themselves.
    fn value(&self, name: &str) -> Value {
        let index = self.preset.parameters.iter().position(|p| p.name == name);
        self.values[index.expect("a policy asks only for its own parameters")]
    }

    /// The value of a duration, in nanoseconds.
    pub fn duration(&self, name: &str) -> Nanos {
        match self.value(name) {
            Value::Duration(value) => value,
            other => unreachable!("{name} is {other:?}, not a duration"),
        }
    }

    /// The value of a count.
    pub fn count(&self, name: &str) -> u64 {
        match self.value(name) {
            Value::Count(value) => value,
            other => unreachable!("{name} is {other:?}, not a count"),
        }
    }

    /// The value of a number.
    pub fn number(&self, name: &str) -> f64 {
        match self.value(name) {
            Value::Number(value) => value,
            other => unreachable!("{name} is {other:?}, not a number"),
        }
    }

    /// The value of a flag.
    pub fn flag(&self, name: &str) -> bool {
        match self.value(name) {
            Value::Flag(value) => value,
            other => unreachable!("{name} is {other:?}, not a flag"),
        }
    }

    /// The value of a choice.
    pub fn choice(&self, name: &str) -> &'static str {
        match self.value(name) {
            Value::Choice(value) => value,
            other => unreachable!("{name} is {other:?}, not a choice"),
        }
    }
}

impl PartialEq for Setting {
    fn eq(&self, other: &Self) -> bool {
        self.preset.name == other.preset.name && self.values == other.values
    }
}

impl std::fmt::Debug for Setting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_map()
            .entry(&"policy", &self.preset.name)
            .entries(self.preset.parameters.iter().map(|p| p.name).zip(&self.values))
            .finish()
    }
}

/// The policy of that name.
pub fn find(name: &str) -> Option<&'static Preset> {
    PRESETS.iter().copied().find(|preset| preset.name == name)
}

/// All policies, in the order in which they are listed.
pub const PRESETS: &[&Preset] =
    &[&cpython3::PRESET, &cpython2::PRESET, &pypy::PRESET, &free_threaded::PRESET, &queued::HANDOFF, &queued::BARGING];
