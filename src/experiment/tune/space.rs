//! The settings among which a tuning chooses: `[tune.over]`, paths as in `[sweep]` with what each may be.
//!
//! A range (`logspace`, `linspace`, `range`) is a number to be found; a list is a choice. An alternative of a choice may
//! be a table with ranges in it, which exist only where it is chosen: a policy and its parameters.
//!
//! Each number and each choice is a *dimension*: a share from 0 to 1. [`Space::setting`] turns shares into values. Ends
//! belong to ranges, numbers have three digits, and a choice of k has k equal parts.

use super::super::diagnostic::{Checked, Diagnostic};
use super::super::node::Node;
use super::super::path::{self, Assignment, assignments};
use super::super::sweep::generator::{self, Span, Spread};
use super::super::sweep::{self, Axis, Column};
use super::super::tree::{Item, Table, Value};

/// The most dimensions of a space.
const MOST_DIMENSIONS: usize = 32;

/// The keys of a range inside an alternative.
const RANGES: [&str; 3] = ["range", "linspace", "logspace"];

/// All settings that are allowed, and the one that the file has.
#[derive(Debug, Clone)]
pub struct Space {
    factors: Vec<Factor>,
    dimensions: Vec<Dimension>,
}

/// A path and what it may be.
#[derive(Debug, Clone)]
struct Factor {
    assignment: Assignment,
    default: Item,
    kind: Kind,
}

#[derive(Debug, Clone)]
enum Kind {
    Range(Span),
    Choice(Vec<Alternative>),
}

/// One of the values of a choice, with the ranges inside it.
#[derive(Debug, Clone)]
struct Alternative {
    item: Item,
    ranges: Vec<(Vec<String>, Span)>,
}

/// What a share stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dimension {
    /// What it is called: its path, and the alternative that it belongs to.
    pub name: String,
    factor: usize,
    role: Role,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Range,
    Choice,
    /// The range with that index inside an alternative.
    Inside(usize, usize),
}

/// A combination of choices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// The dimensions that are choices, and the alternative of each.
    pub choices: Vec<(usize, usize)>,
    /// The dimensions that are numbers under it.
    pub numbers: Vec<usize>,
}

/// One value for each path of a space.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting(pub Vec<Item>);

impl Space {
    /// Reads the table of an experiment, which must say what each path is by default.
    pub(super) fn read(node: &Node, experiment: &Table) -> Checked<Self> {
        let Value::Table(table) = &node.item.value else { return Err(node.wants("a table of paths and ranges")) };
        let factors = assignments(table).into_iter().map(|assignment| Factor::read(assignment, experiment));
        let factors = factors.collect::<Checked<Vec<_>>>()?;
        if factors.is_empty() {
            let error = node.error("nothing is tuned", "at least one path and its range");
            return Err(error.help("for example \"lock.switch_interval\" = { logspace = [\"10us\", \"100ms\"] }"));
        }
        let dimensions: Vec<Dimension> = factors.iter().enumerate().flat_map(|(i, f)| f.dimensions(i)).collect();
        if dimensions.len() > MOST_DIMENSIONS {
            let message =
                format!("{} numbers and choices are tuned; at most {MOST_DIMENSIONS} can be", dimensions.len());
            return Err(node.error(message, "too many"));
        }
        Ok(Self { factors, dimensions })
    }

    /// The dimensions, in the order of the file.
    pub fn dimensions(&self) -> &[Dimension] {
        &self.dimensions
    }

    /// The setting of the file.
    pub fn default(&self) -> Setting {
        Setting(self.factors.iter().map(|factor| factor.default.clone()).collect())
    }

    /// The setting at a point: a share for each dimension.
    pub fn setting(&self, point: &[f64]) -> Setting {
        let value = |(index, factor): (usize, &Factor)| {
            let shares = self.dimensions.iter().zip(point).filter(|(dimension, _)| dimension.factor == index);
            let shares: Vec<(Role, f64)> = shares.map(|(dimension, share)| (dimension.role, *share)).collect();
            factor.value(&shares)
        };
        Setting(self.factors.iter().enumerate().map(value).collect())
    }

    /// The alternatives of each dimension that is a choice, where that is not a range.
    pub fn alternatives(&self, dimension: usize) -> Option<usize> {
        let Dimension { factor, role, .. } = &self.dimensions[dimension];
        match (&self.factors[*factor].kind, role) {
            (Kind::Choice(alternatives), Role::Choice) => Some(alternatives.len()),
            _ => None,
        }
    }

