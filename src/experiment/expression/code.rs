//! Typed expressions, and their values.

use super::{Kind, Value};

/// A part of an expression, whose operands have the types that it wants.
#[derive(Debug, Clone)]
pub(super) enum Code {
    Constant(Value),
    Slot(usize),
    Not(Box<Code>),
    And(Box<Code>, Box<Code>),
    Or(Box<Code>, Box<Code>),
    /// Condition, value if it holds, value if not.
    Choose(Box<[Code; 3]>),
    /// Numbers or durations, compared.
    Order(fn(&f64, &f64) -> bool, Box<Code>, Box<Code>),
    Equal(Box<Code>, Box<Code>),
    In(Box<Code>, Vec<Code>),
    /// Numbers or durations, and the type of the result.
    Call(fn(&[f64]) -> f64, Kind, Vec<Code>),
}

impl Code {
    pub(super) fn value(&self, slot: &dyn Fn(usize) -> Value) -> Value {
        match self {
            Self::Constant(value) => value.clone(),
            Self::Slot(index) => slot(*index),
            Self::Not(code) => Value::Flag(!code.flag(slot)),
            Self::And(one, other) => Value::Flag(one.flag(slot) && other.flag(slot)),
            Self::Or(one, other) => Value::Flag(one.flag(slot) || other.flag(slot)),
            Self::Choose(codes) => {
                let [condition, yes, no] = codes.as_ref();
                if condition.flag(slot) { yes.value(slot) } else { no.value(slot) }
            }
            Self::Order(holds, one, other) => Value::Flag(holds(&one.number(slot), &other.number(slot))),
            Self::Equal(one, other) => Value::Flag(one.value(slot) == other.value(slot)),
            Self::In(one, others) => {
                let one = one.value(slot);
                Value::Flag(others.iter().any(|other| other.value(slot) == one))
            }
            Self::Call(function, kind, codes) => {
                let arguments: Vec<f64> = codes.iter().map(|code| code.number(slot)).collect();
                let value = function(&arguments);
                if *kind == Kind::Time { Value::Time(value) } else { Value::Number(value) }
            }
        }
    }

    fn flag(&self, slot: &dyn Fn(usize) -> Value) -> bool {
        self.value(slot) == Value::Flag(true)
    }

    /// The value of a number, or the nanoseconds of a duration.
    fn number(&self, slot: &dyn Fn(usize) -> Value) -> f64 {
        match self.value(slot) {
            Value::Number(number) | Value::Time(number) => number,
            Value::Text(_) | Value::Flag(_) => f64::NAN,
        }
    }
}
