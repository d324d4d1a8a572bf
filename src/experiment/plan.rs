//! From an experiment's text to a checked plan: every cell typed before anything runs.

use std::collections::{BTreeSet, HashSet};
use std::path::Path;
use std::sync::Arc;

use super::baseline::Baseline;
use super::columns;
use super::derived::Metrics;
use super::diagnostic::{Checked, Diagnostic};
use super::expression::Names;
use super::files::Files;
use super::measured::Measured;
use super::node::{Fields, Node};
use super::path::{self, Assignment, assignments};
use super::repetition::{Precision, Repetition};
use super::selection::{self, MOST_POINTS, Selected};
use super::source::{LONGEST_EXPERIMENT, Source};
use super::sweep::{self, Axis, Column, Design, ParamValue};
use super::tree::{Item, Table, Value};
use super::tune::{self, Points, Tune};
use super::{control_variates, figures, include, names, params, scenario, wanted, workload};
use crate::figure::FigureSpec;
use crate::simulation::{self, Extras, Scenario, WarmUp};
use crate::workload::{Object, ObjectKind};

/// The most runs that a plan may have.
pub const MOST_RUNS: u64 = 1_000_000;

/// The most cells that a plan may have: each is kept with all that it runs.
const MOST_CELLS: u64 = 100_000;

/// The most values that are typed, over all cells: some seconds of reading.
const MOST_VALUES: u64 = 20_000_000;

/// So many values of a cell are told with a mistake in it.
const TOLD_VALUES: usize = 12;

/// The keys of an experiment.
pub(super) const KEYS: [&str; 24] = [
    "include",
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
    "sample",
    "metrics",
    "baseline",
    "quick",
    "figure",
    "measured",
    "tune",
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
    /// A condition that the cells must fulfil, beside those of the file.
    pub only: Option<String>,
    /// The one replication that is run, beginning with 0.
    pub replication: Option<u64>,
    /// The settings of a tuning that are run, in place of a sweep.
    pub points: Option<Points>,
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
    /// Whether means are adjusted by what the runs drew at random.
    pub control_variates: bool,
    /// Names of the columns of the swept parameters.
    pub columns: Vec<String>,
    /// What is swept, and over how many values.
    pub axes: Vec<(String, usize)>,
    /// The points of the sweep.
    pub cells: Vec<Cell>,
    /// The metrics, and other columns, that figures and the like name.
    pub named: BTreeSet<String>,
    /// Metrics that are computed from those of the simulation.
    pub metrics: Metrics,
    /// The cells that others are compared with.
    pub baseline: Option<Baseline>,
    /// Its figures.
    pub figures: Vec<FigureSpec>,
    /// The measurements that it claims to be equal to.
    pub measured: Option<Measured>,
    /// What a tuning varies and wants; not where its settings are run.
    pub tune: Option<Tune>,
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
    /// Its number among all cells of the experiment, which may be more than the plan's.
    pub number: u64,
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
    read(path, &Source::load_at_most(path, LONGEST_EXPERIMENT as u64)?, overrides)
}

