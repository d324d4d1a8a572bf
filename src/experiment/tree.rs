//! The raw tree of a TOML text: values with their places, tables in the order of the file.
//!
//! Sweeps, `--quick` and `--set` replace nodes of this tree before anything is typed, so that a replaced value is
//! checked like any other and its place is the place where the replacement is written.

use std::sync::Arc;

use toml::de::{DeTable, DeValue};

use super::diagnostic::{Checked, Diagnostic};
use super::source::{Place, Source};

/// A value and where it is written.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// The value.
    pub value: Value,
    /// Where it is written; for a table with a header, the header.
    pub place: Place,
}

/// A TOML value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A string.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction or an exponent.
    Number(f64),
    /// `true` or `false`.
    Flag(bool),
    /// A date or a time; no key wants one.
    Date(String),
    /// An array.
    List(Vec<Item>),
    /// A table.
    Table(Table),
}

/// A table, in the order of the file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table(pub Vec<Entry>);

/// A key and its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key is written.
    pub place: Place,
    /// The value.
    pub item: Item,
}

impl Table {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Item> {
        self.entry(key).map(|entry| &entry.item)
    }

    /// The entry of a key.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.0.iter().find(|entry| entry.key == key)
    }

    /// The value of a key, to be changed.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Item> {
        self.0.iter_mut().find(|entry| entry.key == key).map(|entry| &mut entry.item)
    }

    /// Takes an entry out.
    pub fn take(&mut self, key: &str) -> Option<Entry> {
        let index = self.0.iter().position(|entry| entry.key == key)?;
        Some(self.0.remove(index))
    }

    /// Sets a key, replacing what it had.
    pub fn set(&mut self, key: &str, place: &Place, item: Item) {
        match self.0.iter_mut().find(|entry| entry.key == key) {
            Some(entry) => entry.item = item,
            None => self.0.push(Entry { key: key.into(), place: place.clone(), item }),
        }
    }

    /// The keys, in order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|entry| entry.key.as_str())
    }
}

impl Value {
    /// What the value is, for people.
    pub fn describe(&self) -> String {
        match self {
            Self::Text(text) if text.chars().count() <= 40 => format!("the string {text:?}"),
            Self::Text(_) => "a string".into(),
            Self::Integer(value) => format!("the number {value}"),
            Self::Number(value) => format!("the number {value:?}"),
            Self::Flag(value) => format!("{value}"),
            Self::Date(_) => "a date".into(),
            Self::List(_) => "a list".into(),
            Self::Table(_) => "a table".into(),
        }
    }

    /// How many values there are in it, with itself.
    pub fn count(&self) -> u64 {
        match self {
            Self::List(items) => 1 + items.iter().map(|item| item.value.count()).sum::<u64>(),
            Self::Table(table) => 1 + table.0.iter().map(|entry| entry.item.value.count()).sum::<u64>(),
            _ => 1,
        }
    }

    /// The value in JSON.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Text(text) | Self::Date(text) => text.as_str().into(),
            Self::Integer(value) => (*value).into(),
            Self::Number(value) => (*value).into(),
            Self::Flag(value) => (*value).into(),
            Self::List(items) => items.iter().map(|item| item.value.to_json()).collect(),
            Self::Table(table) => table.to_json(),
        }
    }
}

impl Table {
    /// The table in JSON.
    pub fn to_json(&self) -> serde_json::Value {
        let entries = self.0.iter().map(|entry| (entry.key.clone(), entry.item.value.to_json()));
        serde_json::Value::Object(entries.collect())
    }
}

/// Reads a whole TOML text.
///
/// # Errors
/// The first place where it is not TOML.
pub fn parse(source: &Arc<Source>) -> Checked<Table> {
    let parsed = DeTable::parse(&source.text).map_err(|error| syntax_error(source, 0, &error))?;
    table(source, 0, parsed.get_ref())
}

/// Reads the TOML value that a source holds from byte `offset` on.
///
/// # Errors
/// The first place where it is not TOML.
pub fn parse_value(source: &Arc<Source>, offset: usize) -> Checked<Item> {
    let parsed = DeValue::parse(&source.text[offset..]).map_err(|error| syntax_error(source, offset, &error))?;
    item(source, offset, &parsed)
}

fn syntax_error(source: &Arc<Source>, offset: usize, error: &toml::de::Error) -> Diagnostic {
    let range = error.span().unwrap_or(0..0);
    let place = source.place(range.start + offset..range.end + offset);
    Diagnostic::at(&place, format!("this is not TOML: {}", error.message()), "here")
}

fn table(source: &Arc<Source>, offset: usize, table: &DeTable<'_>) -> Checked<Table> {
    let mut entries = Vec::with_capacity(table.len());
    for (key, value) in table {
        let place = source.place(key.span().start + offset..key.span().end + offset);
        entries.push(Entry { key: key.get_ref().to_string(), place, item: item(source, offset, value)? });
    }
    entries.sort_by_key(|entry| entry.place.range.start);
    Ok(Table(entries))
}

fn item(source: &Arc<Source>, offset: usize, value: &toml::Spanned<DeValue<'_>>) -> Checked<Item> {
    let place = source.place(value.span().start + offset..value.span().end + offset);
    let value = match value.get_ref() {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(integer) => i64::from_str_radix(integer.as_str(), integer.radix())
            .map(Value::Integer)
            .map_err(|_| Diagnostic::at(&place, "this number is too large", "more than 63 bits"))?,
        DeValue::Float(float) => float
            .as_str()
            .parse()
            .map(Value::Number)
            .map_err(|_| Diagnostic::at(&place, "this number cannot be read", "not a number"))?,
        DeValue::Boolean(flag) => Value::Flag(*flag),
        DeValue::Datetime(date) => Value::Date(date.to_string()),
        DeValue::Array(items) => {
            Value::List(items.iter().map(|value| item(source, offset, value)).collect::<Checked<_>>()?)
        }
        DeValue::Table(entries) => Value::Table(table(source, offset, entries)?),
    };
    Ok(Item { value, place })
}
