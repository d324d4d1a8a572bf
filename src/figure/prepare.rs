//! Leaves out what cannot be drawn, and says so.
//!
//! What remains has finite values only, positive ones on log axes, categories that exist, and no empty series.

use super::chart::{Axis, Chart, Point, Scale, Series};
use super::span::LARGEST;

/// The chart without what cannot be drawn, and a warning for each kind of thing left out.
pub fn cleaned(chart: &Chart) -> (Chart, Vec<String>) {
    let mut chart = chart.clone();
    let mut warnings = Vec::new();
    let mut counts = Counts::default();
    let (x, y) = (chart.x.clone(), chart.y.clone());
    for panel in &mut chart.panels {
        for list in [&mut panel.series, &mut panel.references, &mut panel.curves] {
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
    }
    counts.tell(&x, &y, &mut warnings);
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
}

impl Counts {
    fn tell(&self, x: &Axis, y: &Axis, warnings: &mut Vec<String>) {
        let mut say = |count: usize, what: &str| match count {
            0 => {}
            1 => warnings.push(format!("1 point {what}: left out")),
            _ => warnings.push(format!("{count} points {what}: left out")),
        };
        say(self.unsound, "without a finite value");
        say(self.no_category, "outside all categories");
        for (axis, count) in [(x, self.x_not_positive), (y, self.y_not_positive)] {
            say(count, &format!("at zero or below, which the log axis `{}` cannot show", axis.label));
        }
    }
}

fn clean(series: &mut Series, x: &Axis, y: &Axis, counts: &mut Counts) {
    let mut keep = |point: &mut Point| {
        let refused = if !is_sound(point.x) || !is_sound(point.y) {
            &mut counts.unsound
        } else if x.scale == Scale::Category && !(-0.5..x.categories.len() as f64 - 0.5).contains(&point.x) {
            &mut counts.no_category
        } else if x.scale == Scale::Log && point.x < LARGEST.recip() {
            &mut counts.x_not_positive
        } else if y.scale == Scale::Log && point.y < LARGEST.recip() {
            &mut counts.y_not_positive
        } else {
            point.interval = point.interval.filter(|&(low, high)| is_sound(low) && is_sound(high) && low <= high);
            return true;
        };
        *refused += 1;
        false
    };
    series.points.retain_mut(|point| keep(point));
}

fn is_sound(value: f64) -> bool {
    value.is_finite() && value.abs() <= LARGEST
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::chart::{Kind, Panel};

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
