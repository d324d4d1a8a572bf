//! From a table of replications to a chart.

mod gather;
mod marks;
mod percentiles;
mod reference;
mod select;
mod wholes;

use crate::figure::chart::{Axis, Chart, Kind, Panel, Series};
use crate::figure::error::FigureError;
use crate::figure::front::front;
use crate::figure::spec::{FigureSpec, Plot};
use crate::figure::table::Table;
use crate::figure::table::values;
use percentiles::Percentiles;
use reference::{Become, ReferencePoints};
use select::Selection;

/// What a waterfall calls its sum by default.
const TOTAL: &str = "total";

/// What the line of a front is called.
const FRONT: &str = "Pareto front";

/// Tables beside that of the replications.
#[derive(Debug, Clone, Copy, Default)]
pub struct Beside<'t> {
    /// The summary of the results: quantiles of all observations of a cell are there.
    pub summary: Option<&'t Table>,
    /// Published or measured points.
    pub reference: Option<&'t Table>,
    /// Points of a theory.
    pub theory: Option<&'t Table>,
}

/// The chart that a spec makes of a table, and what had to be left out.
pub fn chart(spec: &FigureSpec, table: &Table, beside: Beside) -> Result<(Chart, Vec<String>), FigureError> {
    let selection = Selection::of(spec, table, beside.summary)?;
    let mut warnings = Vec::new();
    let drawn = drawn(&selection, &mut warnings)?;
    let mut panels = drawn.panels;
    let references = (&spec.reference, beside.reference, Become::Markers);
    for (source, points, target) in [references, (&spec.theory, beside.theory, Become::Curves)] {
        if let (Some(source), Some(points)) = (source, points) {
            let adder = ReferencePoints { selection: &selection, source, points, target };
            adder.add(&mut panels, &mut warnings)?;
        }
    }
    let mut chart = Chart::new(drawn.kind, drawn.x, drawn.y);
    chart.size = spec.size;
    chart.height = spec.height;
    chart.panels = panels;
    chart.color = color_axis(&selection)?;
    chart.legend_heading = spec.series_label.clone().or_else(|| selection.series_heading());
    chart.ideal = spec.ideal.then(|| "ideal".to_owned());
    chart.description.clone_from(&spec.caption);
    if let Some(reference) = &spec.reference {
        chart.reference_label.clone_from(&reference.label);
    }
    Ok((chart, warnings))
}

/// Panels and the axes that suit them.
struct Drawn {
    kind: Kind,
    panels: Vec<Panel>,
    x: Axis,
    y: Axis,
}

fn drawn(selection: &Selection, warnings: &mut Vec<String>) -> Result<Drawn, FigureError> {
    let spec = selection.spec;
    match spec.kind {
        Plot::Cdf | Plot::Ccdf => distribution(selection, warnings),
        Plot::Stacked => stack(selection, warnings),
        Plot::Waterfall => waterfall(selection, warnings),
        _ => {
            let metric = selection.metric(spec.metric())?;
            let groups = gather::groups(selection, metric, warnings)?;
            let (kind, mut panels) = match spec.kind {
                Plot::Bars => (Kind::Bars, marks::means(&groups)),
                Plot::Box => (Kind::Boxes, marks::boxes(&groups)),
                Plot::HeatMap => (Kind::Map, marks::map(&groups)),
                Plot::Scatter | Plot::Pareto => (Kind::Scatter, marks::means(&groups)),
                _ => (Kind::Line, marks::means(&groups)),
            };
            if kind != Kind::Scatter {
                for series in panels.iter_mut().flat_map(|panel| &mut panel.series) {
                    series.points.sort_by(|a, b| a.x.total_cmp(&b.x));
                }
            }
            if spec.kind == Plot::Pareto {
                for panel in &mut panels {
                    let line = front(panel.series.iter().flat_map(|series| &series.points), spec.better);
                    panel.curves.extend((line.len() > 1).then(|| Series::new(FRONT, line)));
                }
            }
            let y = if spec.kind == Plot::HeatMap { row_axis(selection) } else { y_axis(selection, metric) };
            Ok(Drawn { kind, panels, x: x_axis(selection), y })
        }
    }
}

