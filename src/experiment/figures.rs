//! The figures of an experiment.
//!
//! A figure names swept paths as the experiment does; here they become the names of columns and the texts of cells
//! of the CSV file, from which alone a figure is drawn.

use super::diagnostic::{Checked, nearest};
use super::files::Files;
use super::node::{Fields, Node};
use super::scope;
use super::sweep::Column;
use super::tree::Value;
use crate::figure::{FigureSpec, Kind, Reference, Scale, Size};

const KEYS: [&str; 28] = [
    "name",
    "kind",
    "x",
    "y",
    "series",
    "panel",
    "where",
    "x_label",
    "y_label",
    "series_label",
    "panel_label",
    "x_scale",
    "y_scale",
    "x_factor",
    "y_factor",
    "x_range",
    "y_range",
    "series_names",
    "panel_names",
    "x_names",
    "reference",
    "relative_to",
    "inverse",
    "rules_x",
    "rules_y",
    "ideal",
    "size",
    "height",
];

const KINDS: [(&str, Kind); 3] = [("line", Kind::Line), ("scatter", Kind::Scatter), ("bars", Kind::Bars)];
const SCALES: [(&str, Scale); 3] = [("linear", Scale::Linear), ("log", Scale::Log), ("category", Scale::Category)];
const SIZES: [(&str, Size); 2] = [("single", Size::Single), ("double", Size::Double)];

/// Columns that every table of results has beside the swept ones.
const ALWAYS: [&str; 1] = ["metric"];

/// Reads the `[[figure]]` tables of an experiment that sweeps `columns`.
pub fn read(tables: &[Node], columns: &[&Column], files: &Files) -> Checked<Vec<FigureSpec>> {
    let mut figures: Vec<FigureSpec> = Vec::new();
    for node in tables {
        let figure = Reader { fields: fields(node)?, columns, files }.figure()?;
        if figures.iter().any(|other| other.name == figure.name) {
            let error = node.error("two figures have the same name", "the second");
            return Err(error.help("at most one figure of an experiment goes without a `name`"));
        }
        figures.push(figure);
    }
    Ok(figures)
}

fn fields<'t>(node: &Node<'t>) -> Checked<Fields<'t>> {
    let mut keys = KEYS.to_vec();
    keys.push("caption");
    node.table(&keys)
}

struct Reader<'a, 't> {
    fields: Fields<'t>,
    columns: &'a [&'a Column],
    files: &'a Files,
}

impl Reader<'_, '_> {
    fn figure(&self) -> Checked<FigureSpec> {
        let kind = self.fields.maybe("kind", |node| node.choice(&KINDS))?.unwrap_or(Kind::Line);
        let x = self.axis(&self.fields.need("x")?)?;
        let series = self.fields.maybe("series", |node| self.column(&node))?;
        let panel = self.fields.maybe("panel", |node| self.column(&node))?;
        let name = |column: &Option<Choice>| column.as_ref().map(|choice| choice.name.clone());
        Ok(FigureSpec {
            name: self.fields.maybe("name", |node| scope::name(&node).map(str::to_owned))?,
            kind,
            y: self.fields.need("y")?.words()?.to_owned(),
            filter: self.conditions("where")?,
            x_label: self.text("x_label")?,
            y_label: self.text("y_label")?,
            series_label: self.text("series_label")?,
            panel_label: self.text("panel_label")?,
            x_scale: self.scale("x_scale", if kind == Kind::Bars { Scale::Category } else { Scale::Linear })?,
            y_scale: self.scale("y_scale", Scale::Linear)?,
            x_factor: self.factor("x_factor")?,
            y_factor: self.factor("y_factor")?,
            x_range: self.fields.maybe("x_range", range)?,
            y_range: self.fields.maybe("y_range", range)?,
            series_names: self.names("series_names", series.as_ref())?,
            panel_names: self.names("panel_names", panel.as_ref())?,
            x_names: self.names("x_names", Some(&x))?,
            reference: self.fields.maybe("reference", |node| self.reference(&node))?,
            relative_to: self.conditions("relative_to")?,
            inverse: self.flag("inverse")?,
            rules_x: self.fields.maybe("rules_x", numbers)?.unwrap_or_default(),
            rules_y: self.fields.maybe("rules_y", numbers)?.unwrap_or_default(),
            ideal: self.flag("ideal")?,
            size: self.fields.maybe("size", |node| node.choice(&SIZES))?.unwrap_or(Size::Single),
            height: self.fields.maybe("height", |node| node.positive())?,
            caption: self.text("caption")?,
            series: name(&series),
            panel: name(&panel),
            x: x.name,
        })
    }