/// Reads and checks an experiment whose text would stand at `path`.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn read(path: &Path, text: &Arc<Source>, overrides: &Overrides) -> Checked<Plan> {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let files = Files::of(path);
    let mut raw = Raw::parse(path, text, &files)?;
    raw.apply(overrides)?;

    let mut base = raw.table.clone();
    let mut used = BTreeSet::new();
    params::substitute(&mut base, &["run"], &mut used)?;
    let top = raw.fields(&base)?;
    let [title, question] = ["title", "question"].map(|key| top.need(key).and_then(|node| node.words()));
    let run = scenario::run_table(&top)?;
    let of_file = Repetition::read(run.as_ref())?;
    let mut repetition = of_file.clone();
    if let Some(replication) = overrides.replication {
        if repetition.batches {
            let place = run.as_ref().and_then(|run| run.get("batches")).map(|node| node.place().clone());
            let place = place.unwrap_or_else(|| text.place(0..0));
            return Err(Diagnostic::at(&place, "batches are parts of one run: none can be run alone", "--replication"));
        }
        repetition = Repetition { first: replication, replications: 1, until: None, ..repetition };
    }

    check_values(&top)?;

    let axes = match &overrides.points {
        Some(points) => {
            repetition = Repetition {
                first: points.replications.start,
                replications: points.replications.end - points.replications.start,
                until: None,
                ..repetition
            };
            raw.axes_of(points)?
        }
        None => raw.design.axes()?,
    };
    let mut names = names::of_cells(&axes, &raw.table);
    let selected = raw.select(&axes, &names, &repetition, overrides.only.as_deref(), &mut used)?;
    let columns: Vec<&Column> = axes.iter().flat_map(|axis| &axis.columns).collect();
    let cells = selected.iter().enumerate().map(|(index, cell)| raw.cell(index, *cell, &axes, &files, &mut used));
    let mut cells = cells.collect::<Checked<Vec<_>>>()?;
    let known = metric_names(&cells);
    let metrics = Metrics::read(top.get("metrics").as_ref(), &mut names, columns.len(), known.clone())?;
    let parameters: Vec<String> = columns.iter().map(|column| column.name()).collect();
    if let Some(derived) = top.get("metrics") {
        columns::check(&derived, &known, &parameters, top.get("baseline").as_ref())?;
    }
    let figures = figures::read(&top.tables("figure")?, &columns, &files)?;
    let tune = top.get("tune").map(|node| raw.tune(&node, &top, &files, &mut used)).transpose()?;
    let sources = (&metrics, tune.as_ref());
    let named = wanted::measure(&mut cells, &known, run.as_ref(), &repetition, sources, &figures)?;
    let control_variates = control_variates::read(run.as_ref(), &top, &of_file, &mut cells)?;
    used.extend(metrics.used().cloned());
    Precision::check(run.as_ref(), &cells, &metrics)?;
    if overrides.only.is_none() && overrides.points.is_none() {
        params::check_used(&raw.table, &used)?;
    }
    let baseline = |node: Node| Baseline::read(&node, repetition.independent, &axes, &selected);
    let baseline = top.maybe("baseline", baseline)?;
    Ok(Plan {
        stem,
        text: Arc::clone(text),
        title: title?.to_owned(),
        question: question?.to_owned(),
        source: top.maybe("source", |node| node.words().map(str::to_owned))?,
        repetition,
        control_variates,
        columns: parameters,
        axes: axes.iter().map(|axis| (axis.name.clone(), axis.columns[0].items.len())).collect(),
        cells,
        named,
        metrics,
        baseline,
        figures,
        measured: top.maybe("measured", |node| Measured::read(&node, &raw.table))?,
        tune: tune.filter(|_| overrides.points.is_none()),
        configuration: raw.configuration(&axes),
        inputs: files.inputs(),
    })
}

/// Parameters and labels are tables, and a label is one value: it names cells.
fn check_values(top: &Fields) -> Checked<()> {
    top.maybe("params", |node| node.entries().map(|_| ()))?;
    let labels = top.maybe("labels", |node| node.entries())?.unwrap_or_default();
    match labels.iter().find(|entry| matches!(entry.item.value, Value::List(_) | Value::Table(_) | Value::Date(_))) {
        Some(entry) => Err(Node::of(entry).wants("a string, a number, true or false")),
        None => Ok(()),
    }
}

/// The names of all metrics that some cell can have, in the order in which they are first met.
fn metric_names(cells: &[Cell]) -> Vec<String> {
    let mut programs = HashSet::new();
    let mut known = HashSet::new();
    let mut names = Vec::new();
    for Cell { scenario, .. } in cells {
        let gate = |object: &Object| matches!(object.kind, ObjectKind::ReadersWriters(_));
        let gates = scenario.program.objects.iter().any(gate);
        let threads: Vec<&str> = scenario.program.threads.iter().map(|group| group.name.as_str()).collect();
        let found = matches!(scenario.limits.warm_up, WarmUp::Auto(_));
        if programs.insert((threads, &scenario.program.counters, gates, &scenario.thresholds, found)) {
            let scenario = Scenario { extras: Extras::ALL, ..scenario.clone() };
            names.extend(simulation::metric_names(&scenario).into_iter().filter(|name| known.insert(name.clone())));
        }
    }
    names
}

/// The tree of an experiment apart from what spans its cells.
struct Raw {
    text: Arc<Source>,
    table: Table,
    design: Design,
    quick: Vec<Assignment>,
}

impl Raw {
    fn parse(path: &Path, text: &Arc<Source>, files: &Files) -> Checked<Self> {
        let mut table = include::load(path, text, files)?;
        Fields::new(&table, &text.place(0..0), &KEYS)?;
        let design = Design::take(&mut table)?;
        let quick = match table.take("quick").map(|entry| entry.item) {
            None => Vec::new(),
            Some(Item { value: Value::Table(table), .. }) => assignments(&table),
            Some(item) => return Err(Node { key: "quick", item: &item }.wants("a table of paths and values")),
        };
        Ok(Self { text: Arc::clone(text), table, design, quick })
    }

    /// Applies the overrides of the file and of the command line.
    fn apply(&mut self, overrides: &Overrides) -> Checked<()> {
        let quick = if overrides.quick { std::mem::take(&mut self.quick) } else { Vec::new() };
        let set = overrides.set.iter().map(|text| path::argument(text)).collect::<Checked<Vec<_>>>()?;
        overrides.given.iter().chain(&quick).chain(&set).try_for_each(|assignment| self.assign(assignment))
    }

