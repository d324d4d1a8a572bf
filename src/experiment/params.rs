//! Named values: a string that is exactly `"$name"` stands for the value of `name` in `[params]`.
//!
//! The value takes the string's place in the tree, with its own type and place; no text is put together.

use std::collections::BTreeSet;

use super::diagnostic::{Checked, Diagnostic};
use super::tree::{Item, Table, Value};

/// The most values that parameters may put into an experiment: parameters of parameters multiply.
const MOST_VALUES: u64 = 100_000;

/// Replaces names by values in the entries of `table` whose keys are in `keys`, and notes the paths of the parameters in
/// `used`.
pub fn substitute(table: &mut Table, keys: &[&str], used: &mut BTreeSet<String>) -> Checked<()> {
    let mut substitution = Substitution { params: Table::default(), used, left: MOST_VALUES };
    if let Some(Value::Table(params)) = table.get("params").map(|item| &item.value) {
        // A parameter may name those above it.
        for entry in &params.0 {
            let mut entry = entry.clone();
            substitution.replace(&mut entry.item)?;
            substitution.params.0.push(entry);
        }
    }
    let entries = table.0.iter_mut().filter(|entry| keys.contains(&entry.key.as_str()));
    entries.map(|entry| &mut entry.item).try_for_each(|item| substitution.replace(item))
}

struct Substitution<'u> {
    params: Table,
    used: &'u mut BTreeSet<String>,
    /// How many values may still be put in.
    left: u64,
}

impl Substitution<'_> {
    fn replace(&mut self, item: &mut Item) -> Checked<()> {
        match &mut item.value {
            Value::List(items) => items.iter_mut().try_for_each(|item| self.replace(item)),
            Value::Table(table) => table.0.iter_mut().try_for_each(|entry| self.replace(&mut entry.item)),
            Value::Text(text) => {
                let Some(name) = parameter_name(text) else { return Ok(()) };
                let Some(value) = self.params.get(name) else {
                    let error =
                        Diagnostic::at(&item.place, format!("no parameter is called `{name}`"), "unknown parameter");
                    let error = if self.params.0.is_empty() { error.help("declare it in [params]") } else { error };
                    return Err(error.suggest(name, self.params.keys()));
                };
                let Some(left) = self.left.checked_sub(value.value.count()) else {
                    let message = format!("the parameters stand for more than {MOST_VALUES} values");
                    let error = Diagnostic::at(&item.place, message, "too much here");
                    return Err(error.help("parameters that name parameters multiply"));
                };
                self.left = left;
                let name = format!("params.{name}");
                if !self.used.contains(&name) {
                    self.used.insert(name);
                }
                *item = value.clone();
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

fn parameter_name(text: &str) -> Option<&str> {
    let name = text.strip_prefix('$')?;
    let good = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    (name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name.chars().all(good)).then_some(name)
}

/// A parameter that nothing uses is a mistake, the more so when it is swept.
pub fn check_used(table: &Table, used: &BTreeSet<String>) -> Checked<()> {
    let Some(Value::Table(params)) = table.get("params").map(|item| &item.value) else { return Ok(()) };
    match params.0.iter().find(|entry| !used.contains(&format!("params.{}", entry.key))) {
        Some(entry) => {
            let error = Diagnostic::at(&entry.place, format!("nothing uses the parameter `{}`", entry.key), "unused");
            Err(error.help(format!(
                "write \"${}\" where its value should stand, or move it to [labels] if it only names cells",
                entry.key
            )))
        }
        None => Ok(()),
    }
}
