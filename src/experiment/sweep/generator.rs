//! Generators of values: `{ range = [1, 9], step = 2 }`, `{ linspace = ["1ms", "5ms"], n = 5 }`,
//! `{ logspace = ["1us", "100ms"], n = 6 }`, `{ list = [1, 2, 4] }`; a plain list stands for itself.
//!
//! What comes out has the type of the ends: durations are whole nanoseconds, whole numbers stay whole, fractions have
//! twelve digits. Both ends belong to the values, and the values ascend.

use crate::experiment::diagnostic::Checked;
use crate::experiment::duration;
use crate::experiment::node::{Fields, Node};
use crate::experiment::source::Place;
use crate::experiment::tree::{Item, Value};

/// The most values that one path may have.
pub const MOST_VALUES: u32 = 100_000;

/// What a generator goes over.
#[derive(Debug, Clone)]
pub enum Spread {
    /// Values that are written out.
    List(Vec<Item>),
    /// Values from one end to the other.
    Span(Span),
}

/// Values from one end to the other.
#[derive(Debug, Clone)]
pub struct Span {
    place: Place,
    ends: Ends,
    spacing: Spacing,
}

/// Two values of one type, the lower first.
#[derive(Debug, Clone, Copy)]
enum Ends {
    /// Whole numbers, or nanoseconds.
    Whole {
        low: i64,
        high: i64,
        time: bool,
    },
    Fractions {
        low: f64,
        high: f64,
    },
}

#[derive(Debug, Clone, Copy)]
enum Spacing {
    Linear,
    Log,
    /// So many values with equal steps.
    Steps {
        count: u64,
        step: Step,
    },
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Whole(i64),
    Fraction(f64),
}

/// The values of a swept path: at least one.
pub fn values(node: &Node) -> Checked<Vec<Item>> {
    let (spread, n) = read(node, true)?;
    let span = match spread {
        Spread::List(items) => return Ok(items),
        Spread::Span(span) => span,
    };
    if let Spacing::Steps { count, .. } = span.spacing {
        return Ok((0..count).map(|index| span.item(span.stepped(index))).collect());
    }
    let (n_node, n) = n.ok_or_else(|| node.error("the key `n` is missing", "this needs `n = …`, how many values"))?;
    let items: Vec<Item> = (0..n).map(|index| span.item(span.spaced(index, n))).collect();
    if items.windows(2).all(|pair| pair[0].value != pair[1].value) {
        return Ok(items);
    }
    let error = n_node.error(format!("there are no {n} different values between these ends"), "too many");
    Err(match span.ends {
        Ends::Whole { time: false, .. } => error.help("whole numbers stay whole: write 0.0 for 0 to have fractions"),
        _ => error.help("write a smaller `n`"),
    })
}

/// What a sampled path goes over; the sample says how many values there are.
pub fn spread(node: &Node) -> Checked<Spread> {
    Ok(read(node, false)?.0)
}

