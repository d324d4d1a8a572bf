//! The values of the replications of each cell.
//!
//! Ratios are taken within a replication, which shares its random numbers with its base, so their intervals are
//! paired. Groups come in the order in which the table first has them.

use crate::figure::error::FigureError;
use crate::figure::from_table::select::Selection;
use crate::figure::from_table::wholes::{Whole, Wholes};
use crate::figure::spec::FigureSpec;
use crate::figure::table::cells;
use std::collections::HashMap;

const NO_METRIC: &str = "; only metrics can be drawn as values";

/// The replications of one cell.
pub(super) struct Group {
    /// The panel that the cell is in.
    pub(super) panel: String,
    /// Its series.
    pub(super) series: String,
    /// Its place along the y axis of a map; else zero.
    pub(super) row: f64,
    /// The place of each replication along the x axis; zero where there is none.
    pub(super) x: Vec<f64>,
    /// The values.
    pub(super) y: Vec<f64>,
    /// What all observations of the cell together say of x and y, where these are no means.
    pub(super) wholes: (Option<Whole>, Option<Whole>),
}

/// The values of a metric, as drawn, by cell. What had to be left out becomes a warning.
pub(super) fn groups(
    selection: &Selection,
    metric: usize,
    warnings: &mut Vec<String>,
) -> Result<Vec<Group>, FigureError> {
    let Selection { spec, table, .. } = selection;
    let relative = !selection.base.is_empty();
    let bases = if relative { cells::bases(table, &selection.keys(), &selection.base) } else { Vec::new() };
    let (mut missing, mut baseless) = (0, 0);
    let metrics = Wholes::of(selection.summary, selection.replication, &table.headers[metric]);
    let along_x = selection.x.filter(|_| selection.x_is_metric()).map(|x| table.headers[x].as_str());
    let along_x = Wholes::of(selection.summary, selection.replication, along_x.unwrap_or_default());
    let mut groups: Vec<Group> = Vec::new();
    let mut known: HashMap<(String, String, Vec<String>), usize> = HashMap::new();
    for &row in &selection.rows {
        let mut value = cells::number(table, row, metric, NO_METRIC)?;
        let mut whole = metrics.at(&table.rows[row], selection.replication);
        if relative {
            let Some(base) = bases[row] else {
                baseless += 1;
                continue;
            };
            let whole_base = metrics.at(&table.rows[base], selection.replication);
            whole = whole.zip(whole_base).map(|(whole, base)| whole.over(base));
            let base = cells::number(table, base, metric, NO_METRIC)?;
            value = value.zip(base).map(|(value, base)| value / base);
        }
        let x = selection.x.map_or(Ok(Some(0.0)), |column| selection.x_of(table, row, column))?;
        let place = selection.y.map_or(Ok(Some(0.0)), |column| selection.y_of(row, column))?;
        let (Some(y), Some(x), Some(place)) = (finished(spec, value, spec.inverse), x, place) else {
            missing += 1;
            continue;
        };
        let (panel, series) = (selection.panel_of(row), selection.series_of(row));
        let key = (panel.clone(), series.clone(), selection.cell_of(row));
        let index = *known.entry(key).or_insert_with(|| {
            let whole = whole.and_then(|whole| whole.map(|value| finished(spec, Some(value), spec.inverse)));
            let whole_x = along_x.at(&table.rows[row], selection.replication);
            let whole_x = whole_x.and_then(|whole| whole.map(|value| Some(value * spec.x_factor)));
            groups.push(Group { panel, series, row: place, x: Vec::new(), y: Vec::new(), wholes: (whole_x, whole) });
            groups.len() - 1
        });
        groups[index].x.push(x);
        groups[index].y.push(y);
    }
    let name = &table.headers[metric];
    if missing > 0 {
        warnings.push(format!("{missing} replications without a value of `{name}` were left out"));
    }
    if baseless > 0 {
        warnings.push(format!("{baseless} replications have no base to be relative to and were left out"));
    }
    if groups.is_empty() { Err(FigureError::Empty(format!("`{name}` has no values"))) } else { Ok(groups) }
}

/// A raw value, or ratio, as it is drawn.
pub(super) fn finished(spec: &FigureSpec, value: Option<f64>, inverse: bool) -> Option<f64> {
    let value = value.map(|value| if inverse { value.recip() } else { value } * spec.value_factor());
    value.filter(|value| value.is_finite())
}
