//! Cells of a table: numbers, bases of ratios, columns that determine others.

use crate::figure::error::FigureError;
use crate::figure::table::Table;
use crate::figure::table::values;
use std::collections::HashMap;

/// The number in a cell; none where the cell is empty or no finite number can be.
pub fn number(table: &Table, row: usize, column: usize, hint: &'static str) -> Result<Option<f64>, FigureError> {
    let text = table.rows[row][column].as_str();
    if text.is_empty() {
        return Ok(None);
    }
    let value: f64 = text.parse().map_err(|_| FigureError::NotANumber {
        column: table.headers[column].clone(),
        value: text.to_owned(),
        hint,
    })?;
    Ok(value.is_finite().then_some(value))
}

/// For each row the row it is relative to: the one whose `keys` columns are the same, but for those in `base`, which
/// have the values given there.
pub fn bases(table: &Table, keys: &[usize], base: &[(usize, String)]) -> Vec<Option<usize>> {
    let key = |row: &[String], substitute: bool| -> Vec<String> {
        let value = |&column: &usize| match base.iter().find(|(listed, _)| substitute && *listed == column) {
            Some((_, value)) => values::plain(value),
            None => values::plain(&row[column]),
        };
        keys.iter().map(value).collect()
    };
    let mut rows: HashMap<Vec<String>, usize> = HashMap::new();
    for (index, row) in table.rows.iter().enumerate() {
        rows.entry(key(row, false)).or_insert(index);
    }
    table.rows.iter().map(|row| rows.get(&key(row, true)).copied()).collect()
}

/// Whether the values of `columns` determine those of `column`.
pub fn follows(table: &Table, column: usize, columns: &[usize]) -> bool {
    let mut known: HashMap<Vec<&str>, &str> = HashMap::new();
    table.rows.iter().all(|row| {
        let key = columns.iter().map(|&column| row[column].as_str()).collect();
        *known.entry(key).or_insert(&row[column]) == row[column]
    })
}