    /// Whether equal ratios are equal ways along a dimension.
    pub fn is_logarithmic(&self, dimension: usize) -> bool {
        self.span(dimension).is_some_and(Span::is_logarithmic)
    }

    /// How many values a dimension that is a number has, if they can be counted.
    pub fn values(&self, dimension: usize) -> Option<u64> {
        self.span(dimension)?.count()
    }

    fn span(&self, dimension: usize) -> Option<&Span> {
        let Dimension { factor, role, .. } = &self.dimensions[dimension];
        match (&self.factors[*factor].kind, role) {
            (Kind::Range(span), Role::Range) => Some(span),
            (Kind::Choice(alternatives), Role::Inside(alternative, range)) => {
                Some(&alternatives[*alternative].ranges[*range].1)
            }
            _ => None,
        }
    }

    /// How many settings there are, if they can be counted; saturates.
    pub fn count(&self) -> Option<u64> {
        self.factors.iter().try_fold(1, |product: u64, factor| Some(product.saturating_mul(factor.count()?)))
    }

    /// All settings of a space that can be counted, the last path advancing fastest.
    pub fn all(&self) -> Vec<Setting> {
        let mut settings = vec![Vec::new()];
        for factor in &self.factors {
            let values = factor.all();
            let with = |setting: &Vec<Item>| {
                let setting = setting.clone();
                let longer = |value: &Item| setting.iter().cloned().chain([value.clone()]).collect::<Vec<_>>();
                values.iter().map(longer).collect::<Vec<_>>()
            };
            settings = settings.iter().flat_map(with).collect();
        }
        settings.into_iter().map(Setting).collect()
    }

    /// Each combination of choices.
    pub fn branches(&self) -> Vec<Branch> {
        let mut choices: Vec<Vec<(usize, usize)>> = vec![Vec::new()];
        for dimension in 0..self.dimensions.len() {
            let Some(count) = self.alternatives(dimension) else { continue };
            let with = |chosen: Vec<(usize, usize)>| {
                (0..count).map(move |alternative| [chosen.as_slice(), &[(dimension, alternative)]].concat())
            };
            choices = choices.into_iter().flat_map(with).collect();
        }
        let numbers = |chosen: &[(usize, usize)]| -> Vec<usize> {
            let is_there = |dimension: &Dimension| match dimension.role {
                Role::Range => true,
                Role::Choice => false,
                Role::Inside(alternative, _) => chosen
                    .iter()
                    .any(|&(choice, taken)| self.dimensions[choice].factor == dimension.factor && taken == alternative),
            };
            (0..self.dimensions.len()).filter(|&index| is_there(&self.dimensions[index])).collect()
        };
        choices.into_iter().map(|chosen| Branch { numbers: numbers(&chosen), choices: chosen }).collect()
    }

    /// The default, and settings with each end of each range and each alternative, the rest being the default: what is
    /// wrong with a value is found in one of them.
    pub(super) fn extremes(&self) -> Vec<Setting> {
        let default = self.default();
        let mut settings = vec![default.clone()];
        for (index, factor) in self.factors.iter().enumerate() {
            settings.extend(factor.extremes().into_iter().map(|item| {
                let mut setting = default.clone();
                setting.0[index] = item;
                setting
            }));
        }
        settings
    }

    /// The names of the paths in results; durations have their unit.
    pub fn columns(&self) -> Vec<String> {
        self.axis(&self.extremes()).columns.iter().map(Column::name).collect()
    }

    /// The axis whose values are settings.
    pub fn axis(&self, settings: &[Setting]) -> Axis {
        let column = |(index, factor): (usize, &Factor)| {
            let items = settings.iter().map(|setting| setting.0[index].clone()).collect();
            Column::of(&factor.assignment, items)
        };
        Axis { name: "setting".into(), columns: self.factors.iter().enumerate().map(column).collect() }
    }

