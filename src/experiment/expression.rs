//! Typed expressions: `thread.hog.count <= machine.cores && lock.switch_interval < "5ms"`.
//!
//! The grammar is that of CEL, the Common Expression Language (<https://cel.dev>), parsed by the crate `cel`; types and
//! values are those of an experiment: numbers, durations, texts and flags. An expression is typed completely before it
//! is evaluated, so evaluating it cannot fail. Whole numbers and fractions are one type, and `1 / 2` is a half.
//!
//! | form | types |
//! |---|---|
//! | `+` `-` | two numbers or two durations |
//! | `*` `/` | numbers; a duration by a number; a duration by a duration is a number |
//! | `%` | two numbers |
//! | `<` `<=` `>` `>=` | two numbers or two durations |
//! | `==` `!=` `in` | two values of the same type |
//! | `&&` `\|\|` `!` | flags |
//! | `c ? a : b` | a flag and two values of the same type |
//! | `abs` `sqrt` `exp` `ln` `log2` `log10` `floor` `ceil` `round` | a number |
//! | `min` `max` | numbers, or durations |
//! | `pow` | two numbers |
//! | `seconds` | a duration, as a number |
//!
//! Beside a duration a string is read as one: `run.duration > "1s"`. The part of a name that is no identifier stands in
//! back quotes or brackets: ``thread.`my-hog`.count``, `thread["my-hog"].count`.

mod code;
mod typing;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use cel::parser::Parser;

use super::diagnostic::Checked;
use super::node::{Node, TextError};
use super::tree;
use super::{duration, sweep};
use code::Code;

/// The longest expression, in bytes.
const LONGEST: usize = 1_000;

/// How deep an expression may be nested.
const DEEPEST: u16 = 32;

/// The type of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A number.
    Number,
    /// A duration.
    Time,
    /// A string.
    Text,
    /// `true` or `false`.
    Flag,
}

/// A value of an expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A number; NaN stands for a value that was not measured.
    Number(f64),
    /// A duration in nanoseconds.
    Time(f64),
    /// A string.
    Text(String),
    /// `true` or `false`.
    Flag(bool),
}

/// What a name stands for.
#[derive(Debug, Clone, PartialEq)]
pub enum Binding {
    /// A value that is given when the expression is evaluated, by its number.
    Slot(usize, Kind),
    /// A value that is known.
    Constant(Value),
    /// Values of several types, which no expression can use.
    Mixed,
}

/// The names that an expression may use.
pub type Names = BTreeMap<String, Binding>;

/// An expression whose types fit.
#[derive(Debug, Clone)]
pub struct Expression {
    code: Code,
    /// The names that it uses.
    pub names: BTreeSet<String>,
}

impl Kind {
    /// The type for people, with its article.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Number => "a number",
            Self::Time => "a duration",
            Self::Text => "a string",
            Self::Flag => "true or false",
        }
    }
}

impl Value {
    /// The type of the value.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Number(_) => Kind::Number,
            Self::Time(_) => Kind::Time,
            Self::Text(_) => Kind::Text,
            Self::Flag(_) => Kind::Flag,
        }
    }

    /// The value of a scalar of a file; a string that reads as a duration is one.
    pub fn of(value: &tree::Value) -> Option<Self> {
        match value {
            tree::Value::Text(text) => Some(match duration::parse(text) {
                Ok(nanos) if text != "0" => Self::Time(nanos as f64),
                _ => Self::Text(text.clone()),
            }),
            tree::Value::Integer(value) => Some(Self::Number(*value as f64)),
            tree::Value::Number(value) => Some(Self::Number(*value)),
            tree::Value::Flag(flag) => Some(Self::Flag(*flag)),
            tree::Value::Date(_) | tree::Value::List(_) | tree::Value::Table(_) => None,
        }
    }
}

impl From<&sweep::ParamValue> for Value {
    fn from(value: &sweep::ParamValue) -> Self {
        match value {
            sweep::ParamValue::Time(nanos) => Self::Time(*nanos as f64),
            sweep::ParamValue::Integer(value) => Self::Number(*value as f64),
            sweep::ParamValue::Number(value) => Self::Number(*value),
            sweep::ParamValue::Flag(flag) => Self::Flag(*flag),
            sweep::ParamValue::Text(text) => Self::Text(text.clone()),
        }
    }
}

