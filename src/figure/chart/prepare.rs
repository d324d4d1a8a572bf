//! Leaves out what cannot be drawn, and says so.
//!
//! What remains has finite values only, positive ones on log axes, categories that exist, and no empty series.

use crate::figure::axis::span::LARGEST;
use crate::figure::chart::{Axis, Chart, Panel, Point, Scale, Series};

/// The chart without what cannot be drawn, and a warning for each kind of thing left out.
pub fn cleaned(chart: &Chart) -> (Chart, Vec<String>) {
    let mut chart = chart.clone();
    let mut warnings = Vec::new();
    let mut counts = Counts::default();
    let (x, y) = (chart.x.clone(), chart.y.clone());
    let color = chart.color.clone();
    for panel in &mut chart.panels {
        for list in [&mut panel.series, &mut panel.references, &mut panel.curves, &mut panel.strays] {
            for series in list.iter_mut() {
                clean(series, &x, &y, &mut counts);
                if series.points.is_empty() {
                    warnings.push(match panel.title.as_str() {
                        "" => format!("series `{}` has no points to draw", series.label),
                        title => format!("series `{}` of panel `{title}` has no points to draw", series.label),
                    });
                }
            }
            list.retain(|series| !series.points.is_empty());
        }
        panel.cells.retain(|cell| counts.keeps(cell.x, cell.y, &x, &y) && counts.has_color(cell.value, color.as_ref()));
    }
    // A row of a grid without data would only take room from the others.
    let (full, empty): (Vec<Panel>, Vec<Panel>) = std::mem::take(&mut chart.panels).into_iter().partition(has_data);
    warnings.extend(
        empty.iter().filter(|_| !full.is_empty()).map(|panel| format!("panel `{}` is empty: left out", panel.title)),
    );
    chart.panels = full;
    counts.tell(&x, &y, color.as_ref(), &mut warnings);
    if chart.ideal.is_some() && x.scale == Scale::Category {
        warnings.push("the ideal line y = x needs a numeric x axis: left out".into());
        chart.ideal = None;
    }
    for axis in [&mut chart.x, &mut chart.y] {
        let log = axis.scale == Scale::Log;
        axis.rules.retain(|&value| is_sound(value) && (!log || value > 0.0));
    }
    (chart, warnings)
}

#[derive(Default)]
struct Counts {
    unsound: usize,
    no_category: usize,
    x_not_positive: usize,
    y_not_positive: usize,
    color_not_positive: usize,
}

impl Counts {
    /// Whether a point has a place; counts those that have none.
    fn keeps(&mut self, x: f64, y: f64, x_axis: &Axis, y_axis: &Axis) -> bool {
        let no_category = |axis: &Axis, value: f64| {
            axis.scale == Scale::Category && !(-0.5..axis.categories.len() as f64 - 0.5).contains(&value)
        };
        let no_place = |axis: &Axis, value: f64| axis.scale == Scale::Log && value < LARGEST.recip();
        let refused = if !is_sound(x) || !is_sound(y) {
            &mut self.unsound
        } else if no_category(x_axis, x) || no_category(y_axis, y) {
            &mut self.no_category
        } else if no_place(x_axis, x) {
            &mut self.x_not_positive
        } else if no_place(y_axis, y) {
            &mut self.y_not_positive
        } else {
            return true;
        };
        *refused += 1;
        false
    }

    fn has_color(&mut self, value: f64, axis: Option<&Axis>) -> bool {
        let no_place = axis.is_some_and(|axis| axis.scale == Scale::Log) && value < LARGEST.recip();
        self.unsound += usize::from(!is_sound(value));
        self.color_not_positive += usize::from(no_place);
        is_sound(value) && !no_place
    }

    fn tell(&self, x: &Axis, y: &Axis, color: Option<&Axis>, warnings: &mut Vec<String>) {
        let mut say = |count: usize, what: &str| match count {
            0 => {}
            1 => warnings.push(format!("1 point {what}: left out")),
            _ => warnings.push(format!("{count} points {what}: left out")),
        };
        say(self.unsound, "without a finite value");
        say(self.no_category, "outside all categories");
        let color = color.map(|axis| (axis, self.color_not_positive));
        for (axis, count) in [(x, self.x_not_positive), (y, self.y_not_positive)].into_iter().chain(color) {
            say(count, &format!("at zero or below, which the log axis `{}` cannot show", axis.label));
        }
    }
}

fn clean(series: &mut Series, x: &Axis, y: &Axis, counts: &mut Counts) {
    let is_range = |&(low, high): &(f64, f64)| is_sound(low) && is_sound(high) && low <= high;
    let mut keep = |point: &mut Point| {
        point.interval = point.interval.filter(is_range);
        point.quartiles = point.quartiles.filter(is_range);
        point.base = point.base.filter(|&base| is_sound(base));
        counts.keeps(point.x, point.y, x, y)
    };
    series.points.retain_mut(|point| keep(point));
}

fn has_data(panel: &Panel) -> bool {
    !(panel.series.is_empty() && panel.references.is_empty() && panel.cells.is_empty())
}

fn is_sound(value: f64) -> bool {
    value.is_finite() && value.abs() <= LARGEST
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::chart::Kind;

    #[test]
    fn zeros_on_a_log_axis_are_left_out_and_reported() {
        let mut chart = Chart::new(Kind::Line, Axis::new("x", Scale::Linear), Axis::new("wait (s)", Scale::Log));
        let points = vec![Point::new(1.0, 0.0), Point::new(2.0, 1.0), Point::new(f64::NAN, 1.0)];
        chart.panels.push(Panel { series: vec![Series::new("a", points)], ..Panel::default() });
        let (cleaned, warnings) = cleaned(&chart);
        assert_eq!(cleaned.panels[0].series[0].points, [Point::new(2.0, 1.0)]);
        assert_eq!(warnings.len(), 2);
        assert!(warnings[1].contains("wait (s)"));
    }
}
