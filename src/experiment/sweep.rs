//! Sweeps: the axes of an experiment and the points that they span.

use super::diagnostic::{Checked, Diagnostic};
use super::duration;
use super::node::Node;
use super::path::{Assignment, assignments};
use super::source::Place;
use super::tree::{Item, Table, Value};
use crate::kernel::Nanos;

/// What no axis may change, for it holds for the experiment as a whole.
const FIXED: [&str; 10] =
    ["title", "question", "source", "sweep", "zip", "quick", "figure", "measured", "run.replications", "run.seed"];

/// Paths that advance together.
#[derive(Debug, Clone)]
pub struct Axis {
    /// The paths with their values; all have equally many.
    pub columns: Vec<Column>,
}

/// A swept path.
#[derive(Debug, Clone)]
pub struct Column {
    /// The path.
    pub path: String,
    /// Where the path is written.
    pub place: Place,
    /// Where the list of values is written.
    pub list: Place,
    /// Its values.
    pub items: Vec<Item>,
    /// Whether all values are durations, which results give in seconds.
    pub seconds: bool,
}

/// A value of a swept path.
#[derive(Debug, Clone, PartialEq)]
pub enum ParamValue {
    /// A duration.
    Time(Nanos),
    /// A whole number.
    Integer(i64),
    /// Another number.
    Number(f64),
    /// Yes or no.
    Flag(bool),
    /// Anything else, as text.
    Text(String),
}

impl std::fmt::Display for ParamValue {
    /// The value as it stands in a CSV file: durations in seconds.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Time(nanos) => write!(f, "{}", *nanos as f64 / 1e9),
            Self::Integer(value) => write!(f, "{value}"),
            Self::Number(value) => write!(f, "{value}"),
            Self::Flag(value) => write!(f, "{value}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

impl ParamValue {
    /// The value as it is written in an experiment.
    pub fn describe(&self) -> String {
        match self {
            Self::Time(nanos) => duration::describe(*nanos),
            other => other.to_string(),
        }
    }

    /// The value in JSON: durations in seconds.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Time(nanos) => (*nanos as f64 / 1e9).into(),
            Self::Integer(value) => (*value).into(),
            Self::Number(value) => (*value).into(),
            Self::Flag(value) => (*value).into(),
            Self::Text(text) => text.as_str().into(),
        }
    }
}

impl Column {
    fn new(Assignment { path, place, item }: Assignment) -> Checked<Self> {
        let below = |fixed: &str| path == fixed || path.starts_with(&format!("{fixed}."));
        if let Some(fixed) = FIXED.iter().find(|fixed| below(fixed)) {
            return Err(Diagnostic::at(&place, format!("`{fixed}` cannot be swept"), "one for all cells"));
        }
        let items = match item.value {
            Value::List(items) if !items.is_empty() => items,
            value => {
                let item = Item { value, place: item.place };
                return Err(Node { key: &path, item: &item }.wants("a list of at least one value"));
            }
        };
        let is_time = |item: &Item| match &item.value {
            Value::Text(text) => duration::parse(text).is_ok(),
            Value::Integer(0) => true,
            _ => false,
        };
        let has_unit = items.iter().any(|item| matches!(item.value, Value::Text(_)));
        let seconds = has_unit && items.iter().all(is_time);
        Ok(Self { path, place, list: item.place, items, seconds })
    }

    /// The name of the column in the results: durations have their unit.
    pub fn name(&self) -> String {
        if self.seconds { format!("{}_s", self.path) } else { self.path.clone() }
    }

    /// The assignment of one of the values to the path.
    pub fn assign(&self, item: &Item) -> Assignment {
        Assignment { path: self.path.clone(), place: self.place.clone(), item: item.clone() }
    }

    /// A value of this path as the results give it.
    pub fn value(&self, value: &Value) -> ParamValue {
        match value {
            Value::Text(text) if self.seconds => {
                duration::parse(text).map_or_else(|_| ParamValue::Text(text.clone()), ParamValue::Time)
            }
            Value::Integer(0) if self.seconds => ParamValue::Time(0),
            Value::Integer(value) => ParamValue::Integer(*value),
            Value::Number(value) => ParamValue::Number(*value),
            Value::Flag(value) => ParamValue::Flag(*value),
            other => ParamValue::Text(compact(other)),
        }
    }
}