impl Expression {
    /// Reads an expression of type `wanted` that uses `names`.
    ///
    /// # Errors
    /// It is not an expression, uses an unknown name, or its types do not fit.
    pub fn read(node: &Node, names: &Names, wanted: Kind) -> Checked<Self> {
        let text = node.text()?;
        let (expression, kind) = typed(text, names).map_err(|error| node.text_error(error))?;
        if kind == wanted {
            return Ok(expression);
        }
        let error =
            node.error(format!("`{}` wants {}, not {}", node.key, wanted.describe(), kind.describe()), kind.describe());
        Err(match (wanted, kind) {
            (Kind::Number, Kind::Time) => error.help("write seconds(…), or divide by another duration"),
            (Kind::Number, Kind::Flag) => error.help("write … ? 1 : 0"),
            (Kind::Flag, _) => error.help("compare it with something: … > 0"),
            _ => error,
        })
    }

    /// The value, where `slot` gives the values of the slots. They must have the types of their bindings.
    pub fn value(&self, slot: &dyn Fn(usize) -> Value) -> Value {
        self.code.value(slot)
    }

    /// Whether a condition holds.
    pub fn holds(&self, slot: &dyn Fn(usize) -> Value) -> bool {
        self.value(slot) == Value::Flag(true)
    }

    /// The value of an expression that is a number.
    pub fn number(&self, slot: &dyn Fn(usize) -> Value) -> f64 {
        match self.value(slot) {
            Value::Number(number) => number,
            _ => f64::NAN,
        }
    }
}

fn typed(text: &str, names: &Names) -> Result<(Expression, Kind), TextError> {
    if text.len() > LONGEST {
        let message = format!("an expression of {} bytes is too long", text.len());
        return Err(TextError { range: 0..text.len(), message, help: Some(format!("at most {LONGEST} bytes")) });
    }
    let parser = Parser::new().max_recursion_depth(DEEPEST).enable_ident_escape_syntax(true);
    let (tree, info) = parser.parse_with_source_info(text).map_err(|errors| syntax_error(text, &errors))?;
    let typing = typing::Typing { text, info: &info, names, used: RefCell::default() };
    let (code, kind) = typing.typed(&tree)?;
    Ok((Expression { code, names: typing.used.into_inner() }, kind))
}

