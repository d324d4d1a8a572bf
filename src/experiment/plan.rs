//! From an experiment's text to a checked plan: every cell typed before anything runs.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use super::diagnostic::{Checked, Diagnostic};
use super::files::Files;
use super::measured::Measured;
use super::node::Fields;
use super::path::{self, Assignment, assignments};
use super::repetition::{Precision, Repetition};
use super::scenario;
use super::source::Source;
use super::sweep::{self, Axis, Column, ParamValue};
use super::tree::{self, Item, Table, Value};
use super::{figures, params, workload};
use crate::figure::FigureSpec;
use crate::simulation::Scenario;

/// The most runs that a plan may have.
pub const MOST_RUNS: u64 = 1_000_000;

/// The keys of an experiment.
const KEYS: [&str; 19] = [
    "title",
    "question",
    "source",
    "machine",
    "interpreter",
    "lock",
    "process",
    "thread",
    "objects",
    "pool",
    "signal",
    "params",
    "labels",
    "run",
    "sweep",
    "zip",
    "quick",
    "figure",
    "measured",
];

/// What the command line changes of an experiment.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// Values for paths, before those of `[quick]`.
    pub given: Vec<Assignment>,
    /// Whether the overrides of `[quick]` hold.
    pub quick: bool,
    /// `path=value`, after those of `[quick]`.
    pub set: Vec<String>,
}

/// An experiment, read and checked.
#[derive(Debug)]
pub struct Plan {
    /// The name of its results: the file's name without its ending.
    pub stem: String,
    /// Its text.
    pub text: Arc<Source>,
    /// What it shows.
    pub title: String,
    /// What it asks.
    pub question: String,
    /// Where it comes from.
    pub source: Option<String>,
    /// How often each cell is run, and from which seed.
    pub repetition: Repetition,
    /// Names of the columns of the swept parameters.
    pub columns: Vec<String>,
    /// The points of the sweep.
    pub cells: Vec<Cell>,
    /// Its figures.
    pub figures: Vec<FigureSpec>,
    /// The measurements that it claims to be equal to.
    pub measured: Option<Measured>,
    /// The configuration before the sweep, as JSON.
    pub configuration: serde_json::Value,
    /// The files that it names, with their texts.
    pub inputs: Vec<(String, Arc<Source>)>,
}

/// One point of a sweep.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// Its place in the plan.
    pub index: usize,
    /// The swept paths and their values.
    pub params: Vec<(String, ParamValue)>,
    /// What is run.
    pub scenario: Scenario,
}

impl Plan {
    /// How many runs there are; the most of them if a precision ends them.
    pub fn runs(&self) -> u64 {
        self.cells.len() as u64 * self.repetition.replications
    }
}

/// Reads and checks the experiment in a file.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn load(path: &Path, overrides: &Overrides) -> Checked<Plan> {
    read(path, &Source::load(path)?, overrides)
}

/// Reads and checks an experiment whose text would stand at `path`.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn read(path: &Path, text: &Arc<Source>, overrides: &Overrides) -> Checked<Plan> {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let files = Files::of(path);
    let mut raw = Raw::parse(text)?;
    raw.apply(overrides)?;

    let mut base = raw.table.clone();
    let mut used = BTreeSet::new();
    params::substitute(&mut base, &["run"], &mut used)?;
    let top = raw.fields(&base)?;
    let [title, question] = ["title", "question"].map(|key| top.need(key).and_then(|node| node.words()));
    let run = scenario::run_table(&top)?;
    let repetition = Repetition::read(run.as_ref())?;
    check_size(&raw, &repetition)?;

    let columns: Vec<&Column> = raw.axes.iter().flat_map(|axis| &axis.columns).collect();
    let cells = (0..sweep::size(&raw.axes)).map(|index| raw.cell(index as usize, &files, &mut used));
    let cells = cells.collect::<Checked<Vec<_>>>()?;
    Precision::check(run.as_ref(), &cells)?;
    params::check_used(&raw.table, &used)?;
    Ok(Plan {
        stem,
        text: Arc::clone(text),
        title: title?.to_owned(),
        question: question?.to_owned(),
        source: top.maybe("source", |node| node.words().map(str::to_owned))?,
        repetition,
        columns: columns.iter().map(|column| column.name()).collect(),
        cells,
        figures: figures::read(&top.tables("figure")?, &columns, &files)?,
        measured: top.maybe("measured", |node| Measured::read(&node, &raw.table))?,
        configuration: raw.configuration(),
        inputs: files.inputs(),
    })
}