    /// A swept path, or one of the columns that are always there.
    fn column(&self, node: &Node) -> Checked<Choice<'_>> {
        let path = node.text()?;
        self.choice(path).ok_or_else(|| {
            let error = node.unknown("column", path, &self.names_of_columns());
            error.help("a figure is drawn from the swept paths and the metrics")
        })
    }

    /// A swept path, or else a metric; which metrics there are is known only after the runs.
    fn axis(&self, node: &Node) -> Checked<Choice<'_>> {
        let path = node.words()?;
        match self.choice(path) {
            Some(choice) => Ok(choice),
            None if nearest(path, &self.names_of_columns()).is_some() => self.column(node),
            None => Ok(Choice { name: path.into(), column: None }),
        }
    }

    fn choice(&self, path: &str) -> Option<Choice<'_>> {
        let swept = self.columns.iter().find(|column| column.path == path || column.name() == path);
        match swept {
            Some(column) => Some(Choice { name: column.name(), column: Some(column) }),
            None => ALWAYS.contains(&path).then(|| Choice { name: path.into(), column: None }),
        }
    }

    fn names_of_columns(&self) -> Vec<&str> {
        self.columns.iter().map(|column| column.path.as_str()).chain(ALWAYS).collect()
    }

    /// A table of columns and the value that each shall have.
    fn conditions(&self, key: &str) -> Checked<Vec<(String, String)>> {
        let Some(node) = self.fields.get(key) else { return Ok(Vec::new()) };
        let Value::Table(table) = &node.item.value else { return Err(node.wants("a table of paths and values")) };
        let mut conditions = Vec::new();
        for condition in super::path::assignments(table) {
            let choice = self.choice(&condition.path).ok_or_else(|| {
                let message = format!("`{key}`: unknown column `{}`", condition.path);
                super::diagnostic::Diagnostic::at(&condition.place, message, "not swept")
                    .suggest(&condition.path, self.names_of_columns())
            })?;
            let cell = choice.cell(&Node { key, item: &condition.item })?;
            conditions.push((choice.name, cell));
        }
        Ok(conditions)
    }

    /// A table of values and what the figure calls them.
    fn names(&self, key: &str, choice: Option<&Choice>) -> Checked<Vec<(String, String)>> {
        let Some(node) = self.fields.get(key) else { return Ok(Vec::new()) };
        let mut names = Vec::new();
        for entry in node.entries()? {
            let cell = match choice.and_then(|choice| choice.column) {
                Some(column) => column.value(&Value::Text(entry.key.clone())).to_string(),
                None => entry.key.clone(),
            };
            names.push((cell, Node::of(entry).text()?.to_owned()));
        }
        Ok(names)
    }

    fn reference(&self, node: &Node) -> Checked<Reference> {
        let fields = node.table(&["file", "y", "label"])?;
        let file = fields.need("file")?;
        self.files.text(&file, file.words()?)?;
        Ok(Reference {
            file: self.files.find(file.words()?),
            y: fields.maybe("y", |node| Ok(node.words()?.to_owned()))?,
            label: fields.maybe("label", |node| Ok(node.text()?.to_owned()))?.unwrap_or_else(|| "measured".into()),
        })
    }

    fn text(&self, key: &str) -> Checked<Option<String>> {
        self.fields.maybe(key, |node| node.text().map(str::to_owned))
    }

    fn flag(&self, key: &str) -> Checked<bool> {
        Ok(self.fields.maybe(key, |node| node.flag())?.unwrap_or(false))
    }

    fn scale(&self, key: &str, default: Scale) -> Checked<Scale> {
        Ok(self.fields.maybe(key, |node| node.choice(&SCALES))?.unwrap_or(default))
    }

    fn factor(&self, key: &str) -> Checked<f64> {
        Ok(self.fields.maybe(key, |node| node.number("a number but zero", |value| value != 0.0))?.unwrap_or(1.0))
    }
}

/// A column of the results that a figure uses.
struct Choice<'c> {
    name: String,
    column: Option<&'c Column>,
}

impl Choice<'_> {
    /// The text that the CSV file has for a value of this column.
    fn cell(&self, node: &Node) -> Checked<String> {
        let Some(column) = self.column else { return Ok(node.text()?.to_owned()) };
        let wanted = column.value(&node.item.value);
        let values: Vec<String> = column.items.iter().map(|item| column.value(&item.value).to_string()).collect();
        let cell = wanted.to_string();
        if values.contains(&cell) {
            return Ok(cell);
        }
        let message = format!("`{}` is never {}", column.path, node.item.value.describe());
        Err(node.error(message, format!("swept over {}", column.list.text())))
    }
}

fn range(node: Node) -> Checked<(f64, f64)> {
    match numbers(node)?.as_slice() {
        &[low, high] if low < high => Ok((low, high)),
        _ => Err(node.wants("two numbers, the lower first")),
    }
}

fn numbers(node: Node) -> Checked<Vec<f64>> {
    node.list()?.map(|node| node.number("numbers", |_| true)).collect()
}