/// Replaces the values of an axis: `sweep.PATH` names the axis of `PATH`.
pub fn replace(axes: &mut [Axis], replacement: &Assignment) -> Checked<()> {
    let path = replacement.path.trim_start_matches("sweep.");
    let names: Vec<String> = axes.iter().flat_map(|axis| &axis.columns).map(|c| c.path.clone()).collect();
    let Some(axis) = axes.iter_mut().find(|axis| axis.columns.iter().any(|column| column.path == path)) else {
        let error = Diagnostic::at(&replacement.place, format!("`{path}` is not swept"), "no such axis");
        return Err(error.suggest(path, names.iter().map(String::as_str)));
    };
    if axis.columns.len() > 1 {
        let message = format!("`{path}` advances together with others: its values cannot be replaced alone");
        return Err(Diagnostic::at(&replacement.place, message, "part of a [[zip]]"));
    }
    axis.columns = vec![Column::new(Assignment { path: path.into(), ..replacement.clone() })?];
    Ok(())
}

/// Reads the axes of `[sweep]` and `[[zip]]`: first those of the product, then each group that advances together.
pub fn axes(sweep: Option<&Item>, zip: Option<&Item>) -> Checked<Vec<Axis>> {
    let mut axes = Vec::new();
    if let Some(item) = sweep {
        for path in assignments(table(item, "sweep")?) {
            axes.push(Axis { columns: vec![Column::new(path)?] });
        }
    }
    let zips = zip.map_or(Ok(Vec::new()), |item| Node { key: "zip", item }.list().map(Iterator::collect))?;
    for node in zips {
        axes.push(zip_axis(&node)?);
    }
    check_distinct(&axes)?;
    Ok(axes)
}

fn table<'t>(item: &'t Item, key: &str) -> Checked<&'t Table> {
    match &item.value {
        Value::Table(table) => Ok(table),
        _ => Err(Node { key, item }.wants("a table of paths and lists of values")),
    }
}

fn zip_axis(node: &Node) -> Checked<Axis> {
    let paths = assignments(table(node.item, "zip")?);
    let columns = paths.into_iter().map(Column::new).collect::<Checked<Vec<_>>>()?;
    let Some(first) = columns.first() else { return Err(node.wants("at least one path")) };
    match columns.iter().find(|column| column.items.len() != first.items.len()) {
        None => Ok(Axis { columns }),
        Some(other) => {
            let lengths = (first.items.len(), other.items.len());
            let message = format!("lists that advance together are equally long, not {} and {}", lengths.0, lengths.1);
            let error = Diagnostic::at(&other.list, message, format!("{} values", lengths.1));
            Err(error.also(&first.list, format!("{} values", lengths.0)))
        }
    }
}

fn check_distinct(axes: &[Axis]) -> Checked<()> {
    let columns: Vec<&Column> = axes.iter().flat_map(|axis| &axis.columns).collect();
    for (index, column) in columns.iter().enumerate() {
        if let Some(first) = columns[..index].iter().find(|first| first.path == column.path) {
            let message = format!("`{}` is swept twice", column.path);
            return Err(Diagnostic::at(&column.place, message, "here again").also(&first.place, "first here"));
        }
    }
    Ok(())
}

/// How many points the axes span; saturates.
pub fn size(axes: &[Axis]) -> u64 {
    axes.iter().fold(1, |product: u64, axis| product.saturating_mul(axis.columns[0].items.len() as u64))
}

/// The values of the point with that index, a column each; the last axis advances fastest.
pub fn point(axes: &[Axis], index: u64) -> Vec<(&Column, &Item)> {
    let mut rest = index;
    let mut choices: Vec<usize> = axes
        .iter()
        .rev()
        .map(|axis| {
            let length = axis.columns[0].items.len() as u64;
            let choice = rest % length;
            rest /= length;
            choice as usize
        })
        .collect();
    choices.reverse();
    let chosen = axes.iter().zip(choices);
    chosen.flat_map(|(axis, choice)| axis.columns.iter().map(move |column| (column, &column.items[choice]))).collect()
}

/// A value as a short text: `cpython(switch_interval=5ms)`, `[1, 0.5]`.
fn compact(value: &Value) -> String {
    let join = |parts: Vec<String>| parts.join(", ");
    match value {
        Value::Text(text) | Value::Date(text) => text.clone(),
        Value::Integer(value) => value.to_string(),
        Value::Number(value) => value.to_string(),
        Value::Flag(value) => value.to_string(),
        Value::List(items) => format!("[{}]", join(items.iter().map(|item| compact(&item.value)).collect())),
        Value::Table(table) => {
            let entry = |entry: &super::tree::Entry| format!("{}={}", entry.key, compact(&entry.item.value));
            match table.get("policy") {
                Some(policy) if table.0.len() == 1 => compact(&policy.value),
                Some(policy) => {
                    let others = table.0.iter().filter(|entry| entry.key != "policy").map(entry).collect();
                    format!("{}({})", compact(&policy.value), join(others))
                }
                None => format!("{{{}}}", join(table.0.iter().map(entry).collect())),
            }
        }
    }
}
