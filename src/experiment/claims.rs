//! Published claims, and whether the results of the shipped experiments bear them out.
//!
//! A file lists `[[claim]]`s: each names an experiment, a metric, and cells of it with the published value and the range in
//! which a simulated one counts as the same; `over` divides by another cell. A claim without values has a reason why there
//! are none. Simulated values are read from `data/NAME.csv` alone, in the units of the claim.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use super::diagnostic::{Checked, Diagnostic};
use super::node::{Fields, Node};
use super::output::DataDirectory;
use super::source::{Place, Source};
use super::tree::{self, Value};
use crate::figure::Table;
use crate::figure::table::values;

const CLAIM: [&str; 10] = ["name", "what", "source", "experiment", "metric", "factor", "at", "over", "values", "note"];

/// What somebody published, and what the simulation says.
#[derive(Debug, Clone)]
pub struct Claim {
    /// Its short name.
    pub name: String,
    /// What was measured.
    pub what: String,
    /// Who published it.
    pub source: String,
    /// Why a value is missed, or why there is none.
    pub note: Option<String>,
    /// The values, in the order of the file.
    pub values: Vec<Compared>,
}

/// A published value beside the simulated one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Compared {
    /// The published value.
    pub published: f64,
    /// From where to where a simulated value counts as the same, both ends included.
    pub within: [f64; 2],
    /// The simulated value; none if the metric has none there.
    pub simulated: Option<f64>,
}

impl Compared {
    /// Whether the simulated value is within the range.
    pub fn agrees(&self) -> bool {
        self.simulated.is_some_and(|value| (self.within[0]..=self.within[1]).contains(&value))
    }
}

/// Reads the claims of a file, and what the results in a directory have for them.
///
/// # Errors
/// The first thing that is wrong with the file; results that are missing; a cell that is none or several.
pub fn load(path: &Path, data: &DataDirectory) -> Checked<Vec<Claim>> {
    let text = Source::load(path)?;
    let table = tree::parse(&text)?;
    let place = text.place(0..0);
    let nodes = Fields::new(&table, &place, &["claim"])?.tables("claim")?;
    let mut results = Results { data, tables: BTreeMap::new() };
    nodes.iter().map(|node| claim(node, &mut results)).collect()
}

fn claim(node: &Node, results: &mut Results) -> Checked<Claim> {
    let fields = node.table(&CLAIM)?;
    let words = |key| fields.need(key).and_then(|node| node.words().map(str::to_owned));
    let claim = Claim {
        name: words("name")?,
        what: words("what")?,
        source: words("source")?,
        note: fields.maybe("note", |node| node.words().map(str::to_owned))?,
        values: fields.maybe("values", |node| compared(&fields, &node, results))?.unwrap_or_default(),
    };
    if claim.values.is_empty() && claim.note.is_none() {
        let error = Diagnostic::at(node.place(), "a claim without values", "compared with nothing");
        return Err(error.help("give `values`, or say in `note` why there are none"));
    }
    Ok(claim)
}

fn compared(fields: &Fields, list: &Node, results: &mut Results) -> Checked<Vec<Compared>> {
    let experiment = fields.need("experiment")?;
    let summary = results.summary(&experiment)?;
    let metric = fields.need("metric")?;
    let factor = fields.maybe("factor", |node| node.positive())?.unwrap_or(1.0);
    let common = fields.maybe("at", |node| cell(&node))?.unwrap_or_default();
    let over = fields.maybe("over", |node| cell(&node))?;
    let value = |node: Node| {
        let fields = node.table(&["published", "within", "at"])?;
        let own = fields.maybe("at", |node| cell(&node))?.unwrap_or_default();
        let at = common.with(&own);
        let simulated = summary.value(&metric, &at, node.place())?;
        let divisor = over.as_ref().map(|over| summary.value(&metric, &at.with(over), node.place())).transpose()?;
        let number = |node: Node| node.number("a number", |_| true);
        let within: Vec<f64> = fields.need("within")?.list()?.map(number).collect::<Checked<_>>()?;
        let [low, high] = within[..] else { return Err(fields.need("within")?.wants("two numbers")) };
        let simulated = simulated.zip(divisor.unwrap_or(Some(1.0))).map(|(value, divisor)| value / divisor * factor);
        Ok(Compared { published: number(fields.need("published")?)?, within: [low, high], simulated })
    };
    list.list()?.map(value).collect()
}

/// Columns of the results and what they have in a cell.
#[derive(Debug, Clone, Default)]
struct Cell(Vec<(String, String)>);