    /// The settings in which one dimension is at either end, or has each alternative, and the rest is as in `setting`. None for a
    /// range inside an alternative that `setting` has not chosen.
    pub fn swings(&self, setting: &Setting, dimension: usize) -> Vec<Setting> {
        let Dimension { factor, role, .. } = &self.dimensions[dimension];
        let values: Vec<Item> = match (&self.factors[*factor].kind, role) {
            (Kind::Range(span), _) => vec![span.near(0.0), span.near(1.0)],
            (Kind::Choice(alternatives), Role::Choice | Role::Range) => {
                let middle = |alternative: &Alternative| {
                    alternative.with(&alternative.ranges.iter().map(|(_, span)| span.near(0.5)).collect::<Vec<_>>())
                };
                alternatives.iter().map(middle).collect()
            }
            (Kind::Choice(alternatives), Role::Inside(alternative, range)) => {
                let Alternative { ranges, .. } = &alternatives[*alternative];
                let (keys, span) = &ranges[*range];
                let end = |share: f64| {
                    let mut item = setting.0[*factor].clone();
                    put(&mut item, keys, &span.near(share).value);
                    item
                };
                // What has the same shape but for the values of the ranges is the same alternative.
                let values: Vec<Item> = ranges.iter().map(|(_, span)| span.near(0.5)).collect();
                let mut own = setting.0[*factor].clone();
                ranges.iter().zip(&values).for_each(|((keys, _), value)| put(&mut own, keys, &value.value));
                let chosen = own.value.to_json() == alternatives[*alternative].with(&values).value.to_json();
                if chosen { vec![end(0.0), end(1.0)] } else { Vec::new() }
            }
        };
        let with = |value: Item| {
            let mut setting = setting.clone();
            setting.0[*factor] = value;
            setting
        };
        values.into_iter().map(with).collect()
    }

    /// The values of a setting, for people: `lock.switch_interval = 5ms`.
    pub fn describe(&self, setting: &Setting) -> String {
        let axis = self.axis(std::slice::from_ref(setting));
        let values = axis.columns.iter().map(|c| format!("{} = {}", c.path, c.value(&c.items[0].value).describe()));
        values.collect::<Vec<_>>().join(", ")
    }
}

impl Factor {
    fn read(assignment: Assignment, experiment: &Table) -> Checked<Self> {
        sweep::check_sweepable(&assignment)?;
        let path = &assignment.path;
        let Some(default) = path::find(experiment, path).cloned() else {
            let message = format!("the file does not say what `{path}` is by default");
            let error = Diagnostic::at(&assignment.place, message, "what would the answer be compared with?");
            return Err(error.help("write its value where an experiment without [tune] has it"));
        };
        if let Value::Text(text) = &default.value
            && let Some(name) = text.strip_prefix('$')
        {
            let error =
                Diagnostic::at(&assignment.place, format!("`{path}` is a parameter"), "stands for another value");
            return Err(error.help(format!("tune params.{name}")));
        }
        let node = Node { key: path, item: &assignment.item };
        let kind = match generator::spread(&node)? {
            Spread::Span(span) => Kind::Range(span),
            Spread::List(items) => Kind::Choice(items.into_iter().map(Alternative::read).collect::<Checked<_>>()?),
        };
        Ok(Self { assignment, default, kind })
    }

    fn dimensions(&self, factor: usize) -> Vec<Dimension> {
        let name = &self.assignment.path;
        let alternatives = match &self.kind {
            Kind::Range(_) => return vec![Dimension { name: name.clone(), factor, role: Role::Range }],
            Kind::Choice(alternatives) => alternatives,
        };
        let choice = (alternatives.len() > 1).then(|| Dimension { name: name.clone(), factor, role: Role::Choice });
        let inside = alternatives.iter().enumerate().flat_map(|(index, alternative)| {
            alternative.ranges.iter().enumerate().map(move |(range, (keys, _))| {
                let which = alternative.name().map(|which| format!(" ({which})")).unwrap_or_default();
                let name = format!("{name}.{}{which}", keys.join("."));
                Dimension { name, factor, role: Role::Inside(index, range) }
            })
        });
        choice.into_iter().chain(inside).collect()
    }

    fn value(&self, shares: &[(Role, f64)]) -> Item {
        let share = |role: Role| shares.iter().find(|(other, _)| *other == role).map_or(0.0, |(_, share)| *share);
        match &self.kind {
            Kind::Range(span) => span.near(share(Role::Range)),
            Kind::Choice(alternatives) => {
                let chosen = chosen(share(Role::Choice), alternatives.len());
                let alternative = &alternatives[chosen];
                let shares = (0..alternative.ranges.len()).map(|range| share(Role::Inside(chosen, range)));
                let values = shares.zip(&alternative.ranges).map(|(share, (_, span))| span.near(share));
                alternative.with(&values.collect::<Vec<_>>())
            }
        }
    }

