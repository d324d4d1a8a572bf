//! From a table of replications to a chart.
//!
//! A table has a column for each swept parameter, then `replication` and more bookkeeping, then a column for each
//! metric. A point is the mean over the replications of a cell. Ratios are taken within a replication, which shares
//! its random numbers with its base, so their intervals are paired. Series, panels and categories come in the order in
//! which the table first has them.

use super::cells;
use super::chart::{Axis, Chart, Kind, Panel, Point, Scale, Series};
use super::error::FigureError;
use super::reference::ReferencePoints;
use super::spec::FigureSpec;
use super::table::Table;
use super::values;
use crate::statistics::Estimate;
use std::collections::HashMap;

/// Level of the intervals.
const LEVEL: f64 = 0.95;

/// The column that ends the swept parameters.
const REPLICATION: &str = "replication";

const RESULTS: &str = "the table of replications";

/// The chart that a spec makes of a table, and what had to be left out.
pub fn chart(spec: &FigureSpec, table: &Table, reference: Option<&Table>) -> Result<(Chart, Vec<String>), FigureError> {
    let columns = Columns::find(spec, table)?;
    let rows = columns.rows(spec, table)?;
    let mut warnings = Vec::new();
    let shown = shown_rows(spec, table, &columns, &rows, &mut warnings)?;
    let categories = columns.categories(spec, table, &rows);
    let categories = categories.as_deref();
    let mut panels = panels(spec, &shown, categories)?;
    if let (Some(source), Some(points)) = (&spec.reference, reference) {
        let adder = ReferencePoints { spec, source, table, points, columns: &columns, rows: &rows };
        adder.add(&mut panels, categories, &mut warnings)?;
    }
    let mut chart = Chart::new(spec.kind, x_axis(spec, table, &columns, categories), y_axis(spec, table, &columns));
    chart.size = spec.size;
    chart.height = spec.height;
    chart.panels = panels;
    chart.legend_heading = spec.series_label.clone().or_else(|| series_heading(spec, table, &columns));
    chart.ideal = spec.ideal.then(|| "ideal".to_owned());
    chart.description.clone_from(&spec.caption);
    if let Some(reference) = &spec.reference {
        chart.reference_label.clone_from(&reference.label);
    }
    Ok((chart, warnings))
}

/// Where the table has what the spec names.
pub(super) struct Columns {
    x: usize,
    y: usize,
    series: Option<usize>,
    panel: Option<usize>,
    pub(super) filter: Vec<(usize, String)>,
    pub(super) base: Vec<(usize, String)>,
    /// Swept parameters that the figure need not mention: the ones it does mention determine them, as in a zip group.
    followers: Vec<usize>,
    /// The column that ends the swept parameters.
    pub(super) replication: usize,
}

impl Columns {
    fn find(spec: &FigureSpec, table: &Table) -> Result<Self, FigureError> {
        let find = |name: &str| table.require(name, RESULTS);
        let values = |pairs: &[(String, String)]| {
            let value = |(name, value): &(String, String)| {
                let column = find(name)?;
                Ok((column, table.present(column, value)?))
            };
            pairs.iter().map(value).collect::<Result<Vec<_>, FigureError>>()
        };
        let mut columns = Self {
            followers: Vec::new(),
            replication: find(REPLICATION)?,
            x: find(&spec.x)?,
            y: find(&spec.y)?,
            series: spec.series.as_deref().map(find).transpose()?,
            panel: spec.panel.as_deref().map(find).transpose()?,
            filter: values(&spec.filter)?,
            base: values(&spec.relative_to)?,
        };
        let named = columns.filter.iter().chain(&columns.base).map(|(column, _)| *column);
        let named: Vec<usize> = (0..columns.replication).filter(|&c| columns.uses(c)).chain(named).collect();
        let others = (0..columns.replication).filter(|column| !named.contains(column));
        columns.followers = others.filter(|&column| cells::follows(table, column, &named)).collect();
        Ok(columns)
    }

    /// Whether x is a metric: then every cell is a point, whatever was swept.
    pub(super) fn x_is_metric(&self) -> bool {
        self.x > self.replication
    }

    fn uses(&self, column: usize) -> bool {
        [Some(self.x), self.series, self.panel].contains(&Some(column))
    }

    /// Swept parameters that the figure shows nowhere.
    pub(super) fn unused(&self) -> impl Iterator<Item = usize> {
        (0..self.replication).filter(|&column| !self.uses(column) && !self.followers.contains(&column))
    }

    /// The columns in which a replication and its base agree, but for those that make it a base.
    fn keys(&self) -> Vec<usize> {
        (0..=self.replication).filter(|column| !self.followers.contains(column)).collect()
    }

