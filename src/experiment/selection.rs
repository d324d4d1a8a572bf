//! Which points of a sweep are cells, and which of the cells are run: `where` of `[sweep]`, and `--only`.

use std::collections::BTreeSet;

use super::diagnostic::{Checked, Diagnostic};
use super::expression::{Binding, Expression, Kind, Names, Value};
use super::node::Node;
use super::source::Source;
use super::sweep::{self, Axis, Design};
use super::tree::{self, Item};

/// The most points that a sweep may have before `where` drops some.
pub const MOST_POINTS: u64 = 1_000_000;

/// A point of a sweep that is a cell and is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Selected {
    /// Its index among the points.
    pub point: u64,
    /// Its number among the cells of the experiment.
    pub number: u64,
}

/// The name that `--only` has for the number of a cell.
const CELL: &str = "cell";

/// The cells that are run, in the order of the sweep; notes the names that conditions of the file use in `used`.
pub fn select(
    axes: &[Axis],
    design: &Design,
    names: &Names,
    only: Option<&str>,
    used: &mut BTreeSet<String>,
) -> Checked<Vec<Selected>> {
    let conditions = design.conditions.as_ref().map_or(Ok(Vec::new()), |item| conditions(item, names))?;
    used.extend(conditions.iter().flat_map(|condition| condition.names.clone()));
    let slots = axes.iter().map(|axis| axis.columns.len()).sum();
    let only = only.map(|text| only_condition(text, names, slots)).transpose()?;
    let holds = |condition: &Expression, selected: Selected| {
        condition.holds(&|slot| match sweep::point(axes, selected.point).nth(slot) {
            Some((column, item)) => Value::from(&column.value(&item.value)),
            None => Value::Number(selected.number as f64),
        })
    };
    let mut cells = 0;
    let mut selected = Vec::new();
    for point in 0..sweep::size(axes) {
        let cell = Selected { point, number: cells };
        if conditions.iter().all(|condition| holds(condition, cell)) {
            cells += 1;
            if only.as_ref().is_none_or(|(condition, _)| holds(condition, cell)) {
                selected.push(cell);
            }
        }
    }
    match (&design.conditions, only) {
        (Some(item), _) if cells == 0 => {
            let error = Diagnostic::at(&item.place, "`where` drops every cell", "holds for no point of the sweep");
            Err(error.help("a cell stays if every condition holds for it"))
        }
        (_, Some((_, place))) if selected.is_empty() => {
            let error = Diagnostic::at(&place, format!("none of {cells} cells is selected"), "holds for no cell");
            Err(error.help("`gilsim check` lists the cells"))
        }
        _ => Ok(selected),
    }
}

fn conditions(item: &Item, names: &Names) -> Checked<Vec<Expression>> {
    let node = Node { key: "where", item };
    let read = |node: Node| Expression::read(&node, names, Kind::Flag);
    match &item.value {
        tree::Value::List(_) => node.list()?.map(read).collect(),
        _ => Ok(vec![read(node)?]),
    }
}

fn only_condition(text: &str, names: &Names, slots: usize) -> Checked<(Expression, super::source::Place)> {
    let source = Source::new("--only", text);
    let place = source.place(0..text.len());
    let item = Item { value: tree::Value::Text(text.into()), place: place.clone() };
    let mut names = names.clone();
    names.insert(CELL.into(), Binding::Slot(slots, Kind::Number));
    Ok((Expression::read(&Node { key: "only", item: &item }, &names, Kind::Flag)?, place))
}