    fn assign(&mut self, assignment: &Assignment) -> Checked<()> {
        if self.design.assign(assignment)? {
            return Ok(());
        }
        if self.design.sweeps(&assignment.path) {
            let message = format!("`{}` is swept: its value would be overwritten", assignment.path);
            let error = Diagnostic::at(&assignment.place, message, "has an axis");
            return Err(error.help(format!("set sweep.{} to a list of values", assignment.path)));
        }
        assignment.apply(&mut self.table)
    }

    /// The axis of the settings of a tuning, beside which nothing may be swept.
    fn axes_of(&self, points: &Points) -> Checked<Vec<Axis>> {
        match self.design.place() {
            None => Ok(vec![points.space.axis(&points.settings)]),
            Some(place) => {
                let error = Diagnostic::at(place, "an experiment that is swept cannot be tuned", "swept here");
                Err(error.help("move the sweep to a file of its own that includes this one"))
            }
        }
    }

    /// What a tuning varies and wants, with every value typed.
    fn tune(&self, node: &Node, top: &Fields, files: &Files, used: &mut BTreeSet<String>) -> Checked<Tune> {
        let (space, extremes) = tune::space(node, &self.table)?;
        let axes = [space.axis(&extremes)];
        let cells = (0..extremes.len()).map(|index| {
            let selected = Selected { point: index as u64, number: index as u64 };
            self.cell(index, selected, &axes, files, used)
        });
        let cells = cells.collect::<Checked<Vec<_>>>()?;
        let mut names = names::of_cells(&axes, &self.table);
        let columns = axes[0].columns.len();
        let metrics = Metrics::read(top.get("metrics").as_ref(), &mut names, columns, metric_names(&cells))?;
        let tune = Tune::read(node, space, &names, metrics)?;
        used.extend(tune.used().cloned());
        Ok(tune)
    }

    /// The cells that are run, if they are not too many.
    fn select(
        &self,
        axes: &[Axis],
        names: &Names,
        repetition: &Repetition,
        only: Option<&str>,
        used: &mut BTreeSet<String>,
    ) -> Checked<Vec<Selected>> {
        let points = sweep::size(axes);
        let runs = |cells: u64| cells.saturating_mul(repetition.replications);
        let place = || self.design.place().cloned().unwrap_or_else(|| self.text.place(0..0));
        let too_many = |cells: u64| {
            let message = format!(
                "the plan has {} runs ({cells} cells, {} replications); at most {MOST_RUNS} runs of {MOST_CELLS} cells \
                 are allowed",
                runs(cells),
                repetition.replications
            );
            let error = Diagnostic::at(&place(), message, "the sweep begins here");
            Err(error.help("a [sample] covers a large space with few cells; or split it into several experiments"))
        };
        // Conditions and `--only` may drop most of the points, but each must be looked at.
        let filtered = self.design.conditions.is_some() || only.is_some();
        if points > MOST_POINTS || !filtered && (runs(points) > MOST_RUNS || points > MOST_CELLS) {
            return too_many(points);
        }
        let cells = selection::select(axes, &self.design, names, only, used)?;
        let count = cells.len() as u64;
        if runs(count) > MOST_RUNS || count > MOST_CELLS {
            return too_many(count);
        }
        let values = Value::Table(self.table.clone()).count();
        if count.saturating_mul(values) > MOST_VALUES {
            let message = format!("{count} cells of {values} values each are too much to read");
            return Err(Diagnostic::at(&place(), message, "the sweep begins here").help("sweep fewer values"));
        }
        Ok(cells)
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
    fn cell(
        &self,
        index: usize,
        Selected { point, number }: Selected,
        axes: &[Axis],
        files: &Files,
        used: &mut BTreeSet<String>,
    ) -> Checked<Cell> {
        let mut table = self.table.clone();
        let mut values = Vec::new();
        for (column, item) in sweep::point(axes, point) {
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
                let more = if values.len() > TOLD_VALUES { ", …" } else { "" };
                let values = values.iter().take(TOLD_VALUES);
                let values: Vec<String> =
                    values.map(|(path, value)| format!("{path} = {}", value.describe())).collect();
                error.help(format!("in the cell with {}{more}", values.join(", ")))
            }
        })?;
        Ok(Cell { index, number, params: values, scenario })
    }

    fn configuration(&self, axes: &[Axis]) -> serde_json::Value {
        let mut json = self.table.to_json();
        let axes = axes.iter().map(|axis| {
            let columns = axis.columns.iter();
            let columns = columns.map(|column| {
                let values: serde_json::Value = column.items.iter().map(|item| item.value.to_json()).collect();
                (column.path.clone(), values)
            });
            serde_json::Value::Object(columns.collect())
        });
        json["axes"] = axes.collect();
        if let Some(conditions) = &self.design.conditions {
            json["where"] = conditions.value.to_json();
        }
        json
    }
}
