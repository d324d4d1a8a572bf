//! The `[measured]` table: which measurements of real interpreters a scenario claims to be equal to, and how.
//!
//! A measured cell has parameters with the names of the scenario's `[params]` and `[labels]`. Durations are durations
//! here and seconds in the measurements. What the table says is checked when the file is read; whether the simulation
//! gives the metrics that it names is known only after a run.

use super::diagnostic::{Checked, Diagnostic};
use super::duration;
use super::node::{Fields, Node};
use super::path::{Assignment, assignments};
use super::source::Place;
use super::tree::{Item, Table, Value};

/// The value of a parameter of a measured cell; durations are numbers of seconds.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    /// A number.
    Number(f64),
    /// A word.
    Text(String),
    /// Yes or no.
    Flag(bool),
}

/// Parameters and the values that they shall have.
pub type Conditions = Vec<(String, Scalar)>;

/// What a scenario claims to be equal to.
#[derive(Debug, Clone)]
pub struct Measured {
    /// The name of the measured scenario.
    pub scenario: String,
    /// The parameters of its cells.
    pub parameters: Vec<Parameter>,
    /// Values of parameters that a cell does not name.
    pub defaults: Conditions,
    /// How each measured metric follows from a simulated one.
    pub metrics: Vec<Match>,
    /// Measured metrics that the scenario takes for granted.
    pub primitives: Vec<String>,
    /// Cells from which the scenario's own constants stem: they test the arithmetic, not the model.
    pub inputs: Vec<Conditions>,
    /// What else changes with the values of parameters.
    pub cases: Vec<Case>,
    /// What a cell is faster or slower than.
    pub baseline: Option<Baseline>,
}

/// A parameter of a scenario.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its path: `params.NAME` or `labels.NAME`.
    path: String,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Duration,
    Integer,
    Number,
    Text,
    Flag,
}

/// A measured metric and the simulated one that is equal to it.
#[derive(Debug, Clone)]
pub struct Match {
    /// The measured metric.
    pub name: String,
    /// The simulated metric.
    pub metric: String,
    /// What the simulated one is multiplied by.
    pub factor: f64,
    /// The quantile over replications that counts.
    pub quantile: f64,
    /// Where the simulated metric is named.
    pub place: Place,
}

/// Assignments for some values of parameters.
#[derive(Debug, Clone)]
pub struct Case {
    /// The values.
    pub when: Conditions,
    /// What holds then.
    pub set: Vec<Assignment>,
}

/// The cell that another is compared with.
#[derive(Debug, Clone)]
pub struct Baseline {
    /// The values that it has.
    pub with: Conditions,
    /// Parameters that may differ; `cores` and `switch` are parameters here.
    pub free: Vec<String>,
    /// Parameters whose product is the amount of work, in proportion to which the baseline is scaled.
    pub work: Vec<String>,
}

impl Scalar {
    /// The value as it stands in a file.
    ///
    /// # Errors
    /// It is a list or a table.
    pub fn of(node: &Node) -> Checked<Self> {
        match &node.item.value {
            Value::Text(text) => Ok(match duration::parse(text) {
                Ok(nanos) => Self::Number(nanos as f64 / 1e9),
                Err(_) => Self::Text(text.clone()),
            }),
            Value::Integer(value) => Ok(Self::Number(*value as f64)),
            Value::Number(value) => Ok(Self::Number(*value)),
            Value::Flag(flag) => Ok(Self::Flag(*flag)),
            _ => Err(node.wants("a value, not a list or a table")),
        }
    }
}

impl Parameter {
    fn of(entry: &super::tree::Entry, table: &str) -> Option<Self> {
        let kind = match &entry.item.value {
            Value::Text(text) if duration::parse(text).is_ok() => Kind::Duration,
            Value::Text(_) => Kind::Text,
            Value::Integer(_) => Kind::Integer,
            Value::Number(_) => Kind::Number,
            Value::Flag(_) => Kind::Flag,
            _ => return None,
        };
        Some(Self { name: entry.key.clone(), path: format!("{table}.{}", entry.key), kind })
    }

    /// The assignment of a value to this parameter, if the value is of its kind.
    pub fn assign(&self, value: &Scalar, place: &Place) -> Option<Assignment> {
        let value = match (self.kind, value) {
            (Kind::Duration, Scalar::Number(seconds)) if *seconds >= 0.0 => Value::Text(format!("{seconds}s")),
            (Kind::Integer, Scalar::Number(number)) if number.fract() == 0.0 => Value::Integer(*number as i64),
            (Kind::Number, Scalar::Number(number)) => Value::Number(*number),
            (Kind::Text, Scalar::Text(text)) => Value::Text(text.clone()),
            (Kind::Flag, Scalar::Flag(flag)) => Value::Flag(*flag),
            _ => return None,
        };
        let item = Item { value, place: place.clone() };
        Some(Assignment { path: self.path.clone(), place: place.clone(), item })
    }