/// A generator, and how many values it shall have, where that can be said.
fn read<'t>(node: &Node<'t>, counted: bool) -> Checked<(Spread, Option<(Node<'t>, u64)>)> {
    if let Value::List(items) = &node.item.value {
        return Ok((Spread::List(some(node, items)?), None));
    }
    let keys: &[&str] =
        if counted { &["list", "range", "step", "linspace", "logspace", "n"] } else { &KEYS_OF_SAMPLES };
    let Value::Table(_) = &node.item.value else { return Err(wants(node)) };
    let fields = node.table(keys)?;
    let forms = ["list", "range", "linspace", "logspace"].map(|form| fields.get(form));
    let [list, range, linear, log] = forms;
    let mut given = forms.into_iter().flatten();
    if let (Some(first), Some(second)) = (given.next(), given.next()) {
        let error =
            second.error(format!("a generator has one form; this has `{}` and `{}`", first.key, second.key), "");
        return Err(error.also(first.place(), "the first"));
    }
    for (key, owner) in [("n", linear.or(log)), ("step", range)] {
        if let (Some(node), None) = (fields.get(key), owner) {
            let owners = if key == "n" { "`linspace` and `logspace`" } else { "`range`" };
            return Err(node.error(format!("`{key}` belongs to {owners}"), "without effect here"));
        }
    }
    if let Some(list) = list {
        let Value::List(items) = &list.item.value else { return Err(list.wants("a list of values")) };
        return Ok((Spread::List(some(&list, items)?), None));
    }
    let n = fields.maybe("n", |node| Ok((node, u64::from(node.integer(2..=MOST_VALUES)?))))?;
    let place = node.place().clone();
    let span = match (range, linear, log) {
        (Some(range), ..) => {
            let ends = ends(&range)?;
            Span { place, ends, spacing: steps(&range, ends, &fields)? }
        }
        (_, Some(linear), _) => Span { place, ends: ends(&linear)?, spacing: Spacing::Linear },
        (_, _, Some(log)) => Span { place, ends: above_zero(&log, ends(&log)?)?, spacing: Spacing::Log },
        (None, None, None) => return Err(wants(node)),
    };
    Ok((Spread::Span(span), n))
}

const KEYS_OF_SAMPLES: [&str; 5] = ["list", "range", "step", "linspace", "logspace"];

fn wants(node: &Node) -> crate::experiment::diagnostic::Diagnostic {
    let error = node.wants("a list of values or a generator");
    error.help("for example [1, 2, 4], { range = [1, 8] } or { logspace = [\"1us\", \"100ms\"], n = 6 }")
}

fn some(node: &Node, items: &[Item]) -> Checked<Vec<Item>> {
    if items.is_empty() {
        return Err(node.wants("a list of at least one value").help("a sweep over nothing has no cells"));
    }
    Ok(items.to_vec())
}

fn ends(node: &Node) -> Checked<Ends> {
    let wanted = "two ends, the lower first: two durations or two numbers";
    let Value::List(items) = &node.item.value else { return Err(node.wants(wanted)) };
    let [low, high] = items.as_slice() else { return Err(node.wants(wanted)) };
    let ends = match (&low.value, &high.value) {
        (Value::Integer(low), Value::Integer(high)) => Ends::Whole { low: *low, high: *high, time: false },
        (Value::Text(_), _) | (_, Value::Text(_)) => {
            let time = |item| duration::read(&Node { key: node.key, item }).map(u64::cast_signed);
            Ends::Whole { low: time(low)?, high: time(high)?, time: true }
        }
        _ => {
            let number = |item| Node { key: node.key, item }.number(wanted, |_| true);
            Ends::Fractions { low: number(low)?, high: number(high)? }
        }
    };
    let upwards = match ends {
        Ends::Whole { low, high, .. } => low < high,
        Ends::Fractions { low, high } => low < high && (high - low).is_finite(),
    };
    if upwards {
        return Ok(ends);
    }
    let error = node.error(format!("the range of `{}` is empty or upside down", node.key), "not from low to high");
    Err(error.help(format!("write {} = [{}, {}]", node.key, high.place.text(), low.place.text())))
}

fn above_zero(node: &Node, ends: Ends) -> Checked<Ends> {
    match ends {
        Ends::Whole { low: 1.., .. } => Ok(ends),
        Ends::Fractions { low, .. } if low > 0.0 => Ok(ends),
        _ => Err(node.error("a logarithmic range begins above zero", "begins at or below zero")),
    }
}

/// The steps of a range; those of whole numbers are 1 unless the file says otherwise.
fn steps(range: &Node, ends: Ends, fields: &Fields) -> Checked<Spacing> {
    let missing = || range.error("the key `step` is missing", "this needs `step = …`");
    let (step, count) = match (ends, fields.get("step")) {
        (Ends::Whole { low, high, time }, step) => {
            let step = match step {
                Some(node) if time => duration::read_positive(&node)?.cast_signed(),
                Some(node) => node.integer(1..=i64::MAX)?,
                None if time => return Err(missing()),
                None => 1,
            };
            let count = (i128::from(high) - i128::from(low)) / i128::from(step) + 1;
            (Step::Whole(step), u64::try_from(count).unwrap_or(u64::MAX))
        }
        (Ends::Fractions { low, high }, Some(step)) => {
            let step = step.positive()?;
            // A step that meets the end but for rounding meets it; the conversion saturates.
            (Step::Fraction(step), (((high - low) / step + 1e-9) as u64).saturating_add(1))
        }
        (Ends::Fractions { .. }, None) => return Err(missing()),
    };
    if count > u64::from(MOST_VALUES) {
        let error = range.error(format!("the range has {count} values; at most {MOST_VALUES} are allowed"), "too many");
        return Err(error.help("write a larger `step`"));
    }
    Ok(Spacing::Steps { count, step })
}

impl Spread {
    /// The value at a share of the way, `0 <= share < 1`: equal shares for all values of a list or of whole numbers.
    pub fn at(&self, share: f64) -> Item {
        match self {
            Self::List(items) => items[((share * items.len() as f64) as usize).min(items.len() - 1)].clone(),
            Self::Span(span) => span.item(span.at(share)),
        }
    }
}

impl Span {
    fn item(&self, value: Value) -> Item {
        Item { value, place: self.place.clone() }
    }

    fn whole(&self, value: i64) -> Value {
        match self.ends {
            Ends::Whole { time: true, .. } => Value::Text(duration::describe(value as u64)),
            _ => Value::Integer(value),
        }
    }

    /// The value with that index of `n` that are equally far apart, or whose ratios are equal.
    fn spaced(&self, index: u64, n: u64) -> Value {
        let of = n - 1;
        match (self.ends, self.spacing) {
            (Ends::Whole { low, .. }, _) if index == 0 => self.whole(low),
            (Ends::Whole { high, .. }, _) if index == of => self.whole(high),
            (Ends::Whole { low, high, .. }, Spacing::Log) => {
                self.whole(logarithmic(low as f64, high as f64, index as f64 / of as f64).round() as i64)
            }
            (Ends::Whole { low, high, .. }, _) => {
                let (index, of) = (i128::from(index), i128::from(of));
                let way = ((i128::from(high) - i128::from(low)) * index + of / 2) / of;
                self.whole((i128::from(low) + way) as i64)
            }
            (Ends::Fractions { low, .. }, _) if index == 0 => Value::Number(low),
            (Ends::Fractions { high, .. }, _) if index == of => Value::Number(high),
            (Ends::Fractions { low, high }, Spacing::Log) => {
                Value::Number(tidy(logarithmic(low, high, index as f64 / of as f64)))
            }
            (Ends::Fractions { low, high }, _) => Value::Number(tidy(low + (high - low) * (index as f64 / of as f64))),
        }
    }

    /// The value after so many steps.
    fn stepped(&self, index: u64) -> Value {
        match (self.ends, self.spacing) {
            (Ends::Whole { low, .. }, Spacing::Steps { step: Step::Whole(step), .. }) => {
                self.whole((i128::from(low) + i128::from(index) * i128::from(step)) as i64)
            }
            (Ends::Fractions { low, .. }, Spacing::Steps { step: Step::Fraction(step), .. }) => {
                Value::Number(tidy(low + index as f64 * step))
            }
            _ => self.spaced(0, 2),
        }
    }

    /// How many values there are; nothing where neighbours are too near to be told apart.
    pub fn count(&self) -> Option<u64> {
        match (self.ends, self.spacing) {
            (_, Spacing::Steps { count, .. }) => Some(count),
            (Ends::Whole { low, high, time: false }, _) => {
                u64::try_from(i128::from(high) - i128::from(low)).ok()?.checked_add(1)
            }
            _ => None,
        }
    }

    /// The value with that index, of those that are counted.
    pub fn nth(&self, index: u64) -> Item {
        self.item(match (self.ends, self.spacing) {
            (_, Spacing::Steps { .. }) => self.stepped(index),
            (Ends::Whole { low, high, .. }, _) => self.whole(low.saturating_add_unsigned(index).min(high)),
            (Ends::Fractions { low, .. }, _) => Value::Number(low),
        })
    }

    /// The value at a share of the way from one end (0) to the other (1), to three digits: what people would write.
    pub fn near(&self, share: f64) -> Item {
        let share = share.clamp(0.0, 1.0);
        let between = |low: f64, high: f64| match self.spacing {
            Spacing::Log => logarithmic(low, high, share),
            _ => low + (high - low) * share,
        };
        self.item(match (self.ends, self.spacing) {
            (_, Spacing::Steps { count, .. }) => self.stepped((share * (count - 1) as f64).round() as u64),
            (Ends::Whole { low, high, time }, _) => {
                let value = between(low as f64, high as f64);
                let value = if time { rounded(value) } else { value };
                self.whole((value.round() as i64).clamp(low, high))
            }
            (Ends::Fractions { low, high }, _) => Value::Number(rounded(between(low, high)).clamp(low, high)),
        })
    }

    /// Whether equal ratios are equal ways.
    pub fn is_logarithmic(&self) -> bool {
        matches!(self.spacing, Spacing::Log)
    }

    fn at(&self, share: f64) -> Value {
        match (self.ends, self.spacing) {
            (_, Spacing::Steps { count, .. }) => self.stepped(((share * count as f64) as u64).min(count - 1)),
            (Ends::Whole { low, high, .. }, Spacing::Linear) => {
                let values = (i128::from(high) - i128::from(low) + 1) as f64;
                let value = i128::from(low) + (share * values) as i128;
                self.whole(value.min(i128::from(high)) as i64)
            }
            // One more than the highest, so that it has its share too.
            (Ends::Whole { low, high, .. }, Spacing::Log) => {
                self.whole((logarithmic(low as f64, high as f64 + 1.0, share) as i64).clamp(low, high))
            }
            (Ends::Fractions { low, high }, Spacing::Linear) => Value::Number(tidy(low + (high - low) * share)),
            (Ends::Fractions { low, high }, Spacing::Log) => Value::Number(tidy(logarithmic(low, high, share))),
        }
    }
}

fn logarithmic(low: f64, high: f64, share: f64) -> f64 {
    (low.ln() + (high.ln() - low.ln()) * share).exp()
}

/// A number without the noise behind its twelfth digit: 0.3, not 0.30000000000000004.
fn tidy(value: f64) -> f64 {
    format!("{value:.11e}").parse().unwrap_or(value)
}

/// A number of three digits.
fn rounded(value: f64) -> f64 {
    format!("{value:.2e}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::source::Source;
    use crate::experiment::tree;

    fn generated(text: &str) -> Result<Vec<Value>, String> {
        let item = tree::parse_value(&Source::new("test", text), 0).unwrap();
        let found = values(&Node { key: "x", item: &item });
        found.map(|items| items.into_iter().map(|item| item.value).collect()).map_err(|error| error.to_string())
    }

    fn texts(values: &[&str]) -> Vec<Value> {
        values.iter().map(|text| Value::Text((*text).into())).collect()
    }

    #[test]
    fn generated_values_have_the_type_of_the_ends() {
        let whole = |values: &[i64]| values.iter().map(|&value| Value::Integer(value)).collect::<Vec<_>>();
        let numbers = |values: &[f64]| values.iter().map(|&value| Value::Number(value)).collect::<Vec<_>>();
        for (text, expected) in [
            ("[1, 2, 4]", whole(&[1, 2, 4])),
            ("{ list = [1, 2, 4] }", whole(&[1, 2, 4])),
            ("{ range = [1, 4] }", whole(&[1, 2, 3, 4])),
            ("{ range = [1, 8], step = 3 }", whole(&[1, 4, 7])),
            (
                "{ range = [-9223372036854775808, 9223372036854775807], step = 9223372036854775807 }",
                whole(&[i64::MIN, -1, i64::MAX - 1]),
            ),
            ("{ range = [0.0, 0.5], step = 0.1 }", numbers(&[0.0, 0.1, 0.2, 0.3, 0.4, 0.5])),
            ("{ range = [\"1ms\", \"2ms\"], step = \"500us\" }", texts(&["1ms", "1.5ms", "2ms"])),
            ("{ linspace = [1, 10], n = 4 }", whole(&[1, 4, 7, 10])),
            ("{ linspace = [0.0, 1], n = 11 }", numbers(&[0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0])),
            ("{ linspace = [0, \"1us\"], n = 4 }", texts(&["0", "333ns", "667ns", "1us"])),
            ("{ logspace = [1, 1024], n = 11 }", whole(&[1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024])),
            ("{ logspace = [\"1us\", \"100ms\"], n = 6 }", texts(&["1us", "10us", "100us", "1ms", "10ms", "100ms"])),
            ("{ logspace = [0.01, 1], n = 3 }", numbers(&[0.01, 0.1, 1.0])),
        ] {
            assert_eq!(generated(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_generates_nothing_sensible_is_told() {
        for (text, part) in [
            ("3", "a list of values or a generator"),
            ("[]", "at least one value"),
            ("{ list = [] }", "at least one value"),
            ("{}", "a list of values or a generator"),
            ("{ n = 3 }", "`n` belongs to `linspace` and `logspace`"),
            ("{ linspace = [1, 2], range = [1, 2], n = 2 }", "one form; this has `range` and `linspace`"),
            ("{ range = [1, 2], n = 2 }", "`n` belongs to"),
            ("{ linspace = [1, 2] }", "the key `n` is missing"),
            ("{ linspace = [1, 2], n = 1 }", "from 2 to 100000"),
            ("{ linspace = [1, 2], n = 3 }", "write 0.0 for 0 to have fractions"),
            ("{ linspace = [\"1ns\", \"3ns\"], n = 4 }", "no 4 different values"),
            ("{ range = [8, 1] }", "write range = [1, 8]"),
            ("{ range = [1, 1] }", "empty or upside down"),
            ("{ range = [1, 2, 3] }", "two ends"),
            ("{ range = [1, \"2ms\"], step = 1 }", "a duration with a unit"),
            ("{ range = [\"1ms\", \"2ms\"] }", "`step` is missing"),
            ("{ range = [0.0, 1.0] }", "`step` is missing"),
            ("{ range = [0.0, inf], step = 1.0 }", "two ends"),
            ("{ range = [0, 1000000000] }", "has 1000000001 values"),
            ("{ range = [0, 10], step = 0 }", "from 1 to"),
            ("{ range = [0.0, 1.0], step = 1e-300 }", "at most 100000"),
            ("{ logspace = [0, 10], n = 3 }", "begins above zero"),
            ("{ logspace = [0, \"1ms\"], n = 3 }", "begins above zero"),
            ("{ logspcae = [1, 10], n = 3 }", "did you mean `logspace`?"),
        ] {
            let told = generated(text).expect_err(text);
            assert!(told.contains(part), "{text}: {told}");
        }
    }
}
