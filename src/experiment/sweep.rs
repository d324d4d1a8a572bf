//! Sweeps: the axes of an experiment and the points that they span.
//!
//! The axes are, in this order: each path of `[sweep]`, each group of `[[zip]]`, and `[sample]`. The points are their
//! product; the last axis advances fastest.

pub mod generator;
pub mod sample;

use super::diagnostic::{Checked, Diagnostic};
use super::duration;
use super::node::{Fields, Node};
use super::path::{Assignment, assignments};
use super::source::Place;
use super::tree::{Item, Table, Value};
use super::{plan, repetition, scenario, wanted};
use crate::kernel::Nanos;

/// The most paths that may be swept.
const MOST_COLUMNS: usize = 256;

/// The keys of `[sample]` beside its paths.
const SAMPLE_KEYS: [&str; 3] = ["kind", "n", "seed"];

/// The sweep of an experiment as it is written, to which overrides apply.
#[derive(Debug, Default)]
pub struct Design {
    sweep: Vec<Assignment>,
    /// The conditions that a cell must fulfil: a string or a list of strings.
    pub conditions: Option<Item>,
    zips: Vec<Group>,
    sample: Option<Group>,
}

/// Paths that advance together, as they are written.
#[derive(Debug)]
struct Group {
    name: Option<String>,
    item: Item,
    /// Entries that are not paths: `name`, `kind`, `n`, `seed`.
    keys: Table,
    paths: Vec<Assignment>,
}

/// Paths that advance together.
#[derive(Debug, Clone)]
pub struct Axis {
    /// What messages and lists call it: its only path, or the name of the group.
    pub name: String,
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
    /// The column of a path, whose values are listed or generated.
    fn new(assignment: &Assignment) -> Checked<Self> {
        check_sweepable(assignment)?;
        let items = generator::values(&Node { key: &assignment.path, item: &assignment.item })?;
        Ok(Self::of(assignment, items))
    }

