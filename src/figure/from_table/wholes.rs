//! Estimates from all observations of a cell together, which are no means of those of its replications: quantiles, and
//! what is computed from such.
//!
//! They stand in the summary of the results, whose column `estimate` says of each value what it is. Its columns `rel` and
//! `diff` compare such a metric `M` with the baseline: they are what `M_rel` and `M_diff` are of the whole cell. Without a
//! summary, or for what it calls a mean, the mean of the replications is drawn.

use crate::figure::table::Table;
use std::collections::HashMap;

/// An estimate of a cell from all its observations.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Whole {
    pub(super) value: f64,
    /// Whether the values of the replications tell how precise it is; they do not of a largest value.
    pub(super) has_interval: bool,
}

impl Whole {
    /// The ratio of two of them.
    pub(super) fn over(self, other: Self) -> Self {
        Self { value: self.value / other.value, has_interval: self.has_interval && other.has_interval }
    }

    /// The same after a change of the unit or the like.
    pub(super) fn map(self, change: impl FnOnce(f64) -> Option<f64>) -> Option<Self> {
        change(self.value).map(|value| Self { value, ..self })
    }
}

/// What the names of metrics that are compared with the baseline end in, and the columns that have them.
const COMPARED: [(&str, &str); 2] = [("_rel", "rel"), ("_diff", "diff")];

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
            let is_there = |metric: &str| summary.rows.iter().any(|row| row[name] == metric);
            let (metric, value) = compared.filter(|(of, _)| is_there(of)).unwrap_or((metric, column("value")?));
            let rows = summary.rows.iter().filter(|row| row[name] == metric && row[estimate] != "mean");
            let whole = |row: &'t Vec<String>| {
                let whole = Whole { value: row[value].parse().ok()?, has_interval: row[estimate] != "largest" };
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
