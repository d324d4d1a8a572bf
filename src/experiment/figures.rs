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
use crate::figure::spec::{Better, ColorSpec, Part};
use crate::figure::{FigureSpec, Plot, Reference, Scale, Size, table::values};

const KEYS: [&str; 40] = [
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
    "y_names",
    "color",
    "color_label",
    "color_scale",
    "color_factor",
    "color_range",
    "x_better",
    "y_better",
    "share",
    "total",
    "reference",
    "theory",
    "relative_to",
    "inverse",
    "rules_x",
    "rules_y",
    "ideal",
    "size",
    "height",
    "caption",
];

const KINDS: [(&str, Plot); 10] = [
    ("line", Plot::Line),
    ("scatter", Plot::Scatter),
    ("bars", Plot::Bars),
    ("box", Plot::Box),
    ("heatmap", Plot::HeatMap),
    ("cdf", Plot::Cdf),
    ("ccdf", Plot::Ccdf),
    ("pareto", Plot::Pareto),
    ("stacked", Plot::Stacked),
    ("waterfall", Plot::Waterfall),
];

/// A key and the kinds of figures that have it.
type Only = (&'static str, fn(Plot) -> bool);

/// Keys that only some kinds of figures have.
const ONLY: [Only; 14] = [
    ("x", |kind| kind != Plot::Waterfall),
    ("y", |kind| !matches!(kind, Plot::Cdf | Plot::Ccdf)),
    ("series", |kind| !kind.has_parts() && kind != Plot::HeatMap),
    ("y_names", |kind| kind.has_parts() || kind == Plot::HeatMap),
    ("color", |kind| kind == Plot::HeatMap),
    ("color_label", |kind| kind == Plot::HeatMap),
    ("color_scale", |kind| kind == Plot::HeatMap),
    ("color_factor", |kind| kind == Plot::HeatMap),
    ("color_range", |kind| kind == Plot::HeatMap),
    ("x_better", |kind| kind == Plot::Pareto),
    ("y_better", |kind| kind == Plot::Pareto),
    ("share", |kind| kind == Plot::Stacked),
    ("total", |kind| kind == Plot::Waterfall),
    ("reference", Plot::has_references),
];

const SCALES: [(&str, Scale); 3] = [("linear", Scale::Linear), ("log", Scale::Log), ("category", Scale::Category)];
const SIZES: [(&str, Size); 3] = [("single", Size::Single), ("double", Size::Double), ("slide", Size::Slide)];
const BETTER: [(&str, Better); 2] = [("low", Better::Low), ("high", Better::High)];

/// Columns that every table of results has beside the swept ones.
const ALWAYS: [&str; 1] = ["metric"];

/// Reads the `[[figure]]` tables of an experiment that sweeps `columns`.
pub fn read(tables: &[Node], columns: &[&Column], files: &Files) -> Checked<Vec<FigureSpec>> {
    let mut figures: Vec<FigureSpec> = Vec::new();
    for node in tables {
        let figure = Reader { fields: node.table(&KEYS)?, columns, files }.figure()?;
        if figures.iter().any(|other| other.name == figure.name) {
            let error = node.error("two figures have the same name", "the second");
            return Err(error.help("at most one figure of an experiment goes without a `name`"));
        }
        figures.push(figure);
    }
    Ok(figures)
}

struct Reader<'a, 't> {
    fields: Fields<'t>,
    columns: &'a [&'a Column],
    files: &'a Files,
}

impl Reader<'_, '_> {
    fn figure(&self) -> Checked<FigureSpec> {
        let kind = self.fields.maybe("kind", |node| node.choice(&KINDS))?.unwrap_or(Plot::Line);
        self.suits(kind)?;
        let x = if kind == Plot::Waterfall { Choice::NONE } else { self.axis(&self.fields.need("x")?)? };
        let y = self.y(kind, &x)?;
        let series = self.fields.maybe("series", |node| self.column(&node))?;
        let panel = self.fields.maybe("panel", |node| self.column(&node))?;
        let name = |column: &Option<Choice>| column.as_ref().map(|choice| choice.name.clone());
        let bars = matches!(kind, Plot::Bars | Plot::Box | Plot::Stacked | Plot::HeatMap);
        let scale = |categories| if categories { Scale::Category } else { Scale::Linear };
        Ok(FigureSpec {
            name: self.fields.maybe("name", |node| scope::name(&node).map(str::to_owned))?,
            kind,
            parts: if kind.has_parts() { self.parts()? } else { Vec::new() },
            total: self.text("total")?,
            share: self.flag("share")?,
            color: if kind == Plot::HeatMap { Some(self.color()?) } else { None },
            better: (self.better("x_better")?, self.better("y_better")?),
            filter: self.conditions("where")?,
            x_label: self.text("x_label")?,
            y_label: self.text("y_label")?,
            series_label: self.text("series_label")?,
            panel_label: self.text("panel_label")?,
            x_scale: self.scale("x_scale", scale(bars))?,
            y_scale: self.scale("y_scale", scale(kind == Plot::HeatMap))?,
            x_factor: self.factor("x_factor")?,
            y_factor: self.factor("y_factor")?,
            x_range: self.fields.maybe("x_range", range)?,
            y_range: self.fields.maybe("y_range", range)?,
            series_names: self.names("series_names", series.as_ref())?,
            panel_names: self.names("panel_names", panel.as_ref())?,
            x_names: self.names("x_names", Some(&x))?,
            y_names: self.names("y_names", Some(&y))?,
            reference: self.reference("reference", "measured")?,
            theory: self.reference("theory", "theory")?,
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
            y: y.name,
            x: x.name,
        })
    }