    /// The column of a path that has these values.
    pub fn of(Assignment { path, place, item }: &Assignment, items: Vec<Item>) -> Self {
        let is_time = |item: &Item| match &item.value {
            Value::Text(text) => duration::parse(text).is_ok(),
            Value::Integer(0) => true,
            _ => false,
        };
        let has_unit = items.iter().any(|item| matches!(item.value, Value::Text(_)));
        let seconds = has_unit && items.iter().all(is_time);
        Self { path: path.clone(), place: place.clone(), list: item.place.clone(), items, seconds }
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

/// Checks that a path may have another value in each cell: it belongs to a scenario, or to what scenarios are made of.
pub fn check_sweepable(Assignment { path, place, .. }: &Assignment) -> Checked<()> {
    let mut parts = path.split('.');
    let (top, below) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let one_for_all = match top {
        "run" => repetition::KEYS.contains(&below) || below == wanted::KEY,
        "params" | "labels" => false,
        // What is no key at all is told where keys are read.
        _ => plan::KEYS.contains(&top) && !scenario::KEYS.contains(&top),
    };
    if one_for_all {
        let fixed = if top == "run" { format!("run.{below}") } else { top.to_owned() };
        return Err(Diagnostic::at(place, format!("`{fixed}` cannot be swept"), "one for all cells"));
    }
    Ok(())
}

impl Design {
    /// Takes `[sweep]`, `[[zip]]` and `[sample]` out of an experiment.
    pub fn take(table: &mut Table) -> Checked<Self> {
        let [sweep, zip, sample] = ["sweep", "zip", "sample"].map(|key| table.take(key).map(|entry| entry.item));
        let mut design = Self::default();
        if let Some(item) = sweep {
            let Group { keys, paths, .. } = Group::read("sweep", item, &["where"])?;
            design.conditions = keys.get("where").cloned();
            design.sweep = paths;
        }
        if let Some(item) = zip {
            let groups = Node { key: "zip", item: &item }.list()?.map(|node| Group::zip(node.item));
            design.zips = groups.collect::<Checked<_>>()?;
        }
        for (index, group) in design.zips.iter().enumerate() {
            let twice = |other: &&Group| group.name.is_some() && other.name == group.name;
            if let Some(first) = design.zips[..index].iter().find(twice) {
                let error = Diagnostic::at(&group.item.place, "two groups have the same name", "here again");
                return Err(error.also(&first.item.place, "first here"));
            }
        }
        design.sample = sample.map(|item| Group::read("sample", item, &SAMPLE_KEYS)).transpose()?;
        Ok(design)
    }

    /// Replaces values of an axis if the path is that of one: `sweep.PATH`, `zip.NAME.PATH`, `sample.PATH`,
    /// `sample.n`. Says whether it is.
    pub fn assign(&mut self, assignment: &Assignment) -> Checked<bool> {
        let Some((table, path)) = assignment.path.split_once('.') else { return Ok(false) };
        let replacement = |path: &str| Assignment { path: path.into(), ..assignment.clone() };
        match table {
            "sweep" if path == "where" => self.conditions = Some(assignment.item.clone()),
            "sweep" => {
                if self.zips.iter().any(|group| group.paths.iter().any(|other| other.path == path)) {
                    let message =
                        format!("`{path}` advances together with others: its values cannot be replaced alone");
                    let error = Diagnostic::at(&assignment.place, message, "part of a [[zip]]");
                    return Err(error.help("give the group a name and replace all its lists: zip.NAME.PATH"));
                }
                replace(&mut self.sweep, replacement(path))?;
            }
            "zip" => {
                let groups = self.zips.iter_mut().filter_map(|group| Some((group.name.clone()?, group)));
                let mut groups: Vec<(String, &mut Group)> = groups.collect();
                let found = groups.iter_mut().find_map(|(name, group)| {
                    let path = path.strip_prefix(name.as_str())?.strip_prefix('.')?;
                    Some((path, group))
                });
                let Some((path, group)) = found else {
                    let error =
                        Diagnostic::at(&assignment.place, format!("`{path}` is in no named [[zip]]"), "no group");
                    return Err(error.suggest(path, groups.iter().map(|(name, _)| name.as_str())));
                };
                replace(&mut group.paths, replacement(path))?;
            }
            "sample" => {
                let Some(sample) = &mut self.sample else {
                    return Err(Diagnostic::at(&assignment.place, "there is no [sample]", "leads nowhere"));
                };
                if SAMPLE_KEYS.contains(&path) {
                    sample.keys.set(path, &assignment.place, assignment.item.clone());
                } else {
                    replace(&mut sample.paths, replacement(path))?;
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Whether some axis sets the path.
    pub fn sweeps(&self, path: &str) -> bool {
        let groups = self.zips.iter().chain(&self.sample).flat_map(|group| &group.paths);
        self.sweep.iter().chain(groups).any(|other| other.path == path)
    }

    /// The axes.
    pub fn axes(&self) -> Checked<Vec<Axis>> {
        let columns = self.sweep.len() + self.zips.iter().chain(&self.sample).map(|g| g.paths.len()).sum::<usize>();
        if let (true, Some(place)) = (columns > MOST_COLUMNS, self.place()) {
            let message = format!("{columns} paths are swept; at most {MOST_COLUMNS} can be");
            return Err(Diagnostic::at(place, message, "the sweep begins here"));
        }
        let mut axes = Vec::new();
        for path in &self.sweep {
            axes.push(Axis { name: path.path.clone(), columns: vec![Column::new(path)?] });
        }
        for group in &self.zips {
            axes.push(group.zip_axis()?);
        }
        axes.extend(self.sample.as_ref().map(Group::sample_axis).transpose()?);
        check_distinct(&axes)?;
        Ok(axes)
    }

    /// Where the first axis is written.
    pub fn place(&self) -> Option<&Place> {
        let groups = self.zips.iter().chain(&self.sample).map(|group| &group.item.place);
        self.sweep.iter().map(|path| &path.place).chain(groups).next()
    }
}

/// Replaces the values of a path that is there.
fn replace(paths: &mut [Assignment], replacement: Assignment) -> Checked<()> {
    if let Some(index) = paths.iter().position(|other| other.path == replacement.path) {
        paths[index] = replacement;
        return Ok(());
    }
    let path = &replacement.path;
    let error = Diagnostic::at(&replacement.place, format!("`{path}` is not swept"), "no such axis");
    Err(error.suggest(path, paths.iter().map(|other| other.path.as_str())))
}

impl Group {
    /// Reads a table of paths that also has `keys`.
    fn read(key: &str, item: Item, keys: &[&str]) -> Checked<Self> {
        let Value::Table(table) = &item.value else {
            return Err(Node { key, item: &item }.wants("a table of paths and their values"));
        };
        let (keys, paths) = table.0.iter().cloned().partition(|entry| keys.contains(&entry.key.as_str()));
        Ok(Self { name: None, keys: Table(keys), paths: assignments(&Table(paths)), item })
    }

    fn zip(item: &Item) -> Checked<Self> {
        let group = Self::read("zip", item.clone(), &["name"])?;
        let name = group.fields()?.maybe("name", |node| super::scope::name(&node).map(str::to_owned))?;
        Ok(Self { name, ..group })
    }

    fn fields(&self) -> Checked<Fields<'_>> {
        Fields::new(&self.keys, &self.item.place, &["name", "kind", "n", "seed"])
    }

    fn zip_axis(&self) -> Checked<Axis> {
        let columns = self.paths.iter().map(Column::new).collect::<Checked<Vec<_>>>()?;
        let Some(first) = columns.first() else {
            return Err(Node { key: "zip", item: &self.item }.wants("at least one path"));
        };
        let name = self
            .name
            .clone()
            .unwrap_or_else(|| columns.iter().map(|c| c.path.as_str()).collect::<Vec<_>>().join(" + "));
        match columns.iter().find(|column| column.items.len() != first.items.len()) {
            None => Ok(Axis { name, columns }),
            Some(other) => {
                let lengths = (first.items.len(), other.items.len());
                let message =
                    format!("lists that advance together are equally long, not {} and {}", lengths.0, lengths.1);
                let error = Diagnostic::at(&other.list, message, format!("{} values", lengths.1));
                Err(error.also(&first.list, format!("{} values", lengths.0)))
            }
        }
    }

    fn sample_axis(&self) -> Checked<Axis> {
        let fields = self.fields()?;
        let kind = fields.need("kind")?.choice(&sample::KINDS)?;
        let n = fields.need("n")?.integer(1..=kind.most())?;
        let seed = fields.maybe("seed", |node| node.integer(0..=u32::MAX))?.unwrap_or(1);
        let column = |(dimension, path): (usize, &Assignment)| {
            check_sweepable(path)?;
            let spread = generator::spread(&Node { key: &path.path, item: &path.item })?;
            Ok(Column::of(path, kind.values(&spread, dimension as u32, n, seed)))
        };
        let columns = self.paths.iter().enumerate().map(column).collect::<Checked<Vec<_>>>()?;
        if columns.is_empty() {
            return Err(Node { key: "sample", item: &self.item }.wants("at least one path"));
        }
        Ok(Axis { name: "sample".into(), columns })
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

/// Which value of each axis the point with that index has; the last axis advances fastest.
pub fn choices(axes: &[Axis], index: u64) -> Vec<usize> {
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
    choices
}

/// The index of the point that has those values of the axes.
pub fn index(axes: &[Axis], choices: &[usize]) -> u64 {
    let digits = axes.iter().zip(choices);
    digits.fold(0, |index, (axis, &choice)| index * axis.columns[0].items.len() as u64 + choice as u64)
}

/// The values of the point with that index, a column each.
pub fn point(axes: &[Axis], index: u64) -> impl Iterator<Item = (&Column, &Item)> {
    let chosen = axes.iter().zip(choices(axes, index));
    chosen.flat_map(|(axis, choice)| axis.columns.iter().map(move |column| (column, &column.items[choice])))
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