    /// The rows to show.
    fn rows(&self, spec: &FigureSpec, table: &Table) -> Result<Vec<usize>, FigureError> {
        let keeps = |row: &&usize| self.filter.iter().all(|(column, value)| &table.rows[**row][*column] == value);
        let all: Vec<usize> = (0..table.rows.len()).collect();
        let mut rows: Vec<usize> = all.iter().filter(keeps).copied().collect();
        // A base that is shown nowhere else would only be a row of ones.
        let hidden = |column: usize| !self.uses(column) && !self.filter.iter().any(|(filtered, _)| *filtered == column);
        for (column, value) in self.base.iter().filter(|(column, _)| hidden(*column)) {
            rows.retain(|&row| &table.rows[row][*column] != value);
        }
        if rows.is_empty() {
            return Err(FigureError::Empty(if spec.filter.is_empty() {
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

    fn is_categorical(spec: &FigureSpec) -> bool {
        spec.kind == Kind::Bars || spec.x_scale == Scale::Category
    }

    /// The categories of x as they stand in the table; none when x is a number.
    fn categories(&self, spec: &FigureSpec, table: &Table, rows: &[usize]) -> Option<Vec<String>> {
        Self::is_categorical(spec).then(|| {
            let mut found: Vec<String> = Vec::new();
            for &row in rows {
                let value = &table.rows[row][self.x];
                if !found.contains(value) {
                    found.push(value.clone());
                }
            }
            found
        })
    }
}

/// What a replication contributes.
struct Shown {
    panel: String,
    series: String,
    /// Which cell the replication belongs to.
    cell: Vec<String>,
    x: X,
    y: f64,
}

/// A place on the x axis.
#[derive(Clone)]
pub(super) enum X {
    Number(f64),
    Category(String),
}

fn shown_rows(
    spec: &FigureSpec,
    table: &Table,
    columns: &Columns,
    rows: &[usize],
    warnings: &mut Vec<String>,
) -> Result<Vec<Shown>, FigureError> {
    let bases = cells::bases(table, &columns.keys(), &columns.base);
    let (mut missing, mut baseless) = (0, 0);
    let mut shown = Vec::with_capacity(rows.len());
    for &row in rows {
        let mut value = cells::number(table, row, columns.y, "; y must be a metric")?;
        if !columns.base.is_empty() {
            let Some(base) = bases[row] else {
                baseless += 1;
                continue;
            };
            let base = cells::number(table, base, columns.y, "; y must be a metric")?;
            value = value.zip(base).map(|(value, base)| value / base);
        }
        let Some(y) = finished(spec, value, spec.inverse) else {
            missing += 1;
            continue;
        };
        let Some(x) = x_of(spec, table, row, columns.x)? else {
            missing += 1;
            continue;
        };
        let text = |column: Option<usize>| column.map_or("", |column| table.rows[row][column].as_str());
        let cell = if columns.x_is_metric() {
            table.rows[row][..columns.replication].to_vec()
        } else {
            vec![values::plain(&table.rows[row][columns.x])]
        };
        shown.push(Shown {
            panel: panel_title(spec, text(columns.panel)),
            series: series_label(spec, text(columns.series)),
            cell,
            x,
            y,
        });
    }
    if missing > 0 {
        warnings.push(format!("{missing} replications without a value of `{}` were left out", spec.y));
    }
    if baseless > 0 {
        warnings.push(format!("{baseless} replications have no base to be relative to and were left out"));
    }
    Ok(shown)
}

/// A raw value, or ratio, as it is drawn.
pub(super) fn finished(spec: &FigureSpec, value: Option<f64>, inverse: bool) -> Option<f64> {
    let value = value.map(|value| if inverse { value.recip() } else { value } * spec.y_factor);
    value.filter(|value| value.is_finite())
}

pub(super) fn x_of(spec: &FigureSpec, table: &Table, row: usize, column: usize) -> Result<Option<X>, FigureError> {
    if Columns::is_categorical(spec) {
        return Ok(Some(X::Category(table.rows[row][column].clone())));
    }
    let value = cells::number(table, row, column, "; give the x axis categories to show words")?;
    Ok(value.map(|value| X::Number(value * spec.x_factor)))
}

/// The number of a place on the x axis; values that are no category come after the last and are left out in drawing.
pub(super) fn place(x: &X, categories: Option<&[String]>) -> f64 {
    match (x, categories) {
        (X::Number(value), _) => *value,
        (X::Category(_), None) => f64::NAN,
        (X::Category(value), Some(known)) => {
            known.iter().position(|category| values::same(category, value)).unwrap_or(known.len()) as f64
        }
    }
}

pub(super) fn series_label(spec: &FigureSpec, value: &str) -> String {
    if spec.series.is_some() { values::shown(value, &spec.series_names) } else { String::new() }
}

/// What bare numbers in the legend are; names speak for themselves.
fn series_heading(spec: &FigureSpec, table: &Table, columns: &Columns) -> Option<String> {
    let column = columns.series.filter(|_| spec.series_names.is_empty())?;
    let numbers = table.rows.iter().all(|row| row[column].parse::<f64>().is_ok());
    numbers.then(|| values::label(&table.headers[column], 1.0))
}

pub(super) fn panel_title(spec: &FigureSpec, value: &str) -> String {
    let Some(column) = &spec.panel else { return String::new() };
    if spec.panel_names.iter().any(|(named, _)| values::same(named, value)) {
        return values::shown(value, &spec.panel_names);
    }
    format!("{} = {}", spec.panel_label.as_ref().unwrap_or(column), values::plain(value))
}

fn panels(spec: &FigureSpec, shown: &[Shown], categories: Option<&[String]>) -> Result<Vec<Panel>, FigureError> {
    // The replications of each cell, in the order in which the cells first appear.
    let mut cells: Vec<(&Shown, Vec<(f64, f64)>)> = Vec::new();
    let mut known: HashMap<(&str, &str, &[String]), usize> = HashMap::new();
    for row in shown {
        let index = *known.entry((&row.panel, &row.series, &row.cell)).or_insert_with(|| {
            cells.push((row, Vec::new()));
            cells.len() - 1
        });
        cells[index].1.push((place(&row.x, categories), row.y));
    }
    if cells.is_empty() {
        return Err(FigureError::Empty(format!("`{}` has no values", spec.y)));
    }
    let mut panels: Vec<Panel> = Vec::new();
    for (row, values) in &cells {
        let panel = panels.iter().position(|panel| panel.title == row.panel).unwrap_or_else(|| {
            panels.push(Panel { title: row.panel.clone(), ..Panel::default() });
            panels.len() - 1
        });
        let list = &mut panels[panel].series;
        let series = list.iter().position(|series| series.label == row.series).unwrap_or_else(|| {
            list.push(Series::new(row.series.clone(), Vec::new()));
            list.len() - 1
        });
        list[series].points.extend(mean_point(values));
    }
    if spec.kind != Kind::Scatter {
        for series in panels.iter_mut().flat_map(|panel| &mut panel.series) {
            series.points.sort_by(|a, b| a.x.total_cmp(&b.x));
        }
    }
    Ok(panels)
}

fn mean_point(points: &[(f64, f64)]) -> Option<Point> {
    let (x, y): (Vec<f64>, Vec<f64>) = points.iter().copied().unzip();
    // Equal values are not averaged, so that a swept x stays exactly what it is.
    let first = *x.first()?;
    let x = if x.iter().all(|value| *value == first) { first } else { Estimate::of(&x, LEVEL).mean };
    let y = Estimate::of(&y, LEVEL);
    Some(y.half_width.map_or(Point::new(x, y.mean), |half| Point::within(x, y.mean, half)))
}

fn x_axis(spec: &FigureSpec, table: &Table, columns: &Columns, categories: Option<&[String]>) -> Axis {
    let label = spec.x_label.clone().unwrap_or_else(|| values::label(&table.headers[columns.x], spec.x_factor));
    let Some(categories) = categories else {
        return Axis { range: spec.x_range, rules: spec.rules_x.clone(), ..Axis::new(label, spec.x_scale) };
    };
    let scaled = |value: &String| match value.parse::<f64>() {
        Ok(number) => (number * spec.x_factor).to_string(),
        Err(_) => value.clone(),
    };
    let names = categories.iter().map(|value| {
        let named = spec.x_names.iter().any(|(known, _)| values::same(known, value));
        if named { values::shown(value, &spec.x_names) } else { scaled(value) }
    });
    let rule = |value: &f64| {
        let position = categories.iter().position(|category| values::same(&scaled(category), &value.to_string()));
        position.map(|position| position as f64)
    };
    Axis { rules: spec.rules_x.iter().filter_map(rule).collect(), ..Axis::of_categories(label, names.collect()) }
}

fn y_axis(spec: &FigureSpec, table: &Table, columns: &Columns) -> Axis {
    let metric = &table.headers[columns.y];
    let label = spec.y_label.clone().unwrap_or_else(|| {
        if columns.base.is_empty() {
            return values::label(metric, if spec.inverse { f64::NAN } else { spec.y_factor });
        }
        let base: Vec<String> =
            columns.base.iter().map(|(column, value)| format!("{} = {value}", table.headers[*column])).collect();
        format!("{} relative to {}", values::label(metric, f64::NAN), base.join(", "))
    });
    Axis { range: spec.y_range, rules: spec.rules_y.clone(), ..Axis::new(label, spec.y_scale) }
}

#[cfg(test)]
mod tests {
    use super::super::spec::Reference;
    use super::*;

    const RUNS: &str = "\
cores,lock.switch_interval_s,replication,end,events,fingerprint,time_s
1,0.005,0,1,1,a,10
1,0.005,1,1,1,a,20
2,0.005,0,1,1,a,5
2,0.005,1,1,1,a,20
1,0.1,0,1,1,a,8
2,0.1,0,1,1,a,4
";

    fn spec() -> FigureSpec {
        FigureSpec {
            filter: vec![("lock.switch_interval".into(), "5ms".into())],
            ..FigureSpec::new(Kind::Line, "cores", "time_s")
        }
    }

    fn build(spec: &FigureSpec, reference: Option<&str>) -> Result<(Chart, Vec<String>), FigureError> {
        let reference = reference.map(|text| Table::parse(text).unwrap());
        chart(spec, &Table::parse(RUNS).unwrap(), reference.as_ref())
    }

    #[test]
    fn points_are_means_of_replications() {
        let (chart, _) = build(&spec(), None).unwrap();
        let points = &chart.panels[0].series[0].points;
        assert_eq!(points.iter().map(|point| (point.x, point.y)).collect::<Vec<_>>(), [(1.0, 15.0), (2.0, 12.5)]);
        assert!(points[0].interval.is_some());
    }

    #[test]
    fn speed_ups_are_paired_by_replication() {
        let relative_to = vec![("cores".to_owned(), "1".to_owned())];
        let spec = FigureSpec { relative_to, inverse: true, ..spec() };
        let (chart, _) = build(&spec, None).unwrap();
        let points = &chart.panels[0].series[0].points;
        // Replication 0 is twice as fast, replication 1 as fast: 1.5, not the ratio of the means.
        assert_eq!(points[1].y, 1.5);
        assert_eq!(points[0].interval, Some((1.0, 1.0)));
    }

    #[test]
    fn references_get_the_ratio_of_their_own_base() {
        let source = Reference { file: "paper.csv".into(), y: Some("seconds".into()), label: "measured".into() };
        let relative_to = vec![("cores".to_owned(), "1".to_owned())];
        let spec = FigureSpec { relative_to, inverse: true, reference: Some(source), ..spec() };
        let with_base = "# a paper\ncores,lock.switch_interval,seconds\n1,0.005,9\n2,0.005,6\n2,0.1,1\n";
        let (chart, _) = build(&spec, Some(with_base)).unwrap();
        assert_eq!(chart.panels[0].references[0].points, [Point::new(1.0, 1.0), Point::new(2.0, 1.5)]);
        let (chart, _) = build(&spec, Some("cores,seconds\n2,1.4\n")).unwrap();
        assert_eq!(chart.panels[0].references[0].points, [Point::new(2.0, 1.4)]);
    }

    #[test]
    fn a_swept_column_that_the_figure_ignores_is_an_error() {
        let message = build(&FigureSpec::new(Kind::Line, "cores", "time_s"), None).unwrap_err().to_string();
        assert!(message.contains("`lock.switch_interval_s`"), "{message}");
    }

    #[test]
    fn a_swept_column_that_follows_from_another_need_not_be_mentioned() {
        let table = "\
mode,cores,replication,end,events,fingerprint,time_s
alone,1,0,1,1,a,10
together,2,0,1,1,a,5
";
        let spec = FigureSpec {
            kind: Kind::Bars,
            relative_to: vec![("mode".into(), "alone".into())],
            ..FigureSpec::new(Kind::Bars, "mode", "time_s")
        };
        let (chart, _) = chart(&spec, &Table::parse(table).unwrap(), None).unwrap();
        assert_eq!(chart.panels[0].series[0].points, [Point::new(0.0, 1.0), Point::new(1.0, 0.5)]);
    }

    #[test]
    fn values_that_never_occur_are_errors_that_list_those_that_do() {
        let spec = FigureSpec { filter: vec![("cores".into(), "3".into())], ..spec() };
        assert_eq!(
            build(&spec, None).unwrap_err().to_string(),
            "column `cores` never has the value `3`; it has `1`, `2`"
        );
    }

    #[test]
    fn bars_take_their_categories_from_the_table() {
        let series = Some("lock.switch_interval".to_owned());
        let spec = FigureSpec { kind: Kind::Bars, series, filter: Vec::new(), ..spec() };
        let (chart, _) = build(&spec, None).unwrap();
        assert_eq!(chart.x.categories, ["1", "2"]);
        assert_eq!(chart.panels[0].series.iter().map(|s| s.label.as_str()).collect::<Vec<_>>(), ["0.005", "0.1"]);
        assert_eq!(chart.panels[0].series[1].points, [Point::new(0.0, 8.0), Point::new(1.0, 4.0)]);
    }
}
