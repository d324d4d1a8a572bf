//! Which columns and rows of a table a figure shows.
//!
//! A table has a column for each swept parameter, then `replication` and more bookkeeping, then a column for each
//! metric. Categories come in the order in which the table first has them.

use crate::figure::chart::Scale;
use crate::figure::error::FigureError;
use crate::figure::spec::{FigureSpec, Plot};
use crate::figure::table::Table;
use crate::figure::table::cells;
use crate::figure::table::values;
use std::collections::HashSet;

/// The column that ends the swept parameters: each row is a replication, or a batch of a run.
const REPLICATION: &str = "replication";
const BATCH: &str = "batch";

const RESULTS: &str = "the table of replications";

/// More categories would be narrower than a line.
const MOST_CATEGORIES: usize = 300;

/// What a figure shows of a table.
pub(super) struct Selection<'a> {
    /// What the figure shows.
    pub(super) spec: &'a FigureSpec,
    /// The table of replications.
    pub(super) table: &'a Table,
    /// The summary of the results.
    pub(super) summary: Option<&'a Table>,
    /// Column along the x axis; none where x is a metric's distribution or the parts of a sum.
    pub(super) x: Option<usize>,
    /// Swept column along the y axis of a map.
    pub(super) y: Option<usize>,
    series: Option<usize>,
    panel: Option<usize>,
    /// Columns and the values that the rows have there.
    pub(super) filter: Vec<(usize, String)>,
    /// Columns and the values that a base of a ratio has there.
    pub(super) base: Vec<(usize, String)>,
    /// Swept parameters that the figure need not mention: the ones it does mention determine them, as in a zip group.
    followers: Vec<usize>,
    /// The column that ends the swept parameters.
    pub(super) replication: usize,
    /// The rows to show.
    pub(super) rows: Vec<usize>,
    /// The categories of x; none when x is a number.
    pub(super) x_categories: Option<Vec<String>>,
    /// The categories of y; none when y is a number.
    pub(super) y_categories: Option<Vec<String>>,
}

impl<'a> Selection<'a> {
    /// What the spec selects.
    pub(super) fn of(spec: &'a FigureSpec, table: &'a Table, summary: Option<&'a Table>) -> Result<Self, FigureError> {
        let find = |name: &str| table.require(name, RESULTS);
        let values = |pairs: &[(String, String)]| {
            let value = |(name, value): &(String, String)| {
                let column = find(name)?;
                Ok((column, table.present(column, value)?))
            };
            pairs.iter().map(value).collect::<Result<Vec<_>, FigureError>>()
        };
        let mut selection = Self {
            spec,
            table,
            summary,
            x: spec.kind.has_x().then(|| find(&spec.x)).transpose()?,
            y: (spec.kind == Plot::HeatMap).then(|| find(&spec.y)).transpose()?,
            series: spec.series.as_deref().map(find).transpose()?,
            panel: spec.panel.as_deref().map(find).transpose()?,
            filter: values(&spec.filter)?,
            base: values(&spec.relative_to)?,
            followers: Vec::new(),
            replication: table
                .headers
                .iter()
                .position(|header| header == BATCH)
                .map_or_else(|| find(REPLICATION), Ok)?,
            rows: Vec::new(),
            x_categories: None,
            y_categories: None,
        };
        selection.followers = selection.find_followers();
        selection.rows = selection.find_rows()?;
        let bars = matches!(spec.kind, Plot::Bars | Plot::Box | Plot::Stacked);
        let x = selection.x.filter(|_| bars || spec.x_scale == Scale::Category);
        let y = selection.y.filter(|_| spec.y_scale == Scale::Category);
        selection.x_categories = x.map(|column| selection.categories(column)).transpose()?;
        selection.y_categories = y.map(|column| selection.categories(column)).transpose()?;
        Ok(selection)
    }

    /// The column of a metric.
    pub(super) fn metric(&self, name: &str) -> Result<usize, FigureError> {
        self.table.require(name, RESULTS)
    }

    /// Whether x is a metric: then every cell is a point, whatever was swept.
    pub(super) fn x_is_metric(&self) -> bool {
        self.x.is_some_and(|x| x > self.replication)
    }

    /// Swept parameters that the figure shows nowhere.
    pub(super) fn unused(&self) -> impl Iterator<Item = usize> {
        (0..self.replication).filter(|&column| !self.uses(column) && !self.followers.contains(&column))
    }

    /// The columns in which a replication and its base agree, but for those that make it a base.
    pub(super) fn keys(&self) -> Vec<usize> {
        (0..=self.replication).filter(|column| !self.followers.contains(column)).collect()
    }

    /// The panel to which a row of the table belongs.
    pub(super) fn panel_of(&self, row: usize) -> String {
        self.panel.map_or_else(String::new, |column| panel_title(self.spec, &self.table.rows[row][column]))
    }

    /// The series to which a row of the table belongs.
    pub(super) fn series_of(&self, row: usize) -> String {
        self.series.map_or_else(String::new, |column| series_label(self.spec, &self.table.rows[row][column]))
    }

