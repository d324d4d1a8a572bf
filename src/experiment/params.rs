//! Named values: a string that is exactly `"$name"` stands for the value of `name` in `[params]`.
//!
//! The value takes the string's place in the tree, with its own type and place; no text is put together.

use std::collections::BTreeSet;

use super::diagnostic::{Checked, Diagnostic};
use super::tree::{Item, Table, Value};

/// Replaces names by values in the entries of `table` whose keys are in `keys`, and notes the names in `used`.
pub fn substitute(table: &mut Table, keys: &[&str], used: &mut BTreeSet<String>) -> Checked<()> {
    let params = match table.get("params").map(|item| &item.value) {
        Some(Value::Table(params)) => resolve(params, used)?,
        _ => Table::default(),
    };
    let entries = table.0.iter_mut().filter(|entry| keys.contains(&entry.key.as_str()));
    entries.map(|entry| &mut entry.item).try_for_each(|item| replace(item, &params, used))
}

/// A parameter may name those above it.
fn resolve(params: &Table, used: &mut BTreeSet<String>) -> Checked<Table> {
    let mut resolved = Table::default();
    for entry in &params.0 {
        let mut entry = entry.clone();
        replace(&mut entry.item, &resolved, used)?;
        resolved.0.push(entry);
    }
    Ok(resolved)
}

fn replace(item: &mut Item, params: &Table, used: &mut BTreeSet<String>) -> Checked<()> {
    match &mut item.value {
        Value::List(items) => items.iter_mut().try_for_each(|item| replace(item, params, used)),
        Value::Table(table) => table.0.iter_mut().try_for_each(|entry| replace(&mut entry.item, params, used)),
        Value::Text(text) => {
            let Some(name) = parameter_name(text) else { return Ok(()) };
            let Some(value) = params.get(name) else {
                let error =
                    Diagnostic::at(&item.place, format!("no parameter is called `{name}`"), "unknown parameter");
                let error = if params.0.is_empty() { error.help("declare it in [params]") } else { error };
                return Err(error.suggest(name, params.keys()));
            };
            if !used.contains(name) {
                used.insert(name.into());
            }
            *item = value.clone();
            Ok(())
        }
        _ => Ok(()),
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
    match params.0.iter().find(|entry| !used.contains(&entry.key)) {
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
