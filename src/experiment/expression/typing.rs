//! From the syntax tree of an expression to code whose types fit.

use std::cell::RefCell;
use std::collections::BTreeSet;

use cel::IdedExpr;
use cel::common::ast::operators as op;
use cel::common::ast::{CallExpr, Expr, LiteralValue, SourceInfo};

use super::code::Code;
use super::{Binding, Kind, Names, Value};
use crate::experiment::diagnostic::nearest;
use crate::experiment::duration;
use crate::experiment::node::TextError;

type Typed = Result<(Code, Kind), TextError>;

/// The value of numbers.
type Compute = fn(&[f64]) -> f64;

/// A function: its name, what it wants, how many arguments it has, and its value.
type Function = (&'static str, &'static str, usize, Compute);

/// Functions of numbers whose value is a number.
const FUNCTIONS: [Function; 10] = [
    ("abs", "one number", 1, |x| x[0].abs()),
    ("sqrt", "one number", 1, |x| x[0].sqrt()),
    ("exp", "one number", 1, |x| x[0].exp()),
    ("ln", "one number", 1, |x| x[0].ln()),
    ("log2", "one number", 1, |x| x[0].log2()),
    ("log10", "one number", 1, |x| x[0].log10()),
    ("floor", "one number", 1, |x| x[0].floor()),
    ("ceil", "one number", 1, |x| x[0].ceil()),
    ("round", "one number", 1, |x| x[0].round()),
    ("pow", "two numbers", 2, |x| x[0].powf(x[1])),
];

/// Functions of values of one type, numbers or durations, whose value has that type. A value that was not measured has
/// no smallest or largest.
const EXTREMES: [(&str, Compute); 2] =
    [("min", |x| extreme(x, |one, other| one < other)), ("max", |x| extreme(x, |one, other| one > other))];

fn extreme(values: &[f64], better: fn(f64, f64) -> bool) -> f64 {
    let pick = |one: f64, &other: &f64| if other.is_nan() || better(other, one) { other } else { one };
    values[1..].iter().fold(values[0], pick)
}

/// What is needed to type an expression.
pub(super) struct Typing<'a> {
    pub(super) text: &'a str,
    pub(super) info: &'a SourceInfo,
    pub(super) names: &'a Names,
    /// The names that have been met.
    pub(super) used: RefCell<BTreeSet<String>>,
}