/// A line through percentiles where the table has them, else steps through the values of the replications.
fn distribution(selection: &Selection, warnings: &mut Vec<String>) -> Result<Drawn, FigureError> {
    let spec = selection.spec;
    let complement = spec.kind == Plot::Ccdf;
    let percentiles = Percentiles::find(selection.table, &spec.x);
    let (kind, panels, column) = if let Some(percentiles) = &percentiles {
        (Kind::Line, percentiles.panels(selection, complement, warnings)?, percentiles.name())
    } else {
        let metric = selection.metric(&spec.x)?;
        let groups = gather::groups(selection, metric, warnings)?;
        (Kind::Steps, marks::distribution(&groups, complement), selection.table.headers[metric].clone())
    };
    let label = spec.x_label.clone().unwrap_or_else(|| values::label(&column, spec.x_factor));
    let share = if complement { "Share above" } else { "Share at or below" };
    Ok(Drawn { kind, panels, x: with_ranges_x(spec, label), y: with_ranges_y(spec, share.into()) })
}

fn stack(selection: &Selection, warnings: &mut Vec<String>) -> Result<Drawn, FigureError> {
    let spec = selection.spec;
    let mut parts = Vec::new();
    for part in &spec.parts {
        let groups = gather::groups(selection, selection.metric(&part.metric)?, warnings)?;
        parts.push((part.name.clone(), groups));
    }
    let panels = marks::stack(&parts, spec.share)?;
    let mut y = sum_axis(selection)?;
    y.range = y.range.or(spec.share.then_some((0.0, 1.0)));
    Ok(Drawn { kind: Kind::Stack, panels, x: x_axis(selection), y })
}

fn waterfall(selection: &Selection, warnings: &mut Vec<String>) -> Result<Drawn, FigureError> {
    let spec = selection.spec;
    let mut amounts = Vec::new();
    for part in &spec.parts {
        let mut groups = gather::groups(selection, selection.metric(&part.metric)?, warnings)?;
        if part.negative {
            groups.iter_mut().flat_map(|group| &mut group.y).for_each(|value| *value = -*value);
        }
        amounts.push(groups);
    }
    let mut names: Vec<String> = spec.parts.iter().map(|part| part.name.clone()).collect();
    names.push(spec.total.clone().unwrap_or_else(|| TOTAL.into()));
    let x = Axis::of_categories(spec.x_label.clone().unwrap_or_default(), names);
    Ok(Drawn { kind: Kind::Waterfall, panels: marks::waterfall(&amounts), x, y: sum_axis(selection)? })
}

fn with_ranges_x(spec: &FigureSpec, label: String) -> Axis {
    Axis { range: spec.x_range, rules: spec.rules_x.clone(), ..Axis::new(label, spec.x_scale) }
}

fn with_ranges_y(spec: &FigureSpec, label: String) -> Axis {
    let label = spec.y_label.clone().unwrap_or(label);
    Axis { range: spec.y_range, rules: spec.rules_y.clone(), ..Axis::new(label, spec.y_scale) }
}

fn x_axis(selection: &Selection) -> Axis {
    let (spec, table) = (selection.spec, selection.table);
    let column = selection.x.map_or("", |column| table.headers[column].as_str());
    let label = spec.x_label.clone().unwrap_or_else(|| values::label(column, spec.x_factor));
    let Some(categories) = &selection.x_categories else { return with_ranges_x(spec, label) };
    let rule = |value: &f64| {
        let is_here = |category: &String| values::same(&scaled(category, spec.x_factor), &value.to_string());
        categories.iter().position(is_here).map(|position| position as f64)
    };
    let names = named(categories, &spec.x_names, spec.x_factor);
    Axis { rules: spec.rules_x.iter().filter_map(rule).collect(), ..Axis::of_categories(label, names) }
}

