//! From groups of values to panels of points: means, boxes, maps, distributions, sums, fronts.

use crate::figure::chart::{Cell, Panel, Point, Series};
use crate::figure::error::FigureError;
use crate::figure::from_table::gather::Group;
use crate::figure::from_table::wholes::Whole;
use crate::statistics::Estimate;
use crate::statistics::sectioning;
use crate::statistics::summary::quantile;

/// Level of the intervals.
const LEVEL: f64 = 0.95;

/// Whiskers of a box end at the last value within so many times the distance of the quartiles (Tukey).
const WHISKER: f64 = 1.5;

/// Panels in the order of their first groups.
pub(super) fn panels(groups: &[Group], mut add: impl FnMut(&mut Panel, &Group)) -> Vec<Panel> {
    let mut panels: Vec<Panel> = Vec::new();
    for group in groups {
        let index = panels.iter().position(|panel| panel.title == group.panel).unwrap_or_else(|| {
            panels.push(Panel { title: group.panel.clone(), ..Panel::default() });
            panels.len() - 1
        });
        add(&mut panels[index], group);
    }
    panels
}

/// The series of a label in a list, made if it is not there.
pub(super) fn series<'l>(list: &'l mut Vec<Series>, label: &str) -> &'l mut Series {
    let index = list.iter().position(|series| series.label == label).unwrap_or_else(|| {
        list.push(Series::new(label, Vec::new()));
        list.len() - 1
    });
    &mut list[index]
}

/// A point for each group: its mean with the interval of confidence.
pub(super) fn means(groups: &[Group]) -> Vec<Panel> {
    panels(groups, |panel, group| series(&mut panel.series, &group.series).points.push(mean(group)))
}

/// The mean of a group with its interval.
pub(super) fn mean(group: &Group) -> Point {
    // Equal values are not averaged, so that a swept x stays exactly what it is.
    let first = group.x[0];
    let same = group.x.iter().all(|value| *value == first);
    let x = if same { first } else { estimate(&group.x, group.wholes.0).mean };
    let y = estimate(&group.y, group.wholes.1);
    y.half_width.map_or(Point::new(x, y.mean), |half| Point::within(x, y.mean, half))
}

/// What the values of replications, or all their observations together, say of a cell.
fn estimate(values: &[f64], whole: Option<Whole>) -> Estimate {
    match whole {
        None => Estimate::of(values, LEVEL),
        Some(Whole { value, half_width: Some(half), .. }) => {
            Estimate { n: values.len(), mean: value, half_width: Some(half) }
        }
        Some(Whole { value, has_interval: true, .. }) => sectioning::estimate(value, values, LEVEL),
        Some(Whole { value, has_interval: false, .. }) => Estimate { n: values.len(), mean: value, half_width: None },
    }
}

/// A box for each group, and the values beyond its whiskers.
pub(super) fn boxes(groups: &[Group]) -> Vec<Panel> {
    panels(groups, |panel, group| {
        let mut values = group.y.clone();
        values.sort_by(f64::total_cmp);
        let [lower, median, upper] = [0.25, 0.5, 0.75].map(|p| quantile(&values, p));
        let reach = WHISKER * (upper - lower);
        let near = |value: &&f64| (lower - reach..=upper + reach).contains(*value);
        let inside: Vec<f64> = values.iter().filter(near).copied().collect();
        let interval = inside.first().copied().zip(inside.last().copied());
        let point = Point { interval, quartiles: Some((lower, upper)), ..Point::new(group.x[0], median) };
        series(&mut panel.series, &group.series).points.push(point);
        let beyond = values.iter().filter(|value| !near(value)).map(|&value| Point::new(group.x[0], value));
        series(&mut panel.strays, &group.series).points.extend(beyond);
        panel.strays.retain(|series| !series.points.is_empty());
    })
}

/// A cell of a map for each group.
pub(super) fn map(groups: &[Group]) -> Vec<Panel> {
    panels(groups, |panel, group| {
        let Point { x, y: value, .. } = mean(group);
        panel.cells.push(Cell { x, y: group.row, value });
    })
}