/// The tree of an experiment apart from its axes.
struct Raw {
    text: Arc<Source>,
    table: Table,
    axes: Vec<Axis>,
    quick: Vec<Assignment>,
}

impl Raw {
    fn parse(text: &Arc<Source>) -> Checked<Self> {
        let mut table = tree::parse(text)?;
        Fields::new(&table, &text.place(0..0), &KEYS)?;
        let [sweep, zip, quick] = ["sweep", "zip", "quick"].map(|key| table.take(key).map(|entry| entry.item));
        let axes = sweep::axes(sweep.as_ref(), zip.as_ref())?;
        let quick = match quick {
            None => Vec::new(),
            Some(Item { value: Value::Table(table), .. }) => assignments(&table),
            Some(item) => return Err(super::node::Node { key: "quick", item: &item }.wants("a table")),
        };
        Ok(Self { text: Arc::clone(text), table, axes, quick })
    }

    /// Applies the overrides of the file and of the command line.
    fn apply(&mut self, overrides: &Overrides) -> Checked<()> {
        let quick = if overrides.quick { std::mem::take(&mut self.quick) } else { Vec::new() };
        let set = overrides.set.iter().map(|text| path::argument(text)).collect::<Checked<Vec<_>>>()?;
        overrides.given.iter().chain(&quick).chain(&set).try_for_each(|assignment| self.assign(assignment))
    }

    fn assign(&mut self, assignment: &Assignment) -> Checked<()> {
        if assignment.path.starts_with("sweep.") {
            return sweep::replace(&mut self.axes, assignment);
        }
        let mut columns = self.axes.iter().flat_map(|axis| &axis.columns);
        if columns.any(|column| column.path == assignment.path) {
            let message = format!("`{}` is swept: its value would be overwritten", assignment.path);
            let error = Diagnostic::at(&assignment.place, message, "has an axis");
            return Err(error.help(format!("set sweep.{} to a list of values", assignment.path)));
        }
        assignment.apply(&mut self.table)
    }

    fn fields<'t>(&'t self, table: &'t Table) -> Checked<Fields<'t>> {
        // The beginning of the file stands for the whole of it.
        let place = match table.0.first() {
            Some(entry) => &entry.place,
            None => return Err(Diagnostic::at(&self.text.place(0..0), "the experiment is empty", "nothing here")),
        };
        Fields::new(table, place, &KEYS)
    }

    /// The cell with that index, typed and checked.
    fn cell(&self, index: usize, files: &Files, used: &mut BTreeSet<String>) -> Checked<Cell> {
        let mut table = self.table.clone();
        let mut values = Vec::new();
        for (column, item) in sweep::point(&self.axes, index as u64) {
            let value = column.value(&item.value);
            values.push((column.path.clone(), value));
            column.assign(item).apply(&mut table)?;
        }
        params::substitute(&mut table, &scenario::KEYS, used)?;
        let top = self.fields(&table)?;
        if workload::is_empty(&top) {
            let error = Diagnostic::at(top.place(), "nothing runs", "the experiment has no thread and no pool");
            return Err(error.help("add a [[thread]] or a [[pool]]"));
        }
        let scenario = scenario::read(&top, files).map_err(|error| match values.as_slice() {
            [] => error,
            values => {
                let values: Vec<String> =
                    values.iter().map(|(path, value)| format!("{path} = {}", value.describe())).collect();
                error.help(format!("in the cell with {}", values.join(", ")))
            }
        })?;
        Ok(Cell { index, params: values, scenario })
    }

    fn configuration(&self) -> serde_json::Value {
        let mut json = self.table.to_json();
        let axes = self.axes.iter().map(|axis| {
            let columns = axis.columns.iter();
            let columns = columns.map(|column| {
                let values: serde_json::Value = column.items.iter().map(|item| item.value.to_json()).collect();
                (column.path.clone(), values)
            });
            serde_json::Value::Object(columns.collect())
        });
        json["axes"] = axes.collect();
        json
    }
}

fn check_size(raw: &Raw, repetition: &Repetition) -> Checked<()> {
    let cells = sweep::size(&raw.axes);
    let runs = cells.saturating_mul(repetition.replications);
    if runs <= MOST_RUNS {
        return Ok(());
    }
    let place = raw.axes.first().map_or_else(|| raw.text.place(0..0), |axis| axis.columns[0].place.clone());
    let message = format!(
        "the plan has {runs} runs ({cells} cells, {} replications); at most {MOST_RUNS} are allowed",
        repetition.replications
    );
    Err(Diagnostic::at(&place, message, "the sweep begins here").help("split it into several experiments"))
}