fn syntax_error(text: &str, errors: &cel::ParseErrors) -> TextError {
    let help = Some("for example thread.hog.count <= machine.cores && lock.policy != \"cpython2\"".into());
    let Some(first) = errors.errors.first() else {
        return TextError { range: 0..text.len(), message: "this is not an expression".into(), help };
    };
    let (line, column) = first.pos;
    let before: usize = text.split_inclusive('\n').take((line.max(1) - 1) as usize).map(str::len).sum();
    let start = (before + (column.max(1) - 1) as usize).min(text.len());
    // What the parser would rather have had is all that there is.
    let message = first.msg.trim_start_matches("Syntax error: ");
    let message = message.split(" expecting ").next().unwrap_or(message).replace("'<EOF>'", "its end");
    TextError { range: start..text.len(), message: format!("this is not an expression: {message}"), help }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        [
            ("machine.cores", Binding::Constant(Value::Number(4.0))),
            ("thread.hog.count", Binding::Slot(0, Kind::Number)),
            ("thread.my-hog.count", Binding::Constant(Value::Number(7.0))),
            ("lock.switch_interval", Binding::Slot(1, Kind::Time)),
            ("lock.policy", Binding::Slot(2, Kind::Text)),
            ("labels.on", Binding::Slot(3, Kind::Flag)),
            ("params.any", Binding::Mixed),
        ]
        .map(|(name, binding)| (name.to_owned(), binding))
        .into()
    }

    fn slot(slot: usize) -> Value {
        [Value::Number(3.0), Value::Time(5e6), Value::Text("cpython".into()), Value::Flag(true)][slot].clone()
    }

    fn value(text: &str) -> Value {
        typed(text, &names()).unwrap_or_else(|error| panic!("{text}: {error:?}")).0.value(&slot)
    }

    #[test]
    fn every_operator_has_the_value_of_arithmetic() {
        for (text, expected) in [
            ("1 / 2", 0.5),
            ("1 + 2 * 3 - 4", 3.0),
            ("-(2 - 5) % 2", 1.0),
            ("-thread.hog.count", -3.0),
            ("thread.hog.count / machine.cores", 0.75),
            ("thread.`my-hog`.count + thread[\"my-hog\"].count", 14.0),
            ("lock.switch_interval / duration(\"10ms\")", 0.5),
            ("seconds(lock.switch_interval * 2 - \"1ms\" + \"1ms\")", 0.01),
            ("seconds(max(lock.switch_interval, duration(\"1ms\")))", 0.005),
            ("labels.on ? 1 : 2.5", 1.0),
            ("min(3, 1, 2) + max(4, 5)", 6.0),
            ("abs(-2) + sqrt(9) + pow(2, 10) + floor(1.5) + ceil(1.5) + round(2.4)", 1034.0),
            ("ln(exp(1)) + log2(8) + log10(1000)", 7.0),
        ] {
            assert_eq!(value(text), Value::Number(expected), "{text}");
        }
    }

    #[test]
    fn every_comparison_is_of_one_type() {
        for (text, expected) in [
            ("thread.hog.count < machine.cores && lock.policy == 'cpython'", true),
            ("lock.switch_interval == \"5000us\"", true),
            ("\"1ms\" >= lock.switch_interval", false),
            ("lock.policy in [\"barging\", \"cpython\"]", true),
            ("lock.switch_interval in [\"1ms\", \"2ms\"]", false),
            ("thread.hog.count in [1, 2, 4] || !labels.on", false),
            ("labels.on != false", true),
            ("0.0 / 0.0 == 0.0", false),
        ] {
            assert_eq!(value(text), Value::Flag(expected), "{text}");
        }
    }

    #[test]
    fn what_does_not_fit_is_told_with_the_bytes_in_question() {
        for (text, bytes, part) in [
            ("thread.hgo.count > 1", "thread.hgo.count", "there is no `thread.hgo.count`"),
            ("thread.cores > 1 || machine.cores > 2", "thread.cores", "there is no `thread.cores`"),
            ("1 + lock.policy", "1 + lock.policy", "`+` wants two numbers or two durations"),
            ("lock.policy == 3", "lock.policy == 3", "a string with a number"),
            ("lock.switch_interval > \"5 parsec\"", "\"5 parsec\"", "is not a unit of time"),
            ("lock.switch_interval > 5", "lock.switch_interval > 5", "a duration with a number"),
            ("params.any == 1", "params.any", "has values of several types"),
            ("1 && true", "1", "`&&` wants true or false"),
            ("true ? 1 : \"a\"", "true ? 1 : \"a\"", "one type"),
            ("sqrt(1, 2)", "sqrt(1, 2)", "`sqrt` wants one number"),
            ("sin(1)", "sin(1)", "there is no function `sin`"),
            ("[1, 2]", "[1, 2]", "a list stands only after `in`"),
            ("[1].all(x, x > 0)", "all(x, x > 0)", "cannot be used here"),
            ("null", "null", "cannot be used here"),
            ("1 +", "", "this is not an expression"),
            ("", "", "this is not an expression"),
        ] {
            let error = typed(text, &names()).map(|(expression, _)| expression).unwrap_err();
            assert!(error.message.contains(part), "{text}: {}", error.message);
            assert_eq!(&text[error.range.clone()], bytes, "{text}: {}", error.message);
        }
        assert_eq!(
            typed("lock.polcy == 1", &names()).unwrap_err().help.as_deref(),
            Some("did you mean `lock.policy`?")
        );
    }

    #[test]
    fn long_and_deep_expressions_are_refused() {
        let long = vec!["1"; 600].join("+");
        assert!(typed(&long, &names()).unwrap_err().message.contains("too long"));
        let deep = format!("{}1{}", "(".repeat(400), ")".repeat(400));
        assert!(typed(&deep, &names()).unwrap_err().message.contains("not an expression"));
        let signs = format!("{}1", "-".repeat(900));
        let _ = typed(&signs, &names());
        assert_eq!(value(&vec!["1"; 500].join("+")), Value::Number(500.0));
    }
}