    /// Refuses keys that a kind of figure has no use for.
    fn suits(&self, kind: Plot) -> Checked<()> {
        let name_of = |kind: Plot| KINDS.iter().find(|(_, other)| *other == kind).map_or("", |(name, _)| *name);
        for (key, suits) in ONLY {
            if let Some(node) = self.fields.get(key).filter(|_| !suits(kind)) {
                let kinds: Vec<&str> = KINDS.iter().filter(|(_, kind)| suits(*kind)).map(|(name, _)| *name).collect();
                let error = node.error(format!("a figure of kind `{}` has no `{key}`", name_of(kind)), "not used");
                return Err(error.help(format!("`{key}` is for {}", kinds.join(", "))));
            }
        }
        Ok(())
    }

    /// A metric; for a heat map a swept path; for a distribution the metric of x.
    fn y(&self, kind: Plot, x: &Choice) -> Checked<Choice<'_>> {
        let metric = |name: String| Choice { name, column: None };
        match kind {
            Plot::Cdf | Plot::Ccdf => Ok(metric(x.name.clone())),
            Plot::HeatMap => self.column(&self.fields.need("y")?),
            Plot::Stacked | Plot::Waterfall => Ok(Choice::NONE),
            _ => Ok(metric(self.fields.need("y")?.words()?.to_owned())),
        }
    }

    /// The metrics that add up; a minus before one takes it from the sum.
    fn parts(&self) -> Checked<Vec<Part>> {
        let names = self.names("y_names", None)?;
        let node = self.fields.need("y")?;
        let part = |node: Node| {
            let text = node.words()?;
            let metric = text.strip_prefix('-').unwrap_or(text);
            let name = names.iter().find(|(named, _)| named == metric || named == text);
            let name = name.map_or_else(|| values::label(metric, f64::NAN), |(_, name)| name.clone());
            Ok(Part { metric: metric.to_owned(), negative: metric != text, name })
        };
        let parts = node.list()?.map(part).collect::<Checked<Vec<Part>>>()?;
        if parts.is_empty() { Err(node.wants("a list of metrics")) } else { Ok(parts) }
    }

    fn color(&self) -> Checked<ColorSpec> {
        Ok(ColorSpec {
            metric: self.fields.need("color")?.words()?.to_owned(),
            label: self.text("color_label")?,
            scale: self.fields.maybe("color_scale", |node| node.choice(&SCALES[..2]))?.unwrap_or(Scale::Linear),
            factor: self.factor("color_factor")?,
            range: self.fields.maybe("color_range", range)?,
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

    fn reference(&self, key: &str, label: &str) -> Checked<Option<Reference>> {
        self.fields.maybe(key, |node| {
            let fields = node.table(&["file", "y", "label"])?;
            let file = fields.need("file")?;
            self.files.text(&file, file.words()?)?;
            Ok(Reference {
                file: self.files.find(file.words()?),
                y: fields.maybe("y", |node| Ok(node.words()?.to_owned()))?,
                label: fields.maybe("label", |node| Ok(node.text()?.to_owned()))?.unwrap_or_else(|| label.into()),
            })
        })
    }

    fn text(&self, key: &str) -> Checked<Option<String>> {
        self.fields.maybe(key, |node| node.text().map(str::to_owned))
    }

    fn flag(&self, key: &str) -> Checked<bool> {
        Ok(self.fields.maybe(key, |node| node.flag())?.unwrap_or(false))
    }

    fn better(&self, key: &str) -> Checked<Better> {
        Ok(self.fields.maybe(key, |node| node.choice(&BETTER))?.unwrap_or(Better::Low))
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
    /// No column.
    const NONE: Self = Self { name: String::new(), column: None };

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
