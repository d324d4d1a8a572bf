//! Distributions by their percentiles: a metric `wait` has them if there are columns such as `wait_p50_us` and
//! `wait_p999_us`, and perhaps `wait_max_us`.
//!
//! Percentiles of replications are not averaged: a point is that of all observations together, or, without a summary of
//! the results, the median of those of the replications.

use crate::figure::chart::{Panel, Point};
use crate::figure::error::FigureError;
use crate::figure::from_table::gather;
use crate::figure::from_table::marks;
use crate::figure::from_table::select::Selection;
use crate::figure::table::Table;
use crate::statistics::summary::quantile;

/// The columns of a distribution, by ascending share.
pub(super) struct Percentiles {
    columns: Vec<(usize, f64)>,
    name: String,
}

impl Percentiles {
    /// The percentiles of a metric; none if the table has a column of this name, or no percentiles.
    pub(super) fn find(table: &Table, name: &str) -> Option<Self> {
        if table.column(name).is_some() {
            return None;
        }
        let mut columns: Vec<(usize, f64)> = Vec::new();
        let mut unit = "";
        for (column, header) in table.headers.iter().enumerate() {
            let Some((which, of_unit)) =
                header.strip_prefix(name).and_then(|rest| rest.strip_prefix('_')?.split_once('_'))
            else {
                continue;
            };
            let share = if which == "max" { Some(1.0) } else { which.strip_prefix('p').and_then(share) };
            if let Some(share) = share {
                columns.push((column, share));
                unit = of_unit;
            }
        }
        columns.sort_by(|a, b| a.1.total_cmp(&b.1));
        (columns.len() > 1).then(|| Self { columns, name: format!("{name}_{unit}") })
    }

    /// The name that a column of the whole distribution would have.
    pub(super) fn name(&self) -> String {
        self.name.clone()
    }

    /// For each series a point for each percentile; the complement has none for the maximum, above which is nothing.
    pub(super) fn panels(
        &self,
        selection: &Selection,
        complement: bool,
        warnings: &mut Vec<String>,
    ) -> Result<Vec<Panel>, FigureError> {
        let mut all: Vec<Panel> = Vec::new();
        for &(column, share) in self.columns.iter().filter(|(_, share)| !complement || *share < 1.0) {
            let groups = gather::groups(selection, column, warnings)?;
            let share = if complement { 1.0 - share } else { share };
            let found = marks::panels(&groups, |panel, group| {
                let mut values = group.y.clone();
                values.sort_by(f64::total_cmp);
                let value = group.wholes.1.map_or_else(|| quantile(&values, 0.5), |whole| whole.value);
                marks::series(&mut panel.series, &group.series).points.push(Point::new(value, share));
            });
            for panel in found {
                let Some(target) = all.iter_mut().find(|other| other.title == panel.title) else {
                    all.push(panel);
                    continue;
                };
                for series in panel.series {
                    marks::series(&mut target.series, &series.label).points.extend(series.points);
                }
            }
        }
        Ok(all)
    }
}

/// The column that has, or would have, the values of a metric whose distribution is drawn.
pub(super) fn column(table: &Table, metric: &str) -> String {
    Percentiles::find(table, metric).map_or_else(|| metric.to_owned(), |found| found.name())
}

/// The share of `999`: digits after the point.
fn share(digits: &str) -> Option<f64> {
    let number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    number.then(|| format!("0.{digits}").parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_found_by_their_names() {
        let table =
            Table::parse("n,replication,wait_p50_us,wait_max_us,wait_p999_us,wait_mean_us,waits_p50_us\n").unwrap();
        let found = Percentiles::find(&table, "wait").unwrap();
        assert_eq!(found.columns, [(2, 0.5), (4, 0.999), (3, 1.0)]);
        assert_eq!(found.name(), "wait_us");
        assert!(Percentiles::find(&table, "hold").is_none());
    }
}