/// The y axis of a map.
fn row_axis(selection: &Selection) -> Axis {
    let (spec, table) = (selection.spec, selection.table);
    let column = selection.y.map_or("", |column| table.headers[column].as_str());
    let label = spec.y_label.clone().unwrap_or_else(|| values::label(column, spec.y_factor));
    match &selection.y_categories {
        Some(categories) => Axis::of_categories(label, named(categories, &spec.y_names, spec.y_factor)),
        None => with_ranges_y(spec, label),
    }
}

/// What the categories of an axis are called.
fn named(categories: &[String], names: &[(String, String)], factor: f64) -> Vec<String> {
    let name = |value: &String| {
        let named = names.iter().any(|(known, _)| values::same(known, value));
        if named { values::shown(value, names) } else { scaled(value, factor) }
    };
    categories.iter().map(name).collect()
}

fn scaled(value: &str, factor: f64) -> String {
    value.parse::<f64>().map_or_else(|_| value.to_owned(), |number| (number * factor).to_string())
}

fn y_axis(selection: &Selection, metric: usize) -> Axis {
    with_ranges_y(selection.spec, metric_label(selection, metric, selection.spec.y_factor))
}

/// The y axis of what adds up.
fn sum_axis(selection: &Selection) -> Result<Axis, FigureError> {
    let spec = selection.spec;
    let metric = selection.metric(spec.metric())?;
    let label = if spec.share { "Share".into() } else { metric_label(selection, metric, spec.y_factor) };
    Ok(with_ranges_y(spec, label))
}

fn metric_label(selection: &Selection, metric: usize, factor: f64) -> String {
    let Selection { spec, table, base, .. } = selection;
    let metric = &table.headers[metric];
    if base.is_empty() {
        return values::label(metric, if spec.inverse { f64::NAN } else { factor });
    }
    let base: Vec<String> =
        base.iter().map(|(column, value)| format!("{} = {value}", table.headers[*column])).collect();
    format!("{} relative to {}", values::label(metric, f64::NAN), base.join(", "))
}

fn color_axis(selection: &Selection) -> Result<Option<Axis>, FigureError> {
    let Some(color) = &selection.spec.color else { return Ok(None) };
    let metric = selection.metric(&color.metric)?;
    let label = color.label.clone().unwrap_or_else(|| metric_label(selection, metric, color.factor));
    Ok(Some(Axis { range: color.range, ..Axis::new(label, color.scale) }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::chart::Point;
    use crate::figure::spec::Reference;

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
            ..FigureSpec::new(Plot::Line, "cores", "time_s")
        }
    }

    fn build(spec: &FigureSpec, reference: Option<&str>) -> Result<(Chart, Vec<String>), FigureError> {
        let reference = reference.map(|text| Table::parse(text).unwrap());
        let beside = Beside { reference: reference.as_ref(), ..Beside::default() };
        chart(spec, &Table::parse(RUNS).unwrap(), beside)
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
        let message = build(&FigureSpec::new(Plot::Line, "cores", "time_s"), None).unwrap_err().to_string();
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
            kind: Plot::Bars,
            relative_to: vec![("mode".into(), "alone".into())],
            ..FigureSpec::new(Plot::Bars, "mode", "time_s")
        };
        let (chart, _) = chart(&spec, &Table::parse(table).unwrap(), Beside::default()).unwrap();
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
        let spec = FigureSpec { kind: Plot::Bars, series, filter: Vec::new(), ..spec() };
        let (chart, _) = build(&spec, None).unwrap();
        assert_eq!(chart.x.categories, ["1", "2"]);
        assert_eq!(chart.panels[0].series.iter().map(|s| s.label.as_str()).collect::<Vec<_>>(), ["0.005", "0.1"]);
        assert_eq!(chart.panels[0].series[1].points, [Point::new(0.0, 8.0), Point::new(1.0, 4.0)]);
    }
}