/// The distribution of the values of each series: the share of values up to x or, for the complement, above x. The
/// complement ends with the share of the largest value itself, which has a place on a log axis as zero has not.
pub(super) fn distribution(groups: &[Group], complement: bool) -> Vec<Panel> {
    panels(groups, |panel, group| {
        let mut values = group.y.clone();
        values.sort_by(f64::total_cmp);
        let count = values.len();
        let mut points: Vec<Point> = Vec::new();
        for (index, &value) in values.iter().enumerate() {
            let counted = if complement { (count - index - 1).max(1) } else { index + 1 };
            let share = counted as f64 / count as f64;
            match points.last_mut() {
                Some(last) if last.x == value => last.y = share,
                _ => points.push(Point::new(value, share)),
            }
        }
        series(&mut panel.series, &group.series).points.extend(points);
    })
}

/// Puts bars on top of each other: each starts where those of the same place before it end. As shares, the bars of a
/// place add up to one.
pub(super) fn stack(parts: &[(String, Vec<Group>)], share: bool) -> Result<Vec<Panel>, FigureError> {
    let mut stacked: Vec<Panel> = Vec::new();
    for (name, groups) in parts {
        for panel in means(groups) {
            let points = panel.series.into_iter().flat_map(|series| series.points);
            let target = stacked.iter().position(|other| other.title == panel.title).unwrap_or_else(|| {
                stacked.push(Panel { title: panel.title, ..Panel::default() });
                stacked.len() - 1
            });
            for point in points {
                if point.y < 0.0 {
                    let message = format!("`{name}` is {}, and a part of a stack cannot be negative", point.y);
                    return Err(FigureError::Impossible(message));
                }
                let base = top(&stacked[target], point.x);
                let list = &mut stacked[target].series;
                series(list, name).points.push(Point::from_base(point.x, base, base + point.y));
            }
        }
    }
    if share {
        stacked.iter_mut().for_each(as_shares);
    }
    Ok(stacked)
}

fn top(panel: &Panel, x: f64) -> f64 {
    let points = panel.series.iter().flat_map(|series| &series.points);
    points.filter(|point| point.x == x).map(|point| point.y).fold(0.0, f64::max)
}

fn as_shares(panel: &mut Panel) {
    let whole = panel.clone();
    for point in panel.series.iter_mut().flat_map(|series| &mut series.points) {
        let total = top(&whole, point.x);
        if total > 0.0 {
            point.y /= total;
            point.base = point.base.map(|base| base / total);
        }
    }
}

/// What the bars of a waterfall are.
const LEVEL_NAME: &str = "level";
const MORE: &str = "more";
const LESS: &str = "less";

/// From the first amount, step by step, to the sum of all: a panel for each that the amounts have.
pub(super) fn waterfall(amounts: &[Vec<Group>]) -> Vec<Panel> {
    let means: Vec<Vec<Panel>> = amounts.iter().map(|groups| means(groups)).collect();
    let titles = means.first().into_iter().flatten().map(|panel| panel.title.clone());
    let amount = |panels: &[Panel], title: &str| -> Option<f64> {
        let panel = panels.iter().find(|panel| panel.title == title)?;
        Some(panel.series.first()?.points.first()?.y)
    };
    let of_title = |title: String| {
        let mut panel = Panel { title: title.clone(), ..Panel::default() };
        let mut level = 0.0;
        for (index, panels) in means.iter().enumerate() {
            let Some(amount) = amount(panels, &title) else { continue };
            let name = if index == 0 {
                LEVEL_NAME
            } else if amount < 0.0 {
                LESS
            } else {
                MORE
            };
            let point = Point::from_base(index as f64, level, level + amount);
            series(&mut panel.series, name).points.push(point);
            level += amount;
            let ends = [index, index + 1].map(|place| Point::new(place as f64, level));
            panel.curves.push(Series::new("", ends.to_vec()));
        }
        series(&mut panel.series, LEVEL_NAME).points.push(Point::from_base(means.len() as f64, 0.0, level));
        panel
    };
    titles.map(of_title).collect()
}
