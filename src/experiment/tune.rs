//! `[tune]`: what a tuning varies, what it wants, what it must keep to and what it may cost.
//!
//! ```toml
//! [tune]
//! maximise    = "request.rate_per_s"                 # or minimise; or objectives, several of them
//! constraints = ["request.latency_p99_us <= 10000"]
//! budget      = { runs = 500, precision = "1%" }
//!
//! [tune.over]
//! "lock.switch_interval" = { logspace = ["10us", "100ms"] }
//! ```
//!
//! Objectives and both sides of constraints are expressions as in `[metrics]`. They are computed for each run, and
//! means are taken over replications.

mod comparison;
pub mod space;

use self::comparison::sides;
use self::space::{Setting, Space};
use super::derived::Metrics;
use super::diagnostic::Checked;
use super::expression::{Expression, Kind, Names};
use super::node::{Fields, Node};
use super::plan::Cell;
use super::repetition::share;
use super::tree::Table;
use super::{duration, source::Place};
use crate::kernel::Nanos;

/// The keys of the table.
const KEYS: [&str; 10] = [
    "over",
    "maximise",
    "minimise",
    "objectives",
    "constraints",
    "budget",
    "confidence",
    "replications",
    "selection",
    "sensitivity",
];

/// What is tuned, and how.
#[derive(Debug)]
pub struct Tune {
    /// Where the table is written.
    pub place: Place,
    /// The settings that are allowed.
    pub space: Space,
    /// What is wanted: at least one.
    pub objectives: Vec<Objective>,
    /// What must hold.
    pub constraints: Vec<Constraint>,
    /// What it may cost.
    pub budget: Budget,
    /// With which probability the answer is right.
    pub confidence: f64,
    /// Replications of each setting during the search.
    pub replications: u64,
    /// How settings are compared.
    pub selection: Selection,
    /// How much is spent on telling what matters.
    pub sensitivity: Option<Effort>,
    metrics: Metrics,
}

/// Whether more or less is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sense {
    /// More is better.
    Maximise,
    /// Less is better.
    Minimise,
}

/// Something that is wanted.
#[derive(Debug)]
pub struct Objective {
    /// The expression as it is written.
    pub text: String,
    /// Which way.
    pub sense: Sense,
    /// Its weight against the others.
    pub weight: Option<f64>,
    expression: Expression,
}

/// A comparison that must hold for the means.
#[derive(Debug)]
pub struct Constraint {
    /// The comparison as it is written.
    pub text: String,
    low: Expression,
    high: Expression,
}

/// What a tuning may cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Budget {
    /// At most so many runs, those for the sensitivity not counted.
    pub runs: u64,
    /// No new runs after so much time, in nanoseconds.
    pub time: Option<Nanos>,
    /// Settings that are worse by no more than this share are as good.
    pub precision: f64,
}

/// How settings are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selection {
    /// The procedure of Kim and Nelson: as many runs as the guarantee needs.
    Kn,
    /// Optimal computing budget allocation: the most from a number of runs.
    Ocba,
}

/// How many settings are tried to tell what matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effort {
    /// Trajectories of Morris' method.
    pub trajectories: u32,
    /// Base samples of Sobol indices.
    pub samples: u32,
}

/// The settings of a plan, and which of their replications are run.
#[derive(Debug, Clone)]
pub struct Points {
    /// The space that they are in.
    pub space: Space,
    /// The settings, a cell each.
    pub settings: Vec<Setting>,
    /// The numbers of the replications.
    pub replications: std::ops::Range<u64>,
}

/// What a run is worth: the values of its objectives, and how far it keeps each constraint (negative: not).
#[derive(Debug, Clone, PartialEq)]
pub struct Worth {
    /// The objectives, in their units.
    pub objectives: Vec<f64>,
    /// The larger side of each constraint less the smaller one.
    pub margins: Vec<f64>,
    /// The larger of the two sides' sizes, to judge the margin by.
    pub scales: Vec<f64>,
}

