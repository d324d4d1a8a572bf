//! Published or measured points beside simulated ones.
//!
//! A reference file has columns named like the swept parameters that it knows, and one of values. A row is drawn where
//! it agrees with everything that the figure holds fixed. Ratios are taken within the file when it has the base of the
//! comparison; otherwise its values are relative already and shown as published.

use super::cells;
use super::chart::{Panel, Point, Series};
use super::error::FigureError;
use super::from_table::{Columns, finished, panel_title, place, series_label, x_of};
use super::spec::{FigureSpec, Reference};
use super::table::Table;
use super::values;

const REFERENCE: &str = "the reference file";

/// What it takes to draw reference points beside simulated ones.
pub(super) struct ReferencePoints<'a> {
    /// What the figure shows.
    pub(super) spec: &'a FigureSpec,
    /// Where the points come from and what they are called.
    pub(super) source: &'a Reference,
    /// The replications.
    pub(super) table: &'a Table,
    /// The reference file.
    pub(super) points: &'a Table,
    /// Where the replications have what the figure shows.
    pub(super) columns: &'a Columns,
    /// The replications shown.
    pub(super) rows: &'a [usize],
}

impl ReferencePoints<'_> {
    /// Adds the points to the panels that they belong to.
    pub(super) fn add(
        &self,
        panels: &mut [Panel],
        categories: Option<&[String]>,
        warnings: &mut Vec<String>,
    ) -> Result<(), FigureError> {
        let (spec, points) = (self.spec, self.points);
        let x = points.require(&spec.x, REFERENCE)?;
        let y = points.require(self.source.y.as_ref().unwrap_or(&spec.y), REFERENCE)?;
        let series = spec.series.as_deref().and_then(|name| points.column(name));
        let panel = spec.panel.as_deref().and_then(|name| points.column(name));
        let bases = self.bases(y);
        let mut homeless = 0;
        for row in 0..points.rows.len() {
            if !self.belongs(row) {
                continue;
            }
            let mut value = cells::number(points, row, y, "; name the column with the numbers as `y`")?;
            if let Some(bases) = &bases {
                let base = bases[row].map(|base| cells::number(points, base, y, "")).transpose()?.flatten();
                value = value.zip(base).map(|(value, base)| value / base);
            }
            // Values that are relative already are shown as they were published.
            let published = !spec.relative_to.is_empty() && bases.is_none();
            let value = finished(spec, value, spec.inverse && !published);
            let (Some(y), Some(x)) = (value, x_of(spec, points, row, x)?) else { continue };
            let label = match (series, &spec.series) {
                (Some(column), _) => series_label(spec, &points.rows[row][column]),
                (None, None) => String::new(),
                (None, Some(_)) => self.source.label.clone(),
            };
            let title = panel.map(|column| panel_title(spec, &points.rows[row][column]));
            let mut found = false;
            for panel in panels.iter_mut().filter(|panel| title.as_ref().is_none_or(|title| *title == panel.title)) {
                found = true;
                let point = Point::new(place(&x, categories), y);
                match panel.references.iter_mut().find(|series| series.label == label) {
                    Some(series) => series.points.push(point),
                    None => panel.references.push(Series::new(label.clone(), vec![point])),
                }
            }
            homeless += usize::from(!found);
        }
        if homeless > 0 {
            warnings.push(format!("{homeless} reference points belong to no panel and were left out"));
        }
        if panels.iter().all(|panel| panel.references.is_empty()) {
            warnings.push(format!("{} has no points for this figure", self.source.file.display()));
        }
        Ok(())
    }

    /// Whether a row agrees with every parameter that the figure holds fixed.
    fn belongs(&self, row: usize) -> bool {
        let first = &self.table.rows[self.rows[0]];
        self.columns.unused().filter(|_| !self.columns.x_is_metric()).all(|column| {
            let other = self.points.column(&self.table.headers[column]);
            other.is_none_or(|other| values::same(&self.points.rows[row][other], &first[column]))
        }) && self.columns.filter.iter().all(|(column, value)| {
            let other = self.points.column(&self.table.headers[*column]);
            other.is_none_or(|other| values::same(&self.points.rows[row][other], value))
        })
    }

    /// For each row the row it is relative to; none when the file has no base, so that its values are relative already.
    fn bases(&self, y: usize) -> Option<Vec<Option<usize>>> {
        if self.columns.base.is_empty() {
            return None;
        }
        let base = self.columns.base.iter().map(|(column, value)| {
            let other = self.points.column(&self.table.headers[*column])?;
            Some((other, self.points.present(other, value).ok()?))
        });
        let base = base.collect::<Option<Vec<_>>>()?;
        let swept = self.table.headers[..=self.columns.replication].iter();
        let keys: Vec<usize> =
            swept.filter_map(|name| self.points.column(name)).filter(|&column| column != y).collect();
        let bases = cells::bases(self.points, &keys, &base);
        bases.iter().any(Option::is_some).then_some(bases)
    }
}