impl Typing<'_> {
    pub(super) fn typed(&self, tree: &IdedExpr) -> Typed {
        if let Some(path) = path(tree) {
            return self.name(tree, &path);
        }
        match &tree.expr {
            Expr::Literal(literal) => self.literal(tree, literal),
            Expr::Call(call) if call.target.is_none() => self.call(tree, call),
            Expr::List(_) => Err(self.error(tree, "a list stands only after `in`")),
            _ => Err(self.unusable(tree)),
        }
    }

    fn literal(&self, tree: &IdedExpr, literal: &LiteralValue) -> Typed {
        let value = match literal {
            LiteralValue::Boolean(flag) => Value::Flag(*flag.inner()),
            LiteralValue::Double(number) => Value::Number(*number.inner()),
            LiteralValue::Int(number) => Value::Number(*number.inner() as f64),
            LiteralValue::UInt(number) => Value::Number(*number.inner() as f64),
            LiteralValue::String(text) => Value::Text(text.inner().to_owned()),
            LiteralValue::Bytes(_) | LiteralValue::Null => return Err(self.unusable(tree)),
        };
        let kind = value.kind();
        Ok((Code::Constant(value), kind))
    }

    fn name(&self, tree: &IdedExpr, path: &str) -> Typed {
        self.used.borrow_mut().insert(path.to_owned());
        match self.names.get(path) {
            Some(Binding::Slot(slot, kind)) => Ok((Code::Slot(*slot), *kind)),
            Some(Binding::Constant(value)) => Ok((Code::Constant(value.clone()), value.kind())),
            Some(Binding::Mixed) => {
                let error = self.error(tree, format!("`{path}` has values of several types"));
                let help = "name the cells by a parameter or a label of one type, in a [[zip]] with it";
                Err(TextError { help: Some(help.into()), ..error })
            }
            None => {
                let names: Vec<&str> = self.names.keys().map(String::as_str).collect();
                let help = match nearest(path, &names) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "a name is a path of the experiment, such as lock.switch_interval, or a metric".into(),
                };
                Err(TextError { help: Some(help), ..self.error(tree, format!("there is no `{path}`")) })
            }
        }
    }

    fn call(&self, tree: &IdedExpr, call: &CallExpr) -> Typed {
        match (call.func_name.as_str(), call.args.as_slice()) {
            (op::LOGICAL_NOT, [one]) => Ok((Code::Not(self.flag(one, "!")?), Kind::Flag)),
            (op::LOGICAL_AND, [one, other]) => {
                Ok((Code::And(self.flag(one, "&&")?, self.flag(other, "&&")?), Kind::Flag))
            }
            (op::LOGICAL_OR, [one, other]) => {
                Ok((Code::Or(self.flag(one, "||")?, self.flag(other, "||")?), Kind::Flag))
            }
            (op::CONDITIONAL, [condition, yes, no]) => {
                let condition = *self.flag(condition, "?")?;
                match self.pair(yes, no)? {
                    (yes, no, one, other) if one == other => Ok((Code::Choose(Box::new([condition, yes, no])), one)),
                    _ => Err(self.error(tree, "both values of `? :` have one type")),
                }
            }
            (op::EQUALS, [one, other]) => self.equal(tree, one, other),
            (op::NOT_EQUALS, [one, other]) => {
                let (equal, kind) = self.equal(tree, one, other)?;
                Ok((Code::Not(Box::new(equal)), kind))
            }
            (op::IN, [one, list]) => self.among(tree, one, list),
            (op::LESS, [one, other]) => self.order(tree, one, other, f64::lt),
            (op::LESS_EQUALS, [one, other]) => self.order(tree, one, other, f64::le),
            (op::GREATER, [one, other]) => self.order(tree, one, other, f64::gt),
            (op::GREATER_EQUALS, [one, other]) => self.order(tree, one, other, f64::ge),
            (op::NEGATE, [one]) => match self.typed(one)? {
                (code, kind @ (Kind::Number | Kind::Time)) => Ok((Code::Call(|x| -x[0], kind, vec![code]), kind)),
                _ => Err(self.error(tree, "`-` wants a number or a duration")),
            },
            (op::ADD | op::SUBSTRACT | op::MULTIPLY | op::DIVIDE | op::MODULO, [one, other]) => {
                self.arithmetic(tree, &call.func_name, one, other)
            }
            ("seconds", [one]) => match self.typed(one)? {
                (code, Kind::Time) => Ok((Code::Call(|x| x[0] / 1e9, Kind::Number, vec![code]), Kind::Number)),
                _ => Err(self.error(tree, "`seconds` wants a duration")),
            },
            ("duration", [IdedExpr { expr: Expr::Literal(LiteralValue::String(_)), .. }]) => {
                Ok((self.as_time(&call.args[0])?, Kind::Time))
            }
            (name, arguments) => self.function(tree, name, arguments),
        }
    }

    fn function(&self, tree: &IdedExpr, name: &str, arguments: &[IdedExpr]) -> Typed {
        let typed: Vec<(Code, Kind)> = arguments.iter().map(|one| self.typed(one)).collect::<Result<_, _>>()?;
        let all = |kind| typed.iter().all(|(_, other)| *other == kind);
        let kind = match (all(Kind::Number), all(Kind::Time)) {
            (true, _) => Some(Kind::Number),
            (_, true) => Some(Kind::Time),
            _ => None,
        };
        let codes = || typed.iter().map(|(code, _)| code.clone()).collect();
        if let Some((_, wanted, count, function)) = FUNCTIONS.iter().find(|(known, ..)| *known == name) {
            return match kind {
                Some(Kind::Number) if typed.len() == *count => {
                    Ok((Code::Call(*function, Kind::Number, codes()), Kind::Number))
                }
                _ => Err(self.error(tree, format!("`{name}` wants {wanted}"))),
            };
        }
        if let Some((_, function)) = EXTREMES.iter().find(|(known, _)| *known == name) {
            return match kind {
                Some(kind) if !typed.is_empty() => Ok((Code::Call(*function, kind, codes()), kind)),
                _ => Err(self.error(tree, format!("`{name}` wants numbers, or durations"))),
            };
        }
        let known = FUNCTIONS.iter().map(|(known, ..)| *known).chain(EXTREMES.map(|(known, _)| known));
        let known: Vec<&str> = known.chain(["seconds", "duration"]).collect();
        let help = match nearest(name, &known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the functions are {}", known.join(", ")),
        };
        Err(TextError { help: Some(help), ..self.error(tree, format!("there is no function `{name}`")) })
    }

    fn arithmetic(&self, tree: &IdedExpr, operator: &str, one: &IdedExpr, other: &IdedExpr) -> Typed {
        use Kind::{Number, Time};
        let (one, other, left, right) = self.pair(one, other)?;
        let fits = |wanted| Err(self.error(tree, format!("`{}` wants {wanted}", operator.replace('_', ""))));
        let (function, kind): (Compute, Kind) = match (operator, left, right) {
            (op::ADD, Number, Number) | (op::ADD, Time, Time) => (|x| x[0] + x[1], left),
            (op::SUBSTRACT, Number, Number) | (op::SUBSTRACT, Time, Time) => (|x| x[0] - x[1], left),
            (op::ADD | op::SUBSTRACT, ..) => return fits("two numbers or two durations"),
            (op::MULTIPLY, Number, Number) => (|x| x[0] * x[1], Number),
            (op::MULTIPLY, Time, Number) | (op::MULTIPLY, Number, Time) => (|x| x[0] * x[1], Time),
            (op::MULTIPLY, ..) => return fits("two numbers, or a duration and a number"),
            (op::DIVIDE, Number, Number) | (op::DIVIDE, Time, Time) => (|x| x[0] / x[1], Number),
            (op::DIVIDE, Time, Number) => (|x| x[0] / x[1], Time),
            (op::DIVIDE, ..) => return fits("two numbers, two durations, or a duration and a number"),
            (_, Number, Number) => (|x| x[0] % x[1], Number),
            _ => return fits("two numbers"),
        };
        Ok((Code::Call(function, kind, vec![one, other]), kind))
    }

    fn order(&self, tree: &IdedExpr, one: &IdedExpr, other: &IdedExpr, holds: fn(&f64, &f64) -> bool) -> Typed {
        let (one, other, left, right) = self.pair(one, other)?;
        match (left, right) {
            (Kind::Number, Kind::Number) | (Kind::Time, Kind::Time) => {
                Ok((Code::Order(holds, Box::new(one), Box::new(other)), Kind::Flag))
            }
            _ => Err(self.incomparable(tree, left, right)),
        }
    }

    fn equal(&self, tree: &IdedExpr, one: &IdedExpr, other: &IdedExpr) -> Typed {
        match self.pair(one, other)? {
            (one, other, left, right) if left == right => Ok((Code::Equal(Box::new(one), Box::new(other)), Kind::Flag)),
            (.., left, right) => Err(self.incomparable(tree, left, right)),
        }
    }

    fn among(&self, tree: &IdedExpr, one: &IdedExpr, list: &IdedExpr) -> Typed {
        let Expr::List(list) = &list.expr else { return Err(self.error(tree, "`in` wants a list: x in [1, 2]")) };
        let mut codes = Vec::new();
        for element in &list.elements {
            match self.pair(one, element)? {
                (_, element, left, right) if left == right => codes.push(element),
                (.., left, right) => return Err(self.incomparable(tree, left, right)),
            }
        }
        Ok((Code::In(Box::new(self.typed(one)?.0), codes), Kind::Flag))
    }

    /// Two operands and their types; beside a duration, a string is one.
    fn pair(&self, one: &IdedExpr, other: &IdedExpr) -> Result<(Code, Code, Kind, Kind), TextError> {
        let ((left, left_kind), (right, right_kind)) = (self.typed(one)?, self.typed(other)?);
        let is_literal = |tree: &IdedExpr| matches!(tree.expr, Expr::Literal(LiteralValue::String(_)));
        match (left_kind, right_kind) {
            (Kind::Time, Kind::Text) if is_literal(other) => Ok((left, self.as_time(other)?, Kind::Time, Kind::Time)),
            (Kind::Text, Kind::Time) if is_literal(one) => Ok((self.as_time(one)?, right, Kind::Time, Kind::Time)),
            _ => Ok((left, right, left_kind, right_kind)),
        }
    }

    /// A string literal as a duration.
    fn as_time(&self, tree: &IdedExpr) -> Result<Code, TextError> {
        match &tree.expr {
            Expr::Literal(LiteralValue::String(text)) => duration::parse(text.inner())
                .map(|nanos| Code::Constant(Value::Time(nanos as f64)))
                .map_err(|error| TextError { range: self.range(tree), ..error }),
            _ => Err(self.error(tree, "this is not a duration")),
        }
    }

    fn flag(&self, tree: &IdedExpr, operator: &str) -> Result<Box<Code>, TextError> {
        match self.typed(tree)? {
            (code, Kind::Flag) => Ok(Box::new(code)),
            (_, kind) => Err(self.error(tree, format!("`{operator}` wants true or false, not {}", kind.describe()))),
        }
    }

    fn incomparable(&self, tree: &IdedExpr, left: Kind, right: Kind) -> TextError {
        let error = self.error(tree, format!("this compares {} with {}", left.describe(), right.describe()));
        let help = match (left, right) {
            (Kind::Time, Kind::Number) | (Kind::Number, Kind::Time) => Some("a duration has a unit: \"5ms\"".into()),
            (Kind::Text, Kind::Text) | (Kind::Flag, Kind::Flag) => Some("these have no order: use == or !=".into()),
            _ => None,
        };
        TextError { help, ..error }
    }

    fn unusable(&self, tree: &IdedExpr) -> TextError {
        let help = "an expression has numbers, strings, true, false, paths, operators and functions of numbers";
        TextError { help: Some(help.into()), ..self.error(tree, "this cannot be used here") }
    }

    fn error(&self, tree: &IdedExpr, message: impl Into<String>) -> TextError {
        TextError { range: self.range(tree), message: message.into(), help: None }
    }

    /// The bytes of a part of the expression: from the first to the last of its parts, and the brackets about them.
    fn range(&self, tree: &IdedExpr) -> std::ops::Range<usize> {
        let (mut start, mut end) = (usize::MAX, 0);
        self.widen(tree, &mut start, &mut end);
        let Some(found) = self.text.get(start..end.min(self.text.len())) else { return 0..self.text.len() };
        if found.starts_with('(') {
            let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
            start = self.text[..start].trim_end_matches(word).len();
        }
        for (open, close) in [('(', ')'), ('[', ']')] {
            let count = |bracket: char| self.text[start..end].matches(bracket).count();
            for _ in count(close)..count(open) {
                end += self.text[end..].find(close).map_or(0, |position| position + 1);
            }
        }
        start..end
    }

    fn widen(&self, tree: &IdedExpr, start: &mut usize, end: &mut usize) {
        if let Some((from, to)) = self.info.offset_for(tree.id) {
            *start = (*start).min(from as usize);
            *end = (*end).max(to as usize + 1);
        }
        match &tree.expr {
            Expr::Call(call) => {
                let parts = call.args.iter().chain(call.target.as_deref());
                parts.for_each(|part| self.widen(part, start, end));
            }
            Expr::Select(select) => {
                self.widen(&select.operand, start, end);
                // The place of a selection is its dot.
                let dot = self.info.offset_for(tree.id).map_or(*end, |(dot, _)| dot as usize);
                let field = self.text.get(dot..).and_then(|rest| Some(dot + rest.find(&select.field)?));
                *end = (*end).max(field.map_or(0, |field| field + select.field.len()));
            }
            Expr::List(list) => list.elements.iter().for_each(|part| self.widen(part, start, end)),
            _ => {}
        }
    }
}

/// The path that an expression spells: `a.b`, ``a.`b` `` or `a["b"]`.
fn path(tree: &IdedExpr) -> Option<String> {
    match &tree.expr {
        Expr::Ident(name) => Some(name.clone()),
        Expr::Select(select) if !select.test => Some(format!("{}.{}", path(&select.operand)?, select.field)),
        Expr::Call(CallExpr { func_name, target: None, args }) if func_name == op::INDEX => match args.as_slice() {
            [table, IdedExpr { expr: Expr::Literal(LiteralValue::String(key)), .. }] => {
                Some(format!("{}.{}", path(table)?, key.inner()))
            }
            _ => None,
        },
        _ => None,
    }
}