fn cell(node: &Node) -> Checked<Cell> {
    let text = |value: &Value| match value {
        Value::Text(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let entries = node.entries()?.iter().map(|entry| {
        let value = text(&entry.item.value).ok_or_else(|| Node::of(entry).wants("a word or a number"))?;
        Ok((entry.key.clone(), value))
    });
    Ok(Cell(entries.collect::<Checked<_>>()?))
}

impl Cell {
    /// This cell with some columns changed.
    fn with(&self, changes: &Self) -> Self {
        let changed = |column: &String| changes.0.iter().any(|(other, _)| other == column);
        let kept = self.0.iter().filter(|(column, _)| !changed(column));
        Self(kept.chain(&changes.0).cloned().collect())
    }
}

/// The summaries of the experiments that claims name, each read once.
struct Results<'d> {
    data: &'d DataDirectory,
    tables: BTreeMap<String, Table>,
}

impl Results<'_> {
    fn summary<'s>(&'s mut self, node: &Node<'s>) -> Checked<Summary<'s>> {
        let experiment = node.words()?;
        if !self.tables.contains_key(experiment) {
            let table = Table::read(&self.data.summary(experiment)).map_err(|error| {
                let error = node.error(format!("no results of `{experiment}`: {error}"), "of this experiment");
                error.help(format!("run it first: gilsim run experiments/{experiment}.toml"))
            })?;
            self.tables.insert(experiment.to_owned(), table);
        }
        Ok(Summary { experiment, table: &self.tables[experiment] })
    }
}

/// The summary of an experiment.
struct Summary<'s> {
    experiment: &'s str,
    table: &'s Table,
}

impl Summary<'_> {
    /// The value of a metric in the one cell that has all that is asked for.
    fn value(&self, metric: &Node, at: &Cell, place: &Place) -> Checked<Option<f64>> {
        let fail = |message: String| Diagnostic::at(place, message, "of this value");
        let column = |name: &str| self.table.require(name, "the results").map_err(|error| fail(error.to_string()));
        let [names, values_of] = [column("metric")?, column("value")?];
        let wanted: Vec<(usize, &str)> =
            at.0.iter().map(|(name, value)| Ok((column(name)?, value.as_str()))).collect::<Checked<_>>()?;
        let name = metric.words()?;
        let chosen = |row: &&Vec<String>| {
            row[names] == name && wanted.iter().all(|(column, value)| values::same(&row[*column], value))
        };
        match self.table.rows.iter().filter(chosen).collect::<Vec<_>>()[..] {
            [row] => Ok(row[values_of].parse().ok()),
            [] => Err(fail(format!("`{}` has no cell with {at} and the metric `{name}`", self.experiment))),
            [..] => Err(fail(format!("`{}` has several cells with {at}", self.experiment))),
        }
    }
}

impl std::fmt::Display for Cell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts: Vec<String> = self.0.iter().map(|(column, value)| format!("{column} = {value}")).collect();
        f.write_str(&parts.join(", "))
    }
}

/// Writes claims as a table in Markdown.
///
/// # Errors
/// Those of the writer.
pub fn write_markdown(claims: &[Claim], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "| | claim | published | simulated | verdict | |")?;
    writeln!(out, "|---|---|---|---|---|---|")?;
    for claim in claims {
        let joined = |of: &dyn Fn(&Compared) -> String| claim.values.iter().map(of).collect::<Vec<_>>().join(", ");
        let published = joined(&|value| significant(value.published));
        let simulated = joined(&|value| value.simulated.map_or_else(|| "none".into(), significant));
        let Claim { name, what, source, .. } = claim;
        let note = claim.note.as_deref().unwrap_or_default();
        writeln!(out, "| {name} | {what} ({source}) | {published} | {simulated} | {} | {note} |", verdict(claim))?;
    }
    let (values, agreeing) = count(claims);
    writeln!(out, "\n{agreeing} of {values} values agree.")
}

/// How many values there are, and how many agree.
fn count(claims: &[Claim]) -> (usize, usize) {
    let values = || claims.iter().flat_map(|claim| &claim.values);
    (values().count(), values().filter(|value| value.agrees()).count())
}

fn verdict(claim: &Claim) -> String {
    match count(std::slice::from_ref(claim)) {
        (0, _) => "not compared".into(),
        (values, agreeing) if agreeing == values => "agrees".into(),
        (_, 0) => "differs".into(),
        (values, agreeing) => format!("{agreeing} of {values} agree"),
    }
}

/// A value with three significant digits.
pub fn significant(value: f64) -> String {
    if value == 0.0 {
        return "0".into();
    }
    let digits = 2 - value.abs().log10().floor() as i32;
    format!("{value:.0$}", digits.max(0) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(published: f64, within: [f64; 2], simulated: Option<f64>) -> Compared {
        Compared { published, within, simulated }
    }

    #[test]
    fn values_have_three_significant_digits() {
        assert_eq!([0.0, 0.012_345, 1.0, 12.345, 30_147.7].map(significant), ["0", "0.0123", "1.00", "12.3", "30148"]);
    }

    #[test]
    fn a_value_agrees_within_its_range() {
        let found = [Some(1.5), Some(2.3), None].map(|simulated| value(1.8, [1.5, 2.2], simulated).agrees());
        assert_eq!(found, [true, false, false]);
    }

    #[test]
    fn a_cell_is_changed_column_by_column() {
        let cell = |pairs: &[(&str, &str)]| Cell(pairs.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect());
        let changed = cell(&[("cores", "2"), ("threads", "4")]).with(&cell(&[("threads", "1")]));
        assert_eq!(changed.to_string(), "cores = 2, threads = 1");
    }
}