    fn count(&self) -> Option<u64> {
        match &self.kind {
            Kind::Range(span) => span.count(),
            Kind::Choice(alternatives) => {
                let counts = alternatives.iter().map(|alternative| {
                    let ranges = alternative.ranges.iter();
                    ranges.map(|(_, span)| span.count()).try_fold(1, |product: u64, n| Some(product.saturating_mul(n?)))
                });
                counts.sum()
            }
        }
    }

    fn all(&self) -> Vec<Item> {
        let values = |span: &Span| (0..span.count().unwrap_or(0)).map(|index| span.nth(index)).collect::<Vec<_>>();
        match &self.kind {
            Kind::Range(span) => values(span),
            Kind::Choice(alternatives) => alternatives
                .iter()
                .flat_map(|alternative| {
                    let mut inside: Vec<Vec<Item>> = vec![Vec::new()];
                    for (_, span) in &alternative.ranges {
                        let values = values(span);
                        let with = |chosen: &Vec<Item>| {
                            let longer = |value: &Item| [chosen.as_slice(), std::slice::from_ref(value)].concat();
                            values.iter().map(longer).collect::<Vec<_>>()
                        };
                        inside = inside.iter().flat_map(with).collect();
                    }
                    inside.iter().map(|values| alternative.with(values)).collect::<Vec<_>>()
                })
                .collect(),
        }
    }

    fn extremes(&self) -> Vec<Item> {
        match &self.kind {
            Kind::Range(span) => vec![span.near(0.0), span.near(1.0)],
            Kind::Choice(alternatives) => alternatives
                .iter()
                .flat_map(|alternative| {
                    let end = |share: f64| {
                        let values = alternative.ranges.iter().map(|(_, span)| span.near(share));
                        alternative.with(&values.collect::<Vec<_>>())
                    };
                    if alternative.ranges.is_empty() { vec![end(0.0)] } else { vec![end(0.0), end(1.0)] }
                })
                .collect(),
        }
    }
}

/// Which of so many alternatives a share chooses.
pub fn chosen(share: f64, alternatives: usize) -> usize {
    ((share * alternatives as f64) as usize).min(alternatives - 1)
}

impl Alternative {
    fn read(item: Item) -> Checked<Self> {
        let mut ranges = Vec::new();
        if let Value::Table(table) = &item.value {
            gather(table, &mut Vec::new(), &mut ranges)?;
        }
        Ok(Self { item, ranges })
    }

    /// What its ranges are called by: its first word, such as the name of a policy.
    fn name(&self) -> Option<&str> {
        let Value::Table(table) = &self.item.value else { return None };
        table.0.iter().find_map(|entry| match &entry.item.value {
            Value::Text(text) => Some(text.as_str()),
            _ => None,
        })
    }

    /// The alternative with values in the places of its ranges.
    fn with(&self, values: &[Item]) -> Item {
        let mut item = self.item.clone();
        for ((keys, _), value) in self.ranges.iter().zip(values) {
            put(&mut item, keys, &value.value);
        }
        item
    }
}

/// Puts a value to where keys lead.
fn put(item: &mut Item, keys: &[String], value: &Value) {
    match (keys.split_first(), &mut item.value) {
        (None, place) => *place = value.clone(),
        (Some((key, rest)), Value::Table(table)) => {
            if let Some(inner) = table.get_mut(key) {
                put(inner, rest, value);
            }
        }
        _ => {}
    }
}

/// The ranges below a table.
fn gather(table: &Table, keys: &mut Vec<String>, ranges: &mut Vec<(Vec<String>, Span)>) -> Checked<()> {
    for entry in &table.0 {
        let Value::Table(inner) = &entry.item.value else { continue };
        keys.push(entry.key.clone());
        if inner.keys().any(|key| RANGES.contains(&key)) {
            if let Spread::Span(span) = generator::spread(&Node::of(entry))? {
                ranges.push((keys.clone(), span));
            }
        } else {
            gather(inner, keys, ranges)?;
        }
        keys.pop();
    }
    Ok(())
}
