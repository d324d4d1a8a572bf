//! Estimates of a cell that are no means of its replications: quantiles of all observations, what is computed from such, and
//! means adjusted by controls.
//!
//! They stand in the summary of the results, whose column `estimate` says of each value what it is. Its columns `rel` and
//! `diff` compare such a metric `M` with the baseline: they are what `M_rel` and `M_diff` are of the whole cell. Without a
//! summary, or for what it calls a mean, the mean of the replications is drawn. The ends of their intervals stand beside them;
//! only ratios that a figure itself makes have intervals from those of the replications.

use crate::figure::table::Table;
use std::collections::HashMap;

/// An estimate of a cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Whole {
    pub(super) value: f64,
    pub(super) interval: Interval,
}

/// Where its interval comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Interval {
    /// The summary has its ends, if there is one; a largest value has none.
    Ends(Option<(f64, f64)>),
    /// The values of the replications are its sections.
    Sections,
}

impl Whole {
    /// The ratio of two of them. The values of the replications tell how precise it is: of adjusted means they say no more
    /// than is true.
    pub(super) fn over(self, other: Self) -> Self {
        let none = Interval::Ends(None);
        let interval = if self.interval == none || other.interval == none { none } else { Interval::Sections };
        Self { value: self.value / other.value, interval }
    }

    /// The same after a change of the unit or the like.
    pub(super) fn map(self, change: impl Fn(f64) -> Option<f64>) -> Option<Self> {
        let ends = |(low, high): (f64, f64)| {
            let (low, high) = (change(low)?, change(high)?);
            Some(if low <= high { (low, high) } else { (high, low) })
        };
        let interval = match self.interval {
            Interval::Ends(Some(interval)) => Interval::Ends(ends(interval)),
            other => other,
        };
        change(self.value).map(|value| Self { value, interval })
    }
}

/// The columns of an estimate and of the ends of its interval.
const PLAIN: [&str; 3] = ["value", "low_95", "high_95"];

/// What the names of metrics that are compared with the baseline end in, and the columns that have them.
const COMPARED: [(&str, [&str; 3]); 2] =
    [("_rel", ["rel", "rel_low_95", "rel_high_95"]), ("_diff", ["diff", "diff_low_95", "diff_high_95"])];

/// Those of one metric, by the texts of the swept parameters.
pub(super) struct Wholes<'t>(HashMap<&'t [String], Whole>);

impl<'t> Wholes<'t> {
    /// Those of a metric, where the table of replications has so many swept parameters.
    pub(super) fn of(summary: Option<&'t Table>, params: usize, metric: &str) -> Self {
        let rows = || -> Option<HashMap<&'t [String], Whole>> {
            let summary = summary?;
            let column = |name: &str| summary.headers.iter().position(|header| header == name);
            let (name, estimate) = (column("metric")?, column("estimate")?);
            let is_there = |metric: &str| summary.rows.iter().any(|row| row[name] == metric);
            let compared = COMPARED.iter().find_map(|(ending, of)| Some((metric.strip_suffix(ending)?, of)));
            let compared = compared.filter(|(of, columns)| is_there(of) && column(columns[0]).is_some());
            let (metric, columns) = compared.unwrap_or((metric, &PLAIN));
            let [value, low, high] = columns.map(column);
            let rows = summary.rows.iter().filter(|row| row[name] == metric && row[estimate] != "mean");
            let number = |row: &[String], column: Option<usize>| row[column?].parse::<f64>().ok();
            let whole = |row: &'t Vec<String>| {
                let interval = Interval::Ends(number(row, low).zip(number(row, high)));
                Some((&row[..params], Whole { value: number(row, value)?, interval }))
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
