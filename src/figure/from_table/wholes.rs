//! Estimates of a cell that are no means of its replications: quantiles of all observations, what is computed from such, and
//! means adjusted by controls.
//!
//! They stand in the summary of the results, whose column `estimate` says of each value what it is. Its columns `rel` and
//! `diff` compare such a metric `M` with the baseline: they are what `M_rel` and `M_diff` are of the whole cell. Without a
//! summary, or for what it calls a mean, the mean of the replications is drawn.

use crate::figure::table::Table;
use std::collections::HashMap;

/// An estimate of a cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Whole {
    pub(super) value: f64,
    /// Whether the values of the replications tell how precise it is; they do not of a largest value.
    pub(super) has_interval: bool,
    /// Half the width of its interval, where the values of the replications tell that of another estimate.
    pub(super) half_width: Option<f64>,
}

impl Whole {
    /// The ratio of two of them. The values of the replications tell how precise it is: of adjusted means they say no more
    /// than is true.
    pub(super) fn over(self, other: Self) -> Self {
        let has_interval = self.has_interval && other.has_interval;
        Self { value: self.value / other.value, has_interval, half_width: None }
    }

    /// The same after a change of the unit or the like.
    pub(super) fn map(self, change: impl Fn(f64) -> Option<f64>) -> Option<Self> {
        let ends = self.half_width.map(|half| (change(self.value - half), change(self.value + half)));
        let half_width = ends.and_then(|(low, high)| Some((high? - low?).abs() / 2.0));
        change(self.value).map(|value| Self { value, half_width, ..self })
    }
}

/// What the names of metrics that are compared with the baseline end in, and the columns that have them.
const COMPARED: [(&str, &str); 2] = [("_rel", "rel"), ("_diff", "diff")];

/// What the column `estimate` calls a mean that is adjusted.
const CONTROLLED: &str = "controlled";

/// Those of one metric, by the texts of the swept parameters.
pub(super) struct Wholes<'t>(HashMap<&'t [String], Whole>);

impl<'t> Wholes<'t> {
    /// Those of a metric, where the table of replications has so many swept parameters.
    pub(super) fn of(summary: Option<&'t Table>, params: usize, metric: &str) -> Self {
        let rows = || -> Option<HashMap<&'t [String], Whole>> {
            let summary = summary?;
            let column = |name: &str| summary.headers.iter().position(|header| header == name);
            let (name, estimate) = (column("metric")?, column("estimate")?);
            let compared = COMPARED.iter().find_map(|(ending, of)| Some((metric.strip_suffix(ending)?, column(of)?)));
            let ends = |row: &[String], low: &str, high: &str| -> Option<f64> {
                let end = |name: &str| row[column(name)?].parse::<f64>().ok();
                Some((end(high)? - end(low)?) / 2.0)
            };
            let half_width = |row: &[String]| match metric {
                _ if row[estimate] != CONTROLLED => None,
                metric if metric.ends_with("_rel") => ends(row, "rel_low_95", "rel_high_95"),
                metric if metric.ends_with("_diff") => row[column("diff_half_width_95")?].parse().ok(),
                _ => row[column("half_width_95")?].parse().ok(),
            };
            let is_there = |metric: &str| summary.rows.iter().any(|row| row[name] == metric);
            let (metric, value) = compared.filter(|(of, _)| is_there(of)).unwrap_or((metric, column("value")?));
            let rows = summary.rows.iter().filter(|row| row[name] == metric && row[estimate] != "mean");
            let whole = |row: &'t Vec<String>| {
                let whole = Whole {
                    value: row[value].parse().ok()?,
                    has_interval: row[estimate] != "largest",
                    half_width: half_width(row),
                };
                Some((&row[..params], whole))
            };
            Some(rows.filter_map(whole).collect())
        };
        Self(rows().unwrap_or_default())
    }

    /// That of the cell of a row of the table of replications.
    pub(super) fn at(&self, row: &[String], params: usize) -> Option<Whole> {
        self.0.get(&row[..params]).copied()
    }
}
