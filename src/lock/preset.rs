//! The table of policies: names, parameters, defaults, sources.
//!
//! Experiment files, `gilsim policies` and the documentation are all read off this table.

use super::policy::AnyPolicy;
use super::{
    Interpreter, combining, cpython2, cpython3, free_threaded, general, go_mutex, pypy, queued, ranked, rcl,
    reciprocating, u_scl,
};
use crate::kernel::Nanos;

/// What a policy is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// The lock of an interpreter, or its absence.
    Interpreter,
    /// A lock of an operating system, a language or a library.
    Lock,
    /// A control, to compare the others with.
    Control,
}

impl Family {
    /// All families, in the order in which they are listed, with their headings.
    pub const ALL: [(Self, &'static str); 3] =
        [(Self::Interpreter, "Interpreters"), (Self::Lock, "Locks"), (Self::Control, "Controls")];
}

/// A policy that can be named in an experiment file.
pub struct Preset {
    /// Its name in files and results.
    pub name: &'static str,
    /// What it is for.
    pub family: Family,
    /// One line that says what it does.
    pub summary: &'static str,
    /// Its state machine, in words, for `gilsim policies NAME`.
    pub description: &'static str,
    /// Where the mechanism is described.
    pub source: &'static str,
    /// Its parameters.
    pub parameters: &'static [Parameter],
    /// Defaults of its own for some of them, in place of theirs.
    pub defaults: &'static [(&'static str, Value)],
    /// One lock under a setting of it.
    pub make: fn(&Setting, Interpreter) -> AnyPolicy,
}

impl Preset {
    /// The value of a parameter when the file is silent.
    pub fn default_of(&self, parameter: &Parameter) -> Value {
        let own = self.defaults.iter().find(|(name, _)| *name == parameter.name);
        own.map_or(parameter.kind.default(), |&(_, value)| value)
    }
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
        Self { preset, values: preset.parameters.iter().map(|p| preset.default_of(p)).collect() }
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
    presets().find(|preset| preset.name == name)
}

/// All policies, in the order in which they are listed.
pub fn presets() -> impl Iterator<Item = &'static Preset> {
    TABLES.iter().copied().flatten().copied()
}

/// The tables of which the table of policies is made.
const TABLES: &[&[&Preset]] = &[
    &[&cpython3::PRESET, &cpython2::PRESET, &pypy::PRESET, &free_threaded::PRESET],
    &[&queued::HANDOFF, &queued::BARGING],
    &[&ranked::BEAZLEY, &ranked::PRIORITY, &ranked::BFS],
    general::presets::PRESETS,
    &[&go_mutex::PRESET, &u_scl::PRESET, &combining::PRESET, &reciprocating::PRESET],
    &[&rcl::RCL, &rcl::FFWD],
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        let mut names: Vec<&str> = presets().map(|preset| preset.name).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn a_default_is_a_value_that_its_parameter_takes() {
        for preset in presets() {
            for (name, value) in preset.defaults {
                let Some(parameter) = preset.parameters.iter().find(|parameter| parameter.name == *name) else {
                    panic!("{} has no parameter {name}", preset.name);
                };
                let good = match (parameter.kind, *value) {
                    (ParameterKind::Duration { minimum, .. }, Value::Duration(value)) => value >= minimum,
                    (ParameterKind::Number { minimum, .. }, Value::Number(value)) => value >= minimum,
                    (ParameterKind::Choice { names, .. }, Value::Choice(value)) => names.contains(&value),
                    (ParameterKind::Count { .. }, Value::Count(value)) => value > 0,
                    (ParameterKind::Flag { .. }, Value::Flag(_)) => true,
                    _ => false,
                };
                assert!(good, "{}: {name} cannot be {value:?}", preset.name);
            }
        }
    }
}