    /// What values of this parameter are, for messages.
    pub fn wants(&self) -> &'static str {
        match self.kind {
            Kind::Duration => "a number of seconds",
            Kind::Integer => "a whole number",
            Kind::Number => "a number",
            Kind::Text => "a word",
            Kind::Flag => "true or false",
        }
    }
}

impl Measured {
    /// Reads the table of an experiment whose tree is `root`.
    pub fn read(node: &Node, root: &Table) -> Checked<Self> {
        let keys = ["scenario", "defaults", "metrics", "primitives", "inputs", "case", "baseline"];
        let fields = node.table(&keys)?;
        let parameters = parameters(root);
        let reader = Reader { parameters: &parameters };
        let conditions = |node: Node| reader.conditions(&node, &[]);
        Ok(Self {
            scenario: fields.need("scenario")?.words()?.to_owned(),
            defaults: fields.maybe("defaults", conditions)?.unwrap_or_default(),
            metrics: metrics(&fields.need("metrics")?)?,
            primitives: fields.maybe("primitives", |node| words(&node))?.unwrap_or_default(),
            inputs: fields.tables("inputs")?.into_iter().map(conditions).collect::<Checked<_>>()?,
            cases: fields.tables("case")?.iter().map(|node| reader.case(node)).collect::<Checked<_>>()?,
            baseline: fields.maybe("baseline", |node| reader.baseline(&node))?,
            parameters,
        })
    }
}

fn parameters(root: &Table) -> Vec<Parameter> {
    let mut found = Vec::new();
    for table in ["params", "labels"] {
        if let Some(Value::Table(entries)) = root.get(table).map(|item| &item.value) {
            found.extend(entries.0.iter().filter_map(|entry| Parameter::of(entry, table)));
        }
    }
    found
}

fn metrics(node: &Node) -> Checked<Vec<Match>> {
    let read = |entry| {
        let node = Node::of(entry);
        let fields = node.table(&["metric", "factor", "quantile"])?;
        let metric = fields.need("metric")?;
        let share = |node: Node| node.number("a number from 0 to 1", |share| (0.0..=1.0).contains(&share));
        Ok(Match {
            name: entry.key.clone(),
            metric: metric.words()?.to_owned(),
            factor: fields.maybe("factor", |node| node.positive())?.unwrap_or(1.0),
            quantile: fields.maybe("quantile", share)?.unwrap_or(0.5),
            place: metric.place().clone(),
        })
    };
    let metrics: Vec<Match> = node.entries()?.iter().map(read).collect::<Checked<_>>()?;
    if metrics.is_empty() { Err(node.wants("at least one metric")) } else { Ok(metrics) }
}

fn words(node: &Node) -> Checked<Vec<String>> {
    node.list()?.map(|node| node.words().map(str::to_owned)).collect()
}

/// Reads what names parameters.
struct Reader<'p> {
    parameters: &'p [Parameter],
}

impl Reader<'_> {
    fn check(&self, name: &str, place: &Place, also: &[&str]) -> Checked<()> {
        let mut known = self.parameters.iter().map(|parameter| parameter.name.as_str()).chain(also.iter().copied());
        if known.any(|known| known == name) {
            return Ok(());
        }
        let error = Diagnostic::at(place, format!("no parameter is called `{name}`"), "unknown parameter");
        let names = self.parameters.iter().map(|parameter| parameter.name.as_str()).chain(also.iter().copied());
        Err(error.suggest(name, names))
    }

    fn conditions(&self, node: &Node, also: &[&str]) -> Checked<Conditions> {
        let read = |entry: &super::tree::Entry| {
            self.check(&entry.key, &entry.place, also)?;
            Ok((entry.key.clone(), Scalar::of(&Node::of(entry))?))
        };
        node.entries()?.iter().map(read).collect()
    }

    fn case(&self, node: &Node) -> Checked<Case> {
        let fields = node.table(&["when", "set"])?;
        let set = fields.need("set")?;
        let Value::Table(table) = &set.item.value else { return Err(set.wants("a table of paths and values")) };
        Ok(Case { when: self.conditions(&fields.need("when")?, &[])?, set: assignments(table) })
    }

    fn baseline(&self, node: &Node) -> Checked<Baseline> {
        let fields: Fields = node.table(&["with", "free", "work"])?;
        let names = |key: &str, also: &[&str]| -> Checked<Vec<String>> {
            let Some(node) = fields.get(key) else { return Ok(Vec::new()) };
            node.list()?.try_for_each(|node| self.check(node.words()?, node.place(), also))?;
            words(&node)
        };
        Ok(Baseline {
            with: self.conditions(&fields.need("with")?, &[])?,
            free: names("free", &["cores", "switch"])?,
            work: names("work", &[])?,
        })
    }
}