impl Sense {
    /// The value, or its negative where less is better.
    pub fn gain(self, value: f64) -> f64 {
        match self {
            Self::Maximise => value,
            Self::Minimise => -value,
        }
    }
}

/// Reads the space of the table, whose settings must be typed before the rest can be read.
pub(super) fn space(node: &Node, experiment: &Table) -> Checked<(Space, Vec<Setting>)> {
    let fields = node.table(&KEYS)?;
    let space = Space::read(&fields.need("over")?, experiment)?;
    let extremes = space.extremes();
    Ok((space, extremes))
}

impl Tune {
    /// Reads the table, whose expressions may use `names`, those of the metrics included.
    pub(super) fn read(node: &Node, space: Space, names: &Names, metrics: Metrics) -> Checked<Self> {
        let fields = node.table(&KEYS)?;
        let constraints = fields.maybe("constraints", |node| {
            node.list()?.map(|node| Constraint::read(&node, names)).collect::<Checked<Vec<_>>>()
        })?;
        Ok(Self {
            place: fields.place().clone(),
            space,
            objectives: objectives(&fields, names)?,
            constraints: constraints.unwrap_or_default(),
            budget: fields.maybe("budget", |node| Budget::read(&node))?.unwrap_or_default(),
            confidence: fields.maybe("confidence", |node| confidence(&node))?.unwrap_or(0.95),
            replications: fields.maybe("replications", |node| node.integer(3..=100_000_i64))?.map_or(10, |n| n as u64),
            selection: fields.maybe("selection", |node| node.choice(&SELECTIONS))?.unwrap_or(Selection::Kn),
            sensitivity: fields.get("sensitivity").map_or(Ok(Some(Effort::default())), |node| Effort::read(&node))?,
            metrics,
        })
    }

    /// The names that its expressions use.
    pub(super) fn used(&self) -> impl Iterator<Item = &String> {
        let objectives = self.objectives.iter().map(|objective| &objective.expression);
        let sides = self.constraints.iter().flat_map(|constraint| [&constraint.low, &constraint.high]);
        objectives.chain(sides).flat_map(|expression| &expression.names).chain(self.metrics.used())
    }

    /// What a run of a cell is worth, whose metrics have such names.
    pub fn worth(&self, cell: &Cell, names: &[String], values: &[f64]) -> Worth {
        let value = |expression: &Expression| self.metrics.value(expression, cell, names, values);
        let sides = self.constraints.iter().map(|constraint| (value(&constraint.low), value(&constraint.high)));
        let sides: Vec<(f64, f64)> = sides.collect();
        Worth {
            objectives: self.objectives.iter().map(|objective| value(&objective.expression)).collect(),
            margins: sides.iter().map(|(low, high)| high - low).collect(),
            scales: sides.iter().map(|(low, high)| low.abs().max(high.abs())).collect(),
        }
    }

    /// Whether several objectives stand beside each other, so that the answer is a front.
    pub fn is_pareto(&self) -> bool {
        self.objectives.len() > 1 && self.objectives.iter().all(|objective| objective.weight.is_none())
    }
}

const SELECTIONS: [(&str, Selection); 2] = [("kn", Selection::Kn), ("ocba", Selection::Ocba)];

const SENSES: [(&str, Sense); 2] = [("maximise", Sense::Maximise), ("minimise", Sense::Minimise)];

