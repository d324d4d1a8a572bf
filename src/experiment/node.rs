//! The typed walker: reads a value of the raw tree as what its key wants, or says what is wrong with it.

use std::ops::RangeInclusive;

use super::diagnostic::{Checked, Diagnostic, nearest, quoted};
use super::source::Place;
use super::tree::{Entry, Item, Table, Value};

/// A value of the raw tree with the key that it belongs to.
#[derive(Debug, Clone, Copy)]
pub struct Node<'t> {
    /// The key; elements of a list have the key of the list.
    pub key: &'t str,
    /// The value and its place.
    pub item: &'t Item,
}

/// A table all of whose keys are allowed.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'t> {
    table: &'t Table,
    place: &'t Place,
}

/// What is wrong with a part of a string; the range counts its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextError {
    /// The bytes in question.
    pub range: std::ops::Range<usize>,
    /// What is wrong with them.
    pub message: String,
    /// What to write.
    pub help: Option<String>,
}

impl<'t> Node<'t> {
    /// The value of an entry.
    pub fn of(entry: &'t Entry) -> Self {
        Self { key: &entry.key, item: &entry.item }
    }

    /// Where the value is written.
    pub fn place(&self) -> &'t Place {
        &self.item.place
    }

    /// A message about this value.
    pub fn error(&self, message: impl Into<String>, label: impl Into<String>) -> Diagnostic {
        Diagnostic::at(self.place(), message, label)
    }

    /// The message that this key wants something else.
    pub fn wants(&self, what: &str) -> Diagnostic {
        let found = self.item.value.describe();
        self.error(format!("`{}` wants {what}", self.key), format!("found {found}"))
    }

    /// A message about a part of this string.
    pub fn text_error(&self, error: TextError) -> Diagnostic {
        let place = match &self.item.value {
            Value::Text(text) => self.place().inside(text, error.range),
            _ => self.place().clone(),
        };
        Diagnostic::at(&place, format!("`{}`: {}", self.key, error.message), "here").maybe_help(error.help)
    }

    /// A table with no other keys than those allowed.
    pub fn table(&self, allowed: &[&str]) -> Checked<Fields<'t>> {
        match &self.item.value {
            Value::Table(table) => Fields::new(table, self.place(), allowed),
            _ => Err(self.wants("a table")),
        }
    }

    /// The entries of a table whose keys are free.
    pub fn entries(&self) -> Checked<&'t [Entry]> {
        match &self.item.value {
            Value::Table(table) => Ok(&table.0),
            _ => Err(self.wants("a table")),
        }
    }

    /// The elements of a list.
    pub fn list(&self) -> Checked<impl ExactSizeIterator<Item = Self> + use<'t>> {
        let key = self.key;
        match &self.item.value {
            Value::List(items) => Ok(items.iter().map(move |item| Node { key, item })),
            _ => Err(self.wants("a list")),
        }
    }

    /// A string.
    pub fn text(&self) -> Checked<&'t str> {
        match &self.item.value {
            Value::Text(text) => Ok(text),
            _ => Err(self.wants("a string")),
        }
    }

    /// A string that is not empty.
    pub fn words(&self) -> Checked<&'t str> {
        let text = self.text()?;
        if text.trim().is_empty() { Err(self.wants("some words")) } else { Ok(text) }
    }

    /// A whole number in a range.
    pub fn integer<T: TryFrom<i64> + Into<i64> + Copy>(&self, range: RangeInclusive<T>) -> Checked<T> {
        self.integer_or("", range)
    }

    /// A whole number in a range, where a word is allowed too: `or` says which, for the message.
    pub fn integer_or<T: TryFrom<i64> + Into<i64> + Copy>(&self, or: &str, range: RangeInclusive<T>) -> Checked<T> {
        let (low, high) = ((*range.start()).into(), (*range.end()).into());
        match self.item.value {
            Value::Integer(value) if (low..=high).contains(&value) => {
                T::try_from(value).map_err(|_| self.wants("a smaller number"))
            }
            _ => Err(self.wants(&format!("a whole number from {low} to {high}{or}"))),
        }
    }

    /// A number above zero.
    pub fn positive(&self) -> Checked<f64> {
        self.number("a number above zero", |value| value > 0.0)
    }

    /// A finite number for which `good` holds; `what` says so for the message.
    pub fn number(&self, what: &str, good: impl Fn(f64) -> bool) -> Checked<f64> {
        let value = match self.item.value {
            Value::Integer(value) => value as f64,
            Value::Number(value) => value,
            _ => return Err(self.wants(what)),
        };
        if value.is_finite() && good(value) { Ok(value) } else { Err(self.wants(what)) }
    }

    /// `true` or `false`.
    pub fn flag(&self) -> Checked<bool> {
        match self.item.value {
            Value::Flag(value) => Ok(value),
            _ => Err(self.wants("true or false")),
        }
    }

    /// One of a few words, each with its meaning.
    pub fn choice<T: Clone>(&self, choices: &[(&str, T)]) -> Checked<T> {
        let found = self.text()?;
        let named = choices.iter().find(|(name, _)| *name == found);
        named.map(|(_, meaning)| meaning.clone()).ok_or_else(|| {
            let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
            self.unknown("value", found, &names)
        })
    }

    /// The message that a name is none of those known.
    pub fn unknown(&self, kind: &str, found: &str, names: &[&str]) -> Diagnostic {
        let near = nearest(found, names);
        let label = match (names.len(), near) {
            (0, _) => "there are none".into(),
            (13.., Some(_)) => "not known".into(),
            _ => format!("one of {}", quoted(names)),
        };
        let error = self.error(format!("`{}`: unknown {kind} `{found}`", self.key), label);
        error.maybe_help(near.map(|name| format!("did you mean `{name}`?")))
    }
}

impl<'t> Fields<'t> {
    /// Checks that a table has no other keys than those allowed.
    pub fn new(table: &'t Table, place: &'t Place, allowed: &[&str]) -> Checked<Self> {
        match table.0.iter().find(|entry| !allowed.contains(&entry.key.as_str())) {
            Some(entry) => {
                let error = Diagnostic::at(&entry.place, format!("unknown key `{}`", entry.key), "not allowed here");
                Err(error.suggest(&entry.key, allowed.iter().copied()))
            }
            None => Ok(Self { table, place }),
        }
    }

    /// Where the table is written: its header, or all of an inline table.
    pub fn place(&self) -> &'t Place {
        self.place
    }

    /// The value of a key, if the table has it.
    pub fn get(&self, key: &str) -> Option<Node<'t>> {
        self.table.entry(key).map(Node::of)
    }

    /// The value of a key.
    pub fn need(&self, key: &str) -> Checked<Node<'t>> {
        self.get(key).ok_or_else(|| self.missing(key))
    }

    /// The message that a key is missing.
    pub fn missing(&self, key: &str) -> Diagnostic {
        Diagnostic::at(self.place, format!("the key `{key}` is missing"), format!("this needs `{key} = …`"))
    }

    /// The value of a key read by `read`, or nothing if the table does not have it.
    pub fn maybe<T>(&self, key: &str, read: impl FnOnce(Node<'t>) -> Checked<T>) -> Checked<Option<T>> {
        self.get(key).map(read).transpose()
    }

    /// The tables of an array of tables; none if the key is absent.
    pub fn tables(&self, key: &str) -> Checked<Vec<Node<'t>>> {
        self.get(key).map_or_else(|| Ok(Vec::new()), |node| Ok(node.list()?.collect()))
    }
}