    /// The texts that tell cells of the same panel and series apart.
    pub(super) fn cell_of(&self, row: usize) -> Vec<String> {
        let cells = &self.table.rows[row];
        if self.x_is_metric() {
            return cells[..self.replication].to_vec();
        }
        [self.x, self.y].into_iter().flatten().map(|column| values::plain(&cells[column])).collect()
    }

    /// The place along the x axis of a row of any table with this column; none where the cell is empty.
    pub(super) fn x_of(&self, table: &Table, row: usize, column: usize) -> Result<Option<f64>, FigureError> {
        place(table, row, column, self.x_categories.as_deref(), self.spec.x_factor)
    }

    /// The same along the y axis of a map.
    pub(super) fn y_of(&self, row: usize, column: usize) -> Result<Option<f64>, FigureError> {
        place(self.table, row, column, self.y_categories.as_deref(), self.spec.y_factor)
    }

    /// What bare numbers in the legend are; names speak for themselves.
    pub(super) fn series_heading(&self) -> Option<String> {
        let column = self.series.filter(|_| self.spec.series_names.is_empty())?;
        let numbers = self.table.rows.iter().all(|row| row[column].parse::<f64>().is_ok());
        numbers.then(|| values::label(&self.table.headers[column], 1.0))
    }

    fn uses(&self, column: usize) -> bool {
        [self.x, self.y, self.series, self.panel].contains(&Some(column))
    }

    fn find_followers(&self) -> Vec<usize> {
        let named = self.filter.iter().chain(&self.base).map(|(column, _)| *column);
        let named: Vec<usize> = (0..self.replication).filter(|&column| self.uses(column)).chain(named).collect();
        let others = (0..self.replication).filter(|column| !named.contains(column));
        others.filter(|&column| cells::follows(self.table, column, &named)).collect()
    }

    fn find_rows(&self) -> Result<Vec<usize>, FigureError> {
        let table = self.table;
        let keeps = |row: &usize| self.filter.iter().all(|(column, value)| &table.rows[*row][*column] == value);
        let mut rows: Vec<usize> = (0..table.rows.len()).filter(keeps).collect();
        // A base that is shown nowhere else would only be a row of ones.
        let hidden = |column: usize| !self.uses(column) && !self.filter.iter().any(|(filtered, _)| *filtered == column);
        for (column, value) in self.base.iter().filter(|(column, _)| hidden(*column)) {
            rows.retain(|&row| &table.rows[row][*column] != value);
        }
        if rows.is_empty() {
            return Err(FigureError::Empty(if self.spec.filter.is_empty() {
                "the table has no rows".into()
            } else {
                "no row of the table has all the values of `where`".into()
            }));
        }
        let varies = |&column: &usize| rows.iter().any(|&row| table.rows[row][column] != table.rows[rows[0]][column]);
        let ambiguous: Vec<String> = self.unused().filter(varies).map(|column| table.headers[column].clone()).collect();
        if ambiguous.is_empty() || self.x_is_metric() {
            Ok(rows)
        } else {
            Err(FigureError::Ambiguous { columns: ambiguous })
        }
    }

    fn categories(&self, column: usize) -> Result<Vec<String>, FigureError> {
        let mut known = HashSet::new();
        let texts = self.rows.iter().map(|&row| &self.table.rows[row][column]);
        let found: Vec<String> = texts.filter(|text| known.insert(text.as_str())).cloned().collect();
        if found.len() > MOST_CATEGORIES {
            return Err(FigureError::Impossible(format!(
                "`{}` has {} values; an axis of categories has room for {MOST_CATEGORIES}: choose some with `where`, or \
                 draw them on a linear or log axis",
                self.table.headers[column],
                found.len()
            )));
        }
        Ok(found)
    }
}

/// The number of a cell, or of its category; values that are no category come after the last and are left out in
/// drawing.
fn place(
    table: &Table,
    row: usize,
    column: usize,
    categories: Option<&[String]>,
    factor: f64,
) -> Result<Option<f64>, FigureError> {
    if let Some(known) = categories {
        let value = &table.rows[row][column];
        let position = known.iter().position(|category| values::same(category, value));
        return Ok(Some(position.unwrap_or(known.len()) as f64));
    }
    let value = cells::number(table, row, column, "; give the axis categories to show words")?;
    Ok(value.map(|value| value * factor))
}

/// What the legend calls a value of the series column.
pub(super) fn series_label(spec: &FigureSpec, value: &str) -> String {
    if spec.series.is_some() { values::shown(value, &spec.series_names) } else { String::new() }
}

/// What stands above the panel of a value.
pub(super) fn panel_title(spec: &FigureSpec, value: &str) -> String {
    let Some(column) = &spec.panel else { return String::new() };
    if spec.panel_names.iter().any(|(named, _)| values::same(named, value)) {
        return values::shown(value, &spec.panel_names);
    }
    match &spec.panel_label {
        // A label says what it is.
        None if column.starts_with("labels.") => value.to_owned(),
        label => format!("{} = {}", label.as_ref().unwrap_or(column), values::plain(value)),
    }
}