fn objectives(fields: &Fields, names: &Names) -> Checked<Vec<Objective>> {
    let single = SENSES.iter().filter_map(|(key, sense)| Some((fields.get(key)?, *sense)));
    let mut given: Vec<(Node, Option<Sense>)> = single.map(|(node, sense)| (node, Some(sense))).collect();
    given.extend(fields.get("objectives").map(|node| (node, None)));
    let [(node, sense)] = given.as_slice() else {
        let help = "write maximise = \"…\", minimise = \"…\", or objectives = [{ maximise = \"…\" }, …]";
        return Err(match given.get(1) {
            None => fields.missing("maximise").help(help),
            Some((second, _)) => {
                let message = format!("there is a `{}` already", given[0].0.key);
                second.error(message, "one of them").also(given[0].0.place(), "the first").help(help)
            }
        });
    };
    let objective = |node: &Node, sense: Sense, weight: Option<f64>| -> Checked<Objective> {
        let expression = Expression::read(node, names, Kind::Number)?;
        Ok(Objective { text: node.text()?.trim().to_owned(), sense, weight, expression })
    };
    if let Some(sense) = sense {
        return Ok(vec![objective(node, *sense, None)?]);
    }
    let read = |node: Node| {
        let fields = node.table(&["maximise", "minimise", "weight"])?;
        let weight = fields.maybe("weight", |node| node.positive())?;
        match SENSES.map(|(key, sense)| fields.get(key).map(|node| (node, sense))) {
            [Some((node, sense)), None] | [None, Some((node, sense))] => objective(&node, sense, weight),
            [Some(_), Some((second, _))] => Err(second.error("an objective goes one way", "and there is `maximise`")),
            [None, None] => Err(fields.missing("maximise").help("or `minimise`")),
        }
    };
    let objectives = node.list()?.map(read).collect::<Checked<Vec<_>>>()?;
    if objectives.is_empty() {
        return Err(node.wants("at least one objective"));
    }
    let weights = objectives.iter().filter(|objective| objective.weight.is_some()).count();
    if weights != 0 && weights != objectives.len() {
        let error = node.error("some objectives have a weight and some have none", "all or none");
        return Err(error.help("with weights there is one best setting; without, a front"));
    }
    Ok(objectives)
}

impl Constraint {
    fn read(node: &Node, names: &Names) -> Checked<Self> {
        Expression::read(node, names, Kind::Flag)?;
        let text = node.text()?;
        let Some((low, high)) = sides(text) else {
            let error = node.error("a constraint is one comparison", "of two numbers, with <, <=, > or >=");
            return Err(error.help("for example \"request.latency_p99_us <= 10000\"; a list may have several"));
        };
        let side = |text: &str| {
            let value = super::tree::Value::Text(text.into());
            let item = super::tree::Item { value, place: node.place().clone() };
            Expression::read(&Node { key: node.key, item: &item }, names, Kind::Number)
        };
        Ok(Self { text: text.trim().to_owned(), low: side(low)?, high: side(high)? })
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self { runs: 2_000, time: None, precision: 0.01 }
    }
}

impl Budget {
    fn read(node: &Node) -> Checked<Self> {
        let fields = node.table(&["runs", "time", "precision"])?;
        let silent = Self::default();
        Ok(Self {
            runs: fields
                .maybe("runs", |node| node.integer(10..=1_000_000_i64))?
                .map_or(silent.runs, |runs| runs as u64),
            time: fields.maybe("time", |node| duration::read_positive(&node))?,
            precision: fields.maybe("precision", |node| share(&node))?.unwrap_or(silent.precision),
        })
    }
}

fn confidence(node: &Node) -> Checked<f64> {
    node.number("a number from 0.5 to less than 1", |value| (0.5..1.0).contains(&value))
}

impl Default for Effort {
    fn default() -> Self {
        Self { trajectories: 10, samples: 64 }
    }
}

impl Effort {
    fn read(node: &Node) -> Checked<Option<Self>> {
        if let super::tree::Value::Flag(on) = node.item.value {
            return Ok(on.then(Self::default));
        }
        let fields = node.table(&["trajectories", "samples"])?;
        let silent = Self::default();
        Ok(Some(Self {
            trajectories: fields.maybe("trajectories", |node| node.integer(4..=1_000))?.unwrap_or(silent.trajectories),
            samples: fields.maybe("samples", |node| node.integer(8..=8_192))?.unwrap_or(silent.samples),
        }))
    }
}
