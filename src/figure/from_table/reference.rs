//! Published or measured points, or those of a theory, beside simulated ones.
//!
//! A reference file has columns named like the swept parameters that it knows, and one of values. A row is drawn where
//! it agrees with everything that the figure holds fixed. Ratios are taken within the file when it has the base of the
//! comparison; otherwise its values are relative already and shown as published.
//!
//! Beside a distribution a row is a quantile: the column `quantile` has the share of values at or below it, from 0 to 1.

use crate::figure::chart::{Panel, Point, Series};
use crate::figure::error::FigureError;
use crate::figure::from_table::gather::finished;
use crate::figure::from_table::marks;
use crate::figure::from_table::percentiles;
use crate::figure::from_table::select::{Selection, panel_title, series_label};
use crate::figure::spec::{Plot, Reference};
use crate::figure::table::Table;
use crate::figure::table::cells;
use crate::figure::table::values;

const REFERENCE: &str = "the reference file";

/// The column with the shares of a distribution.
const QUANTILE: &str = "quantile";

/// What the points of another table become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Become {
    /// Hollow markers beside the simulated ones.
    Markers,
    /// Dashed lines.
    Curves,
}

impl Become {
    fn list(self, panel: &mut Panel) -> &mut Vec<Series> {
        match self {
            Self::Markers => &mut panel.references,
            Self::Curves => &mut panel.curves,
        }
    }
}

/// What it takes to draw points of another table beside simulated ones.
pub(super) struct ReferencePoints<'a> {
    /// What the figure shows of the replications.
    pub(super) selection: &'a Selection<'a>,
    /// Where the points come from and what they are called.
    pub(super) source: &'a Reference,
    /// The reference file.
    pub(super) points: &'a Table,
    /// What they become.
    pub(super) target: Become,
}

impl ReferencePoints<'_> {
    /// Adds the points to the panels that they belong to.
    pub(super) fn add(&self, panels: &mut [Panel], warnings: &mut Vec<String>) -> Result<(), FigureError> {
        let (spec, points) = (self.selection.spec, self.points);
        let (place, value) = self.columns()?;
        let panel = spec.panel.as_deref().and_then(|name| points.column(name));
        let bases = self.bases(value);
        let mut homeless = 0;
        for row in 0..points.rows.len() {
            if !self.belongs(row) {
                continue;
            }
            let Some(point) = self.point(row, (place, value), bases.as_deref())? else { continue };
            let label = self.label(row);
            let title = panel.map(|column| panel_title(spec, &points.rows[row][column]));
            let mut found = false;
            for panel in panels.iter_mut().filter(|panel| title.as_ref().is_none_or(|title| *title == panel.title)) {
                found = true;
                marks::series(self.target.list(panel), &label).points.push(point);
            }
            homeless += usize::from(!found);
        }
        if homeless > 0 {
            warnings.push(format!("{homeless} reference points belong to no panel and were left out"));
        }
        if panels.iter_mut().all(|panel| self.target.list(panel).is_empty()) {
            warnings.push(format!("{} has no points for this figure", self.source.file.display()));
        }
        Ok(())
    }

    /// The columns with the places of the values, or with their shares, and with the values.
    fn columns(&self) -> Result<(usize, usize), FigureError> {
        let (spec, table) = (self.selection.spec, self.selection.table);
        let distribution = matches!(spec.kind, Plot::Cdf | Plot::Ccdf);
        let (place, metric) = if distribution {
            (QUANTILE, percentiles::column(table, &spec.x))
        } else {
            (spec.x.as_str(), spec.y.clone())
        };
        let value = self.source.y.as_ref().unwrap_or(&metric);
        Ok((self.points.require(place, REFERENCE)?, self.points.require(value, REFERENCE)?))
    }

    /// The point of a row; none if a value is missing, or if nothing is above it in a complement.
    fn point(
        &self,
        row: usize,
        (x, y): (usize, usize),
        bases: Option<&[Option<usize>]>,
    ) -> Result<Option<Point>, FigureError> {
        let (spec, points) = (self.selection.spec, self.points);
        let mut value = cells::number(points, row, y, "; name the column with the numbers as `y`")?;
        if let Some(bases) = bases {
            let base = bases[row].map(|base| cells::number(points, base, y, "")).transpose()?.flatten();
            value = value.zip(base).map(|(value, base)| value / base);
        }
        // Values that are relative already are shown as they were published.
        let published = !spec.relative_to.is_empty() && bases.is_none();
        let value = finished(spec, value, spec.inverse && !published);
        if matches!(spec.kind, Plot::Cdf | Plot::Ccdf) {
            let share = self.share(row, x)?;
            let point = share.zip(value).map(|(share, value)| Point::new(value, share));
            return Ok(point.filter(|point| point.y > 0.0));
        }
        let x = self.selection.x_of(points, row, x)?;
        Ok(x.zip(value).map(|(x, y)| Point::new(x, y)))
    }

    /// The share of values up to that of a row or, for the complement, above it.
    fn share(&self, row: usize, column: usize) -> Result<Option<f64>, FigureError> {
        let Some(share) = cells::number(self.points, row, column, "")? else { return Ok(None) };
        if !(0.0..=1.0).contains(&share) {
            let message = format!("a `{QUANTILE}` of {REFERENCE} is {share}: shares go from 0 to 1");
            return Err(FigureError::Impossible(message));
        }
        Ok(Some(if self.selection.spec.kind == Plot::Ccdf { 1.0 - share } else { share }))
    }

    /// What the points of a row are called: markers like the series that they belong to, curves by their theory too.
    fn label(&self, row: usize) -> String {
        let (spec, source) = (self.selection.spec, self.source.label.clone());
        let column = spec.series.as_deref().map(|name| self.points.column(name));
        let series = |column: usize| series_label(spec, &self.points.rows[row][column]);
        match (self.target, column) {
            (Become::Markers, None) => String::new(),
            (Become::Markers, Some(Some(column))) => series(column),
            (Become::Curves, Some(Some(column))) => format!("{source}, {}", series(column)),
            _ => source,
        }
    }

    /// Whether a row agrees with every parameter that the figure holds fixed.
    fn belongs(&self, row: usize) -> bool {
        let Selection { table, rows, filter, .. } = self.selection;
        let first = &table.rows[rows[0]];
        let agrees = |column: usize, value: &str| {
            let other = self.points.column(&table.headers[column]);
            other.is_none_or(|other| values::same(&self.points.rows[row][other], value))
        };
        let free = self.selection.x_is_metric();
        self.selection.unused().filter(|_| !free).all(|column| agrees(column, &first[column]))
            && filter.iter().all(|(column, value)| agrees(*column, value))
    }

    /// For each row the row it is relative to; none when the file has no base, so that its values are relative already.
    fn bases(&self, y: usize) -> Option<Vec<Option<usize>>> {
        let Selection { table, base, replication, .. } = self.selection;
        if base.is_empty() {
            return None;
        }
        let base = base.iter().map(|(column, value)| {
            let other = self.points.column(&table.headers[*column])?;
            Some((other, self.points.present(other, value).ok()?))
        });
        let base = base.collect::<Option<Vec<_>>>()?;
        let swept = table.headers[..=*replication].iter();
        let quantile = self.points.headers.iter().position(|header| header == QUANTILE);
        let keys: Vec<usize> =
            swept.filter_map(|name| self.points.column(name)).chain(quantile).filter(|&column| column != y).collect();
        let bases = cells::bases(self.points, &keys, &base);
        bases.iter().any(Option::is_some).then_some(bases)
    }
}
