//! The names that expressions about the cells of an experiment may use: the swept paths, and the values of the file
//! that are the same in every cell.

use std::collections::BTreeMap;

use super::expression::{Binding, Kind, Names, Value};
use super::sweep::{Axis, Column};
use super::tree::{self, Table};

/// Tables whose values have names.
const TABLES: [&str; 9] = ["machine", "interpreter", "lock", "process", "thread", "pool", "params", "labels", "run"];

/// The names of cells; the slot of a swept path is its column.
pub fn of_cells(axes: &[Axis], table: &Table) -> Names {
    let mut names = Names::new();
    let mut aliases = BTreeMap::new();
    for entry in table.0.iter().filter(|entry| TABLES.contains(&entry.key.as_str())) {
        add(&mut names, &mut aliases, &entry.key, &entry.item.value);
    }
    for (slot, column) in axes.iter().flat_map(|axis| &axis.columns).enumerate() {
        let below = format!("{}.", column.path);
        names.retain(|name, _| !name.starts_with(&below));
        aliases.retain(|name, _| *name != column.path && !name.starts_with(&below));
        let binding = kind(column).map_or(Binding::Mixed, |kind| Binding::Slot(slot, kind));
        names.insert(column.path.clone(), binding);
    }
    for path in aliases.keys() {
        // A parameter may stand for another one.
        let follow = |path: &String| aliases.get(path);
        let end = std::iter::successors(Some(path), |path| follow(path)).take(LONGEST_CHAIN).last();
        if let Some(binding) = end.and_then(|end| names.get(end)).cloned() {
            names.insert(path.clone(), binding);
        }
    }
    names
}

/// So many parameters may stand for each other in a row.
const LONGEST_CHAIN: usize = 16;

/// Paths whose value is that of a parameter, with the path of that.
type Aliases = BTreeMap<String, String>;

/// The type that all values of a column have.
fn kind(column: &Column) -> Option<Kind> {
    let mut kinds = column.items.iter().map(|item| Value::from(&column.value(&item.value)).kind());
    let first = kinds.next()?;
    kinds.all(|kind| kind == first).then_some(first)
}

/// Adds the values below a path.
fn add(names: &mut Names, aliases: &mut Aliases, path: &str, value: &tree::Value) {
    match value {
        tree::Value::Table(table) => {
            table.0.iter().for_each(|entry| add(names, aliases, &format!("{path}.{}", entry.key), &entry.item.value));
        }
        tree::Value::List(items) => {
            for item in items {
                let tree::Value::Table(element) = &item.value else { continue };
                if let Some(tree::Value::Text(name)) = element.get("name").map(|name| &name.value) {
                    add(names, aliases, &format!("{path}.{name}"), &item.value);
                }
            }
        }
        tree::Value::Text(text) if text.starts_with('$') => {
            aliases.insert(path.to_owned(), format!("params.{}", &text[1..]));
        }
        value => {
            if let Some(value) = Value::of(value) {
                names.insert(path.to_owned(), Binding::Constant(value));
            }
        }
    }
}
